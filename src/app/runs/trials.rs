//! The trials of a sweep: a table, best on top, and one hyperparameter against the metric.

use eframe::egui::{self, FontId, RichText, ScrollArea, Ui, Vec2b, vec2};
use egui_plot::{AxisHints, HoverPosition, Plot, PlotPoints, Points, VPlacement};

use super::parallel::Scale;
use super::sweep::adopt_trial;
use crate::app::controls::{choice, row_with_right, section, weak};
use crate::app::curves;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::engine::Command;
use crate::engine::jobs::sweep::{Trial, TrialStatus};
use crate::numbers;

/// Rows of the table at most.
const MOST: usize = 200;

/// The keys that vary.
fn keys(trials: &[Trial]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for key in trials.iter().flat_map(|trial| trial.hyperparameters.keys()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

fn text<'a>(trial: &'a Trial, key: &str) -> &'a str {
    trial.hyperparameters.get(key).and_then(serde_json::Value::as_str).unwrap_or_default()
}

/// One hyperparameter against the metric.
pub fn scatter(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    let trials = std::sync::Arc::clone(&state.runs.sweep.trials);
    let keys = keys(&trials);
    let Some(first) = keys.first() else { return };
    let taken = state.runs.sweep.key.clone().filter(|key| keys.contains(key)).unwrap_or_else(|| first.clone());
    ui.horizontal(|ui| {
        section(ui, "Hit rate at 10 by");
        choice(ui, "Hyperparameter", &taken, 150.0, |ui| {
            for key in &keys {
                ui.selectable_value(&mut state.runs.sweep.key, Some(key.clone()), key);
            }
        });
    });
    let measured: Vec<&Trial> = trials.iter().filter(|trial| trial.metric.is_some()).collect();
    let scale = Scale::of(measured.iter().map(|trial| text(trial, &taken)));
    let places = |done: bool| -> Vec<[f64; 2]> {
        let of = measured.iter().filter(|trial| (trial.status == TrialStatus::Done) == done);
        of.filter_map(|trial| Some([f64::from(scale.place(text(trial, &taken))), trial.metric?])).collect()
    };
    let axes =
        |hints: AxisHints<'static>| hints.tick_label_font(FontId::proportional(10.5)).tick_label_color(palette.weak);
    let (ticks, labels) = (scale.ticks(), scale.clone());
    let names: Vec<([f64; 2], String)> = measured
        .iter()
        .filter_map(|trial| {
            let words = format!("trial {}\n{taken} {}", trial.number, text(trial, &taken));
            Some(([f64::from(scale.place(text(trial, &taken))), trial.metric?], words))
        })
        .collect();
    let plot = Plot::new("sweep scatter")
        .custom_x_axes(vec![axes(AxisHints::new_x().placement(VPlacement::Bottom)).formatter(move |mark, _| {
            labels
                .ticks()
                .into_iter()
                .find(|(place, _)| (f64::from(*place) - mark.value).abs() < 1e-6)
                .map_or(String::new(), |(_, name)| name)
        })])
        .custom_y_axes(vec![
            axes(AxisHints::new_y().min_thickness(38.0).label_spacing(12.0..=20.0))
                .formatter(|mark, _| curves::beside_axis(mark.value, mark.step_size, true)),
        ])
        .show_background(false)
        .x_grid_spacer(move |_| {
            ticks.iter().map(|(place, _)| egui_plot::GridMark { value: f64::from(*place), step_size: 0.25 }).collect()
        })
        .y_grid_spacer(|input| curves::marks(input.bounds, 5))
        .include_x(-0.04)
        .include_x(1.04)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .set_margin_fraction(vec2(0.0, 0.1))
        .auto_bounds(Vec2b::TRUE)
        .grid_color(palette.hairline)
        .label_formatter(move |hover| match hover {
            HoverPosition::NearDataPoint { position, .. } => {
                let near = names.iter().find(|(place, _)| *place == [position.x, position.y]);
                near.map(|(_, words)| format!("{words}\n{}", numbers::percent(position.y)))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .height(200.0)
        .width(ui.available_width());
    plot.show(ui, |plot| {
        let pale = palette.accent.gamma_multiply(0.45);
        plot.points(Points::new("not trained in full", PlotPoints::from(places(false))).radius(3.0).color(pale));
        plot.points(Points::new("trained in full", PlotPoints::from(places(true))).radius(4.0).color(palette.accent));
    });
    if measured.iter().any(|trial| trial.status != TrialStatus::Done) {
        weak(ui, "Paler: trials that were not trained in full.");
    }
}

/// How a trial stands, in words.
fn standing(state: &WindowState, trial: &Trial) -> String {
    let mut running = state.live.sweep.iter().flat_map(|status| &status.running);
    if let Some(running) = running.find(|running| running.number == trial.number) {
        return format!("epoch {:.1}", running.epoch);
    }
    match trial.status {
        TrialStatus::Waiting => "waiting",
        TrialStatus::Paused => "between rounds",
        TrialStatus::Stopped => "fell behind",
        TrialStatus::Done => "done",
        TrialStatus::Failed => "failed",
    }
    .to_owned()
}

/// The trials, best on top, those that were not measured last.
pub fn table(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    let (trials, ranking) =
        (std::sync::Arc::clone(&state.runs.sweep.trials), std::sync::Arc::clone(&state.runs.sweep.ranking));
    let keys = keys(&trials);
    row_with_right(
        ui,
        |ui| section(ui, "Trials"),
        |ui| {
            weak(ui, format!("{} of {} measured", ranking.len(), trials.len()));
        },
    );
    let rest = (0..trials.len()).filter(|at| !ranking.contains(at));
    let order: Vec<usize> = ranking.iter().copied().chain(rest).take(MOST).collect();
    let mut open = None;
    let mut adopt = None;
    ScrollArea::both().id_salt("trials").max_height(320.0).auto_shrink([false, true]).show(ui, |ui| {
        egui::Grid::new("trials").spacing(vec2(20.0, 4.0)).min_row_height(22.0).show(ui, |ui| {
            let fixed = ["trial", "hit rate at 10", "round", "epochs", "state", "time"];
            for heading in fixed.into_iter().chain(keys.iter().map(String::as_str)) {
                weak(ui, heading);
            }
            ui.end_row();
            for at in order {
                let trial = &trials[at];
                let strong = if ranking.first() == Some(&at) { palette.accent } else { palette.text };
                ui.label(RichText::new(trial.number.to_string()).color(strong));
                let metric = trial.metric.map_or_else(|| "-".to_owned(), numbers::percent);
                ui.label(RichText::new(metric).color(strong)).on_hover_text(rounds(trial));
                ui.label(RichText::new(trial.rounds.len().to_string()).color(palette.weak));
                ui.label(numbers::figures(trial.epochs, 3));
                let colour = if trial.status == TrialStatus::Failed { palette.error } else { palette.weak };
                let words = RichText::new(standing(state, trial)).size(SMALL).color(colour);
                ui.label(words).on_hover_text(trial.message.clone().unwrap_or_default());
                let time = if trial.seconds > 0.0 { numbers::duration(trial.seconds) } else { "-".to_owned() };
                ui.label(RichText::new(time).color(palette.weak));
                for key in &keys {
                    ui.label(text(trial, key));
                }
                match &trial.run {
                    Some(run) if ui.link(RichText::new("Open").size(SMALL)).clicked() => open = Some(run.clone()),
                    Some(_) => {}
                    None => {
                        weak(ui, "");
                    }
                }
                if ui.link(RichText::new("Adopt").size(SMALL)).clicked() {
                    adopt = Some(at);
                }
                ui.end_row();
            }
        });
    });
    if trials.len() > MOST {
        weak(ui, format!("The first {MOST} are listed."));
    }
    if let Some((run, (_, folder))) = open.zip(state.runs.sweep.last.clone()) {
        state.replace_run(vec![Command::OpenRun(folder.join(run))]);
    }
    if let Some(at) = adopt {
        adopt_trial(state, &trials[at]);
    }
}

/// What was measured at the end of each round.
fn rounds(trial: &Trial) -> String {
    let line = |round: &crate::engine::jobs::sweep::Measured| {
        format!("{} after {} epochs", numbers::percent(round.metric), round.epochs)
    };
    trial.rounds.iter().map(line).collect::<Vec<_>>().join("\n")
}
