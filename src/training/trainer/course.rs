//! The loop over batches: steps, measuring, wishes, epoch ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::control::Wish;
use super::feed::{EpochSize, Fed, Feed};
use super::pace::{RateMeter, Stopwatch};
use super::{EpochCheckpoint, Start, TrainControl, TrainEvent, TrainFailure, Trained, Validation};
use crate::embedding::Model;
use crate::objective::{Backend, BackendError, BackendState, Batch, LossParts};
use crate::training::{CheckedHyperparameters, CurvePoint, LearningRateSchedule};

/// Between points of the curve at first, in seconds: a short training gets a curve too.
const FIRST_POINT_INTERVAL: f64 = 0.05;

/// Between points of the curve of a long training, in seconds.
const LAST_POINT_INTERVAL: f64 = 1.0;

/// An epoch's end is copied if at least this many times the last copy's time has passed since.
const COPY_SPACING: u32 = 20;

/// A training that runs.
pub(super) struct Course<'a> {
    hyperparameters: CheckedHyperparameters,
    backend: Box<dyn Backend>,
    validation: Option<Validation>,
    control: &'a TrainControl,
    observer: &'a mut dyn FnMut(TrainEvent),
    at: At,
    total_pairs: u64,
    learning_rate: f64,
    curve: Vec<CurvePoint>,
    /// Sum of the loss parts of the steps since the last point, and how many steps.
    pending: (LossParts, u64),
    last_point: Option<Instant>,
    stopwatch: Stopwatch,
    rate: RateMeter,
    /// The last finished epoch that was copied.
    last: Option<Checkpoint>,
    copied: Option<(Instant, Duration)>,
    best: Option<(f64, Checkpoint)>,
    epochs_without_better: u32,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct At {
    /// The epoch and batch to go on from.
    position: (u32, u64),
    epochs_done: f64,
    step: u64,
    pairs: u64,
}

/// A copy of all that was learned.
#[derive(Debug, Clone)]
struct Checkpoint {
    model: Arc<Model>,
    state: Arc<BackendState>,
    at: At,
    seconds: f64,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    /// Nothing better has come for long enough.
    EarlyStop,
}

impl<'a> Course<'a> {
    pub(super) fn new(
        hyperparameters: CheckedHyperparameters,
        backend: Box<dyn Backend>,
        validation: Option<Validation>,
        start: Start,
        total_pairs: u64,
        control: &'a TrainControl,
        observer: &'a mut dyn FnMut(TrainEvent),
    ) -> Self {
        let Start { position, epochs_done, step, pairs, seconds, curve } = start;
        let mut rate = RateMeter::default();
        rate.read(seconds, pairs);
        Self {
            learning_rate: hyperparameters.values().learning_rate,
            hyperparameters,
            backend,
            validation,
            control,
            observer,
            at: At { position, epochs_done, step, pairs },
            total_pairs,
            curve,
            pending: (LossParts::default(), 0),
            last_point: None,
            stopwatch: Stopwatch::started_at(seconds),
            rate,
            last: None,
            copied: None,
            best: None,
            epochs_without_better: 0,
        }
    }

    /// Trains on what `feed` brings.
    pub(super) fn run(mut self, feed: &Feed) -> Result<Trained, TrainFailure> {
        let mut next = Next::GoOn;
        while next == Next::GoOn && self.attend()? {
            match feed.next(|| self.control.is_stopped()) {
                Some(Fed::Batch { batch, index, epoch }) => {
                    self.step(&batch, index, epoch)?;
                    feed.recycle(batch);
                }
                Some(Fed::EpochEnd(epoch)) => next = self.end_epoch(epoch)?,
                None => break,
            }
        }
        self.finish()
    }

