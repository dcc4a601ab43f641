//! Many trainings, ranked by what they predict of the events held out.

mod control;
mod error;
mod ledger;
mod memory;
mod proposing;
mod record;
mod round;

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

pub use control::SweepControl;
pub use error::SweepError;
pub use ledger::{Measured, SweepIdentity, Trial, TrialStatus};
pub use record::{SweepRecord, ranking, read_sweep};

use self::ledger::{LEDGER, Ledger, Plan};
use self::round::Trained;
use crate::dataset::{Dataset, Holdout};
use crate::engine::EngineError;
use crate::progress::Watch;
use crate::run::{Run, stage};
use crate::training::sweep::{Axis, Point, Rung, Space, Strategy, rungs, survivors};
use crate::training::{BackendChoice, EvaluationSettings, Hyperparameters, Repeats, Score, TrainControl, TrainEvent};

/// The folder of the trials' runs.
const RUNS: &str = "trials";

/// The hyperparameters of the best trial, as `train --config` takes them.
const BEST: &str = "best.toml";

/// Locked while a program sweeps in the folder.
const LOCK: &str = ".lock";

/// What to sweep.
#[derive(Debug, Clone)]
pub struct SweepRequest {
    /// What varies, and what does not.
    pub space: Space,
    /// How trials are chosen.
    pub strategy: Strategy,
    /// How many, at most.
    pub trials: usize,
    /// Seed of the choice.
    pub seed: u64,
    /// No trial begins once so many seconds have passed, all sittings together.
    pub seconds: Option<f64>,
    /// How many are trained at once, where there is memory for it; 0 as 1. What comes of them does not depend on it, but with
    /// [`Strategy::Tpe`] so many are proposed at a time, and what is proposed knows nothing of the others of its batch.
    pub jobs: usize,
    /// Whether the runs of trials that fell behind are kept.
    pub keep_all: bool,
    /// What is held out.
    pub holdout: Holdout,
    /// The score by whose hit rate trials are ranked.
    pub score: Score,
    /// Where trials are trained.
    pub backend: BackendChoice,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// All trials, by number.
    pub trials: Vec<Trial>,
    /// Positions in `trials` of those that were measured, best first: trained in full before others, more epochs before
    /// fewer among those others, then by hit rate; ties by number.
    pub ranking: Vec<usize>,
    /// Seconds spent, all sittings together.
    pub seconds: f64,
    /// Whether it was told to stop before its end.
    pub interrupted: bool,
}

