//! Where a run's IDs lie.

use std::sync::Arc;

use crate::engine::EngineError;
use crate::engine::command::{ProjectionRequest, ProjectionResult};
use crate::progress::Watch;
use crate::projection::{self, IterativeMap, ProjectionControl};
use crate::run::Run;

/// Projects one table of a run. `control` may pause, stop or change it on the way, and `frame` sees a t-SNE or UMAP every few
/// iterations. `generation` is left 0.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table, [`EngineError::Projection`].
pub fn project(
    run: &Run,
    request: &ProjectionRequest,
    control: &ProjectionControl,
    watch: &Watch,
    frame: &mut dyn FnMut(&IterativeMap),
) -> Result<ProjectionResult, EngineError> {
    let table = run.table(&request.table)?;
    let made = projection::project(table.vectors, &request.settings, control, watch, frame)?;
    Ok(ProjectionResult {
        request: request.clone(),
        coordinates: made.coordinates.into(),
        explained_variance_ratio: made.explained_variance_ratio.unwrap_or_default(),
        kl_divergence: made.kl_divergence,
        iterations: made.iterations,
        perplexity: made.perplexity,
        adapter: made.adapter,
        neighbor_recall: made.neighbor_recall,
        trust: made.trust.map(Arc::new),
        phases: made.seconds,
        seconds: made.seconds.total,
        generation: 0,
    })
}
