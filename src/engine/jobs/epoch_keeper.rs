//! Keeps the tables of epochs beside the training, for a run's history.

use std::sync::{Arc, Mutex, PoisonError};

use crate::run::{History, Run};
use crate::training::{EpochCheckpoint, TrainEvent};

/// Which epochs are kept.
pub(super) struct Keeping {
    /// Every so many.
    pub every: u32,
    /// Those that were kept so far.
    pub history: History,
}

/// Keeps epochs as they end.
pub(super) struct EpochKeeper(Mutex<Option<Keeping>>);

impl EpochKeeper {
    /// Keeps none without `keeping`.
    pub(super) fn new(keeping: Option<Keeping>) -> Self {
        Self(Mutex::new(keeping))
    }

    /// Takes what a training tells.
    pub(super) fn see(&self, event: &TrainEvent) {
        if let TrainEvent::Checkpoint(epoch) = event {
            self.see_epoch(epoch);
        }
    }

    /// Takes an epoch.
    pub(super) fn see_epoch(&self, epoch: &EpochCheckpoint) {
        self.with(|keeping| {
            if let Some(Keeping { every, history }) = keeping
                && epoch.position.0.is_multiple_of(*every)
            {
                history.add(f64::from(epoch.position.0), &epoch.model);
            }
        });
    }

    /// `run`, which stands at the end of an epoch, with the epochs that were kept so far.
    pub(super) fn so_far_with(&self, mut run: Run) -> Run {
        run.history = self.with(|keeping| keeping.as_ref().map(|keeping| Arc::new(keeping.history.clone())));
        run
    }

    /// The run that was trained, with all that were kept; its own tables are the last.
    pub(super) fn kept_with(&self, mut run: Run) -> Run {
        run.history = self.with(Option::take).map(|Keeping { mut history, .. }| {
            history.add(run.metadata.epochs_done, &run.model);
            Arc::new(history)
        });
        run
    }

    /// What is kept is whole after each change, so a panic elsewhere leaves nothing half done.
    fn with<T>(&self, work: impl FnOnce(&mut Option<Keeping>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
