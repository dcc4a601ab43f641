//! The curves: one small plot a part of the loss and a measure, each on its own scale, time running along together.

use eframe::egui::{self, FontId, RichText, Ui, Vec2b, vec2};
use egui_plot::{
    AxisHints, GridMark, HLine, HoverPosition, Line, LineStyle, MarkerShape, Plot, PlotPoints, Points, VPlacement,
};

use super::controls::emphasis;
use super::theme::{self, BODY, Palette, SMALL};
use crate::numbers;
use crate::training::{Baselines, Churn, CurvePoint, RankedMetrics};

/// Points drawn of one curve at most: more than the plot has pixels shows nothing more.
const MOST: usize = 800;
/// Width from which the plots of the loss stand in one row, and those of the loss and of measures in two.
const WIDE: f32 = 980.0;
/// Height of a plot at least; where there is less room they scroll.
const LEAST: f32 = 90.0;
/// Width from which all plots stand in three rows.
const NARROW: f32 = 600.0;

/// What was measured at a point, if it was.
type Measured = fn(&CurvePoint) -> Option<f64>;

/// What one plot shows.
struct Part {
    name: &'static str,
    help: &'static str,
    /// Of the steps between two points; none for what is measured now and then alone.
    training: Option<fn(&CurvePoint) -> f64>,
    /// Where it was measured.
    measured: Measured,
    /// Another measurement of the same kind: what it is of, and where it was measured.
    beside: Option<(&'static str, Measured)>,
    /// The same of a rule without vectors, where it can be compared.
    rule: Option<fn(&RankedMetrics) -> f64>,
    /// How its value is written.
    text: fn(f64) -> String,
    /// Whether it is a share that is read in percent.
    is_share: bool,
}

const PARTS: [Part; 7] = [
    Part {
        name: "Total",
        help: "What training lowers: the sum of the three parts.",
        training: Some(|point| point.loss.total),
        measured: |point| Some(point.held_out?.loss.total),
        beside: None,
        rule: None,
        text: four_figures,
        is_share: false,
    },
    Part {
        name: "Pairs",
        help: "How well an item tells the items around it from random ones.",
        training: Some(|point| point.loss.pair),
        measured: |point| Some(point.held_out?.loss.pair),
        beside: None,
        rule: None,
        text: four_figures,
        is_share: false,
    },
    Part {
        name: "Structure",
        help: "How well an item tells its own attributes, weighted by alpha.",
        training: Some(|point| point.loss.structure),
        measured: |point| Some(point.held_out?.loss.structure),
        beside: None,
        rule: None,
        text: four_figures,
        is_share: false,
    },
    Part {
        name: "Regulariser",
        help: "The size of the transfer matrices, weighted by beta.",
        training: Some(|point| point.loss.regulariser),
        measured: |point| Some(point.held_out?.loss.regulariser),
        beside: None,
        rule: None,
        text: four_figures,
        is_share: false,
    },
    Part {
        name: "Hit rate at 10",
        help: "Share of a sample of users with a held-out item among the first 10. Higher is better.",
        training: None,
        measured: |point| Some(point.held_out?.hit_rate_at_10),
        beside: None,
        rule: Some(|metrics| metrics.hit_rate),
        text: numbers::percent,
        is_share: true,
    },
    Part {
        name: "NDCG at 10",
        help: "As the hit rate, but all held-out items count, and early places count more. Higher is better.",
        training: None,
        measured: |point| Some(point.held_out?.ndcg_at_10),
        beside: None,
        rule: Some(|metrics| metrics.ndcg),
        text: four_figures,
        is_share: false,
    },
    Part {
        name: "Neighbours kept",
        help: KEPT,
        training: None,
        measured: |point| Some(point.churn?.jaccard_at_10),
        beside: Some(("pinned", |point| point.churn?.pinned_jaccard_at_10)),
        rule: None,
        text: numbers::percent,
        is_share: true,
    },
];

/// What the neighbours that are kept are.
const KEPT: &str = "How far the 10 nearest of each item are those of the measurement before: mean Jaccard index, 100% = the \
                    same. Of 500 items drawn by the seed where there are more. Dashed: of the pinned or selected IDs alone.";
const _: () = assert!(Churn::SAMPLE == 500);

/// `value` beside an axis whose marks are `step` apart: in as many decimals as tell them apart.
pub(super) fn beside_axis(value: f64, step: f64, is_share: bool) -> String {
    let (value, step, unit) = if is_share { (value * 100.0, step * 100.0, "%") } else { (value, step, "") };
    // Rounding errors must not cost a decimal more.
    let decimals = (-(step * 1.001).log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.decimals$}{unit}")
}

/// What a curve without extent is shown in: a tenth of its level to both sides.
fn room_around(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    let least = high.abs().max(low.abs()) * 1e-6;
    (low <= high && high - low <= least).then(|| {
        let room = if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
        [low - room, high + room]
    })
}

/// Where the axis ends of a curve that has `reached` so many of `epochs`: at a round number ahead of it. On an axis to the
/// last epoch the first of many would be a sliver.
fn axis_end(reached: f64, epochs: f64) -> f64 {
    let ends = (-1..).flat_map(|power| [1.0, 2.0, 5.0].map(|times| times * 10f64.powi(power)));
    ends.take_while(|end| *end < epochs).find(|end| *end >= reached).unwrap_or(epochs)
}

fn four_figures(value: f64) -> String {
    numbers::figures(value, 4)
}

/// Draws the curves into the room that is left. `epochs` is how many there will be, if it is known; the best of
/// `baselines` stands beside each measure of a run that was evaluated.
pub fn show(ui: &mut Ui, curve: &[CurvePoint], epochs: Option<u32>, baselines: Option<&Baselines>) {
    let is_measured = |part: &Part| curve.iter().any(|point| (part.measured)(point).is_some());
    let parts: Vec<(usize, &Part)> =
        PARTS.iter().enumerate().filter(|(_, part)| part.training.is_some() || is_measured(part)).collect();
    let columns = match (parts.len(), ui.available_width()) {
        (..=4, width) if width >= WIDE => 4,
        (5..=6, width) if width >= WIDE => 3,
        (7.., width) if width >= WIDE => 4,
        (7.., width) if width >= NARROW => 3,
        _ => 2,
    };
    let rows = parts.len().div_ceil(columns);
    let gap = 12.0;
    let high = (ui.available_height() - gap * (rows as f32 - 1.0)) / rows as f32;
    let grid = |ui: &mut Ui, high: f32| {
        let size = vec2((ui.available_width() - gap * (columns as f32 - 1.0)) / columns as f32, high);
        for row in parts.chunks(columns) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = gap;
                for (at, part) in row {
                    ui.allocate_ui(size, |ui| {
                        ui.set_min_size(size);
                        one(ui, *at, part, curve, epochs, best_rule(part, baselines));
                    });
                }
            });
        }
    };
    if high >= LEAST {
        grid(ui, high);
    } else {
        egui::ScrollArea::vertical().id_salt("curves").auto_shrink([false, false]).show(ui, |ui| grid(ui, LEAST));
    }
}

