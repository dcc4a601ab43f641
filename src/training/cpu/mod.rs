//! The native CPU backend: mini-batches on all cores, SIMD found at run time, bit-identical on any number of threads.
//!
//! A batch is planned before its step, several batches at once, each by one thread: `plan`, of `units` (runs of centres)
//! and `groups` (which rows does the batch touch, and where does each gradient go).
//!
//! A step has phases between which all threads meet; within a phase each thread owns what it writes, and every
//! sum runs in an order that the batch alone decides.
//!
//! 1. `structure`: images of the attributes in item space.
//! 2. `pairs`, `structure`: loss and gradients of each unit of centres, whose vectors of all types `compose` puts end to end
//!    (with one type, the tables themselves serve). Tables are unchanged but for rows that a single unit uses, which
//!    `at_once` moves where Adagrad moves plain rows, of a `line` while they are in the nearest cache.
//! 3. `update`: gradients summed by row, and the row moved by `optimizer`; `deferred` what dense Adam does to all others.

mod activation;
mod apart;
mod asynchronous;
mod at_once;
mod compose;
mod copies;
mod deferred;
mod entry_table;
mod groups;
mod line;
mod linear;
mod local_side;
mod memory;
mod optimizer;
mod pair_step;
mod pairs;
mod plan;
mod pool;
mod runs;
mod shared;
mod state;
mod step;
mod structural_step;
mod structure;
mod structure_step;
mod table;
#[cfg(test)]
mod tests;
mod tile;
mod unit_rows;
mod units;
mod update;

use ndarray::Array2;

use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::objective::{
    Backend, BackendError, BackendState, Batch, LossParts, Objective, Optimizer, PlannedBatch, Planner,
};

use crate::simd::Instructions;
use compose::{Carried, Layout};
use copies::copies;
use deferred::MissedSteps;
use optimizer::Moments;
use plan::{Planning, StepPlan};
use pool::Pool;
use step::{Buffers, ThreadScratch};
use structure::transpose;
use table::{Table, TrainedTable, row_lanes};

/// Trains on all cores with SIMD found at run time.
///
/// The names in [`BackendState::tensors`] count types from 0, the item: `first_moment/target/0`,
/// `second_moment/context/3`, `mean_square/transfer/1` (M of type 1); row-major without padding.
pub struct CpuBackend {
    objective: Objective,
    instructions: Instructions,
    pool: Pool,
    /// [K] `E_k`.
    target: Vec<TrainedTable>,
    /// [K] `C_k`.
    context: Vec<TrainedTable>,
    /// [K - 1] `M_k`.
    transfer: Vec<TrainedTable>,
    /// [K - 1] `M_k` transposed, as of the last step.
    transposed: Vec<Table>,
    carried: Carried,
    /// [K] whether all of the type's weights are 1.
    uniform: Vec<bool>,
    layout: Layout,
    /// [K] rows of each type's tables.
    rows: Vec<usize>,
    /// Whether item rows are their own composed vectors: one type, every weight 1.
    plain: bool,
    /// Whether threads move rows without waiting for each other.
    asynchronous: bool,
    step: u64,
    missed: MissedSteps,
    losses: LossParts,
    losses_steps: u64,
    /// The plan of a batch that comes without one.
    plan: StepPlan,
    buffers: Buffers,
    scratch: Vec<ThreadScratch>,
}

impl CpuBackend {
    /// A backend that starts from `model`, on `threads` threads (0 = all).
    #[must_use]
    pub fn new(model: Model, attributes: ItemAttributes, objective: Objective, threads: usize) -> Self {
        Self::with(Instructions::detect(), model, attributes, objective, threads)
    }

