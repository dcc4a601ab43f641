//! One optimiser step, phase by phase.

use std::ops::Range;

use crate::objective::{Batch, Optimizer, Threads};

use super::CpuBackend;
use super::asynchronous::AsynchronousScratch;
use super::compose::{Columns, ComposeTask};
use super::groups::{GroupingScratch, Groups, even};
use super::memory::Lanes;
use super::optimizer::StepConstants;
use super::pair_step::grouping_tasks;
use super::pairs::PairScratch;
use super::pool::Pool;
use super::structure::{PullTask, StructureScratch, TransferTask, TypeOfCentres};
use super::structure_step::{StructureBuffers, StructureIndexTask};
use super::table::{Table, TrainedTable};
use super::units::{UnitScratch, Units, unit_size};
use super::update::{RestTask, RowSums, SliceSums, SumTask, UpdateRows, UpdateTask};
use crate::simd::{Instructions, Kernel, Lane, Simd};

// Parts of a phase for each thread: enough that one that was late does not hold up the others.
const PARTS_A_THREAD: usize = 8;

/// Memory of one thread.
#[derive(Debug, Clone, Default)]
pub struct ThreadScratch {
    units: UnitScratch,
    pub(super) pair: PairScratch,
    pub(super) asynchronous: AsynchronousScratch,
    pub(super) structure: StructureScratch,
    pub(super) grouping: GroupingScratch,
    keys: Vec<u32>,
    summed: Vec<Lane>,
}

/// One side of the pair term: its distinct items.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    /// Occurrences by item.
    pub(super) items: Groups,
    /// [distinct items] the items' own weights.
    own_weights: Vec<f32>,
    /// [K - 1] distinct items by attribute row.
    pub(super) types: Vec<TypeOfCentres>,
    /// [distinct items x lanes] composed vectors.
    pub(super) composed: Lanes,
    /// [occurrences x lanes] gradient of each occurrence.
    pub(super) partial: Lanes,
    /// [distinct items x lanes, and one lane] gradients of composed vectors.
    summed: Lanes,
}

/// What a step leaves behind for the next one to reuse.
#[derive(Debug, Clone, Default)]
pub struct Buffers {
    pub(super) units: Units,
    pub(super) centre: Side,
    pub(super) context: Side,
    pub(super) unit_losses: Vec<f64>,
    pub(super) structure: StructureBuffers,
    /// [K - 1] gradients of the transfer matrices.
    pub(super) matrix_gradients: Vec<Lanes>,
    /// 0, 1, 2, ...
    pub(super) counting: Vec<u32>,
}

impl Buffers {
    /// Makes [`Self::counting`] at least `length` long.
    pub(super) fn count_to(&mut self, length: usize) {
        let counted = self.counting.len();
        self.counting.extend(counted as u32..length.max(counted) as u32);
    }

    /// Makes [`Self::counting`] long enough for the distinct items of either side.
    pub(super) fn count_to_items(&mut self) {
        self.count_to(1 + self.centre.items.len().max(self.context.items.len()));
    }
}

/// The first `length` lanes of `buffer`, which grows (and is then zero) but is not cleared.
pub(super) fn lent(buffer: &mut Lanes, length: usize) -> &mut [Lane] {
    if buffer.len() < length {
        // Room to spare, so that batches of slightly different sizes do not each move it.
        *buffer = Lanes::zeros(length + length / 8);
    }
    &mut buffer[..length]
}

/// Cuts `buffer` into slices of these lengths, in order.
pub(super) fn cut<T>(mut buffer: &mut [T], lengths: impl Iterator<Item = usize>) -> impl Iterator<Item = &mut [T]> {
    lengths.map(move |length| {
        let (own, rest) = std::mem::take(&mut buffer).split_at_mut(length);
        buffer = rest;
        own
    })
}

/// One type of one side, as the distinct items carry it.
pub(super) struct TypeTask<'a> {
    items: &'a [u32],
    ids: &'a [u32],
    weights: &'a [f32],
    /// Rows of the type's table.
    rows: usize,
    out: &'a mut TypeOfCentres,
}

impl TypeTask<'_> {
    fn run(self, scratch: &mut GroupingScratch, keys: &mut Vec<u32>) {
        keys.clear();
        keys.extend(self.items.iter().map(|&item| self.ids[item as usize]));
        self.out.groups.build(keys, self.rows, scratch);
        self.out.weights.clear();
        self.out.weights.extend(self.items.iter().map(|&item| self.weights[item as usize]));
    }
}

