//! The asynchronous step: threads take units of a batch and move the shared tables at once, without waiting for each
//! other ("Hogwild!").
//!
//! A thread copies the rows that a unit uses, computes on the copies as the deterministic step does, and moves each
//! row against its sum. So it needs no grouping by row, and gradients never leave the core. The structural term, whose
//! matrices all centres share, takes a step of its own behind it, as repeatable as its input.

use std::ops::Range;

use crate::objective::{BackendError, Batch};

use super::CpuBackend;
use super::groups::even;
use super::local_side::{LocalSide, SharedSide, Upcoming};
use super::optimizer::{Pace, StepConstants};
use super::pairs::{PairScratch, PairTask, Rows, pair_weights};
use super::shared::SharedTable;
use super::step::{Buffers, cut};
use super::table::TrainedTable;
use super::units::{Sharing, Units, unit_size};
use crate::simd::{Kernel, Simd};

// Centres of a unit: more share more rows, but see what they themselves change later.
const UNIT_CENTRES: usize = 64;
// The same where each pair has negatives of its own, so that little is shared.
const LONE_UNIT_CENTRES: usize = 16;

/// Memory of a thread for one unit.
#[derive(Debug, Clone, Default)]
pub struct AsynchronousScratch {
    centres: LocalSide,
    contexts: LocalSide,
}

/// Some neighbouring units, one after the other.
struct UnitsTask<'a> {
    batch: &'a Batch,
    units: &'a Units,
    range: Range<usize>,
    target: SharedSide<'a>,
    context: SharedSide<'a>,
    pace: Pace,
    once: f32,
    shared: f32,
    /// 0, 1, 2, ...
    counting: &'a [u32],
    /// [the range] becomes the loss of each.
    losses: &'a mut [f64],
    pair: &'a mut PairScratch,
    scratch: &'a mut AsynchronousScratch,
}

impl Kernel for UnitsTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let AsynchronousScratch { centres, contexts } = self.scratch;
        let items_of = |index: usize| {
            let unit = &self.units.units[index];
            let entries = &self.units.entry_items[unit.first_entry as usize..][..unit.entries as usize];
            (&self.batch.centres[unit.range()], entries)
        };
        for (index, loss) in self.range.clone().zip(self.losses) {
            let unit = &self.units.units[index];
            let (centre_items, context_items) = items_of(index);
            let upcoming = (index + 1 < self.range.end).then(|| {
                let (centres, contexts) = items_of(index + 1);
                Upcoming { sides: [(self.target, centres), (self.context, contexts)] }
            });
            centres.bring(s, centre_items, self.target);
            contexts.bring(s, context_items, self.context);
            let rows = Rows {
                lanes: self.target.layout.lanes,
                near: true,
                first: [unit.first_centre, unit.first_entry],
                centres: &centres.rows,
                centre_rows: self.counting,
                contexts: &contexts.rows,
                entry_rows: self.counting,
            };
            PairTask {
                batch: self.batch,
                units: self.units,
                range: index..index + 1,
                rows,
                centre_gradients: &mut centres.gradients,
                entry_gradients: &mut contexts.gradients,
                losses: std::slice::from_mut(loss),
                once: self.once,
                shared: self.shared,
                scratch: self.pair,
                upcoming,
            }
            .run(s);
            contexts.take_back(s, context_items, self.context, self.pace);
            centres.take_back(s, centre_items, self.target, self.pace);
        }
    }
}

impl CpuBackend {
    /// Lets the threads move shared rows without waiting for each other: faster, and no longer repeatable.
    ///
    /// # Errors
    /// [`BackendError::Unavailable`] if the optimiser is not row-wise Adagrad.
    pub fn asynchronous(mut self) -> Result<Self, BackendError> {
        if shared(&mut self.target).is_none() {
            return Err(BackendError::Unavailable {
                message: "execution = asynchronous works with optimizer = adagrad-row only; choose it or execution = \
                          deterministic"
                    .to_owned(),
            });
        }
        self.asynchronous = true;
        Ok(self)
    }

    pub(super) fn take_asynchronous_step(&mut self, batch: &Batch, learning_rate: f32) {
        if batch.centre_count() == 0 {
            return;
        }
        self.step += 1;
        self.losses_steps += 1;
        let lone = Sharing::of(batch).own_negatives;
        let most = if lone { LONE_UNIT_CENTRES } else { UNIT_CENTRES };
        self.cut_units(batch, unit_size(batch, self.layout.lanes).min(most));
        self.move_pairs(batch, learning_rate);
        if !self.plain {
            let constants = StepConstants::new(&self.objective, self.step, learning_rate);
            self.take_structural_step(batch, &constants);
        }
    }

    /// The pair term: every unit computes and moves.
    fn move_pairs(&mut self, batch: &Batch, learning_rate: f32) {
        let parts = self.parts();
        let entries = self.buffers.units.entry_items.len();
        self.buffers.count_to(entries.max(batch.centre_count()));
        let Buffers { units, unit_losses, counting, .. } = &mut self.buffers;
        let (units, counting) = (&*units, counting.as_slice());
        let (Some(target), Some(context)) = (shared(&mut self.target), shared(&mut self.context)) else { return };
        let (columns, layout, plain) = (&self.columns, &self.layout, self.plain);
        let target = SharedSide { tables: &target, columns, layout, plain };
        let context = SharedSide { tables: &context, columns, layout, plain };
        let pace = Pace { learning_rate, epsilon: self.objective.adam.epsilon };
        let (once, shared) = pair_weights(batch);
        let ranges = even(units.units.len(), parts);
        unit_losses.clear();
        unit_losses.resize(units.units.len(), 0.0);
        let losses = cut(unit_losses, ranges.iter().map(Range::len));
        let tasks: Vec<_> = ranges.iter().cloned().zip(losses).collect();
        let instructions = self.instructions;
        self.pool.share(&mut self.scratch, tasks, |scratch, (range, losses)| {
            let (pair, scratch) = (&mut scratch.pair, &mut scratch.asynchronous);
            instructions.run(UnitsTask {
                batch,
                units,
                range,
                target,
                context,
                pace,
                once,
                shared,
                counting,
                losses,
                pair,
                scratch,
            });
        });
        self.losses.pair += self.buffers.unit_losses.iter().sum::<f64>();
    }
}

/// One side's tables, shared; `None` unless row-wise Adagrad moves them.
fn shared(tables: &mut [TrainedTable]) -> Option<Vec<SharedTable<'_>>> {
    tables.iter_mut().map(SharedTable::new).collect()
}