    /// [`Self::new`] with these instructions.
    fn with(
        instructions: Instructions,
        model: Model,
        attributes: ItemAttributes,
        objective: Objective,
        threads: usize,
    ) -> Self {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            given => given,
        };
        let pool = Pool::new(threads);
        let carried = Carried::new(&attributes);
        let uniform: Vec<bool> = (0..attributes.type_count()).map(|k| carried.is_uniform(k)).collect();
        let plain = uniform == [true];
        let lanes = |dims: usize| row_lanes(dims, instructions.register_lanes());
        let layout = Layout::new(model.dims().into_iter().map(lanes), instructions.register_lanes());
        let trained = |array: &Array2<f32>| {
            let (rows, dims) = array.dim();
            let mut values = Table::wide(rows, dims, if plain { layout.lanes } else { lanes(dims) });
            values.fill(array);
            let moments = Moments::zeros(objective.optimizer, values.rows(), values.lanes());
            let taken = if objective.optimizer == Optimizer::Adam { vec![0; rows] } else { Vec::new() };
            TrainedTable { values, moments, taken }
        };
        let tables = |arrays: &[Array2<f32>]| arrays.iter().map(trained).collect::<Vec<_>>();
        let transfer = tables(&model.transfer);
        let mut backend = Self {
            objective,
            instructions,
            target: tables(&model.target),
            context: tables(&model.context),
            transposed: model.transfer.iter().map(|m| Table::wide(m.ncols(), m.nrows(), lanes(m.nrows()))).collect(),
            transfer,
            rows: model.target.iter().map(Array2::nrows).collect(),
            plain,
            carried,
            uniform,
            layout,
            asynchronous: false,
            step: 0,
            missed: MissedSteps::default(),
            losses: LossParts::default(),
            losses_steps: 0,
            plan: StepPlan::default(),
            buffers: Buffers::default(),
            scratch: vec![ThreadScratch::default(); pool.count()],
            pool,
        };
        backend.refresh_transposed();
        backend
    }

    /// What plans are made with: how, each thread's memory, and the threads.
    fn planning(&mut self) -> (Planning<'_>, &mut [ThreadScratch], &mut Pool) {
        let (manner, structural) = (self.manner(), self.is_structural());
        let Self { layout, carried, uniform, rows, scratch, pool, plain, .. } = self;
        (Planning { manner, structural, plain: *plain, lanes: layout.lanes, carried, uniform, rows }, scratch, pool)
    }

    fn refresh_transposed(&mut self) {
        for (from, to) in self.transfer.iter().zip(&mut self.transposed) {
            transpose(&from.values, to);
        }
    }
}

impl Planner for CpuBackend {
    fn count(&self) -> usize {
        self.pool.count()
    }

    fn plan(&mut self, batches: &mut [PlannedBatch], fill: &(dyn Fn(usize, &mut Batch) + Sync)) {
        let (planning, scratch, pool) = self.planning();
        pool.share(scratch, batches.iter_mut().enumerate().collect(), |scratch, (place, batch)| {
            batch.make(|batch| fill(place, batch), |batch, plan| planning.plan(batch, plan, &mut scratch.planning));
        });
    }
}

impl Backend for CpuBackend {
    fn kind(&self) -> &'static str {
        "cpu"
    }

    fn name(&self) -> String {
        let threads = self.pool.count();
        let plural = if threads == 1 { "" } else { "s" };
        let how = if self.asynchronous { ", asynchronous" } else { "" };
        format!("CPU, {threads} thread{plural}, {}{how}", self.instructions.name())
    }

    fn step(&mut self, batch: &Batch, learning_rate: f32) -> Result<(), BackendError> {
        let mut plan = std::mem::take(&mut self.plan);
        let (planning, scratch, _) = self.planning();
        planning.plan(batch, &mut plan, &mut scratch[0].planning);
        self.take_step(self.manner(), batch, &plan, learning_rate);
        self.plan = plan;
        Ok(())
    }

    fn planner(&mut self) -> Option<&mut dyn Planner> {
        Some(self)
    }

    fn step_planned(&mut self, batch: &PlannedBatch, learning_rate: f32) -> Result<(), BackendError> {
        match batch.plan() {
            Some(plan) => {
                self.take_step(self.manner(), batch.batch(), plan, learning_rate);
                Ok(())
            }
            None => self.step(batch.batch(), learning_rate),
        }
    }

    fn losses(&mut self) -> Result<(LossParts, u64), BackendError> {
        Ok((std::mem::take(&mut self.losses), std::mem::take(&mut self.losses_steps)))
    }

    fn model(&mut self) -> Result<Model, BackendError> {
        self.catch_all_up();
        let Self { target, context, transfer, pool, scratch, .. } = self;
        let tables: Vec<&Table> = target.iter().chain(&*context).chain(&*transfer).map(|table| &table.values).collect();
        let rows: Vec<_> = tables.iter().map(|table| table.padded()).collect();
        let mut arrays: Vec<_> = copies(pool, scratch, &rows)
            .into_iter()
            .zip(tables)
            .map(|(floats, table)| {
                Array2::from_shape_vec((table.rows(), table.dims()), floats).expect("a table has rows of floats")
            })
            .collect();
        let transfer = arrays.split_off(target.len() + context.len());
        let context = arrays.split_off(target.len());
        Ok(Model { target: arrays, context, transfer })
    }

    fn state(&mut self) -> Result<BackendState, BackendError> {
        Ok(self.save_state())
    }

    fn restore(&mut self, model: &Model, state: &BackendState) -> Result<(), BackendError> {
        self.restore_state(model, state)
    }
}
