//! A sweep: what is tried on the left, what came of it on the right.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Frame, Margin, Panel, RichText, ScrollArea, Ui};

use super::samples::{Axes, Measured, Samples};
use super::{View, best_so_far, parallel, scatter, sweep_form, trials};
use crate::app::controls::{card, primary_button, section, weak};
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::comparison::Sample;
use crate::engine::jobs::sweep::{Sweep, SweepRecord, SweepRequest, Trial, TrialStatus};
use crate::engine::{Command, NoticeLevel, RunsCommand};
use crate::numbers;
use crate::training::Score;
use crate::training::sweep::{Axis, Strategy};

/// Width from which two plots have room beside each other.
const WIDE: f32 = 720.0;

/// Strategies with their names and what they do.
pub const STRATEGIES: [(Strategy, &str, &str); 4] = [
    (Strategy::Random, "Random", "Values are drawn at random; every trial is trained in full."),
    (Strategy::Tpe, "TPE", "A few random trials, then near what reached most (tree-structured Parzen estimator)."),
    (Strategy::Halving, "Halving", "Random trials; the best third of each round goes on."),
    (Strategy::Grid, "Grid", "Every combination of the values."),
];

/// Scores with their names and what they say.
pub const SCORES: [(Score, &str, &str); 4] = [
    (Score::Context, "Next items", "Hit rate at 10 by target-context product: what users take next."),
    (Score::Cosine, "Similarity", "Hit rate at 10 by cosine: which items are alike."),
    (Score::Composed, "With attributes", "Hit rate at 10 by cosine of vectors composed of items and attributes."),
    (Score::Others, "Alongside", "Hit rate at 10 by the other items of the history: what goes with what users took."),
];

/// What the page knows.
#[derive(Debug)]
pub struct SweepPage {
    /// What varies: key and values in words.
    pub rows: Vec<(String, String)>,
    /// Which of [`STRATEGIES`].
    pub strategy: usize,
    /// Which of [`SCORES`].
    pub score: usize,
    /// How many trials, as typed.
    pub count: String,
    /// How many trials are trained at once, as typed; empty: one.
    pub jobs: String,
    /// After how many minutes no trial begins, as typed; empty: never.
    pub minutes: String,
    /// Whether every trial's run is kept.
    pub keep_all: bool,
    /// The folder, as typed.
    pub folder: String,
    /// What was asked last, and where.
    pub last: Option<(Box<SweepRequest>, PathBuf)>,
    /// All trials, by number.
    pub trials: Arc<Vec<Trial>>,
    /// Positions of those that were measured, best first.
    pub ranking: Arc<Vec<usize>>,
}

impl Default for SweepPage {
    fn default() -> Self {
        let rows = [("learning_rate", "0.02 to 0.5 log"), ("window", "2 to 8")];
        Self {
            rows: rows.map(|(key, words)| (key.to_owned(), words.to_owned())).into(),
            strategy: 0,
            score: 0,
            count: "20".to_owned(),
            jobs: String::new(),
            minutes: String::new(),
            keep_all: false,
            folder: String::new(),
            last: None,
            trials: Arc::default(),
            ranking: Arc::default(),
        }
    }
}

impl SweepPage {
    /// Takes what came of the sweep in `folder`.
    pub fn take_end(&mut self, folder: &Path, sweep: &Sweep) {
        if self.last.as_ref().is_some_and(|(_, last)| last == folder) {
            self.trials = Arc::new(sweep.trials.clone());
            self.ranking = Arc::new(sweep.ranking.clone());
        }
    }

