//! The trials of a sweep in a table, best on top.

use eframe::egui::{self, RichText, ScrollArea, Ui, vec2};

use super::sweep::adopt_trial;
use crate::app::controls::{row_with_right, section, weak};
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

/// The trials, best on top, those that were not measured last; the `brushed` of those that were are marked.
pub fn table(ui: &mut Ui, state: &mut WindowState, brushed: Vec<bool>) {
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
        let grid = egui::Grid::new("trials").spacing(vec2(20.0, 4.0)).min_row_height(22.0);
        // The headings are the first row.
        let is_marked = move |row: usize| row > 0 && brushed.get(row - 1) == Some(&true);
        let mark = palette.accent_faint;
        grid.with_row_color(move |row, _| is_marked(row).then_some(mark)).show(ui, |ui| {
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
