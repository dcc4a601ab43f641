//! One function a piece of work.

use std::path::Path;
use std::sync::Arc;

use super::EngineError;
use super::command::{Inspection, InspectionRequest, ProjectionRequest, ProjectionResult};
use crate::dataset::{Dataset, Holdout};
use crate::progress::Watch;
use crate::run::Run;
use crate::training::{BackendChoice, Evaluation, EvaluationSettings, Hyperparameters, TrainControl, TrainEvent};

/// What to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainRequest {
    /// Hyperparameters as typed.
    pub hyperparameters: Hyperparameters,
    /// What is held out.
    pub holdout: Holdout,
    /// Where.
    pub backend: BackendChoice,
    /// The run's name.
    pub name: String,
}

/// The bundled sample: (events.parquet, items.parquet, notice) as bytes.
#[must_use]
pub fn sample_files() -> [(&'static str, &'static [u8]); 3] {
    todo!()
}

/// The sample as a dataset.
///
/// # Errors
/// [`EngineError::Cancelled`].
pub fn load_sample(watch: &Watch) -> Result<Dataset, EngineError> {
    let _ = watch;
    todo!()
}

/// Trains, evaluates on the hold-out and puts the run together (nothing is written).
///
/// `load_seconds` goes into the timings. The returned run says `stopped` if `control` stopped it.
///
/// # Errors
/// [`EngineError`].
pub fn train(
    dataset: &Arc<Dataset>,
    request: &TrainRequest,
    load_seconds: f64,
    control: &TrainControl,
    watch: &Watch,
    observer: &mut dyn FnMut(TrainEvent),
) -> Result<Run, EngineError> {
    let _ = (dataset, request, load_seconds, control, watch, observer);
    todo!()
}

/// Goes on with the run in `path` on the data it was trained on, up to its `epochs`.
///
/// # Errors
/// [`EngineError`]; other data than the run's is refused.
pub fn resume(
    path: &Path,
    dataset: &Arc<Dataset>,
    backend: &BackendChoice,
    control: &TrainControl,
    watch: &Watch,
    observer: &mut dyn FnMut(TrainEvent),
) -> Result<Run, EngineError> {
    let _ = (path, dataset, backend, control, watch, observer);
    todo!()
}

/// Evaluates a run on its hold-out.
///
/// # Errors
/// [`EngineError::Cancelled`].
pub fn evaluate(run: &Run, settings: &EvaluationSettings, watch: &Watch) -> Result<Evaluation, EngineError> {
    let _ = (run, settings, watch);
    todo!()
}

/// Projects one table of a run.
///
/// # Errors
/// [`EngineError::Run`], [`EngineError::Projection`].
pub fn project(run: &Run, request: &ProjectionRequest, watch: &Watch) -> Result<ProjectionResult, EngineError> {
    let _ = (run, request, watch);
    todo!()
}

/// Looks up all that is known of one ID: attributes, neighbours, items.
///
/// # Errors
/// [`EngineError::Run`] for an unknown type or ID.
pub fn inspect(run: &Run, request: &InspectionRequest) -> Result<Inspection, EngineError> {
    let _ = (run, request);
    todo!()
}
