//! Sequences to mini-batches, a pure function of seed, epoch and batch number.

use std::sync::Arc;

use crate::dataset::Corpus;
use crate::objective::Batch;

use super::CheckedHyperparameters;

/// Cuts epochs into batches.
#[derive(Debug, Clone)]
pub struct Sampler {
    corpus: Arc<Corpus>,
    hyperparameters: CheckedHyperparameters,
}

/// One epoch: ties shuffled, centres in their order, every centre once.
#[derive(Debug, Clone)]
pub struct EpochPlan {}

impl Sampler {
    /// A sampler of `corpus`.
    #[must_use]
    pub fn new(corpus: Arc<Corpus>, hyperparameters: CheckedHyperparameters) -> Self {
        Self { corpus, hyperparameters }
    }

    /// The plan of epoch `epoch` (from 0).
    #[must_use]
    pub fn epoch(&self, epoch: u32) -> EpochPlan {
        todo!("{epoch} {:?} {:?}", self.corpus, self.hyperparameters)
    }

    /// Optimiser steps of one epoch.
    #[must_use]
    pub fn batches_per_epoch(&self) -> u64 {
        todo!()
    }
}

impl EpochPlan {
    /// Number of batches.
    #[must_use]
    pub fn batch_count(&self) -> usize {
        todo!()
    }

    /// Fills `batch` with batch number `index`, whatever it held.
    pub fn fill(&self, index: usize, batch: &mut Batch) {
        todo!("{index} {batch:?}")
    }
}
