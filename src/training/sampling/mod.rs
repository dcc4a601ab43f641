//! Sequences to mini-batches, a pure function of seed, epoch and batch number.

mod negatives;
mod order;
mod sequences;
mod windows;

use std::sync::Arc;

pub use negatives::log_probabilities;
pub(super) use windows::{contexts_of_longest, pairs_of_sequence};

use self::negatives::InverseTable;
use self::order::CentreOrder;
use self::sequences::EpochSequences;
use super::random::{Purpose, Random};
use super::{CheckedHyperparameters, NegativeSharing};
use crate::dataset::Corpus;
use crate::objective::{Batch, Negatives};

/// Cuts epochs into batches. Clones share all data.
#[derive(Debug, Clone)]
pub struct Sampler(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    corpus: Arc<Corpus>,
    hyperparameters: CheckedHyperparameters,
    negatives: InverseTable,
    /// Items that can be structural negatives: the first so many.
    sampled_items: usize,
    /// How likely each item survives subsampling; `None` if all do.
    keep: Option<Vec<u64>>,
}

/// One epoch: ties shuffled, centres in their order, every centre once.
///
/// A centre is an event whose sequence has another event. Where neighbouring centres share negatives
/// (`negative_sharing = group:G`), blocks of about 64 consecutive events are shuffled, else single events.
#[derive(Debug, Clone)]
pub struct EpochPlan {
    shared: Arc<Shared>,
    epoch: u32,
    sequences: EpochSequences,
    order: CentreOrder,
    pairs: u64,
}

impl Sampler {
    /// A sampler of `corpus`.
    #[must_use]
    pub fn new(corpus: Arc<Corpus>, hyperparameters: CheckedHyperparameters) -> Self {
        let negatives = negatives::negative_table(&corpus, &hyperparameters);
        let keep = sequences::keep_words(&corpus, hyperparameters.values().subsample);
        let sampled_items = negatives::sampled_items(negatives::item_counts(&corpus));
        Self(Arc::new(Shared { corpus, hyperparameters, negatives, sampled_items, keep }))
    }

    /// The plan of epoch `epoch` (from 0).
    #[must_use]
    pub fn epoch(&self, epoch: u32) -> EpochPlan {
        self.epoch_unless(epoch, &|| false).expect("a plan that nobody cancels is made")
    }

    /// The plan of epoch `epoch`; `None` if `cancelled`, which is asked every few milliseconds, says so.
    pub(super) fn epoch_unless(&self, epoch: u32, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<EpochPlan> {
        let shared = &self.0;
        let values = shared.hyperparameters.values();
        let keep = shared.keep.as_deref();
        let sequences = EpochSequences::cut(&shared.corpus.sequences, values.seed, epoch, keep, cancelled)?;
        let random = Random::new(values.seed, Purpose::Order, u64::from(epoch), 0);
        let order = CentreOrder::new(sequences.items.len(), values, random, cancelled)?;
        let pairs = sequences.lengths().map(|length| pairs_of_sequence(length, values.window)).sum();
        Some(EpochPlan { shared: Arc::clone(shared), epoch, sequences, order, pairs })
    }

    /// Optimiser steps of one epoch. With `subsample` on, those of the first epoch: others differ a little.
    #[must_use]
    pub fn batches_per_epoch(&self) -> u64 {
        let values = self.0.hyperparameters.values();
        if self.0.keep.is_some() {
            return self.epoch(0).batch_count() as u64;
        }
        let lengths = self.0.corpus.sequences.offsets.windows(2).map(|ends| ends[1] - ends[0]);
        let centres = lengths.filter(|&length| length > 1).sum();
        order::batch_count(centres, values) as u64
    }
}

impl EpochPlan {
    /// Number of batches.
    #[must_use]
    pub fn batch_count(&self) -> usize {
        self.order.batch_count()
    }

    /// Number of centres in all batches.
    #[must_use]
    pub fn centre_count(&self) -> usize {
        self.sequences.items.len()
    }

    /// Number of (centre, context) pairs in all batches.
    #[must_use]
    pub fn pair_count(&self) -> u64 {
        self.pairs
    }

    /// Fills `batch` with batch number `index`, whatever it held; its buffers are used again.
    ///
    /// The batch depends on (seed, epoch, `index`) alone. Batches differ in size by one centre (or block) at most, so
    /// that no small last batch takes an oversized step; none exceeds `batch_size`.
    ///
    /// # Panics
    /// If `index` is not below [`Self::batch_count`].
    pub fn fill(&self, index: usize, batch: &mut Batch) {
        let window = self.shared.hyperparameters.values().window;
        batch.centres.clear();
        batch.contexts.clear();
        batch.context_offsets.clear();
        batch.context_offsets.push(0);
        let items = &self.sequences.items;
        let Batch { centres, contexts, context_offsets, .. } = batch;
        self.order.for_each_run(index, |run| {
            centres.extend_from_slice(&items[run.clone()]);
            let mut first = run.start;
            while first < run.end {
                let sequence = self.sequences.around(first);
                let part = first..sequence.end.min(run.end);
                first = part.end;
                windows::push_contexts(items, &sequence, part, window, contexts, context_offsets);
            }
        });
        self.draw_negatives(index, batch);
        self.draw_struct_negatives(index, batch);
    }

    fn draw_negatives(&self, index: usize, batch: &mut Batch) {
        let hyperparameters = &self.shared.hyperparameters;
        let values = hyperparameters.values();
        let mut drawn = std::mem::take(match &mut batch.negatives {
            Negatives::PerPair { items, .. } | Negatives::Shared { items, .. } => items,
        });
        let group = match values.negative_sharing {
            NegativeSharing::Pair => None,
            NegativeSharing::Window => Some(1),
            NegativeSharing::Group(group) => Some(group as usize),
        };
        let sharing = group.zip(hyperparameters.shared_negatives());
        let per_pair = values.negatives as usize;
        let count = match sharing {
            Some((group, per_group)) => batch.centre_count().div_ceil(group) * per_group,
            None => batch.pair_count() * per_pair,
        };
        let mut random = Random::new(values.seed, Purpose::Negatives, u64::from(self.epoch), index as u64);
        let table = &self.shared.negatives;
        drawn.clear();
        table.draw_each((0..count).map(|_| random.next()), &mut drawn);
        batch.negatives = match sharing {
            Some((group, per_group)) => {
                Negatives::Shared { group, per_group, negatives_per_pair: values.negatives as f32, items: drawn }
            }
            None => Negatives::PerPair { per_pair, items: drawn },
        };
    }

    fn draw_struct_negatives(&self, index: usize, batch: &mut Batch) {
        let values = self.shared.hyperparameters.values();
        // Runs of centres are in random order, so the first are a random part.
        batch.struct_centres = (batch.centre_count() as f64 * values.struct_share).ceil() as usize;
        let count = batch.struct_centres * values.struct_negatives as usize;
        let items = self.shared.sampled_items as u64;
        let mut random = Random::new(values.seed, Purpose::StructNegatives, u64::from(self.epoch), index as u64);
        batch.struct_negatives.clear();
        batch.struct_negatives.extend((0..count).map(|_| random.below(items) as u32));
    }
}