/// One task for each of `types`, the attribute types as these distinct items carry them.
pub(super) fn type_tasks<'a>(
    items: &'a [u32],
    columns: &'a Columns,
    tables: &'a [&'a Table],
    types: &'a mut Vec<TypeOfCentres>,
) -> impl Iterator<Item = TypeTask<'a>> {
    types.resize_with(tables.len() - 1, TypeOfCentres::default);
    types
        .iter_mut()
        .zip(&tables[1..])
        .zip(columns.ids.iter().zip(&columns.weights).skip(1))
        .map(move |((out, table), (ids, weights))| TypeTask { items, ids, weights, rows: table.rows(), out })
}

/// Lays the images of all types end to end.
pub(super) fn number_images(types: &mut [TypeOfCentres]) {
    let mut first_image = 0;
    for of_type in types {
        of_type.first_image = first_image;
        first_image += of_type.groups.len();
    }
}

/// A task of the phase that looks up what the distinct items carry.
pub(super) enum ComposePhaseTask<'a> {
    Compose(ComposeTask<'a>),
    Type(TypeTask<'a>),
    Structure(StructureIndexTask<'a>),
}

/// Sums of `partial` gradients by item into `summed`.
fn sum_tasks<'a>(
    items: &'a Groups,
    partial: &'a [Lane],
    summed: &'a mut Lanes,
    lanes: usize,
    parts: usize,
) -> impl Iterator<Item = SumPhaseTask<'a>> {
    let ranges = items.balanced(parts, 1);
    // One lane more: a slice's last lane may reach past its row.
    let out = lent(summed, items.len() * lanes + 1);
    let sums = RowSums { rows: partial, offsets: &items.offsets, entries: &items.entries };
    let outs: Vec<_> = cut(out, ranges.iter().map(|range| range.len() * lanes)).collect();
    ranges.into_iter().zip(outs).map(move |(range, out)| SumPhaseTask::Sum(SumTask { sums, range, lanes, out }))
}

impl CpuBackend {
    pub(super) fn take_step(&mut self, batch: &Batch, learning_rate: f32) {
        if batch.centre_count() == 0 {
            return;
        }
        self.step += 1;
        self.losses_steps += 1;
        let constants = StepConstants::new(&self.objective, self.step, learning_rate);
        self.cut_units(batch, unit_size(batch, self.layout.lanes));
        if self.plain {
            self.pair_phase(batch);
            self.update_plain(&constants);
        } else {
            let structural = self.is_structural();
            self.index(batch);
            self.compose_phase(batch, structural);
            if structural {
                self.image_phase();
            }
            self.pair_phase(batch);
            if structural {
                self.structure_phase(batch);
            }
            self.sum_phase(structural);
            self.update_composed(&constants, structural);
            self.update_transfer(&constants, structural);
        }
        if self.objective.optimizer == Optimizer::Adam {
            self.update_rest(&constants);
        }
    }

    pub(super) fn parts(&self) -> usize {
        self.pool.count() * PARTS_A_THREAD
    }

    /// Cuts the batch into units of about `size` centres.
    pub(super) fn cut_units(&mut self, batch: &Batch, size: usize) {
        let parts = self.parts();
        let units = &mut self.buffers.units;
        let tasks = units.tasks(batch, size, parts);
        self.pool.share(&mut self.scratch, tasks, |scratch, task| task.run(&mut scratch.units));
        units.finish(batch);
    }

    /// Which rows the batch touches, so that they can be composed.
    fn index(&mut self, batch: &Batch) {
        let rows = self.target[0].values.rows();
        let Buffers { units, centre, context, .. } = &mut self.buffers;
        let sides = grouping_tasks(&mut centre.items, &mut context.items, batch, units, rows);
        self.pool.share(&mut self.scratch, sides.into(), |scratch, side| side.run(&mut scratch.grouping));
        self.buffers.count_to_items();
    }