    fn step(&mut self, batch: &Batch, index: u64, epoch: EpochSize) -> Result<(), TrainFailure> {
        let done = f64::from(epoch.number) + index as f64 / epoch.batches as f64;
        self.learning_rate = self.scheduled_rate(done);
        self.backend.step(batch, self.learning_rate as f32).map_err(|error| self.failed(error))?;
        self.at = At {
            position: (epoch.number, index + 1),
            epochs_done: f64::from(epoch.number) + (index + 1) as f64 / epoch.batches as f64,
            step: self.at.step + 1,
            pairs: self.at.pairs + batch.pair_count() as u64,
        };
        if self.hyperparameters.values().subsample > 0.0 {
            self.total_pairs = self.expected_pairs(epoch);
        }
        // The first step makes a point at once, so that a curve begins where the training does.
        if self.point_is_due() {
            self.measure()?;
            self.record();
        }
        Ok(())
    }

    /// The rate when `done` epochs are done.
    fn scheduled_rate(&self, done: f64) -> f64 {
        let values = self.hyperparameters.values();
        match values.lr_schedule {
            LearningRateSchedule::Constant => values.learning_rate,
            LearningRateSchedule::Linear => values.learning_rate * (1.0 - done / f64::from(values.epochs)),
        }
    }

    /// Pairs in all epochs, if those to come are like this one: subsampling makes each a little different.
    fn expected_pairs(&self, epoch: EpochSize) -> u64 {
        let left = f64::from(self.hyperparameters.values().epochs) - self.at.epochs_done;
        self.at.pairs + (left.max(0.0) * epoch.pairs as f64).round() as u64
    }

    /// Does what the control wishes; whether to go on.
    fn attend(&mut self) -> Result<bool, TrainFailure> {
        loop {
            match self.control.wish() {
                Wish::Train => {
                    self.stopwatch.resume();
                    return Ok(true);
                }
                Wish::Stop => return Ok(false),
                Wish::Snapshot => {
                    self.measure()?;
                    let model = Arc::new(self.backend.model().map_err(|error| self.failed(error))?);
                    (self.observer)(TrainEvent::Snapshot { step: self.at.step, model });
                }
                Wish::Pause => {
                    self.measure()?;
                    self.record();
                    self.stopwatch.pause();
                    self.control.wait();
                }
            }
        }
    }

    fn end_epoch(&mut self, epoch: EpochSize) -> Result<Next, TrainFailure> {
        self.at.position = (epoch.number + 1, 0);
        self.at.epochs_done = f64::from(epoch.number + 1);
        self.measure()?;
        if self.point_is_due() {
            self.record();
        }
        let is_last = epoch.number + 1 == self.hyperparameters.values().epochs;
        let mut next = Next::GoOn;
        if is_last || self.validation.is_some() || self.copy_is_affordable() {
            let checkpoint = self.copy()?;
            (self.observer)(TrainEvent::Snapshot { step: self.at.step, model: Arc::clone(&checkpoint.model) });
            (self.observer)(TrainEvent::Checkpoint(Box::new(EpochCheckpoint {
                model: Arc::clone(&checkpoint.model),
                state: Arc::clone(&checkpoint.state),
                curve: self.curve.clone(),
                position: checkpoint.at.position,
                pairs: checkpoint.at.pairs,
                seconds: checkpoint.seconds,
            })));
            next = self.validate(&checkpoint);
            self.last = Some(checkpoint);
        }
        (self.observer)(TrainEvent::EpochDone(epoch.number + 1));
        Ok(next)
    }

    fn copy_is_affordable(&self) -> bool {
        self.copied.is_none_or(|(when, took)| when.elapsed() >= took * COPY_SPACING)
    }

    fn copy(&mut self) -> Result<Checkpoint, TrainFailure> {
        let begun = Instant::now();
        let model = self.backend.model().map_err(|error| self.failed(error))?;
        let state = self.backend.state().map_err(|error| self.failed(error))?;
        self.copied = Some((Instant::now(), begun.elapsed()));
        Ok(Checkpoint {
            model: Arc::new(model),
            state: Arc::new(state),
            at: self.at,
            seconds: self.stopwatch.seconds(),
        })
    }