    /// Takes an earlier sweep: its form, its trials, and what goes on with it.
    pub fn take_record(&mut self, record: SweepRecord) {
        let SweepRecord { folder, trials, ranking, rows, request } = record;
        self.rows = rows;
        self.strategy = STRATEGIES.iter().position(|(other, ..)| *other == request.strategy).unwrap_or(0);
        self.score = SCORES.iter().position(|(other, ..)| *other == request.score).unwrap_or(0);
        self.count = request.trials.to_string();
        self.jobs = if request.jobs > 1 { request.jobs.to_string() } else { String::new() };
        self.minutes.clear();
        self.keep_all = request.keep_all;
        self.folder = folder.display().to_string();
        self.trials = Arc::new(trials);
        self.ranking = Arc::new(ranking);
        self.last = Some((Box::new(request), folder));
    }

    /// The best trial so far.
    pub fn best(&self) -> Option<&Trial> {
        self.trials.get(*self.ranking.first()?)
    }

    /// Why the first trial failed, if all of them did.
    fn failure(&self) -> Option<&str> {
        let all_failed = self.trials.iter().all(|trial| trial.status == TrialStatus::Failed);
        self.trials.first().filter(|_| all_failed)?.message.as_deref()
    }

    /// Whether something is left to be trained of the sweep on show.
    pub fn is_unfinished(&self) -> bool {
        let open = |trial: &Trial| matches!(trial.status, TrialStatus::Waiting | TrialStatus::Paused);
        self.last.is_some() && (self.trials.iter().any(open) || self.planned() > self.trials.len())
    }

    /// How many trials there will be, if all goes on to the end.
    pub fn planned(&self) -> usize {
        let known = self.trials.len();
        self.last.as_ref().map_or(known, |(request, _)| request.planned(known))
    }

    /// The measured trials, best first.
    pub fn samples(&self) -> Samples {
        let measured = self.ranking.iter().filter_map(|&at| Some((self.trials.get(at)?, self.trials.get(at)?.metric?)));
        let measured: Vec<(&Trial, f64)> = measured.collect();
        let names: Vec<String> = measured.iter().map(|(trial, _)| format!("trial {}", trial.number)).collect();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let sample = |(trial, metric): &(&Trial, f64)| {
            let values = trial.hyperparameters.iter().map(|(key, value)| (key.clone(), text(value)));
            Sample { values: values.collect(), metric: *metric }
        };
        let more = |name: &str, of: fn(&Trial) -> Option<f64>| Measured {
            name: name.to_owned(),
            is_share: false,
            values: measured.iter().map(|(trial, _)| of(trial)).collect(),
        };
        let axes = self.last.iter().flat_map(|(request, _)| request.space.axes());
        Samples {
            keys: names.clone(),
            names,
            samples: measured.iter().map(sample).collect(),
            more: vec![more("loss", |trial| trial.loss), more("seconds", |trial| Some(trial.seconds))],
            whole: measured.iter().map(|(trial, _)| trial.status == TrialStatus::Done).collect(),
            log: axes.map(|(key, axis)| (key.clone(), matches!(axis, Axis::Range { log: true, .. }))).collect(),
            best: 0,
        }
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    if let Some(status) = &state.live.sweep {
        state.runs.sweep.trials = Arc::clone(&status.trials);
        state.runs.sweep.ranking = Arc::clone(&status.ranking);
    }
    let palette = Palette::of(ui);
    Panel::left("sweep form")
        .resizable(true)
        .default_size(372.0)
        .size_range(320.0..=480.0)
        .frame(Frame::new().fill(palette.panel).inner_margin(Margin { left: 28, right: 16, top: 12, bottom: 8 }))
        .show(ui, |ui| sweep_form::show(ui, state));
    ScrollArea::vertical().id_salt("sweep").auto_shrink([false, false]).show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 18, right: 28, top: 12, bottom: 20 }).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 12.0;
            if state.runs.sweep.trials.is_empty() {
                section(ui, "No trial yet");
                weak(ui, "Give a few hyperparameters several values, choose how they are tried, and press Start.");
                weak(
                    ui,
                    "Every trial is trained on the loaded data and ranked by its hit rate at 10 on held-out events.",
                );
                return;
            }
            heading(ui, state);
            outcome(ui, state);
        });
    });
}

