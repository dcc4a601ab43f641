//! The loop over batches: steps, measuring, wishes, epoch ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::control::Wish;
use super::feed::{EpochSize, Fed, Feed};
use super::live::{Findings, Live};
use super::loss_sum::LossSum;
use super::pace::{RateMeter, Stopwatch};
use super::{BestEpoch, EpochCheckpoint, Patience, Start, TrainControl, TrainEvent, TrainFailure, Trained, Validation};
use crate::embedding::Model;
use crate::objective::{Backend, BackendError, BackendState, Goal, LossParts, PlannedBatch};
use crate::training::{CheckedHyperparameters, CurvePoint, EpochFigures, LearningRateSchedule, LossPartsRow};

/// Between points of the curve at first, in seconds: a short training gets a curve too.
const FIRST_POINT_INTERVAL: f64 = 0.05;

/// Between points of the curve of a long training, in seconds.
const LAST_POINT_INTERVAL: f64 = 1.0;

/// An epoch's end is copied if at least this many times the last copy's time has passed since.
const COPY_SPACING: u32 = 50;

/// A training whose loss is this many times that of its start has diverged, even if it is still a number: optimisers
/// that divide by the size of the gradients may go on like that for ever.
const DIVERGED: f64 = 1000.0;

/// A training that runs.
pub(super) struct Course<'a> {
    hyperparameters: CheckedHyperparameters,
    backend: Box<dyn Backend>,
    validation: Option<Validation>,
    live: Option<Live>,
    /// The step after which held-out events were measured last.
    held_out_at: Option<u64>,
    control: &'a TrainControl,
    observer: &'a mut dyn FnMut(TrainEvent),
    at: At,
    total_pairs: u64,
    schedule_from: f64,
    checkpoints: Option<u32>,
    learning_rate: f64,
    curve: Vec<CurvePoint>,
    /// The losses of the steps since the last point.
    pending: LossSum,
    /// The losses of the steps of this epoch; after a resume, of those since.
    epoch: LossSum,
    /// Mean loss parts of the last finished epoch.
    epoch_loss: Option<LossPartsRow>,
    last_point: Option<Instant>,
    stopwatch: Stopwatch,
    rate: RateMeter,
    /// The last finished epoch that was copied.
    last: Option<Checkpoint>,
    copied: Option<(Instant, Duration)>,
    /// What `early_stop` has counted.
    patience: Patience,
    /// Whether `early_stop` ended it before it was resumed.
    has_ended: bool,
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
    epoch_loss: Option<LossPartsRow>,
}

impl Checkpoint {
    fn as_best(&self, score: f64) -> BestEpoch {
        BestEpoch {
            score,
            model: Arc::clone(&self.model),
            state: Arc::clone(&self.state),
            epochs: self.at.position.0,
            pairs: self.at.pairs,
            seconds: self.seconds,
            epoch_loss: self.epoch_loss,
        }
    }

    fn of_best(best: &BestEpoch) -> Self {
        Self {
            model: Arc::clone(&best.model),
            state: Arc::clone(&best.state),
            at: At {
                position: (best.epochs, 0),
                epochs_done: f64::from(best.epochs),
                step: best.state.step,
                pairs: best.pairs,
            },
            seconds: best.seconds,
            epoch_loss: best.epoch_loss,
        }
    }
}

