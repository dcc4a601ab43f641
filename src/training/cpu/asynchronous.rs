//! The asynchronous step: threads take units of a batch and move the shared tables at once, without waiting for each
//! other ("Hogwild!").
//!
//! It needs no grouping by row, and gradients never leave the core. The structural term, whose matrices all centres
//! share, takes a step of its own behind it, as repeatable as its input.

use crate::objective::{BackendError, Batch};

use super::CpuBackend;
use super::at_once::shared;
use super::optimizer::StepConstants;
use super::plan::StepPlan;

impl CpuBackend {
    /// Lets the threads move shared rows without waiting for each other: faster, and no longer repeatable.
    ///
    /// # Errors
    /// [`BackendError::Unavailable`] if the optimiser is not row-wise Adagrad.
    pub fn asynchronous(mut self) -> Result<Self, BackendError> {
        if shared(&mut self.target).is_none() {
            return Err(BackendError::Unavailable {
                message: "execution = asynchronous works with optimizer = adagrad-row only; choose it or execution = \
                          deterministic"
                    .to_owned(),
            });
        }
        self.asynchronous = true;
        Ok(self)
    }

    pub(super) fn take_asynchronous_step(&mut self, batch: &Batch, plan: &StepPlan, constants: &StepConstants) {
        self.move_pairs(batch, plan, constants.pace, false);
        if !self.plain {
            self.take_structural_step(batch, plan, constants);
        }
    }
}
