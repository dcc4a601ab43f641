//! The pair term's part of a step.

use std::ops::Range;

use super::CpuBackend;
use super::groups::even;
use super::pairs::{PairTask, Rows, pair_weights};
use super::plan::StepPlan;
use super::step::{Buffers, cut, lent};
use super::units::Units;
use crate::objective::Batch;

impl CpuBackend {
    /// Loss and gradients of the pair term.
    pub(super) fn pair_phase(&mut self, batch: &Batch, plan: &StepPlan) {
        let parts = self.parts();
        let lanes = self.layout.lanes;
        let Buffers { centre, context, unit_losses, .. } = &mut self.buffers;
        let units = &plan.units;
        let (centres, contexts, centre_rows, entry_rows);
        if self.plain {
            (centres, contexts) = (self.target[0].values.data(), self.context[0].values.data());
            (centre_rows, entry_rows) = (batch.centres.as_slice(), units.entry_items.as_slice());
        } else {
            (centres, contexts) = (&*centre.composed, &*context.composed);
            (centre_rows, entry_rows) = (plan.centre.items.place.as_slice(), plan.context.items.place.as_slice());
        }
        let rows = Rows { lanes, near: false, first: [0; 2], centres, centre_rows, contexts, entry_rows };
        let ranges = even(units.units.len(), parts);
        unit_losses.clear();
        unit_losses.resize(units.units.len(), 0.0);
        let centre_gradients = lent(&mut centre.partial, batch.centre_count() * lanes);
        let entry_gradients = lent(&mut context.partial, units.entry_items.len() * lanes);
        let tasks: Vec<_> = ranges
            .iter()
            .cloned()
            .zip(cut(centre_gradients, centre_spans(units, &ranges).map(|span| span.len() * lanes)))
            .zip(cut(entry_gradients, entry_spans(units, &ranges).map(|span| span.len() * lanes)))
            .zip(cut(unit_losses, ranges.iter().map(Range::len)))
            .collect();
        let instructions = self.instructions;
        let (once, shared) = pair_weights(batch);
        self.pool.share(&mut self.scratch, tasks, |scratch, (((range, centre_gradients), entry_gradients), losses)| {
            instructions.run(PairTask {
                batch,
                units,
                range,
                rows,
                centre_gradients,
                entry_gradients,
                losses,
                once,
                shared,
                scratch: &mut scratch.pair,
                upcoming: None,
            });
        });
        self.losses.pair += self.buffers.unit_losses.iter().sum::<f64>();
    }
}

/// The centres of the units of each of `ranges`, none of which is empty.
fn centre_spans(units: &Units, ranges: &[Range<usize>]) -> impl Iterator<Item = Range<usize>> {
    ranges.iter().map(|range| units.units[range.start].range().start..units.units[range.end - 1].range().end)
}

/// The entries of the units of each of `ranges`, none of which is empty.
fn entry_spans(units: &Units, ranges: &[Range<usize>]) -> impl Iterator<Item = Range<usize>> {
    ranges
        .iter()
        .map(|range| units.units[range.start].entry_range().start..units.units[range.end - 1].entry_range().end)
}
