//! The pair term's part of a step.

use std::ops::Range;

use super::CpuBackend;
use super::groups::{GroupingScratch, Groups, even};
use super::pairs::{PairTask, Rows, pair_weights};
use super::step::{Buffers, cut, lent};
use super::units::Units;
use crate::objective::Batch;
use crate::simd::Lane;

/// Groups the occurrences of one side by item.
pub struct GroupingTask<'a> {
    keys: &'a [u32],
    /// Rows of the item's table.
    rows: usize,
    out: &'a mut Groups,
}

impl GroupingTask<'_> {
    /// Does it.
    pub fn run(self, scratch: &mut GroupingScratch) {
        self.out.build(self.keys, self.rows, scratch);
    }
}

/// The tasks of both sides, the larger first.
pub fn grouping_tasks<'a>(
    centres: &'a mut Groups,
    contexts: &'a mut Groups,
    batch: &'a Batch,
    units: &'a Units,
    rows: usize,
) -> [GroupingTask<'a>; 2] {
    [
        GroupingTask { keys: &units.entry_items, rows, out: contexts },
        GroupingTask { keys: &batch.centres, rows, out: centres },
    ]
}

/// Neighbouring units, and where their gradients and losses go.
struct UnitsTask<'a> {
    range: Range<usize>,
    centre_gradients: &'a mut [Lane],
    entry_gradients: &'a mut [Lane],
    losses: &'a mut [f64],
}

/// A task of the phase.
enum PairPhaseTask<'a> {
    Grouping(GroupingTask<'a>),
    Units(UnitsTask<'a>),
}

impl CpuBackend {
    /// Loss and gradients of the pair term. Where nothing is composed, the occurrences are grouped by item meanwhile.
    pub(super) fn pair_phase(&mut self, batch: &Batch) {
        let parts = self.parts();
        let lanes = self.layout.lanes;
        let Buffers { units, centre, context, unit_losses, .. } = &mut self.buffers;
        let units = &*units;
        let (centres, contexts, centre_rows, entry_rows, grouping);
        if self.plain {
            let [target, table] = [&self.target[0].values, &self.context[0].values];
            (centres, contexts) = (target.data(), table.data());
            (centre_rows, entry_rows) = (batch.centres.as_slice(), units.entry_items.as_slice());
            grouping = Some(grouping_tasks(&mut centre.items, &mut context.items, batch, units, target.rows()));
        } else {
            (centres, contexts) = (&*centre.composed, &*context.composed);
            (centre_rows, entry_rows) = (centre.items.place.as_slice(), context.items.place.as_slice());
            grouping = None;
        }
        let rows = Rows { lanes, near: false, first: [0; 2], centres, centre_rows, contexts, entry_rows };
        let ranges = even(units.units.len(), parts);
        let span = |range: &Range<usize>| {
            let (first, last) = (units.units[range.start], units.units[range.end - 1]);
            let centres = last.first_centre + last.centres - first.first_centre;
            let entries = last.first_entry + last.entries - first.first_entry;
            (centres as usize * lanes, entries as usize * lanes)
        };
        unit_losses.clear();
        unit_losses.resize(units.units.len(), 0.0);
        let centre_gradients = lent(&mut centre.partial, batch.centre_count() * lanes);
        let entry_gradients = lent(&mut context.partial, units.entry_items.len() * lanes);
        let units_tasks = ranges
            .iter()
            .cloned()
            .zip(cut(centre_gradients, ranges.iter().map(|range| span(range).0)))
            .zip(cut(entry_gradients, ranges.iter().map(|range| span(range).1)))
            .zip(cut(unit_losses, ranges.iter().map(Range::len)))
            .map(|(((range, centre_gradients), entry_gradients), losses)| {
                PairPhaseTask::Units(UnitsTask { range, centre_gradients, entry_gradients, losses })
            });
        let grouping = grouping.into_iter().flatten().map(PairPhaseTask::Grouping);
        let tasks: Vec<_> = grouping.chain(units_tasks).collect();
        let instructions = self.instructions;
        let (once, shared) = pair_weights(batch);
        self.pool.share(&mut self.scratch, tasks, |scratch, task| match task {
            PairPhaseTask::Grouping(task) => task.run(&mut scratch.grouping),
            PairPhaseTask::Units(UnitsTask { range, centre_gradients, entry_gradients, losses }) => {
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
            }
        });
        self.losses.pair += self.buffers.unit_losses.iter().sum::<f64>();
        if self.plain {
            self.buffers.count_to_items();
        }
    }
}