    /// Composed vectors of both sides' items, and which attributes the items carry.
    fn compose_phase(&mut self, batch: &Batch, structural: bool) {
        let (parts, lanes) = (self.parts(), self.layout.lanes);
        let target: Vec<&Table> = self.target.iter().map(|table| &table.values).collect();
        let context: Vec<&Table> = self.context.iter().map(|table| &table.values).collect();
        let (columns, layout) = (&self.columns, &self.layout);
        let Buffers { centre, context: context_side, structure, .. } = &mut self.buffers;
        let mut tasks = Vec::new();
        if structural {
            let (centres, items) = (&centre.items, target[0].rows());
            tasks.push(ComposePhaseTask::Structure(StructureIndexTask { batch, centres, items, out: structure }));
        }
        let sides = [
            (&target, &centre.items, &mut centre.own_weights, &mut centre.types, &mut centre.composed),
            (
                &context,
                &context_side.items,
                &mut context_side.own_weights,
                &mut context_side.types,
                &mut context_side.composed,
            ),
        ];
        for (tables, items, own_weights, types, composed) in sides {
            let items = items.rows.as_slice();
            own_weights.clear();
            own_weights.extend(items.iter().map(|&item| columns.weights[0][item as usize]));
            tasks.extend(type_tasks(items, columns, tables, types).map(ComposePhaseTask::Type));
            let size = items.len().div_ceil(parts).max(1);
            let out = lent(composed, items.len() * lanes);
            for (items, out) in items.chunks(size).zip(out.chunks_mut(size * lanes)) {
                tasks.push(ComposePhaseTask::Compose(ComposeTask { items, tables, columns, layout, out }));
            }
        }
        look_up(&mut self.pool, self.instructions, &mut self.scratch, tasks);
        number_images(&mut self.buffers.centre.types);
    }