/// What a sweep tells while it runs.
pub enum SweepEvent<'a> {
    /// A trial is about to be trained; its levers.
    Begins {
        /// The trial.
        trial: &'a Trial,
        /// How many there are.
        trials: usize,
        /// Epochs it is trained to in this round.
        epochs: u32,
        /// Stopping it ends the sweep; what was measured is kept.
        control: &'a TrainControl,
    },
    /// The training of a trial tells something.
    Training {
        /// The trial's number.
        number: usize,
        /// What; models are not told.
        event: TrainEvent,
    },
    /// It has ended, for this round.
    Ends(&'a Trial),
    /// How all trials stand, by number.
    Standing(&'a [Trial]),
}

/// Sweeps `request` over `dataset` in `folder`, which is made, or goes on with the sweep in it.
///
/// Each trial is trained on its own and ranked by its hit rate at 10 on the events held out, by `request.score`. With [`Strategy::Halving`]
/// all are trained for few epochs, and the best third of each round goes on from where it stood, as if it had never been
/// stopped. sweep.json is written after every trial; what was measured is never trained again. The best trial's
/// hyperparameters are written as best.toml.
///
/// # Errors
/// [`EngineError::Sweep`] for the folder, [`EngineError::Dataset`]; a trial that cannot be trained only fails itself.
pub fn sweep(
    dataset: &Arc<Dataset>,
    request: &SweepRequest,
    folder: &Path,
    watch: &Watch,
    observer: &mut dyn FnMut(SweepEvent<'_>),
) -> Result<Sweep, EngineError> {
    if request.holdout == Holdout::None {
        let message = "Trials are ranked by what they predict of events held out; hold something out";
        return Err(SweepError::Impossible(message.to_owned()).into());
    }
    let _lock = claim(folder)?;
    let identity = request.identity(dataset);
    let mut ledger = match Ledger::read(folder)? {
        Some(ledger) => ledger.continued(&identity, folder)?,
        None => Ledger::new(identity),
    };
    let points = request.space.points(request.strategy, request.trials, request.seed);
    for (number, point) in (1..).zip(&points).skip(ledger.trials.len()) {
        ledger.trials.push(Trial::waiting(number, point));
    }
    ledger.plan =
        (request.strategy == Strategy::Tpe).then(|| Plan { trials: request.trials, batch: request.jobs.max(1) });
    ledger.write(folder)?;
    observer(SweepEvent::Standing(&ledger.trials));
    let trials = ledger.trials.len();
    let mut sweeping = Sweeping { dataset, request, folder, ledger, watch, observer, began: Instant::now() };
    let ended = match request.strategy {
        Strategy::Halving => sweeping.rounds(&rungs(trials, request.space.base().epochs))?,
        // The epochs of each trial are its own.
        Strategy::Grid | Strategy::Random => sweeping.rounds(&[Rung { epochs: u32::MAX, trials }])?,
        Strategy::Tpe => sweeping.batches()?,
    };
    sweeping.finish(ended)
}

impl SweepRequest {
    fn identity(&self, dataset: &Dataset) -> SweepIdentity {
        let base = self.space.base();
        let keys = Hyperparameters::keys().iter().map(|doc| doc.key);
        let widths = base.dims.iter().map(|(name, width)| (format!("dims.{name}"), Value::from(width.to_string())));
        let weights =
            base.weight.iter().map(|(name, weight)| (format!("weight.{name}"), Value::from(weight.to_string())));
        let fixed = keys.filter_map(|key| Some((key.to_owned(), Value::from(base.get(key)?))));
        let space = self.space.axes().iter().map(|(key, axis)| (key.clone(), Value::from(in_words(axis))));
        SweepIdentity {
            strategy: self.strategy.word().to_owned(),
            seed: self.seed,
            data: dataset.fingerprint.clone(),
            holdout: self.holdout.to_string(),
            score: self.score,
            base: fixed.chain(widths).chain(weights).collect(),
            space: space.collect(),
            trials: matches!(self.strategy, Strategy::Grid | Strategy::Halving).then_some(self.trials),
        }
    }
}

fn in_words(axis: &Axis) -> String {
    match axis {
        Axis::Values(values) => values.join(", "),
        Axis::Range { min, max, log, whole, steps } => {
            let kind = if *whole { "whole numbers " } else { "" };
            let scale = if *log { ", logarithmic" } else { "" };
            format!("{kind}{min} to {max}{scale}, {steps} steps in a grid")
        }
    }
}

impl Ledger {
    /// The ledger, if it is that of the sweep that is asked for.
    fn continued(self, identity: &SweepIdentity, folder: &Path) -> Result<Self, SweepError> {
        let other = |what| Err(SweepError::Other { what, path: folder.to_owned() });
        let own = &self.identity;
        if own.data != identity.data || own.holdout != identity.holdout {
            return other("data or hold-out");
        }
        if own.score != identity.score {
            return other("score");
        }
        if own.space != identity.space || own.base != identity.base {
            return other("space");
        }
        if own.strategy != identity.strategy || own.seed != identity.seed || own.trials != identity.trials {
            return other("strategy, number of trials or seed");
        }
        Ok(self)
    }
}

/// Makes the folder, or finds a sweep in it; locked as long as the file is held.
fn claim(folder: &Path) -> Result<File, SweepError> {
    let failed = |source| SweepError::Io { action: "Making the folder", source, path: folder.to_owned() };
    fs::create_dir_all(folder).map_err(failed)?;
    let is_sweep = folder.join(LEDGER).exists() || folder.join(LOCK).exists();
    if !is_sweep && fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(SweepError::Occupied(folder.to_owned()));
    }
    let path = folder.join(LOCK);
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(|source| SweepError::Io { action: "Locking", source, path: path.clone() })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SweepError::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(SweepError::Io { action: "Locking", source, path }),
    }
}

