//! The native CPU backend.

use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::objective::{Backend, BackendError, BackendState, Batch, LossParts, Objective};

/// Trains on all cores with SIMD found at run time.
pub struct CpuBackend {}

impl CpuBackend {
    /// A backend that starts from `model`, on `threads` threads (0 = all).
    #[must_use]
    pub fn new(model: Model, attributes: ItemAttributes, objective: Objective, threads: usize) -> Self {
        let _ = (model, attributes, objective, threads);
        todo!()
    }
}

impl Backend for CpuBackend {
    fn kind(&self) -> &'static str {
        "cpu"
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
