//! The backend that trains in compute shaders.
//!
//! What a step moves stands in `traffic.rs`.

use bytemuck::cast_slice;

use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::objective::{Backend, BackendError, BackendState, Batch, DeviceWork, Goal, LossParts, Objective};

use super::GpuContext;
use super::device_buffers::DeviceBuffers;
use super::gradient::StepInputs;
use super::inspection::{Inspection, loss_of};
use super::layout::Layout;
use super::optimiser::{StepSize, table_stages};
use super::plan::{BatchPlan, PackedPlan, Planner};
use super::plan_queue::{PlanQueue, Planned};
use super::program::{Slot, loss_record};
use super::tables::{Memory, TABLE_SETS, check_shapes, unpack_model};
use super::traffic::BatchCounts;

/// Steps whose losses stay on the device before they are read; reading waits for the device.
const LOSS_RECORDS: usize = 256;

/// Trains on a wgpu device.
pub struct GpuBackend {
    layout: Layout,
    objective: Objective,
    planner: Planner,
    queue: PlanQueue,
    buffers: DeviceBuffers,
    step: u64,
    /// Centres of the batches whose losses are still on the device, all and those of the structural term; and how many of
    /// these batches have been read.
    pending: Vec<(usize, usize)>,
    read: usize,
    losses: LossParts,
    counted: u64,
    pairs: u64,
}

impl GpuBackend {
    /// A backend that starts from `model`.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] with the figures if the plan does not fit.
    pub fn new(
        context: GpuContext,
        model: &Model,
        attributes: &ItemAttributes,
        objective: Objective,
    ) -> Result<Self, BackendError> {
        let layout = Layout::of(model);
        check_shapes(&layout, model)?;
        let planner = Planner::new(layout.clone(), attributes, &objective);
        let records = LOSS_RECORDS as u64 * u64::from(loss_record(layout.type_count()));
        let mut bytes = vec![
            (Slot::Ids, size_of_val(planner.ids()) as u64),
            (Slot::Weights, size_of_val(planner.weights()) as u64),
            (Slot::Losses, records * 4),
        ];
        bytes.extend(TABLE_SETS.map(|set| (set.values, set.bytes(&layout))));
        bytes.extend(Memory::of(objective.optimizer).iter().map(|m| (m.slot, m.floats(&layout) as u64 * 4)));
        let buffers = DeviceBuffers::new(context, &bytes, &table_stages(objective.optimizer))?;
        buffers.write(Slot::Ids, cast_slice(planner.ids()));
        buffers.write(Slot::Weights, cast_slice(planner.weights()));
        for set in TABLE_SETS {
            buffers.write(set.values, cast_slice(&set.pack(&layout, model)));
        }
        Ok(Self {
            layout,
            objective,
            queue: PlanQueue::new(&planner)?,
            planner,
            buffers,
            step: 0,
            pending: Vec::new(),
            read: 0,
            losses: LossParts::default(),
            counted: 0,
            pairs: 0,
        })
    }

    /// Losses, logits and gradients of `batch`, without a step.
    ///
    /// # Errors
    /// `[BackendError]` if the device fails or the batch does not fit.
    pub fn inspect(&mut self, batch: &Batch) -> Result<Inspection, BackendError> {
        self.drain()?;
        let plan = self.planner.plan(batch, true);
        let mut packed = PackedPlan::default();
        packed.pack(&self.layout, &plan);
        let counts = BatchCounts::of(&self.layout, &plan);
        let inputs = self.inputs(&plan, &packed, &counts);
        let bytes = [inputs.buffer_bytes(), inputs.gradient_bytes()].concat();
        let program = inputs.gradient_program();
        self.buffers.reserve(&bytes)?;
        self.buffers.enqueue(&packed.words, program)?;
        let record = self.buffers.read(Slot::Losses, loss_record(self.layout.type_count()) as usize)?;
        let filled = bytes
            .iter()
            .map(|&(slot, bytes)| Ok((slot, self.buffers.read(slot, bytes as usize / 4)?)))
            .collect::<Result<_, BackendError>>()?;
        Ok(Inspection::new(&self.layout, &plan, &self.objective, &record, filled))
    }

    fn inputs<'a>(&'a self, plan: &'a BatchPlan, packed: &'a PackedPlan, counts: &'a BatchCounts) -> StepInputs<'a> {
        StepInputs {
            layout: &self.layout,
            plan,
            offsets: &packed.offsets,
            objective: &self.objective,
            losses: self.pending.len() as u32 * loss_record(self.layout.type_count()),
            counts,
        }
    }