/// The rule that reaches most by a measure, and what it reaches.
fn best_rule(part: &Part, baselines: Option<&Baselines>) -> Option<(String, f64)> {
    let (of, baselines) = part.rule.zip(baselines)?;
    let named = baselines.named().into_iter();
    named.filter_map(|(name, rule)| Some((name, of(rule.get(&10)?)))).max_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// A second figure in a plot's heading, as far as there is room.
fn second_figure(ui: &mut Ui, text: String, hint: &str) {
    let text = RichText::new(text).size(SMALL).color(Palette::of(ui).weak);
    ui.add(egui::Label::new(text).truncate()).on_hover_text(hint);
}

fn one(ui: &mut Ui, at: usize, part: &Part, curve: &[CurvePoint], epochs: Option<u32>, rule: Option<(String, f64)>) {
    let palette = Palette::of(ui);
    let colour = if at == 0 { palette.accent } else { theme::category(at, ui.visuals().dark_mode) };
    let last_training = part.training.and_then(|value| curve.last().map(value));
    let last_measured = curve.iter().rev().find_map(part.measured);
    let last_beside = part.beside.and_then(|(name, of)| Some((name, curve.iter().rev().find_map(of)?)));
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let (dot, _) = ui.allocate_exact_size(vec2(8.0, 16.0), egui::Sense::hover());
            ui.painter().circle_filled(dot.center(), 3.5, colour);
            ui.label(RichText::new(part.name).size(SMALL).color(palette.weak)).on_hover_text(part.help);
            if let Some(value) = last_training.or(last_measured) {
                ui.label(emphasis((part.text)(value), BODY).color(palette.strong)).on_hover_text(value.to_string());
            }
            if let Some(value) = last_measured.filter(|_| last_training.is_some()) {
                let text = format!("held out {}", (part.text)(value));
                second_figure(ui, text, "The same on held-out events of a sample of users: the dashed line.");
            }
            if let Some((name, value)) = last_beside {
                second_figure(ui, format!("{name} {}", (part.text)(value)), part.help);
            }
            if let Some((name, level)) = &rule {
                let hint = "The best rule that needs no vectors: the dotted line. The page of runs has them all.";
                second_figure(ui, format!("{name} {}", (part.text)(*level)), hint);
            }
        });
        let training: Vec<[f64; 2]> = part.training.map_or_else(Vec::new, |value| {
            thinned(curve).map(|point| [point.epoch, value(point)]).filter(|[_, y]| y.is_finite()).collect()
        });
        let along = |of: fn(&CurvePoint) -> Option<f64>| -> Vec<[f64; 2]> {
            let points = curve.iter().filter_map(|point| Some([point.epoch, of(point)?]));
            points.filter(|[_, y]| y.is_finite()).collect()
        };
        let held_out = along(part.measured);
        let beside = part.beside.map_or_else(Vec::new, |(_, of)| along(of));
        let axes = |hints: AxisHints<'static>| {
            hints.tick_label_font(FontId::proportional(10.5)).tick_label_color(palette.weak)
        };
        let x_axis = axes(
            AxisHints::new_x()
                .placement(VPlacement::Bottom)
                .label_spacing(26.0..=40.0)
                .formatter(|mark, _| beside_axis(mark.value, mark.step_size, false)),
        );
        let y_axis = axes(AxisHints::new_y().min_thickness(38.0).label_spacing(12.0..=20.0).formatter({
            let is_share = part.is_share;
            move |mark, _| beside_axis(mark.value, mark.step_size, is_share)
        }));
        let mut plot = still(Plot::new(("curve", part.name)), 4)
            // Room for half of the last dot.
            .set_margin_fraction(vec2(0.015, 0.08))
            .custom_x_axes(vec![x_axis])
            .custom_y_axes(vec![y_axis])
            .link_cursor(ui.scope_id().with("loss curves"), Vec2b::new(true, false))
            .grid_color(palette.hairline)
            .label_formatter({
                let text = part.text;
                move |hover| match hover {
                    HoverPosition::NearDataPoint { position, .. } => {
                        Some(format!("{}\nepoch {}", text(position.y), numbers::figures(position.x, 3)))
                    }
                    HoverPosition::Elsewhere { .. } => None,
                }
            })
            .include_x(0.0)
            .height(ui.available_height().max(60.0))
            .width(ui.available_width());
        let lines = training.iter().chain(&held_out).chain(&beside);
        let levels = lines.map(|[_, y]| *y).chain(rule.iter().map(|(_, level)| *level));
        for y in room_around(levels).into_iter().flatten() {
            plot = plot.include_y(y);
        }
        if let Some((epochs, last)) = epochs.zip(curve.last()) {
            plot = plot.include_x(axis_end(last.epoch, f64::from(epochs)));
        }
        plot.show(ui, |plot| {
            let is_measure = part.training.is_none();
            if let Some((name, level)) = rule {
                plot.hline(HLine::new(name, level).color(palette.weak).width(1.0).style(LineStyle::dotted_loose()));
            }
            let style = if is_measure { LineStyle::Solid } else { LineStyle::dashed_dense() };
            if held_out.len() == 1 || is_measure {
                let points = Points::new("held out", PlotPoints::from(held_out.clone()));
                plot.points(points.shape(MarkerShape::Circle).radius(2.5).color(colour));
            }
            if !training.is_empty() {
                plot.line(Line::new("training", PlotPoints::from(training)).color(colour).width(1.6));
            }
            let name = if is_measure { part.name } else { "held out" };
            plot.line(Line::new(name, PlotPoints::from(held_out)).color(colour).width(1.4).style(style));
            if let Some((name, _)) = part.beside {
                let line = Line::new(name, PlotPoints::from(beside)).color(colour).width(1.4);
                plot.line(line.style(LineStyle::dashed_dense()));
            }
        });
    });
}

