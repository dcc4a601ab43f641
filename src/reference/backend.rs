//! The mirrors composed: a backend that runs the device's programs on the CPU, one shader's mirror after another.

use std::collections::BTreeMap;

use bytemuck::pod_read_unaligned;

use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::gpu::gradient::StepInputs;
use crate::gpu::layout::Layout;
use crate::gpu::optimiser::StepSize;
use crate::gpu::plan::{BatchPlan, PackedPlan, Planner};
use crate::gpu::program::{Pass, Program, Slot, loss_record};
use crate::gpu::tables::{Memory, TABLE_SETS, check_shapes, unpack_model};
use crate::gpu::traffic::BatchCounts;
use crate::gpu::{Inspection, loss_of};
use crate::objective::{Backend, BackendError, BackendState, Batch, LossParts, Objective};

use super::gradient_sources::GradientSource;
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
        let planner = Planner::new(layout.clone(), attributes, &objective);
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
        let counts = BatchCounts::of(&self.layout, &plan);
        let inputs = self.inputs(&plan, &counts);
        let bytes = [inputs.buffer_bytes(), inputs.gradient_bytes()].concat();
        let program = inputs.gradient_program();
        self.resize(&bytes);
        self.run(&program);
        let filled = bytes.iter().map(|(slot, _)| (*slot, self.slots[slot].clone())).collect();
        Inspection::new(&self.layout, &plan, &self.objective, &self.slots[&Slot::Losses], filled)
    }

    fn inputs<'a>(&'a self, plan: &'a BatchPlan, counts: &'a BatchCounts) -> StepInputs<'a> {
        StepInputs {
            layout: &self.layout,
            plan,
            offsets: &self.packed.offsets,
            objective: &self.objective,
            losses: 0,
            counts,
        }
    }

    fn resize(&mut self, bytes: &[(Slot, u64)]) {
        for &(slot, bytes) in bytes {
            self.slots.insert(slot, vec![0.0; bytes as usize / 4]);
        }
    }

    fn run(&mut self, program: &Program) {
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
    match (pass.stage.source.label, buffers) {
        ("compose", [_, weights, table, out]) => compose::compose(params!(), plan, ids, weights, table, out),
        ("pair_coefficients", [targets, contexts, logits, out]) => {
            pair_coefficients::pair_coefficients(params!(), plan, targets, contexts, logits, out);
        }
        ("row_sums", [coefficients, source, out]) => row_sums::row_sums(params!(), plan, coefficients, source, out),
        ("decompose", [sums, out]) => decompose::decompose(params!(), plan, sums, out),
        ("attribute_images", [table, transfer, out]) => {
            attribute_images::attribute_images(params!(), plan, table, transfer, out);
        }
        ("structure_coefficients", [table, images, logits, out]) => {
            structure_coefficients::structure_coefficients(params!(), plan, table, images, logits, out);
        }
        ("image_gradients", [sums, out]) => image_gradients::image_gradients(params!(), plan, sums, out),
        ("attribute_gradients", [gradients, transfer, out]) => {
            attribute_gradients::attribute_gradients(params!(), plan, gradients, transfer, out);
        }
        ("transfer_parts", [gradients, table, out]) => {
            transfer_parts::transfer_parts(params!(), plan, gradients, table, out);
        }
        ("transfer_norms", [transfer, losses]) => transfer_norms::transfer_norms(params!(), plan, transfer, losses),
        ("loss_sums", [logits, losses]) => loss_sums::loss_sums(params!(), plan, logits, losses),
        ("adam_rest", [table, first, second]) => adam_rest::adam_rest(params!(), plan, table, first, second),
        ("gradients_transfer", [parts, losses, table, out]) => {
            gradients::gradients(&TransferSource { params: params!(), plan, parts, losses }, table, out);
        }
        (_, [parts, losses, tables @ ..]) if pass.stage.source.label.ends_with("_transfer") => {
            update(pass.stage.source.stem, &TransferSource { params: params!(), plan, parts, losses }, tables);
        }
        (_, [coefficients, source, sums, parts, structure_sums, tables @ ..]) => {
            let params = params!();
            let source = RowSource { params, plan, coefficients, source, sums, parts, structure_sums };
            update(pass.stage.source.stem, &source, tables);
        }
        (label, buffers) => unreachable!("no mirror of {label} on {} buffers", buffers.len()),
    }
}

fn update(stem: &str, source: &impl GradientSource, tables: &mut [Vec<f32>]) {
    match (stem, tables) {
        ("adam", [table, first, second]) => adam::adam(source, table, first, second),
        ("adagrad", [table, accumulators]) => adagrad::adagrad(source, table, accumulators),
        ("sgd", [table]) => sgd::sgd(source, table),
        ("gradients", [out]) => gradients::gradients(source, &[], out),
        (stem, tables) => unreachable!("no mirror of {stem} on {} tables", tables.len()),
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
        let counts = BatchCounts::of(&self.layout, &plan);
        let inputs = self.inputs(&plan, &counts);
        let program = inputs.step_program(StepSize { learning_rate, step: self.step + 1 });
        let bytes = inputs.buffer_bytes();
        self.resize(&bytes);
        self.run(&program);
        self.step += 1;
        self.counted += 1;
        let record = &self.slots[&Slot::Losses];
        self.losses += loss_of(record, &self.objective, self.layout.type_count(), plan.centres, plan.struct_centres);
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
