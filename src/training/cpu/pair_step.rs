//! The pair term's part of a step.

use std::ops::Range;

use super::CpuBackend;
use super::at_once::AtOnceScratch;
use super::compose::Layout;
use super::groups::even;
use super::pairs::{Found, PairTask, Rows, pair_weights};
use super::plan::StepPlan;
use super::step::{Buffers, ThreadScratch, cut, lent};
use super::table::Table;
use super::units::Units;
use crate::objective::Batch;
use crate::simd::{Kernel, Lane, Simd};

/// What is the same for all units of a step.
#[derive(Clone, Copy)]
struct Step<'a> {
    batch: &'a Batch,
    /// [K] `E_k` and `C_k`, as they were before the step.
    tables: [&'a [&'a Table]; 2],
    plan: &'a StepPlan,
    layout: &'a Layout,
    plain: bool,
    once: f32,
    shared: f32,
    /// 0, 1, 2, ...
    counting: &'a [u32],
}

/// Some neighbouring units.
struct UnitsTask<'a> {
    step: Step<'a>,
    range: Range<usize>,
    /// [the units' centres x lanes] and [the units' entries x lanes] become the gradient of each.
    gradients: [&'a mut [Lane]; 2],
    /// [the units] becomes the loss of each.
    losses: &'a mut [f64],
    scratch: &'a mut ThreadScratch,
}

impl Kernel for UnitsTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { step, range, gradients: [mut of_centres, mut of_entries], losses, scratch } = self;
        let Step { batch, tables, plan, layout, counting, once, shared, .. } = step;
        let units = &plan.units;
        let ThreadScratch { pair, at_once, .. } = scratch;
        if step.plain {
            let tables = tables.map(|side| side[0].data().into());
            let rows = Rows::in_place(Found::InTable, layout.lanes, tables, batch, units);
            let (centre_gradients, entry_gradients, upcoming) = (of_centres, of_entries, None);
            PairTask {
                batch,
                units,
                range,
                rows,
                centre_gradients,
                entry_gradients,
                losses,
                once,
                shared,
                scratch: pair,
                upcoming,
            }
            .run(s);
            return;
        }
        // Each unit's vectors are composed where they are near.
        for (index, loss) in range.zip(losses) {
            let unit = &units.units[index];
            let AtOnceScratch { centres, contexts } = &mut *at_once;
            centres.compose(s, plan.centre.carried_by(unit.range()), tables[0], layout);
            contexts.compose(s, plan.context.carried_by(unit.entry_range()), tables[1], layout);
            let rows = Rows::copied(unit, layout.lanes, [&centres.rows, &contexts.rows], counting);
            let (centre_gradients, other_centres) = of_centres.split_at_mut(unit.range().len() * layout.lanes);
            let (entry_gradients, other_entries) = of_entries.split_at_mut(unit.entry_range().len() * layout.lanes);
            (of_centres, of_entries) = (other_centres, other_entries);
            PairTask {
                batch,
                units,
                range: index..index + 1,
                rows,
                centre_gradients,
                entry_gradients,
                losses: std::slice::from_mut(loss),
                once,
                shared,
                scratch: &mut *pair,
                upcoming: None,
            }
            .run(s);
        }
    }
}

impl CpuBackend {
    /// Loss and gradients of the pair term.
    pub(super) fn pair_phase(&mut self, batch: &Batch, plan: &StepPlan) {
        let parts = self.parts();
        let lanes = self.layout.lanes;
        let units = &plan.units;
        self.buffers.count_to(units.entry_items.len().max(batch.centre_count()));
        let Buffers { gradients: [centre_gradients, entry_gradients], unit_losses, counting, .. } = &mut self.buffers;
        let target: Vec<&Table> = self.target.iter().map(|table| &table.values).collect();
        let context_tables: Vec<&Table> = self.context.iter().map(|table| &table.values).collect();
        let (once, shared) = pair_weights(batch);
        let step = Step {
            batch,
            tables: [&target, &context_tables],
            plan,
            layout: &self.layout,
            plain: self.plain,
            once,
            shared,
            counting,
        };
        let ranges = even(units.units.len(), parts);
        unit_losses.clear();
        unit_losses.resize(units.units.len(), 0.0);
        let centre_gradients = lent(centre_gradients, batch.centre_count() * lanes);
        let entry_gradients = lent(entry_gradients, units.entry_items.len() * lanes);
        let tasks: Vec<_> = ranges
            .iter()
            .cloned()
            .zip(cut(centre_gradients, centre_spans(units, &ranges).map(|span| span.len() * lanes)))
            .zip(cut(entry_gradients, entry_spans(units, &ranges).map(|span| span.len() * lanes)))
            .zip(cut(unit_losses, ranges.iter().map(Range::len)))
            .collect();
        let instructions = self.instructions;
        self.pool.share(&mut self.scratch, tasks, |scratch, (((range, of_centres), of_entries), losses)| {
            instructions.run(UnitsTask { step, range, gradients: [of_centres, of_entries], losses, scratch });
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
