//! The strip at the bottom: alive whenever a job runs, from any place.

use eframe::egui::{self, Align, Layout, RichText, Ui};

use super::controls::{progress_line, weak};
use super::state::WindowState;
use super::theme::{Palette, SMALL};
use super::{projection, runs};
use crate::engine::{Command, JobKind, ProjectionFrame, TrainingStatus};
use crate::numbers;
use crate::progress::Progress;

/// Draws the strip.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        if let Some(training) = state.live.training.clone() {
            training_line(ui, state, &training);
        } else if let Some(status) = state.live.sweep.clone() {
            runs::sweep_line(ui, state, &status);
        } else if let Some(frame) = state.live.projection.clone() {
            map_line(ui, state, &frame);
        } else if let Some(job) = newest(state) {
            job_line(ui, state, &job);
        } else {
            idle(ui, state);
        }
    });
}

/// The job to tell of: the newest of those that take long. Those that follow every click would only flicker.
fn newest(state: &WindowState) -> Option<super::state::RunningJob> {
    let quiet = [
        JobKind::Inspect,
        JobKind::Follow,
        JobKind::Preview,
        JobKind::ListRuns,
        JobKind::ChangeRun,
        JobKind::Filter,
        JobKind::KeepWindow,
        JobKind::KeepMap,
    ];
    state.jobs.iter().rev().find(|job| !quiet.contains(&job.kind) && !job.kind.answers()).cloned()
}

fn training_line(ui: &mut Ui, state: &mut WindowState, training: &TrainingStatus) {
    let palette = Palette::of(ui);
    ui.label(RichText::new(format!("Training {}", training.name)).color(palette.strong));
    let share = if training.total_pairs > 0 {
        training.pairs as f64 / training.total_pairs as f64
    } else {
        training.epoch / f64::from(training.epochs.max(1))
    };
    let begun = training.pairs > 0;
    let at_end = training.pairs >= training.total_pairs && begun && training.epoch >= f64::from(training.epochs);
    let stage = state.live.progress.get(&training.job).map(|progress| progress.stage.clone());
    progress_line(ui, (begun && !at_end).then_some(share as f32), 160.0);
    if !begun || at_end {
        weak(
            ui,
            stage.unwrap_or_else(|| {
                if at_end { "Measuring on what was held out".to_owned() } else { "Preparing".to_owned() }
            }),
        );
    } else {
        let epoch = (training.epoch.floor() as u32 + 1).min(training.epochs.max(1));
        let left = if training.paused {
            "paused".to_owned()
        } else {
            format!("{} left", numbers::clock(training.seconds_left))
        };
        let text = format!(
            "epoch {epoch}/{} · {} pairs/s · {left}",
            training.epochs,
            numbers::rate(training.pairs_per_second)
        );
        ui.label(RichText::new(text).size(SMALL).color(palette.text)).on_hover_text(format!(
            "{} of {} pairs",
            numbers::exact(training.pairs),
            numbers::exact(training.total_pairs)
        ));
    }
    sparkline(ui, state);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if ui.button("Stop").on_hover_text("Ends the training and keeps what was learned").clicked() {
            state.send(Command::Stop);
        }
        if training.paused {
            if ui.button("Resume").clicked() {
                state.send(Command::Resume);
            }
        } else if ui.button("Pause").clicked() {
            state.send(Command::Pause);
        }
    });
}