    fn validate(&mut self, checkpoint: &Checkpoint) -> Next {
        let patience = self.hyperparameters.values().early_stop;
        let Some(validation) = &mut self.validation else { return Next::GoOn };
        let score = validation(&checkpoint.model);
        if patience == 0 {
            return Next::GoOn;
        }
        // A score that is no number is not better than any.
        if score.is_finite() && self.best.as_ref().is_none_or(|(best, _)| score > *best) {
            self.best = Some((score, checkpoint.clone()));
            self.epochs_without_better = 0;
        } else {
            self.epochs_without_better += 1;
        }
        if self.epochs_without_better >= patience { Next::EarlyStop } else { Next::GoOn }
    }

    /// Points grow apart as training goes on, so that hours leave a few thousand of them.
    fn point_is_due(&self) -> bool {
        let interval = (self.stopwatch.seconds() / 100.0).clamp(FIRST_POINT_INTERVAL, LAST_POINT_INTERVAL);
        self.last_point.is_none_or(|when| when.elapsed().as_secs_f64() >= interval)
    }

    /// Waits for the steps in flight and adds up their losses.
    fn measure(&mut self) -> Result<(), TrainFailure> {
        let (sum, steps) = self.backend.losses().map_err(|error| self.failed(error))?;
        self.pending = (self.pending.0 + sum, self.pending.1 + steps);
        self.rate.read(self.stopwatch.seconds(), self.at.pairs);
        if sum.is_finite() {
            return Ok(());
        }
        Err(TrainFailure::Diverged {
            loss: sum.total() / steps as f64,
            step: self.at.step,
            learning_rate: self.learning_rate,
            last: self.take_last(),
        })
    }

    /// Tells the observer where the training stands, with a point of the curve if there were steps since the last one.
    fn record(&mut self) {
        let (sum, steps) = std::mem::take(&mut self.pending);
        self.last_point = Some(Instant::now());
        if steps > 0 {
            let point = CurvePoint {
                step: self.at.step,
                epoch: self.at.epochs_done,
                pairs: self.at.pairs,
                seconds: self.stopwatch.seconds(),
                loss: sum.scaled(1.0 / steps as f64).into(),
            };
            self.curve.push(point);
            (self.observer)(TrainEvent::Point(point));
        }
        let pairs_per_second = self.rate.pairs_per_second();
        (self.observer)(TrainEvent::Progress {
            epoch: self.at.epochs_done,
            pairs: self.at.pairs,
            total_pairs: self.total_pairs,
            pairs_per_second,
            seconds_left: if self.at.pairs >= self.total_pairs {
                0.0
            } else {
                (self.total_pairs - self.at.pairs) as f64 / pairs_per_second
            },
        });
    }

    fn finish(mut self) -> Result<Trained, TrainFailure> {
        self.measure()?;
        self.record();
        let stopped = self.control.is_stopped() && self.at.position.0 < self.hyperparameters.values().epochs;
        let checkpoint = match (self.best.take(), self.last.take()) {
            // Who stops wants to go on from there.
            (Some((_, best)), _) if !stopped => best,
            (_, Some(last)) if last.at == self.at => last,
            (_, last) => {
                // In place while the copy can fail.
                self.last = last;
                self.copy()?
            }
        };
        self.last = None;
        let seconds = self.stopwatch.seconds();
        let pairs = self.at.pairs;
        Ok(Trained { pairs, seconds, stopped, ..self.trained(checkpoint) })
    }

    fn failed(&mut self, source: BackendError) -> TrainFailure {
        TrainFailure::Backend { source, last: self.take_last() }
    }

    fn take_last(&mut self) -> Option<Box<Trained>> {
        self.best = None;
        let last = self.last.take()?;
        Some(Box::new(self.trained(last)))
    }

    fn trained(&mut self, checkpoint: Checkpoint) -> Trained {
        let Checkpoint { model, state, at, seconds } = checkpoint;
        Trained {
            model: Arc::unwrap_or_clone(model),
            state: Arc::unwrap_or_clone(state),
            curve: std::mem::take(&mut self.curve),
            epochs_done: at.epochs_done,
            position: at.position,
            pairs: at.pairs,
            seconds,
            stopped: at.position.0 < self.hyperparameters.values().epochs,
            backend: self.backend.name(),
        }
    }
}
