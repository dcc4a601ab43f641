//! Units whose rows a thread computes on and moves at once.
//!
//! Where threads race, all rows of a unit are moved so. Where they wait for each other, only those that no other unit
//! of the batch uses: nobody reads them before the step is over, so it is as if they were moved with all others, but
//! their gradients never leave the core. The others' gradients are kept for the phase that sums them.

use std::ops::Range;

use crate::objective::Batch;

use super::CpuBackend;
use super::apart::Apart;
use super::groups::Repeated;
use super::local_side::{Kept, LocalSide, SharedSide, Upcoming, Wanted};
use super::memory::Lanes;
use super::optimizer::Pace;
use super::pairs::{Found, PairScratch, PairTask, Rows, pair_weights};
use super::plan::StepPlan;
use super::shared::{SharedRows, SharedTable};
use super::step::{Buffers, lent};
use super::table::TrainedTable;
use super::tile::STRETCHES;
use super::units::{TILE, Unit, Units};
use crate::simd::{Kernel, Lane, Simd};

/// Memory of a thread for one unit.
#[derive(Debug, Clone, Default)]
pub struct AtOnceScratch {
    pub(super) centres: LocalSide,
    pub(super) contexts: LocalSide,
}

/// What is the same for all units of a step.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) batch: &'a Batch,
    pub(super) plan: &'a StepPlan,
    pub(super) target: SharedSide<'a>,
    pub(super) context: SharedSide<'a>,
    /// What is kept of the batch's centres and of its entries; `None` where threads race.
    kept: Option<[Kept<'a>; 2]>,
    pub(super) pace: Pace,
    pub(super) once: f32,
    pub(super) shared: f32,
    /// 0, 1, 2, ...
    pub(super) counting: &'a [u32],
}

impl<'a> Step<'a> {
    /// The rows of `unit`, which were composed or copied.
    #[inline(always)]
    pub(super) fn copied<'r>(&self, unit: &Unit, centres: &'r [Lane], contexts: &'r [Lane]) -> Rows<'r>
    where
        'a: 'r,
    {
        Rows::copied(unit, self.target.layout.lanes, [centres, contexts], self.counting)
    }

    /// Plain rows where they are.
    #[inline(always)]
    pub(super) fn in_place(&self, found: Found) -> Rows<'a> {
        let tables = [self.target, self.context].map(|side| side.tables[0].view());
        Rows::in_place(found, self.target.layout.lanes, tables, self.batch, &self.plan.units)
    }

    /// The rows of unit number `unit`, to be asked for in about `times` times.
    pub(super) fn upcoming(&self, unit: usize, times: usize) -> Upcoming<'a> {
        let unit = &self.plan.units.units[unit];
        let (centres, entries) = (unit.range(), unit.entry_range());
        let wanted = if self.target.plain {
            [Wanted::Plain(&self.batch.centres[centres]), Wanted::Plain(&self.plan.units.entry_items[entries])]
        } else {
            let StepPlan { centre, context, .. } = self.plan;
            [Wanted::Composed(centre.carried_by(centres)), Wanted::Composed(context.carried_by(entries))]
        };
        let [of_centres, of_entries] = wanted;
        Upcoming::new([(self.target.tables, of_centres), (self.context.tables, of_entries)], times)
    }

    /// What is kept of these centres (side 0) or entries (side 1).
    #[inline(always)]
    pub(super) fn of_unit(&self, side: usize, range: Range<usize>) -> Option<Kept<'a>> {
        self.kept.map(|kept| Kept { position: &kept[side].position[range], ..kept[side] })
    }
}

/// One unit.
pub(super) struct UnitTask<'a, 't> {
    pub(super) step: Step<'a>,
    /// Its number, and that of the one that the thread does next.
    pub(super) index: usize,
    pub(super) next: Option<usize>,
    /// Becomes its loss.
    pub(super) loss: &'t mut f64,
    pub(super) pair: &'t mut PairScratch,
    pub(super) scratch: &'t mut AtOnceScratch,
}

/// The items of the centres and the entries of unit number `index` of `units`.
#[inline(always)]
pub(super) fn items<'a>(batch: &'a Batch, units: &'a Units, index: usize) -> [&'a [u32]; 2] {
    let unit = &units.units[index];
    [&batch.centres[unit.range()], &units.entry_items[unit.entry_range()]]
}