/// A map that is being made: phase, divergence so far, levers.
fn map_line(ui: &mut Ui, state: &mut WindowState, frame: &ProjectionFrame) {
    let palette = Palette::of(ui);
    let part = if frame.request.settings.rows.is_some() { " selected" } else { "" };
    ui.label(
        RichText::new(format!("{} of{part} {}", projection::name_of(frame), numbers::plural(&frame.request.table)))
            .color(palette.strong),
    );
    progress_line(ui, Some(frame.iteration as f32 / frame.iterations.max(1) as f32), 160.0);
    let mut text = projection::phase(frame);
    if !frame.paused && frame.iterations_per_second > 0.0 {
        let left = frame.iterations.saturating_sub(frame.iteration) as f64 / frame.iterations_per_second;
        let rate = numbers::rate(frame.iterations_per_second);
        text = format!("{text} · {rate} a second · {} left", numbers::clock(left));
    }
    ui.label(RichText::new(text).size(SMALL).color(palette.text));
    let divergences = || frame.divergences.iter().map(|&(_, divergence)| divergence);
    line_of(
        ui,
        divergences,
        frame.divergences.last().map(|&(_, divergence)| format!("KL {}", numbers::figures(divergence, 4))),
    );
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| projection::levers(ui, state, frame));
}

/// The loss so far, as a line.
fn sparkline(ui: &mut Ui, state: &WindowState) {
    let losses = || state.live.curve.iter().map(|point| point.loss.total);
    line_of(ui, losses, state.live.curve.last().map(|point| format!("loss {}", numbers::figures(point.loss.total, 4))));
}

/// `values` as a small line with the newest one in words beside it.
fn line_of<I: ExactSizeIterator<Item = f64>>(ui: &mut Ui, values: impl Fn() -> I, newest: Option<String>) {
    let palette = Palette::of(ui);
    let count = values().len();
    if count >= 2 {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(96.0, 20.0), egui::Sense::hover());
        let finite = || values().filter(|value| value.is_finite());
        let (low, high) =
            finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let span = (high - low).max(f64::MIN_POSITIVE);
        let last = (count - 1) as f32;
        let points = values()
            .enumerate()
            .step_by(count.div_ceil(96).max(1))
            .filter(|(_, value)| value.is_finite())
            .map(|(i, value)| {
                let share = ((value - low) / span) as f32;
                egui::pos2(
                    rect.left() + rect.width() * i as f32 / last,
                    rect.bottom() - 2.0 - share * (rect.height() - 4.0),
                )
            })
            .collect();
        ui.painter().add(egui::Shape::line(points, egui::Stroke::new(1.4, palette.accent)));
    }
    if let Some(newest) = newest {
        weak(ui, newest);
    }
}

fn job_line(ui: &mut Ui, state: &mut WindowState, job: &super::state::RunningJob) {
    let palette = Palette::of(ui);
    ui.label(RichText::new(&job.title).color(palette.strong));
    let progress = state.live.progress.get(&job.id).cloned();
    let share = progress
        .as_ref()
        .and_then(|progress| Some(progress.done as f32 / progress.total.filter(|&total| total > 0)? as f32));
    progress_line(ui, share, 160.0);
    if let Some(progress) = progress {
        weak(ui, in_words(&progress));
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if ui.button("Cancel").clicked() {
            state.send(Command::Cancel(job.id));
        }
    });
}

fn in_words(progress: &Progress) -> String {
    let count = |count: u64| if progress.unit == "bytes" { numbers::bytes(count) } else { numbers::short(count) };
    match progress.total {
        Some(total) if progress.unit == "bytes" => {
            format!("{} · {} of {}", progress.stage, count(progress.done), count(total))
        }
        Some(total) => format!("{} · {} of {} {}", progress.stage, count(progress.done), count(total), progress.unit),
        None if progress.done > 0 => format!("{} · {} {}", progress.stage, count(progress.done), progress.unit),
        None => progress.stage.clone(),
    }
}

/// What is there when nothing runs.
fn idle(ui: &mut Ui, state: &WindowState) {
    if let Some(dataset) = &state.dataset {
        let events = numbers::counted(dataset.events.len() as u64, "event");
        let items = numbers::counted(dataset.catalogue.item_count() as u64, "item");
        weak(ui, format!("Data: {events}, {items}"));
    }
    if let Some(shown) = &state.run {
        let unsaved = if shown.is_unsaved() { ", not saved" } else { "" };
        weak(ui, format!("Run: {}{unsaved}", shown.run.metadata.name));
    }
    if state.dataset.is_none() && state.run.is_none() {
        weak(ui, "Ready");
    }
}