/// About `count` round values between two bounds.
pub(super) fn marks((low, high): (f64, f64), count: usize) -> Vec<GridMark> {
    let rough = (high - low) / count as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return Vec::new();
    }
    let size = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * size).find(|step| *step >= rough).unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|i| GridMark { value: i as f64 * step, step_size: step }).collect()
}

/// The curve in at most [`MOST`] points, the last one always among them.
fn thinned(curve: &[CurvePoint]) -> impl Iterator<Item = &CurvePoint> {
    let step = curve.len().div_ceil(MOST).max(1);
    let last = curve.len().saturating_sub(1);
    curve.iter().enumerate().filter(move |(i, _)| (last - i).is_multiple_of(step)).map(|(_, point)| point)
}

/// A plot that shows all of its curves and does not move, with about 6 marks along it and `marks_up` up.
pub(super) fn still(plot: Plot<'_>, marks_up: usize) -> Plot<'_> {
    plot.show_background(false)
        .x_grid_spacer(|input| marks(input.bounds, 6))
        .y_grid_spacer(move |input| marks(input.bounds, marks_up))
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .set_margin_fraction(vec2(0.0, 0.08))
        .auto_bounds(Vec2b::TRUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_beside_an_axis_differ_and_say_no_more_than_they_must() {
        let text = |value, step| beside_axis(value, step, false);
        assert_eq!([0.1105, 0.111, 0.1115].map(|value| text(value, 0.0005)), ["0.1105", "0.1110", "0.1115"]);
        assert_eq!([5.0, 10.0].map(|value| text(value, 5.0)), ["5", "10"]);
        assert_eq!(beside_axis(0.615, 0.005, true), "61.5%");
        assert_eq!(beside_axis(0.6, 0.05, true), "60%");
    }

    #[test]
    fn the_axis_ends_at_a_round_number_ahead_and_never_beyond_the_last_epoch() {
        let ends = [0.0, 0.1, 0.11, 1.9, 2.1, 20.1, 40.0, 41.0].map(|reached| axis_end(reached, 40.0));
        assert_eq!(ends, [0.1, 0.1, 0.2, 2.0, 5.0, 40.0, 40.0, 40.0]);
        assert_eq!(axis_end(f64::NAN, 5.0), 5.0);
    }

    #[test]
    fn a_curve_of_one_point_has_room_on_both_sides() {
        assert_eq!(room_around([0.5].into_iter()), Some([0.45, 0.55]));
        assert_eq!(room_around([0.5, 0.6].into_iter()), None);
        assert_eq!(room_around(std::iter::empty()), None);
    }
}