impl Kernel for UnitTask<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        if self.step.target.plain && self.step.plan.units.units[self.index].reach > 0 {
            self.walk(s);
            return;
        }
        let Self { step, index, next, loss, pair, scratch } = self;
        let AtOnceScratch { centres, contexts } = scratch;
        let units = &step.plan.units;
        let unit = &units.units[index];
        let [centre_items, context_items] = items(step.batch, units, index);
        centres.gradients.resize(centre_items.len() * step.target.layout.lanes);
        contexts.gradients.resize(context_items.len() * step.target.layout.lanes);
        let rows = if step.target.plain {
            step.in_place(Found::InTable)
        } else {
            let layout = step.target.layout;
            centres.compose(s, step.plan.centre.carried_by(unit.range()), step.target.tables, layout);
            contexts.compose(s, step.plan.context.carried_by(unit.entry_range()), step.context.tables, layout);
            step.copied(unit, &centres.rows, &contexts.rows)
        };
        // Some at each stretch of each tile.
        let upcoming = next.map(|next| step.upcoming(next, unit.range().len() / TILE * STRETCHES));
        PairTask {
            batch: step.batch,
            units,
            range: index..index + 1,
            rows,
            centre_gradients: &mut centres.gradients,
            entry_gradients: &mut contexts.gradients,
            losses: std::slice::from_mut(loss),
            once: step.once,
            shared: step.shared,
            scratch: pair,
            upcoming: upcoming.as_ref(),
        }
        .run(s);
        let sides = [
            (contexts, context_items, step.context, 1, unit.entry_range()),
            (centres, centre_items, step.target, 0, unit.range()),
        ];
        for (local, items, shared, side, range) in sides {
            if shared.plain {
                local.take_back(s, items, shared, step.pace, step.of_unit(side, range));
                continue;
            }
            let plan = [&step.plan.centre, &step.plan.context][side];
            for (k, rows) in plan.unit_rows.iter().enumerate() {
                let weights = plan.weights[k].get(range.clone()).unwrap_or_default();
                local.take_apart(s, &Apart { k, rows: rows.of_unit(index, range.clone()), weights }, shared, step.pace);
            }
        }
    }
}

impl CpuBackend {
    /// The pair term: every unit computes and moves; with `keep` only what it alone uses, the rest being kept.
    pub(super) fn move_pairs(&mut self, batch: &Batch, plan: &StepPlan, pace: Pace, keep: bool) {
        self.buffers.count_to(plan.units.entry_items.len().max(batch.centre_count()));
        let Buffers { unit_losses, counting, gradients: [centre_gradients, entry_gradients], .. } = &mut self.buffers;
        let (Some(target), Some(context)) = (shared(&mut self.target), shared(&mut self.context)) else { return };
        let (layout, plain) = (&self.layout, self.plain);
        let kept = keep.then(|| {
            let centre = kept(&plan.centre.repeated, centre_gradients, layout.lanes);
            [centre, kept(&plan.context.repeated, entry_gradients, layout.lanes)]
        });
        let (once, shared) = pair_weights(batch);
        let step = Step {
            batch,
            plan,
            target: SharedSide { tables: &target, layout, plain },
            context: SharedSide { tables: &context, layout, plain },
            kept,
            pace,
            once,
            shared,
            counting,
        };
        unit_losses.clear();
        unit_losses.resize(plan.units.units.len(), 0.0);
        let tasks: Vec<_> = unit_losses.iter_mut().enumerate().collect();
        let instructions = self.instructions;
        self.pool.share_ahead(
            &mut self.scratch,
            tasks,
            |&(index, _)| index,
            |scratch, (index, loss), next| {
                let (pair, scratch) = (&mut scratch.pair, &mut scratch.at_once);
                instructions.run(UnitTask { step, index, next, loss, pair, scratch });
            },
        );
        self.losses.pair += self.buffers.unit_losses.iter().sum::<f64>();
    }
}

/// Where one side's gradients of rows that are moved later are kept.
fn kept<'a>(repeated: &'a Repeated, gradients: &'a mut Lanes, lanes: usize) -> Kept<'a> {
    let gradients = SharedRows::new(lent(gradients, repeated.entry_count() * lanes), lanes);
    Kept { position: &repeated.position, gradients }
}

/// One side's tables, shared; `None` unless row-wise Adagrad moves them.
pub(super) fn shared(tables: &mut [TrainedTable]) -> Option<Vec<SharedTable<'_>>> {
    tables.iter_mut().map(SharedTable::new).collect()
}
