//! Epochs, pauses, stops, curve and checkpoints.

use std::sync::Arc;

use crate::dataset::Corpus;
use crate::embedding::Model;
use crate::objective::{Backend, BackendError, BackendState};

use super::{CheckedHyperparameters, CurvePoint};

/// The trainer's levers, for another thread. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct TrainControl {
    // The owner of this file adds the shared state.
}

impl TrainControl {
    /// Holds the training after the batch in flight.
    pub fn pause(&self) {
        todo!()
    }

    /// Goes on.
    pub fn resume(&self) {
        todo!()
    }

    /// Ends the training cleanly after the batch in flight; what was learned is kept.
    pub fn stop(&self) {
        todo!()
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        todo!()
    }

    /// Asks for a [`TrainEvent::Snapshot`] as soon as possible (for the live map).
    pub fn request_snapshot(&self) {
        todo!()
    }
}

/// What a training tells while it runs. Called on the training thread; must return quickly.
#[derive(Debug, Clone)]
pub enum TrainEvent {
    /// A new point of the curve (several a second).
    Point(CurvePoint),
    /// How far it is: pairs done, pairs in all, pairs a second lately, seconds left.
    Progress {
        /// Epochs done, with fraction.
        epoch: f64,
        /// Pairs trained.
        pairs: u64,
        /// Pairs in all epochs, as far as known.
        total_pairs: u64,
        /// Pairs a second over the last seconds.
        pairs_per_second: f64,
        /// Seconds left at that rate.
        seconds_left: f64,
    },
    /// A copy of the model: at the end of each epoch and where asked for.
    Snapshot {
        /// Steps taken.
        step: u64,
        /// The model.
        model: Arc<Model>,
    },
    /// An epoch has ended.
    EpochDone(u32),
}

/// What a training leaves.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The learned parameters.
    pub model: Model,
    /// The optimiser's memory.
    pub state: BackendState,
    /// The curve.
    pub curve: Vec<CurvePoint>,
    /// Epochs finished, with fraction.
    pub epochs_done: f64,
    /// Where the sampler stands: epoch and batch to go on from.
    pub position: (u32, u64),
    /// Pairs trained.
    pub pairs: u64,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
    /// Whether it was stopped before its last epoch.
    pub stopped: bool,
    /// The backend's name.
    pub backend: String,
}

/// Why a training ended without a result, or with an older one.
#[derive(Debug, thiserror::Error)]
pub enum TrainFailure {
    /// The backend failed; `last` is the last finished epoch.
    #[error("{source}")]
    Backend {
        /// The cause.
        source: BackendError,
        /// The last finished epoch, if any.
        last: Option<Box<Trained>>,
    },
    /// The loss stopped being a number; `last` is the last finished epoch.
    #[error("The loss became {loss} at step {step}; lower learning_rate (now {learning_rate})")]
    Diverged {
        /// The loss.
        loss: f64,
        /// The step.
        step: u64,
        /// The rate in force.
        learning_rate: f64,
        /// The last finished epoch, if any.
        last: Option<Box<Trained>>,
    },
}

/// Trains one corpus on one backend.
pub struct Trainer {
    corpus: Arc<Corpus>,
    hyperparameters: CheckedHyperparameters,
    backend: Box<dyn Backend>,
}

impl Trainer {
    /// A training that starts from the backend's model.
    #[must_use]
    pub fn new(corpus: Arc<Corpus>, hyperparameters: CheckedHyperparameters, backend: Box<dyn Backend>) -> Self {
        Self { corpus, hyperparameters, backend }
    }

    /// Goes on where `trained` stopped.
    ///
    /// # Errors
    /// [`BackendError::StateMismatch`] if it belongs to another model.
    pub fn resume(&mut self, trained: &Trained) -> Result<(), BackendError> {
        todo!("{trained:?}")
    }

    /// Trains until the last epoch, or until `control` says stop.
    ///
    /// # Errors
    /// [`TrainFailure`] with the last finished epoch.
    pub fn run(mut self, control: &TrainControl, observer: &mut dyn FnMut(TrainEvent)) -> Result<Trained, TrainFailure> {
        let _ = (control, observer, &mut self.backend, &self.corpus, &self.hyperparameters);
        todo!()
    }
}
