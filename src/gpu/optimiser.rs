//! The kernel runs that sum gradients of rows and move the rows by them at once, and those that only write gradients.

use crate::objective::{Optimizer, Regulariser};

use super::gradient::{CONTEXT, Side, StepInputs, TARGET};
use super::kernels::{
    LOSS_PARTS, RowParams, Source, StepConstants, TransferParams, adagrad, adam, adam_rest, gradients, sgd,
};
use super::layout::{total_rows, total4};
use super::plan::NONE;
use super::program::{Program, Slot, Slot::*, Stage};

/// How far an optimiser moves in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepSize {
    /// Learning rate.
    pub learning_rate: f32,
    /// Number of this step, from 1.
    pub step: u64,
}

/// What the kernels of one optimiser are, and the buffers of the transfer matrices that they take.
#[derive(Debug, Clone, Copy)]
struct Update {
    rows: &'static Source,
    transfer: &'static Source,
    transfer_slots: &'static [Slot],
}

const ADAM: Update = Update {
    rows: &adam::ROWS,
    transfer: &adam::TRANSFER,
    transfer_slots: &[TransferParts, Losses, Transfer, TransferFirst, TransferSecond],
};
const ADAGRAD: Update = Update {
    rows: &adagrad::ROWS,
    transfer: &adagrad::TRANSFER,
    transfer_slots: &[TransferParts, Losses, Transfer, TransferFirst],
};
const SGD: Update =
    Update { rows: &sgd::ROWS, transfer: &sgd::TRANSFER, transfer_slots: &[TransferParts, Losses, Transfer] };

fn update_of(optimizer: Optimizer) -> Update {
    match optimizer {
        Optimizer::AdamLazy | Optimizer::Adam => ADAM,
        Optimizer::AdagradRow => ADAGRAD,
        Optimizer::Sgd => SGD,
    }
}

/// The stages of a step that hold a whole table: what decides whether the tables' parts fit into the bindings of one
/// shader.
#[must_use]
pub fn table_stages(optimizer: Optimizer) -> Vec<Stage> {
    let update = update_of(optimizer);
    let rows = [&TARGET, &CONTEXT].map(|side| {
        Stage::new(
            update.rows,
            match optimizer {
                Optimizer::AdamLazy | Optimizer::Adam => side.adam,
                Optimizer::AdagradRow => side.adagrad,
                Optimizer::Sgd => side.sgd,
            },
        )
    });
    [rows.to_vec(), vec![Stage::new(update.transfer, update.transfer_slots)]].concat()
}

impl StepInputs<'_> {
    /// Losses of the batch, and the update of all tables.
    #[must_use]
    pub fn step_program(&self, size: StepSize) -> Program {
        let mut program = self.sums_program();
        let optimizer = self.objective.optimizer;
        let [rows_target, rows_context, transfer] = <[Stage; 3]>::try_from(table_stages(optimizer))
            .expect("an optimiser updates target tables, context tables and transfer matrices");
        let size = &self.constants(size);
        for (side, stage) in self.sides().iter().zip([rows_target, rows_context]) {
            let rows = &side.counts.rows;
            let traffic = self.meter().row_gradients(rows) + self.meter().update(rows.rows4, rows.rows);
            let params = self.row_params(side, size);
            program.run_rows(stage, params, params.count as usize, traffic);
            if optimizer == Optimizer::Adam {
                self.move_the_rest(&mut program, side, size);
            }
        }
        let traffic = self.meter().transfer_gradients(&self.counts.structure) + self.meter().transfer_update();
        let params = self.transfer_params(size);
        program.run_rows(transfer, params, params.count as usize, traffic);
        program
    }

    /// Losses and gradients of the batch, for a look at them.
    #[must_use]
    pub fn gradient_program(&self) -> Program {
        let mut program = self.sums_program();
        let size = &StepConstants::default();
        for side in &self.sides() {
            let traffic =
                self.meter().row_gradients(&side.counts.rows) + self.meter().written_gradients(side.counts.rows.rows4);
            let params = self.row_params(side, size);
            let stage = Stage::new(&gradients::ROWS, side.slots.gradients);
            program.run_rows(stage, params, params.count as usize, traffic);
        }
        let traffic = self.meter().transfer_gradients(&self.counts.structure)
            + self.meter().written_gradients(total4(&self.layout.transfer) as f64);
        let params = self.transfer_params(size);
        let stage = Stage::new(&gradients::TRANSFER, &[TransferParts, Losses, Transfer, TransferGradients]);
        program.run_rows(stage, params, params.count as usize, traffic);
        program
    }

    /// Rows that the batch did not touch, which Adam's moments move all the same.
    fn move_the_rest(&self, program: &mut Program, side: &Side<'_>, size: &StepConstants) {
        let count = total_rows(&self.layout.tables) as u32;
        let params = adam_rest::Params {
            first: 0,
            count,
            types: self.offsets.tables,
            starts: self.offsets.table_starts,
            rows: NONE,
            marks: side.at.marks,
            ..adam_rest::Params::default()
        }
        .of_step(size);
        let stage = Stage::new(&adam_rest::SOURCE, side.slots.adam_rest);
        program.run_rows(stage, params, count as usize, self.meter().adam_rest(&side.counts.rows));
    }

    fn row_params(&self, side: &Side<'_>, size: &StepConstants) -> RowParams {
        let layout = self.layout;
        RowParams {
            first: 0,
            count: side.plan.touched.rows.len() as u32,
            widest4: layout.widest4(),
            composed4: layout.composed4(),
            item4: layout.item4(),
            sums4: layout.sums4(),
            types: self.offsets.tables,
            starts: side.at.starts,
            rows: side.at.rows,
            row_segments: side.at.sources.row_segments,
            segment_starts: side.at.sources.segment_starts,
            entries: side.at.sources.links,
            term_starts: side.at.terms.segment_starts,
            links: side.at.terms.links,
            partials: side.at.partials,
            structure: side.structure,
            item_segments: self.offsets.structure.by_item.row_segments,
            first_attribute4: self.first_attribute4(),
            ..RowParams::default()
        }
        .of_step(size)
    }

    fn transfer_params(&self, size: &StepConstants) -> TransferParams {
        TransferParams {
            first: 0,
            count: total_rows(&self.layout.transfer) as u32,
            largest4: self.layout.largest_transfer4(),
            types: self.offsets.transfer,
            starts: self.offsets.transfer_starts,
            rows: NONE,
            part_starts: self.offsets.structure.transfer_part_starts,
            losses: self.losses + 2 * LOSS_PARTS,
            squared: u32::from(self.objective.regulariser == Regulariser::L2sq),
            beta: self.objective.beta,
            ..TransferParams::default()
        }
        .of_step(size)
    }

    fn constants(&self, size: StepSize) -> StepConstants {
        let adam = self.objective.adam;
        StepConstants {
            learning_rate: size.learning_rate,
            adam,
            correction1: bias_correction(adam.beta1, size.step),
            correction2: bias_correction(adam.beta2, size.step),
        }
    }
}

/// 1 / (1 - beta^step), in f64: in f32 the first steps would lose three digits.
fn bias_correction(beta: f32, step: u64) -> f32 {
    (1.0 / (1.0 - f64::from(beta).powf(step as f64))) as f32
}
