//! What the trials of a sweep have reached so far.

use eframe::egui::{self, FontId, Ui, vec2};
use egui_plot::{AxisHints, HoverPosition, Line, Plot, PlotPoints, Points, VPlacement};

use crate::app::controls::{row_with_right, section, weak};
use crate::app::curves;
use crate::app::theme::Palette;
use crate::engine::jobs::sweep::Trial;
use crate::numbers;

/// Height of the plot.
const HEIGHT: f32 = 200.0;

/// The best metric of the trials up to each one that was measured: (its number, the best until then).
fn best_so_far(trials: &[Trial]) -> Vec<(usize, f64)> {
    let measured = trials.iter().filter_map(|trial| Some((trial.number, trial.metric?)));
    let best = measured.filter(|(_, metric)| metric.is_finite()).scan(f64::NEG_INFINITY, |best, (number, metric)| {
        *best = best.max(metric);
        Some((number, *best))
    });
    best.collect()
}

/// The corners of a line that rises where the best does, to the last trial.
fn steps(best: &[(usize, f64)]) -> Vec<[f64; 2]> {
    let mut corners: Vec<[f64; 2]> = Vec::new();
    for (number, metric) in best {
        match corners.last().map(|[_, before]| *before) {
            Some(before) if before == *metric => {}
            before => {
                corners.extend(before.map(|before| [*number as f64, before]));
                corners.push([*number as f64, *metric]);
            }
        }
    }
    let end = best.last().map(|(number, metric)| [*number as f64, *metric]);
    corners.extend(end.filter(|end| corners.last() != Some(end)));
    corners
}

/// Draws what each of `trials` reached, and the best until then; `planned` is how many there will be.
pub fn show(ui: &mut Ui, trials: &[Trial], planned: usize) {
    let palette = Palette::of(ui);
    let best = best_so_far(trials);
    let last = best.last().copied();
    row_with_right(
        ui,
        |ui| section(ui, "Best so far"),
        |ui| {
            if let Some((_, reached)) = last {
                let since = best.iter().find(|(_, metric)| *metric == reached).map_or(0, |(number, _)| *number);
                weak(ui, format!("{} since trial {since}", numbers::percent(reached)));
            }
        },
    );
    // As high as the choices beside it.
    ui.allocate_space(vec2(1.0, ui.spacing().interact_size.y));
    let axes =
        |hints: AxisHints<'static>| hints.tick_label_font(FontId::proportional(10.5)).tick_label_color(palette.weak);
    let x_axis = axes(AxisHints::new_x().placement(VPlacement::Bottom).label_spacing(26.0..=40.0))
        .formatter(|mark, _| if mark.value.fract() == 0.0 { format!("{:.0}", mark.value) } else { String::new() });
    let y_axis = axes(AxisHints::new_y().min_thickness(38.0).label_spacing(12.0..=20.0))
        .formatter(|mark, _| curves::beside_axis(mark.value, mark.step_size, true));
    let plot = curves::still(Plot::new("best so far"), 5)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .include_x(0.5)
        .include_x(planned.max(trials.len()) as f64 + 0.5)
        .grid_color(palette.hairline)
        .label_formatter(|hover| match hover {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name} {:.0}\n{}", position.x, numbers::percent(position.y)))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .height(HEIGHT)
        .width(ui.available_width());
    let each: Vec<[f64; 2]> = trials.iter().filter_map(|trial| Some([trial.number as f64, trial.metric?])).collect();
    let steps = steps(&best);
    let drawn = plot.show(ui, |plot| {
        let pale = palette.weak.gamma_multiply(0.7);
        // Each by itself: corners of one line would be drawn as wide as its steps are high.
        for part in steps.windows(2) {
            let part = PlotPoints::from(part.to_vec());
            plot.line(Line::new("best until trial", part).color(palette.accent).width(1.8));
        }
        plot.points(Points::new("trial", PlotPoints::from(each)).radius(2.5).color(pale));
    });
    let words = last.map_or_else(String::new, |(number, metric)| {
        format!("Best so far: {} after trial {number}", numbers::percent(metric))
    });
    drawn.response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Figure, true, &words));
    weak(ui, "Hit rate at 10 of each trial, in their order, and the best until then.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_so_far_only_rises_and_skips_what_was_not_measured() {
        let trial = |number: usize, metric: Option<f64>| -> Trial {
            let fields = serde_json::json!({
                "number": number, "hyperparameters": {}, "status": "done", "epochs": 1.0, "metric": metric,
                "rounds": [], "loss": null, "seconds": 1.0, "run": null,
            });
            serde_json::from_value(fields).unwrap()
        };
        let trials = [trial(1, Some(0.2)), trial(2, None), trial(3, Some(0.1)), trial(4, Some(0.4))];
        assert_eq!(best_so_far(&trials), [(1, 0.2), (3, 0.2), (4, 0.4)]);
        assert_eq!(steps(&best_so_far(&trials)), [[1.0, 0.2], [4.0, 0.2], [4.0, 0.4]]);
        assert_eq!(steps(&best_so_far(&trials[..3])), [[1.0, 0.2], [3.0, 0.2]]);
    }
}