/// What is done on the way.
pub(super) struct Plan {
    /// What `early_stop` waits for, once an epoch.
    pub validation: Option<Validation>,
    /// What the curve shows.
    pub live: Option<Live>,
    /// The epoch from which the learning rate falls.
    pub schedule_from: f64,
    /// Every so many epochs there is a checkpoint.
    pub checkpoints: Option<u32>,
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
        plan: Plan,
        start: Start,
        total_pairs: u64,
        control: &'a TrainControl,
        observer: &'a mut dyn FnMut(TrainEvent),
    ) -> Self {
        let Plan { validation, live, schedule_from, checkpoints } = plan;
        let Start { position, epochs_done, step, pairs, seconds, curve, patience, has_ended } = start;
        let mut rate = RateMeter::default();
        rate.read(seconds, pairs);
        Self {
            learning_rate: hyperparameters.values().learning_rate,
            hyperparameters,
            backend,
            validation,
            live,
            held_out_at: None,
            control,
            observer,
            at: At { position, epochs_done, step, pairs },
            total_pairs,
            schedule_from,
            checkpoints,
            curve,
            pending: LossSum::default(),
            epoch: LossSum::default(),
            epoch_loss: None,
            last_point: None,
            stopwatch: Stopwatch::started_at(seconds),
            rate,
            last: None,
            copied: None,
            patience,
            has_ended,
        }
    }

    /// Trains on what `feed` brings.
    pub(super) fn run(mut self, mut feed: Feed<'_, '_>) -> Result<Trained, TrainFailure> {
        let mut next = if self.has_ended { Next::EarlyStop } else { self.patience_ends() };
        while next == Next::GoOn && self.attend()? {
            if !self.advance(Goal::Room)? {
                continue;
            }
            let control = self.control;
            match feed.next(self.backend.as_mut(), || control.is_stopped()) {
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

    fn step(&mut self, batch: &PlannedBatch, index: u64, epoch: EpochSize) -> Result<(), TrainFailure> {
        let done = f64::from(epoch.number) + index as f64 / epoch.batches as f64;
        self.learning_rate = self.scheduled_rate(done);
        self.backend.step_planned(batch, self.learning_rate as f32).map_err(|error| self.failed(error))?;
        self.at = At {
            position: (epoch.number, index + 1),
            epochs_done: f64::from(epoch.number) + (index + 1) as f64 / epoch.batches as f64,
            step: self.at.step + 1,
            pairs: self.at.pairs + batch.batch().pair_count() as u64,
        };
        if self.hyperparameters.values().subsample > 0.0 {
            self.total_pairs = self.expected_pairs(epoch);
        }
        let measures = self.live.as_ref().is_some_and(|live| live.is_due(self.at.pairs));
        if !(measures || self.point_is_due()) || !self.advance(Goal::Rest)? {
            return Ok(());
        }
        if measures {
            let found = self.look()?;
            self.record(&found);
        } else {
            // The first step makes a point at once, so that a curve begins where the training does.
            self.measure()?;
            self.record(&Findings::default());
        }
        Ok(())
    }

    /// Brings the accepted steps on until `goal`, piece by piece; `false` if the control wishes something else before.
    fn advance(&mut self, goal: Goal) -> Result<bool, TrainFailure> {
        while self.backend.advance(goal).map_err(|error| self.failed(error))? {
            if self.control.is_paused() || self.control.is_stopped() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rate when `done` epochs are done.
    fn scheduled_rate(&self, done: f64) -> f64 {
        let values = self.hyperparameters.values();
        match values.lr_schedule {
            LearningRateSchedule::Constant => values.learning_rate,
            LearningRateSchedule::Linear => {
                let (done, all) = (done - self.schedule_from, f64::from(values.epochs) - self.schedule_from);
                values.learning_rate * (1.0 - done / all)
            }
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
                    let held = self.backend.hold().map_err(|error| self.failed(error))?;
                    self.count(held)?;
                    self.record(&Findings::default());
                    self.stopwatch.pause();
                    self.control.wait();
                }
            }
        }
    }

    fn end_epoch(&mut self, epoch: EpochSize) -> Result<Next, TrainFailure> {
        self.at.position = (epoch.number + 1, 0);
        self.at.epochs_done = f64::from(epoch.number + 1);
        while !self.advance(Goal::Rest)? && self.attend()? {}
        self.measure()?;
        self.epoch_loss = Some(std::mem::take(&mut self.epoch).mean().into());
        let is_last = epoch.number + 1 == self.hyperparameters.values().epochs;
        let mut copied = None;
        let mut found = Findings::default();
        let is_wanted = self.checkpoints.is_some_and(|epochs| (epoch.number + 1).is_multiple_of(epochs));
        if is_last || is_wanted || self.validation.is_some() || self.copy_is_affordable() {
            let checkpoint = self.copy()?;
            (self.observer)(TrainEvent::Snapshot { step: self.at.step, model: Arc::clone(&checkpoint.model) });
            found = self.validate(&checkpoint);
            copied = Some(checkpoint);
        }
        if found.held_out.is_some() || self.point_is_due() {
            self.record(&found);
        }
        if let Some(checkpoint) = copied {
            let patience = self.kept_patience();
            (self.observer)(TrainEvent::Checkpoint(Box::new(EpochCheckpoint {
                model: Arc::clone(&checkpoint.model),
                state: Arc::clone(&checkpoint.state),
                curve: self.curve.clone(),
                epoch_loss: checkpoint.epoch_loss,
                position: checkpoint.at.position,
                pairs: checkpoint.at.pairs,
                seconds: checkpoint.seconds,
                patience,
            })));
            self.last = Some(checkpoint);
        }
        (self.observer)(TrainEvent::EpochDone(epoch.number + 1));
        Ok(self.patience_ends())
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
            epoch_loss: self.epoch_loss,
        })
    }

    /// Counts for `early_stop`. Returns what was measured for the curve on the way, if that is measured at all.
    fn validate(&mut self, checkpoint: &Checkpoint) -> Findings {
        let Some(validation) = &mut self.validation else { return Findings::default() };
        self.stopwatch.pause();
        let EpochFigures { score, held_out, segments } = validation(&checkpoint.model);
        let mut found = Findings::default();
        if let (Some(live), Some(_)) = (&mut self.live, held_out) {
            let churn = live.churn(&checkpoint.model, &self.control.pinned(), &|| false);
            found = Findings { held_out, segments, churn };
            live.was_measured(self.at.pairs);
            self.held_out_at = Some(self.at.step);
        }
        self.stopwatch.resume();
        if self.hyperparameters.values().early_stop > 0 {
            self.patience.count(score, || checkpoint.as_best(score));
        }
        found
    }

    fn patience_ends(&self) -> Next {
        let limit = self.hyperparameters.values().early_stop;
        if self.patience.is_exhausted(limit) { Next::EarlyStop } else { Next::GoOn }
    }

    /// What a resumed training needs to know of `early_stop`.
    fn kept_patience(&self) -> Option<Patience> {
        (self.hyperparameters.values().early_stop > 0).then(|| self.patience.clone())
    }

    /// Points grow apart as training goes on, so that hours leave a few thousand of them.
    fn point_is_due(&self) -> bool {
        let interval = (self.stopwatch.seconds() / 100.0).clamp(FIRST_POINT_INTERVAL, LAST_POINT_INTERVAL);
        self.last_point.is_none_or(|when| when.elapsed().as_secs_f64() >= interval)
    }

    /// Waits for the steps in flight and adds up their losses.
    fn measure(&mut self) -> Result<(), TrainFailure> {
        let losses = self.backend.losses().map_err(|error| self.failed(error))?;
        self.count(losses)
    }

    /// Adds up the losses of that many steps, which must tell a training that goes well.
    fn count(&mut self, (sum, steps): (LossParts, u64)) -> Result<(), TrainFailure> {
        self.pending.add(sum, steps);
        self.epoch.add(sum, steps);
        self.rate.read(self.stopwatch.seconds(), self.at.pairs);
        let loss = self.pending.mean().total();
        let most = self.curve.first().map_or(f64::INFINITY, |start| DIVERGED * start.loss.total.max(1e-3));
        if loss.is_finite() && loss <= most {
            return Ok(());
        }
        Err(TrainFailure::Diverged {
            loss,
            step: self.at.step,
            learning_rate: self.hyperparameters.values().learning_rate,
            last: self.take_last(),
        })
    }

    /// Measures the model as it stands, unless that was just done or the training is to stop or pause meanwhile.
    fn look(&mut self) -> Result<Findings, TrainFailure> {
        self.measure()?;
        if self.held_out_at == Some(self.at.step) {
            return Ok(Findings::default());
        }
        let Some(mut live) = self.live.take() else { return Ok(Findings::default()) };
        self.stopwatch.pause();
        let control = self.control;
        let interrupted = || control.is_stopped() || control.is_paused();
        let model = self.backend.model().map_err(|error| self.failed(error))?;
        let found = live.measure(&model, self.at.pairs, &control.pinned(), &interrupted);
        self.stopwatch.resume();
        self.live = Some(live);
        self.held_out_at = found.is_some().then_some(self.at.step);
        Ok(found.unwrap_or_default())
    }

    /// Tells the observer where the training stands, with a point of the curve if there were steps since the last one.
    fn record(&mut self, found: &Findings) {
        let &Findings { held_out, churn, .. } = found;
        let losses = std::mem::take(&mut self.pending);
        self.last_point = Some(Instant::now());
        if losses.steps() > 0 {
            let point = CurvePoint {
                step: self.at.step,
                epoch: self.at.epochs_done,
                pairs: self.at.pairs,
                seconds: self.stopwatch.seconds(),
                loss: losses.mean().into(),
                held_out,
                churn,
            };
            self.curve.push(point);
            (self.observer)(TrainEvent::Point(point));
        } else if let Some(last) = self.curve.last_mut().filter(|_| held_out.is_some() || churn.is_some()) {
            last.held_out = held_out.or(last.held_out);
            last.churn = churn.or(last.churn);
            (self.observer)(TrainEvent::Point(*last));
        }
        if let Some(segments) = &found.segments {
            (self.observer)(TrainEvent::Segments(Arc::clone(segments)));
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
        let found = self.look()?;
        self.record(&found);
        let stopped = self.control.is_stopped() && self.at.position.0 < self.hyperparameters.values().epochs;
        let best = self.patience.best.as_ref().filter(|_| !stopped).map(Checkpoint::of_best);
        let checkpoint = match (best, self.last.take()) {
            // Who stops wants to go on from there.
            (Some(best), _) => best,
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
        let last = self.last.take()?;
        Some(Box::new(self.trained(last)))
    }

    fn trained(&mut self, checkpoint: Checkpoint) -> Trained {
        let Checkpoint { model, state, at, seconds, epoch_loss } = checkpoint;
        Trained {
            model: Arc::unwrap_or_clone(model),
            state: Arc::unwrap_or_clone(state),
            curve: std::mem::take(&mut self.curve),
            epoch_loss,
            epochs_done: at.epochs_done,
            position: at.position,
            pairs: at.pairs,
            seconds,
            stopped: at.position.0 < self.hyperparameters.values().epochs,
            patience: self.kept_patience(),
            backend: self.backend.name(),
            device_work: self.backend.device_work(),
        }
    }
}