    /// Submits the step of a planned batch.
    fn submit(&mut self, planned: &Planned) -> Result<(), BackendError> {
        if self.pending.len() == LOSS_RECORDS {
            self.read_losses()?;
        }
        let counts = &planned.counts;
        let inputs = self.inputs(&planned.plan, &planned.packed, counts);
        let size = StepSize { learning_rate: planned.learning_rate, step: self.step + 1 };
        let (bytes, program) = (inputs.buffer_bytes(), inputs.step_program(size));
        self.buffers.reserve(&bytes)?;
        self.buffers.enqueue(&planned.packed.words, program)?;
        self.pairs += counts.pairs as u64;
        self.step += 1;
        self.pending.push((planned.plan.centres, planned.plan.struct_centres));
        Ok(())
    }

    /// Submits all steps that are being planned, and reads all losses.
    fn drain(&mut self) -> Result<(), BackendError> {
        while let Some(planned) = self.queue.pop()? {
            self.submit(&planned)?;
        }
        self.read_losses()
    }

    /// Adds the losses that are still on the device to those read.
    fn read_losses(&mut self) -> Result<(), BackendError> {
        self.buffers.finish()?;
        self.read_done_losses()
    }

    /// Adds the losses of the steps that the device has done to those read.
    fn read_done_losses(&mut self) -> Result<(), BackendError> {
        let types = self.layout.type_count();
        let record = loss_record(types) as usize;
        let done = self.pending.len() - self.buffers.unfinished_steps();
        let records = self.buffers.peek(Slot::Losses, done * record)?;
        for (record, &(centres, struct_centres)) in records.chunks_exact(record).zip(&self.pending).skip(self.read) {
            self.losses += loss_of(record, &self.objective, types, centres, struct_centres);
        }
        self.counted += (done - self.read) as u64;
        self.read = done;
        if done == self.pending.len() {
            self.pending.clear();
            self.read = 0;
        }
        Ok(())
    }

    /// Losses and number of the steps read since the last call.
    fn take_losses(&mut self) -> (LossParts, u64) {
        (std::mem::take(&mut self.losses), std::mem::take(&mut self.counted))
    }
}

impl Backend for GpuBackend {
    fn kind(&self) -> &'static str {
        "gpu"
    }

    fn name(&self) -> String {
        self.buffers.context().adapter.name.clone()
    }

    fn step(&mut self, batch: &Batch, learning_rate: f32) -> Result<(), BackendError> {
        if batch.centres.is_empty() {
            return Ok(());
        }
        self.queue.push(batch.clone(), self.objective.alpha != 0.0, learning_rate)?;
        if self.queue.is_full()
            && let Some(planned) = self.queue.pop()?
        {
            self.submit(&planned)?;
        }
        Ok(())
    }

    fn losses(&mut self) -> Result<(LossParts, u64), BackendError> {
        self.drain()?;
        Ok(self.take_losses())
    }

    fn advance(&mut self, goal: Goal) -> Result<bool, BackendError> {
        if goal == Goal::Room {
            return self.buffers.advance();
        }
        if self.buffers.work_on()? {
            return Ok(true);
        }
        match self.queue.pop()? {
            Some(planned) => self.submit(&planned).map(|()| true),
            None => Ok(false),
        }
    }

    fn hold(&mut self) -> Result<(LossParts, u64), BackendError> {
        self.buffers.settle()?;
        self.read_done_losses()?;
        Ok(self.take_losses())
    }

    fn device_work(&self) -> Option<DeviceWork> {
        Some(DeviceWork { pairs: self.pairs, ..self.buffers.work() })
    }

    fn model(&mut self) -> Result<Model, BackendError> {
        self.drain()?;
        let mut packed = [const { Vec::new() }; 3];
        for (values, set) in packed.iter_mut().zip(TABLE_SETS) {
            *values = self.buffers.read(set.values, set.bytes(&self.layout) as usize / 4)?;
        }
        Ok(unpack_model(&self.layout, &packed))
    }

    fn state(&mut self) -> Result<BackendState, BackendError> {
        self.drain()?;
        let mut state = BackendState { step: self.step, ..BackendState::default() };
        for memory in Memory::of(self.objective.optimizer) {
            let packed = self.buffers.read(memory.slot, memory.floats(&self.layout))?;
            state.tensors.extend(memory.save(&self.layout, &packed));
        }
        Ok(state)
    }

    fn restore(&mut self, model: &Model, state: &BackendState) -> Result<(), BackendError> {
        check_shapes(&self.layout, model)?;
        self.drain()?;
        let memories = Memory::of(self.objective.optimizer);
        let loaded: Vec<Vec<f32>> =
            memories.iter().map(|memory| memory.load(&self.layout, &state.tensors)).collect::<Result<_, _>>()?;
        for set in TABLE_SETS {
            self.buffers.write(set.values, cast_slice(&set.pack(&self.layout, model)));
        }
        for (memory, packed) in memories.iter().zip(&loaded) {
            self.buffers.write(memory.slot, cast_slice(packed));
        }
        self.step = state.step;
        Ok(())
    }
}