    /// One type without weights: gradients of occurrences go straight to the tables.
    fn update_plain(&mut self, constants: &StepConstants) {
        let parts = self.parts();
        let mut tasks = Vec::with_capacity(2 * parts);
        let sides = [(&mut self.context[0], &self.buffers.context), (&mut self.target[0], &self.buffers.centre)];
        for (table, side) in sides {
            let groups = &side.items;
            let sums = RowSums { rows: &side.partial, offsets: &groups.offsets, entries: &groups.entries };
            let updates = update_tasks(table, &groups.rows, groups.balanced(parts, 1), None, Some(sums), constants);
            tasks.extend(updates.map(UpdatePhaseTask::Rows));
        }
        update(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }

    /// Sums of one side's gradients by composed vector, and of the images' by attribute.
    fn sum_phase(&mut self, structural: bool) {
        let parts = self.parts();
        let lanes = self.layout.lanes;
        let Buffers { centre, context, structure, .. } = &mut self.buffers;
        let Side { items, types, partial, summed, .. } = centre;
        let mut tasks = Vec::new();
        if structural {
            tasks.extend(structure.pull_tasks(&self.objective, types, &self.transfer));
        }
        tasks.extend(sum_tasks(items, partial, summed, lanes, parts));
        let Side { items, partial, summed, .. } = context;
        tasks.extend(sum_tasks(items, partial, summed, lanes, parts));
        run(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }

    /// Takes composed gradients apart and moves the rows of all types.
    fn update_composed(&mut self, constants: &StepConstants, structural: bool) {
        let parts = self.parts();
        let Buffers { centre, context, structure, matrix_gradients, counting, .. } = &mut self.buffers;
        let (structure, counting) = (&*structure, counting.as_slice());
        matrix_gradients.resize_with(self.transfer.len(), Lanes::default);
        let mut tasks = Vec::new();
        if structural {
            let matrices = structure.transfer_tasks(&centre.types, &self.transfer, matrix_gradients);
            tasks.extend(matrices.into_iter().map(UpdatePhaseTask::Transfer));
        }
        let sides = [(&mut self.target, &*centre, structural), (&mut self.context, &*context, false)];
        for (tables, side, structural) in sides {
            for (k, table) in tables.iter_mut().enumerate() {
                let (groups, weights) = match k.checked_sub(1) {
                    Some(attribute) => (&side.types[attribute].groups, &side.types[attribute].weights),
                    None => (&side.items, &side.own_weights),
                };
                let mut slices = SliceSums {
                    rows: &side.summed,
                    lanes: self.layout.lanes,
                    first: self.layout.offsets[k],
                    mask: &self.layout.masks[k],
                    weights,
                    offsets: &groups.offsets,
                    entries: &groups.entries,
                };
                let (mut rows, mut sums) = (&groups.rows, None);
                let mut ranges = groups.balanced(parts, 1);
                match k.checked_sub(1) {
                    // An item is its own only member, and structural negatives touch more items than the centres.
                    None if structural => {
                        (slices.offsets, slices.entries) = (&structure.own_offsets, &structure.own_centres);
                        (rows, ranges) = (&structure.groups.rows, structure.groups.balanced(parts, 1));
                        sums = Some(structure.item_sums());
                    }
                    None => (slices.offsets, slices.entries) = (counting, counting),
                    Some(attribute) if structural => {
                        let rows = &structure.attributes[attribute].pulled;
                        sums = Some(RowSums { rows, offsets: counting, entries: counting });
                    }
                    Some(_) => {}
                }
                let updates = update_tasks(table, rows, ranges, Some(slices), sums, constants);
                tasks.extend(updates.map(UpdatePhaseTask::Rows));
            }
        }
        update(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }

    /// Dense Adam: what the batch did not touch moves too.
    fn update_rest(&mut self, constants: &StepConstants) {
        let parts = self.parts();
        let Buffers { centre, context, structure, .. } = &self.buffers;
        let structural = self.is_structural();
        let mut tasks = Vec::new();
        let sides = [(&mut self.target, centre, structural), (&mut self.context, context, false)];
        for (tables, side, structural) in sides {
            for (k, table) in tables.iter_mut().enumerate() {
                let touched = match k.checked_sub(1) {
                    Some(attribute) => &side.types[attribute].groups.rows,
                    None if structural => &structure.groups.rows,
                    None => &side.items.rows,
                };
                let ends: Vec<_> = even(table.values.rows(), parts).into_iter().map(|range| range.end).collect();
                let parts = table.cut(ends.into_iter());
                tasks.extend(parts.into_iter().map(|part| RestTask { part, touched, constants: *constants }));
            }
        }
        run(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }
}

/// A task of the phase that sums gradients.
pub(super) enum SumPhaseTask<'a> {
    Sum(SumTask<'a>),
    Pull(PullTask<'a>),
}

impl Kernel for SumPhaseTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        match self {
            Self::Sum(task) => task.run(s),
            Self::Pull(task) => task.run(s),
        }
    }
}

/// A task of the phase that moves rows.
pub(super) enum UpdatePhaseTask<'a> {
    Rows(UpdateTask<'a>),
    Transfer(TransferTask<'a>),
}

/// The updates of one table, cut by `ranges` of the touched `rows`.
pub(super) fn update_tasks<'a>(
    table: &'a mut TrainedTable,
    rows: &'a [u32],
    ranges: Vec<Range<usize>>,
    slices: Option<SliceSums<'a>>,
    sums: Option<RowSums<'a>>,
    constants: &StepConstants,
) -> impl Iterator<Item = UpdateTask<'a>> {
    let constants = *constants;
    let parts = table.split(rows, &ranges);
    ranges.into_iter().zip(parts).map(move |(range, part)| UpdateTask { part, rows, range, slices, sums, constants })
}

/// Runs tasks that need no memory of their thread's.
pub(super) fn run<K: Kernel<Output = ()> + Send>(
    pool: &mut Pool,
    instructions: Instructions,
    scratch: &mut [ThreadScratch],
    tasks: Vec<K>,
) {
    pool.share(scratch, tasks, |_, task| instructions.run(task));
}

/// Runs the tasks that look up what the distinct items carry.
pub(super) fn look_up(
    pool: &mut Pool,
    instructions: Instructions,
    scratch: &mut [ThreadScratch],
    tasks: Vec<ComposePhaseTask<'_>>,
) {
    pool.share(scratch, tasks, |scratch, task| match task {
        ComposePhaseTask::Compose(task) => instructions.run(task),
        ComposePhaseTask::Type(task) => task.run(&mut scratch.grouping, &mut scratch.keys),
        ComposePhaseTask::Structure(task) => task.run(&mut scratch.grouping),
    });
}

/// Runs the tasks that move rows.
pub(super) fn update(
    pool: &mut Pool,
    instructions: Instructions,
    scratch: &mut [ThreadScratch],
    tasks: Vec<UpdatePhaseTask<'_>>,
) {
    pool.share(scratch, tasks, |scratch, task| match task {
        UpdatePhaseTask::Rows(task) => instructions.run(UpdateRows { task, summed: &mut scratch.summed }),
        UpdatePhaseTask::Transfer(task) => instructions.run(task),
    });
}