/// Why the rounds ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// All is done, or the time is up.
    Done,
    /// Somebody stopped it.
    Interrupted,
}

/// A sweep that runs.
struct Sweeping<'a> {
    dataset: &'a Arc<Dataset>,
    request: &'a SweepRequest,
    folder: &'a Path,
    ledger: Ledger,
    watch: &'a Watch,
    observer: &'a mut dyn FnMut(SweepEvent<'_>),
    began: Instant,
}

impl Sweeping<'_> {
    fn rounds(&mut self, rounds: &[Rung]) -> Result<Ended, EngineError> {
        let mut alive: Vec<usize> = (0..self.ledger.trials.len()).collect();
        for (number, rung) in rounds.iter().enumerate() {
            let ended = self.round(&alive, rung.epochs)?;
            if ended != Ended::Done || self.time_is_up() {
                return Ok(ended);
            }
            if let Some(next) = rounds.get(number + 1) {
                let metric = |trial: usize| {
                    let rounds = &self.ledger.trials[trial].rounds;
                    rounds.iter().find(|round| round.epochs == f64::from(rung.epochs)).map(|round| round.metric)
                };
                let measured: Vec<(usize, f64)> =
                    alive.iter().filter_map(|&trial| Some((trial, metric(trial)?))).collect();
                let mut chosen = survivors(&measured, next.trials);
                for &trial in alive.iter().filter(|trial| !chosen.contains(trial)) {
                    self.drop_out(trial)?;
                }
                // In order of their numbers, so that the file reads in order.
                chosen.sort_unstable();
                alive = chosen;
            }
        }
        Ok(Ended::Done)
    }

    /// Takes what came of trial `position` in this round.
    fn settle(&mut self, position: usize, trained: Result<Trained, EngineError>) -> Result<Ended, EngineError> {
        let mut trial = self.ledger.trials[position].clone();
        match trained {
            // Somebody else pulled the lever: what this round has not finished is not measured.
            Ok(Trained { run, finished: false }) if run.metadata.stopped => return Ok(Ended::Interrupted),
            Err(error) if error.is_cancelled() => return Ok(Ended::Interrupted),
            Ok(Trained { run, .. }) => self.measure(&mut trial, &run)?,
            Err(error) if is_the_trials_own(&error) => {
                trial.status = TrialStatus::Failed;
                trial.message = Some(error.to_string());
            }
            Err(error) => return Err(error),
        }
        (self.observer)(SweepEvent::Ends(&trial));
        self.ledger.trials[position] = trial;
        self.leave_only_the_best(position)?;
        self.note()?;
        Ok(Ended::Done)
    }

    fn measure(&self, trial: &mut Trial, run: &Run) -> Result<(), EngineError> {
        let metadata = &run.metadata;
        let own;
        let metrics = if self.request.score.is_default() {
            metadata.metrics.as_ref()
        } else {
            let settings = EvaluationSettings { score: self.request.score, ..EvaluationSettings::default() };
            own = super::evaluate(run, Repeats::All, &settings, self.watch)?;
            (own.queries > 0).then_some(&own)
        };
        trial.metric = metrics.and_then(|metrics| metrics.next_item.get(&10)).map(|metrics| metrics.hit_rate);
        trial.loss = metadata.loss.as_ref().map(|loss| loss.total);
        trial.epochs = metadata.epochs_done;
        trial.seconds = metadata.timings.train;
        trial.status = if metadata.stopped { TrialStatus::Paused } else { TrialStatus::Done };
        if let Some(trouble) = &metadata.trouble {
            trial.status = TrialStatus::Failed;
            trial.message = Some(trouble.clone());
            return Ok(());
        }
        let Some(metric) = trial.metric else {
            trial.status = TrialStatus::Failed;
            trial.message = Some("No user has both a training history and a held-out event".to_owned());
            return Ok(());
        };
        trial.rounds.push(Measured { epochs: trial.epochs, metric });
        let name = format!("{RUNS}/{:03}", trial.number);
        let path = self.folder.join(&name);
        let parent = self.folder.join(RUNS);
        fs::create_dir_all(&parent).map_err(|source| SweepError::Io {
            action: "Making the folder",
            source,
            path: parent,
        })?;
        run.write(&path)?;
        trial.run = Some(name);
        Ok(())
    }

    /// A trial that fell behind is trained no further.
    fn drop_out(&mut self, position: usize) -> Result<(), EngineError> {
        let trial = &mut self.ledger.trials[position];
        if trial.status == TrialStatus::Paused {
            trial.status = TrialStatus::Stopped;
        }
        if self.best() != Some(position) {
            self.forget(position)?;
        }
        self.note()
    }

    /// Of the trials that are trained in full, only the best keeps its run.
    fn leave_only_the_best(&mut self, latest: usize) -> Result<(), EngineError> {
        if self.ledger.trials[latest].status != TrialStatus::Done {
            return Ok(());
        }
        let best = self.best();
        let ended =
            |trial: &Trial| matches!(trial.status, TrialStatus::Done | TrialStatus::Stopped) && trial.run.is_some();
        let behind = (0..self.ledger.trials.len()).filter(|&i| Some(i) != best && ended(&self.ledger.trials[i]));
        for position in behind.collect::<Vec<_>>() {
            self.forget(position)?;
        }
        Ok(())
    }

    fn forget(&mut self, position: usize) -> Result<(), EngineError> {
        if self.request.keep_all {
            return Ok(());
        }
        if let Some(run) = self.ledger.trials[position].run.take() {
            let path = self.folder.join(run);
            // The ledger comes first: a folder that it does not name is only in the way.
            self.note()?;
            fs::remove_dir_all(&path).map_err(|source| SweepError::Io { action: "Removing", source, path })?;
        }
        Ok(())
    }

    fn best(&self) -> Option<usize> {
        ranking(&self.ledger.trials).first().copied()
    }

    /// Writes down how all stands.
    fn note(&mut self) -> Result<(), EngineError> {
        self.ledger.seconds += self.began.elapsed().as_secs_f64();
        self.began = Instant::now();
        self.ledger.write(self.folder)?;
        (self.observer)(SweepEvent::Standing(&self.ledger.trials));
        Ok(())
    }

    fn finish(mut self, ended: Ended) -> Result<Sweep, EngineError> {
        self.note()?;
        let ranking = ranking(&self.ledger.trials);
        if let Some(&best) = ranking.first() {
            self.write_best(&self.ledger.trials[best].point())?;
        }
        let Ledger { trials, seconds, .. } = self.ledger;
        Ok(Sweep { trials, ranking, seconds, interrupted: ended == Ended::Interrupted })
    }

    fn write_best(&self, point: &Point) -> Result<(), EngineError> {
        let best = self.request.space.at(point)?;
        let path = self.folder.join(BEST);
        let failed = |source| SweepError::Io { action: "Writing", source, path: path.clone() };
        let text = toml::to_string(&best).map_err(|error| failed(std::io::Error::other(error)))?;
        let mut file = stage(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.persist(&path).map(drop).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// Whether another trial may do better: what it asks for is impossible with these data, or it diverged.
fn is_the_trials_own(error: &EngineError) -> bool {
    matches!(error, EngineError::Hyperparameters(_) | EngineError::Dataset(_) | EngineError::Training(_))
}
