//! One optimiser step, phase by phase.

use std::ops::Range;

use crate::objective::{Batch, Optimizer};

use super::CpuBackend;
use super::at_once::AtOnceScratch;
use super::groups::balanced;
use super::memory::Lanes;
use super::optimizer::StepConstants;
use super::pairs::PairScratch;
use super::plan::{Manner, PlanScratch, StepPlan};
use super::pool::Pool;
use super::structure::{StructureScratch, TransferTask};
use super::structure_step::StructureBuffers;
use super::table::TrainedTable;
use super::update::{RowSums, UpdateRows, UpdateTask};
use crate::simd::{Instructions, Kernel, Lane};

// Parts of a phase for each thread: enough that one that was late does not hold up the others.
const PARTS_A_THREAD: usize = 8;

/// Memory of one thread.
#[derive(Debug, Clone, Default)]
pub struct ThreadScratch {
    pub(super) planning: PlanScratch,
    pub(super) pair: PairScratch,
    pub(super) at_once: AtOnceScratch,
    pub(super) structure: StructureScratch,
    summed: Vec<Lane>,
}

/// What a step leaves behind for the next one to reuse.
#[derive(Debug, Clone, Default)]
pub struct Buffers {
    /// [centres x lanes] gradients of the centres' vectors, and [entries x lanes] those of the units' entries: all, or those
    /// that are kept for later.
    pub(super) gradients: [Lanes; 2],
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

impl CpuBackend {
    /// Takes the step of `batch`, whose plan is `plan`, in this manner.
    pub(super) fn take_step(&mut self, manner: Manner, batch: &Batch, plan: &StepPlan, learning_rate: f32) {
        if batch.centre_count() == 0 {
            return;
        }
        self.step += 1;
        self.losses_steps += 1;
        let constants = StepConstants::new(&self.objective, self.step, learning_rate);
        if self.is_dense() {
            self.catch_up(plan);
        }
        match manner {
            Manner::Asynchronous => self.take_asynchronous_step(batch, plan, &constants),
            Manner::Together | Manner::AtOnce => self.take_waiting_step(manner, batch, plan, &constants),
        }
        if self.is_dense() {
            self.missed.push(&constants, self.objective.adam);
        }
    }

    /// How steps are taken.
    pub(super) fn manner(&self) -> Manner {
        match self.objective.optimizer {
            _ if self.asynchronous => Manner::Asynchronous,
            Optimizer::AdagradRow if self.plain => Manner::AtOnce,
            _ => Manner::Together,
        }
    }

    /// A step in whose phases threads wait for each other.
    fn take_waiting_step(&mut self, manner: Manner, batch: &Batch, plan: &StepPlan, constants: &StepConstants) {
        let structural = self.is_structural();
        if structural {
            self.image_phase(plan);
        }
        if manner == Manner::AtOnce {
            self.move_pairs(batch, plan, constants.pace, true);
        } else {
            self.pair_phase(batch, plan);
        }
        if structural {
            self.structure_phase(batch, plan);
            self.pull_phase(plan);
        }
        self.update_later(manner, plan, constants, structural);
        self.update_transfer(constants, structural);
    }

    pub(super) fn parts(&self) -> usize {
        self.pool.count() * PARTS_A_THREAD
    }

    /// Sums gradients by row and moves the rows of all types that are not moved yet.
    fn update_later(&mut self, manner: Manner, plan: &StepPlan, constants: &StepConstants, structural: bool) {
        let parts = self.parts();
        let Buffers { gradients, structure, matrix_gradients, counting, .. } = &mut self.buffers;
        let (structure, counting) = (&*structure, counting.as_slice());
        matrix_gradients.resize_with(self.transfer.len(), Lanes::default);
        let mut tasks = Vec::new();
        if structural {
            let matrices =
                structure.transfer_tasks(&plan.structure.types, &self.transfer, matrix_gradients, self.pool.count());
            tasks.extend(matrices.into_iter().map(UpdatePhaseTask::Transfer));
        }
        let [of_centres, of_entries] = &*gradients;
        // Contexts first: their gradients are still nearer.
        let sides = [
            (&mut self.context, &plan.context, of_entries, false),
            (&mut self.target, &plan.centre, of_centres, structural),
        ];
        for (tables, side, gradients, structural) in sides {
            for (k, table) in tables.iter_mut().enumerate() {
                let (mut rows, offsets) = side.moved_later(manner, k);
                let mut sums = if manner == Manner::AtOnce {
                    RowSums::whole(gradients, table.values.lanes(), offsets, counting)
                } else {
                    RowSums {
                        rows: gradients,
                        stride: self.layout.lanes,
                        first: self.layout.first[k],
                        weights: side.weights.get(k).map_or(&[], Vec::as_slice),
                        offsets,
                        entries: &side.groups[k].entries,
                    }
                };
                let mut more = None;
                let together = &plan.structure.together;
                match k.checked_sub(1) {
                    // Structural negatives touch more items than the centres.
                    None if structural => {
                        (rows, sums.offsets) = (&together.items, &together.pair_offsets);
                        let of_items = structure.item_sums(&plan.structure);
                        more = Some(RowSums { offsets: &together.item_offsets, ..of_items });
                    }
                    Some(attribute) if structural => {
                        let pulled = &structure.attributes[attribute].pulled;
                        let offsets = &together.image_offsets[attribute];
                        more = Some(RowSums::whole(pulled, table.values.lanes(), offsets, counting));
                    }
                    _ => {}
                }
                let updates = update_tasks(table, rows, balanced(sums.offsets, parts, 1), sums, more, constants);
                tasks.extend(updates.map(UpdatePhaseTask::Rows));
            }
        }
        update(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }
}

/// A task of the phase that moves rows.
#[expect(clippy::large_enum_variant, reason = "a step has some dozens of them, nearly all of them rows")]
pub(super) enum UpdatePhaseTask<'a> {
    Rows(UpdateTask<'a>),
    Transfer(TransferTask<'a>),
}

/// The updates of one table, cut by `ranges` of the touched `rows`.
pub(super) fn update_tasks<'a>(
    table: &'a mut TrainedTable,
    rows: &'a [u32],
    ranges: Vec<Range<usize>>,
    sums: RowSums<'a>,
    more: Option<RowSums<'a>>,
    constants: &'a StepConstants,
) -> impl Iterator<Item = UpdateTask<'a>> {
    let parts = table.split(rows, &ranges);
    ranges.into_iter().zip(parts).map(move |(range, part)| UpdateTask { part, rows, range, sums, more, constants })
}

/// Runs tasks that need no memory of their thread's, neighbours on one thread.
pub(super) fn run<K: Kernel<Output = ()> + Send>(
    pool: &mut Pool,
    instructions: Instructions,
    scratch: &mut [ThreadScratch],
    tasks: Vec<K>,
) {
    pool.share_ahead(scratch, tasks, |_| (), |_, task, _| instructions.run(task));
}

/// Runs the tasks that move rows. In each step a thread begins with about the same part of the tables, whose rows then stay
/// with it.
pub(super) fn update(
    pool: &mut Pool,
    instructions: Instructions,
    scratch: &mut [ThreadScratch],
    tasks: Vec<UpdatePhaseTask<'_>>,
) {
    pool.share_ahead(
        scratch,
        tasks,
        |_| (),
        |scratch, task, _| match task {
            UpdatePhaseTask::Rows(task) => instructions.run(UpdateRows { task, summed: &mut scratch.summed }),
            UpdatePhaseTask::Transfer(task) => instructions.run(task),
        },
    );
}
