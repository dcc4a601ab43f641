//! What `early_stop` has seen: kept with a run, so that a resumed training ends where an uninterrupted one would.

use std::sync::Arc;

use crate::embedding::Model;
use crate::objective::BackendState;
use crate::training::LossPartsRow;

/// What `early_stop` has counted so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patience {
    /// Epochs since the best one.
    pub epochs_without_better: u32,
    /// The best epoch; `None` before any could be measured.
    pub best: Option<BestEpoch>,
}

/// The epoch with the best figure so far, and all that was learned by its end.
#[derive(Debug, Clone, PartialEq)]
pub struct BestEpoch {
    /// Its figure; higher is better.
    pub score: f64,
    /// The learned parameters.
    pub model: Arc<Model>,
    /// The optimiser's memory.
    pub state: Arc<BackendState>,
    /// Epochs done by its end.
    pub epochs: u32,
    /// Pairs trained.
    pub pairs: u64,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
    /// Mean loss parts over the steps of the epoch.
    pub epoch_loss: Option<LossPartsRow>,
}

impl Patience {
    /// Whether `limit` epochs have passed without a better one; 0 is no limit.
    pub(super) fn is_exhausted(&self, limit: u32) -> bool {
        limit > 0 && self.epochs_without_better >= limit
    }

    /// Counts an epoch whose figure is not better than the best, or `candidate`, whose is. A figure that is no number is
    /// not better than any.
    pub(super) fn count(&mut self, score: f64, candidate: impl FnOnce() -> BestEpoch) {
        if score.is_finite() && self.best.as_ref().is_none_or(|best| score > best.score) {
            *self = Self { epochs_without_better: 0, best: Some(candidate()) };
        } else {
            self.epochs_without_better = self.epochs_without_better.saturating_add(1);
        }
    }
}
