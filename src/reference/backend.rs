//! The mirrors composed: a backend that runs the device's programs on the CPU, one shader's mirror after another.

use std::collections::BTreeMap;

use bytemuck::pod_read_unaligned;

use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::gpu::gradient::StepInputs;
use crate::gpu::layout::Layout;
use crate::gpu::optimiser::StepSize;
use crate::gpu::plan::{PackedPlan, Planner};
use crate::gpu::program::{Pass, Program, Slot, loss_record};
use crate::gpu::tables::{Memory, TABLE_SETS, check_shapes, unpack_model};
use crate::gpu::{Inspection, loss_of};
use crate::objective::{Backend, BackendError, BackendState, Batch, LossParts, Objective, Optimizer};

use super::*;

/// Trains with the mirrors: slow, plain, and what the device is checked against.
pub struct ReferenceBackend {
    layout: Layout,
    objective: Objective,
    planner: Planner,
    packed: PackedPlan,
    slots: BTreeMap<Slot, Vec<f32>>,
    step: u64,
    losses: LossParts,
    counted: u64,
}

impl ReferenceBackend {
    /// A backend that starts from `model`.
    ///
    /// # Errors
    /// [`BackendError::StateMismatch`] if the model's tables do not fit together.
    pub fn new(model: &Model, attributes: &ItemAttributes, objective: Objective) -> Result<Self, BackendError> {
        let layout = Layout::of(model);
        check_shapes(&layout, model)?;
        let planner = Planner::new(layout.clone(), attributes, objective.structure);
        let mut slots: BTreeMap<_, _> = Slot::ALL.into_iter().map(|slot| (slot, Vec::new())).collect();
        slots.insert(Slot::Weights, planner.weights().to_vec());
        slots.insert(Slot::Losses, vec![0.0; loss_record(layout.type_count()) as usize]);
        for set in TABLE_SETS {
            slots.insert(set.values, set.pack(&layout, model));
        }
        for memory in Memory::of(objective.optimizer) {
            slots.insert(memory.slot, vec![0.0; memory.floats(&layout)]);
        }
        let packed = PackedPlan::default();
        Ok(Self { layout, objective, planner, packed, slots, step: 0, losses: LossParts::default(), counted: 0 })
    }

    /// Losses, logits and gradients of `batch`, without a step.
    #[must_use]
    pub fn inspect(&mut self, batch: &Batch) -> Inspection {
        let plan = self.planner.plan(batch, true);
        self.packed.pack(&self.layout, &plan);
        let inputs = self.inputs(&plan, false);
        let (bytes, program) = (inputs.buffer_bytes(), inputs.gradient_program());
        self.resize(&bytes);
        self.run(&program);
        let filled = bytes.iter().map(|(slot, _)| (*slot, self.slots[slot].clone())).collect();
        Inspection::new(&self.layout, &plan, &self.objective, &self.slots[&Slot::Losses], filled)
    }

    fn inputs<'a>(&'a self, plan: &'a crate::gpu::plan::BatchPlan, dense: bool) -> StepInputs<'a> {
        StepInputs {
            layout: &self.layout,
            plan,
            offsets: &self.packed.offsets,
            objective: &self.objective,
            losses: 0,
            dense,
        }
    }

    fn resize(&mut self, bytes: &[(Slot, u64)]) {
        for &(slot, bytes) in bytes {
            self.slots.insert(slot, vec![0.0; bytes as usize / 4]);
        }
    }

    fn run(&mut self, program: &Program) {
        for slot in &program.clears {
            if let Some(buffer) = self.slots.get_mut(slot) {
                buffer.fill(0.0);
            }
        }
        for pass in &program.passes {
            self.run_pass(pass);
        }
    }

    /// Runs the mirror of one shader on its buffers, which are taken out of their slots meanwhile.
    fn run_pass(&mut self, pass: &Pass) {
        let slots = pass.stage.slots;
        let mut buffers: Vec<Vec<f32>> =
            slots.iter().map(|slot| self.slots.get_mut(slot).map(std::mem::take).unwrap_or_default()).collect();
        let plan = &self.packed.words;
        run_mirror(pass, plan, self.planner.ids(), &mut buffers);
        for (slot, buffer) in slots.iter().zip(buffers) {
            self.slots.insert(*slot, buffer);
        }
    }
}