/// What the trials came to.
fn outcome(ui: &mut Ui, state: &mut WindowState) {
    let samples = state.runs.sweep.samples();
    let axes = samples.axes();
    state.runs.brushes.turn_to(View::Sweep);
    let kept = state.runs.brushes.kept(&axes);
    state.runs.mark(&samples, &kept);
    if !kept.is_empty() {
        card(ui, |ui| plots(ui, state, &samples, &axes, &kept));
    }
    let marked = if state.runs.brushes.is_empty() { Vec::new() } else { kept.clone() };
    card(ui, |ui| trials::table(ui, state, marked));
    if kept.len() > 1 {
        card(ui, |ui| parallel::show(ui, state, &samples, &axes, &kept));
    }
}

/// One hyperparameter against one measure, and how the best has grown.
fn plots(ui: &mut Ui, state: &mut WindowState, samples: &Samples, axes: &Axes, kept: &[bool]) {
    let trials = Arc::clone(&state.runs.sweep.trials);
    let planned = state.runs.sweep.planned();
    if ui.available_width() < WIDE {
        scatter::show(ui, state, samples, axes, kept);
        ui.add_space(8.0);
        return best_so_far::show(ui, &trials, planned);
    }
    let gap = std::mem::replace(&mut ui.spacing_mut().item_spacing.x, 28.0);
    ui.columns(2, |sides| {
        sides.iter_mut().for_each(|side| side.spacing_mut().item_spacing.x = gap);
        scatter::show(&mut sides[0], state, samples, axes, kept);
        best_so_far::show(&mut sides[1], &trials, planned);
    });
}

fn heading(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    let best = state.runs.sweep.best().cloned();
    let failure = state.runs.sweep.failure().map(str::to_owned);
    ui.horizontal(|ui| match best {
        Some(best) => {
            let metric = best.metric.map_or_else(|| "-".to_owned(), numbers::percent);
            section(ui, &format!("Best: trial {}, hit rate at 10: {metric}", best.number));
            let ready = !state.is_training();
            let adopt = primary_button(ui, "Adopt the best", ready);
            let hint = "Puts its hyperparameters into the Train form and opens its run";
            if adopt.on_hover_text(hint).clicked() {
                adopt_trial(state, &best);
            }
        }
        None => {
            section(ui, if failure.is_some() { "No trial could be trained" } else { "No trial is measured yet" });
        }
    });
    if let Some(why) = failure {
        let words = format!("Change the space. The first trial failed: {why}");
        ui.add(egui::Label::new(RichText::new(words).color(palette.error)).wrap());
    }
    if let Some((_, folder)) = &state.runs.sweep.last {
        ui.label(RichText::new(folder.display().to_string()).size(SMALL).color(palette.weak));
    }
}

/// Puts the hyperparameters of `trial` into the Train form and opens its run, if it was kept.
pub fn adopt_trial(state: &mut WindowState, trial: &Trial) {
    let Some((request, folder)) = &state.runs.sweep.last else { return };
    let point = trial.hyperparameters.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let run = trial.run.as_ref().map(|run| folder.join(run));
    match request.space.at(&point.collect()) {
        Ok(values) => {
            state.train.adopt(values);
            let words = format!("The hyperparameters of trial {} are in the Train form", trial.number);
            state.notices.tell(NoticeLevel::Info, words);
        }
        Err(error) => return state.notices.tell(NoticeLevel::Error, error.to_string()),
    }
    if let Some(run) = run {
        state.replace_run(vec![Command::OpenRun(run)]);
    }
}

impl WindowState {
    /// Starts the sweep that was asked last, or goes on with it.
    pub fn sweep_on(&mut self) {
        let Some((request, folder)) = self.runs.sweep.last.clone() else { return };
        self.send(Command::Runs(RunsCommand::Sweep(request, folder)));
    }
}
