//! The backend that trains in compute shaders.

use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::objective::{Backend, BackendError, BackendState, Batch, LossParts, Objective};

use super::GpuContext;

/// Trains on a wgpu device.
pub struct GpuBackend {}

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
        let _ = (context, model, attributes, objective);
        todo!()
    }
}

impl Backend for GpuBackend {
    fn kind(&self) -> &'static str {
        "gpu"
    }

    fn name(&self) -> String {
        todo!()
    }

    fn step(&mut self, batch: &Batch, learning_rate: f32) -> Result<(), BackendError> {
        todo!("{batch:?} {learning_rate}")
    }

    fn losses(&mut self) -> Result<(LossParts, u64), BackendError> {
        todo!()
    }

    fn model(&mut self) -> Result<Model, BackendError> {
        todo!()
    }

    fn state(&mut self) -> Result<BackendState, BackendError> {
        todo!()
    }

    fn restore(&mut self, model: &Model, state: &BackendState) -> Result<(), BackendError> {
        todo!("{model:?} {state:?}")
    }
}
