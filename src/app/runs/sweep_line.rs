//! A sweep that runs, in the strip at the bottom.

use eframe::egui::{Align, Layout, RichText, Ui};

use crate::app::controls::{progress_line, weak};
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::engine::jobs::sweep::TrialStatus;
use crate::engine::{Command, RunsCommand, SweepStatus};
use crate::numbers;

/// Draws how far the sweep is, and its levers.
pub fn sweep_line(ui: &mut Ui, state: &mut WindowState, status: &SweepStatus) {
    let palette = Palette::of(ui);
    ui.label(RichText::new("Sweeping").color(palette.strong));
    let open = |status: TrialStatus| matches!(status, TrialStatus::Waiting | TrialStatus::Paused);
    let (all, ended) = (status.planned, status.trials.iter().filter(|trial| !open(trial.status)).count());
    progress_line(ui, (all > 0).then(|| ended as f32 / all as f32), 160.0);
    let paused = if status.paused { ", paused" } else { "" };
    let trial = match status.running.as_slice() {
        [] => String::new(),
        [running] => format!("trial {}, epoch {:.1}{paused} · ", running.number, running.epoch),
        several => {
            let each = several.iter().map(|running| format!("{} at {:.1}", running.number, running.epoch));
            format!("trials {}{paused} · ", each.collect::<Vec<_>>().join(", "))
        }
    };
    let words = format!("{trial}{ended} of {all} ended");
    ui.label(RichText::new(words).size(SMALL).color(palette.text));
    let best = status.ranking.first().and_then(|&best| status.trials.get(best)).and_then(|best| best.metric);
    if let Some(best) = best {
        weak(ui, format!("best hit rate at 10 {}", numbers::percent(best)));
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if ui.button("Stop").on_hover_text("Ends the sweep; it can go on later from what was measured").clicked() {
            state.send(Command::Runs(RunsCommand::StopSweep));
        }
        let (name, command) =
            if status.paused { ("Resume", RunsCommand::ResumeSweep) } else { ("Pause", RunsCommand::PauseSweep) };
        if ui.button(name).clicked() {
            state.send(Command::Runs(command));
        }
    });
}
