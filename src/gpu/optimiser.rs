//! The kernel runs that move the tables by their gradients.

use crate::objective::Optimizer;

use super::gradient::StepInputs;
use super::kernels::{adagrad, adam, sgd};
use super::layout::total_rows;
use super::plan::NONE;
use super::program::{Program, Slot, Slot::*};

/// How far an optimiser moves in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepSize {
    /// Learning rate.
    pub learning_rate: f32,
    /// Number of this step, from 1.
    pub step: u64,
}

/// Rows that move: those listed in the plan, or all.
#[derive(Debug, Clone, Copy)]
struct Rows {
    count: u32,
    types: u32,
    starts: u32,
    list: u32,
}

/// The buffers of one set of tables, as each optimiser's kernels take them.
struct TableSlots {
    adam: &'static [Slot],
    adagrad: &'static [Slot],
    sgd: &'static [Slot],
}

const TARGET: TableSlots = TableSlots {
    adam: &[TargetGradients, Target, TargetFirst, TargetSecond],
    adagrad: &[TargetGradients, TargetFirst, Target],
    sgd: &[TargetGradients, Target],
};
const CONTEXT: TableSlots = TableSlots {
    adam: &[ContextGradients, Context, ContextFirst, ContextSecond],
    adagrad: &[ContextGradients, ContextFirst, Context],
    sgd: &[ContextGradients, Context],
};
const TRANSFER: TableSlots = TableSlots {
    adam: &[TransferGradients, Transfer, TransferFirst, TransferSecond],
    adagrad: &[TransferGradients, TransferFirst, Transfer],
    sgd: &[TransferGradients, Transfer],
};

impl StepInputs<'_> {
    /// Losses and gradients of the batch, and the update of all tables.
    #[must_use]
    pub fn step_program(&self, size: StepSize) -> Program {
        let mut program = self.gradient_program();
        let (at, layout) = (self.offsets, self.layout);
        let all =
            |shapes, types: u32, starts: u32| Rows { count: total_rows(shapes) as u32, types, starts, list: NONE };
        let (target, context) = if self.dense {
            let rows = all(&layout.tables, at.tables, at.table_starts);
            (rows, rows)
        } else {
            let listed = |touched: &super::plan::TouchedRows, at: &super::plan::SideOffsets| Rows {
                count: touched.rows.len() as u32,
                types: self.offsets.tables,
                starts: at.starts,
                list: at.rows,
            };
            (listed(&self.plan.target.touched, &at.target), listed(&self.plan.context.touched, &at.context))
        };
        self.update(&mut program, size, target, &TARGET);
        self.update(&mut program, size, context, &CONTEXT);
        self.update(&mut program, size, all(&layout.transfer, at.transfer, at.transfer_starts), &TRANSFER);
        program
    }

    fn update(&self, program: &mut Program, size: StepSize, over: Rows, slots: &TableSlots) {
        let Rows { count, types, starts, list: rows } = over;
        let constants = self.objective.adam;
        let learning_rate = size.learning_rate;
        match self.objective.optimizer {
            Optimizer::AdamLazy | Optimizer::Adam => {
                let params = adam::Params {
                    count,
                    types,
                    starts,
                    rows,
                    learning_rate,
                    beta1: constants.beta1,
                    beta2: constants.beta2,
                    epsilon: constants.epsilon,
                    correction1: bias_correction(constants.beta1, size.step),
                    correction2: bias_correction(constants.beta2, size.step),
                };
                program.run_rows(&adam::SOURCE, slots.adam, params, count as usize);
            }
            Optimizer::AdagradRow => {
                let epsilon = constants.epsilon;
                let params = adagrad::Params { count, types, starts, rows, learning_rate, epsilon };
                program.run_rows(&adagrad::SOURCE, slots.adagrad, params, count as usize);
            }
            Optimizer::Sgd => {
                let params = sgd::Params { count, types, starts, rows, learning_rate };
                program.run_rows(&sgd::SOURCE, slots.sgd, params, count as usize);
            }
        }
    }
}

/// 1 / (1 - beta^step), in f64: in f32 the first steps would lose three digits.
fn bias_correction(beta: f32, step: u64) -> f32 {
    (1.0 / (1.0 - f64::from(beta).powf(step as f64))) as f32
}

/// Numbers that an update reads and writes for each number it moves, the gradient left out.
#[must_use]
pub fn values_moved(optimizer: Optimizer) -> u64 {
    match optimizer {
        Optimizer::AdamLazy | Optimizer::Adam => 6,
        Optimizer::AdagradRow | Optimizer::Sgd => 2,
    }
}