fn run_mirror(pass: &Pass, plan: &[u32], ids: &[u32], buffers: &mut [Vec<f32>]) {
    macro_rules! params {
        () => {
            &pod_read_unaligned(&pass.params)
        };
    }
    match (pass.stage.source.stem, buffers) {
        ("compose", [_, weights, table, out]) => compose::compose(params!(), plan, ids, weights, table, out),
        ("pair_coefficients", [targets, contexts, logits, out]) => {
            pair_coefficients::pair_coefficients(params!(), plan, targets, contexts, logits, out);
        }
        ("row_sums", [coefficients, source, out]) => row_sums::row_sums(params!(), plan, coefficients, source, out),
        ("decompose", [weights, sums, out]) => decompose::decompose(params!(), plan, weights, sums, out),
        ("row_gradients", [weights, sums, decomposed, item_sums, image_gradients, transfer, out]) => {
            let from = row_gradients::Sources { weights, sums, decomposed, item_sums, image_gradients, transfer };
            row_gradients::row_gradients(params!(), plan, from, out);
        }
        ("attribute_images", [table, transfer, out]) => {
            attribute_images::attribute_images(params!(), plan, table, transfer, out);
        }
        ("structure_coefficients", [table, images, logits, out]) => {
            structure_coefficients::structure_coefficients(params!(), plan, table, images, logits, out);
        }
        ("image_gradients", [sums, out]) => image_gradients::image_gradients(params!(), plan, sums, out),
        ("transfer_parts", [gradients, table, out]) => {
            transfer_parts::transfer_parts(params!(), plan, gradients, table, out);
        }
        ("transfer_norms", [transfer, losses]) => transfer_norms::transfer_norms(params!(), plan, transfer, losses),
        ("transfer_gradients", [parts, transfer, losses, out]) => {
            transfer_gradients::transfer_gradients(params!(), plan, parts, transfer, losses, out);
        }
        ("loss_sums", [logits, losses]) => loss_sums::loss_sums(params!(), plan, logits, losses),
        ("adam", [gradients, table, first, second]) => adam::adam(params!(), plan, gradients, table, first, second),
        ("adagrad", [gradients, accumulators, table]) => {
            adagrad::adagrad(params!(), plan, gradients, accumulators, table);
        }
        ("sgd", [gradients, table]) => sgd::sgd(params!(), plan, gradients, table),
        (stem, buffers) => unreachable!("no mirror of {stem} on {} buffers", buffers.len()),
    }
}

impl Backend for ReferenceBackend {
    fn kind(&self) -> &'static str {
        "reference"
    }

    fn name(&self) -> String {
        "CPU mirrors of the shaders".to_owned()
    }

    fn step(&mut self, batch: &Batch, learning_rate: f32) -> Result<(), BackendError> {
        if batch.centres.is_empty() {
            return Ok(());
        }
        let plan = self.planner.plan(batch, self.objective.alpha != 0.0);
        self.packed.pack(&self.layout, &plan);
        let inputs = self.inputs(&plan, self.objective.optimizer == Optimizer::Adam);
        let program = inputs.step_program(StepSize { learning_rate, step: self.step + 1 });
        let bytes = inputs.buffer_bytes();
        self.resize(&bytes);
        self.run(&program);
        self.step += 1;
        self.counted += 1;
        let record = &self.slots[&Slot::Losses];
        self.losses += loss_of(record, &self.objective, self.layout.type_count(), plan.centres);
        Ok(())
    }

    fn losses(&mut self) -> Result<(LossParts, u64), BackendError> {
        Ok((std::mem::take(&mut self.losses), std::mem::take(&mut self.counted)))
    }

    fn model(&mut self) -> Result<Model, BackendError> {
        Ok(unpack_model(&self.layout, &TABLE_SETS.map(|set| self.slots[&set.values].clone())))
    }

    fn state(&mut self) -> Result<BackendState, BackendError> {
        let mut state = BackendState { step: self.step, ..BackendState::default() };
        for memory in Memory::of(self.objective.optimizer) {
            state.tensors.extend(memory.save(&self.layout, &self.slots[&memory.slot]));
        }
        Ok(state)
    }

    fn restore(&mut self, model: &Model, state: &BackendState) -> Result<(), BackendError> {
        check_shapes(&self.layout, model)?;
        for memory in Memory::of(self.objective.optimizer) {
            let values = memory.load(&self.layout, &state.tensors)?;
            self.slots.insert(memory.slot, values);
        }
        for set in TABLE_SETS {
            self.slots.insert(set.values, set.pack(&self.layout, model));
        }
        self.step = state.step;
        Ok(())
    }
}
