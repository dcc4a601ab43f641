//! Where a run's IDs lay at each epoch that is kept.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, CowArray, Ix2};

use crate::embedding::user_vectors;
use crate::engine::EngineError;
use crate::engine::command::ProjectionRequest;
use crate::progress::Watch;
use crate::projection::{Method, Places, ProjectionControl, align, project};
use crate::run::{History, HistoryFrame, Run, RunError};

/// Iterations by which a t-SNE goes on from the map of one epoch to that of the epoch before.
const ITERATIONS: usize = 60;

/// A map of a table as it stood at the end of an epoch.
#[derive(Debug, Clone)]
pub struct EpochMap {
    /// Epochs done.
    pub epochs: f64,
    /// Where the rows lay.
    pub places: Arc<Places>,
}

/// The maps of `request`'s table at the epochs in `history`, the earliest first. Each is turned so that it lies closest to
/// the map of the next epoch, and the last one to `like` [rows, 2], if there is one; a t-SNE starts from the map of the next
/// epoch, so that points keep their places as far as they can. All rows are mapped, by the request's method.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table, or tables of other data; [`EngineError::Projection`].
pub fn epoch_maps(
    run: &Run,
    history: &History,
    request: &ProjectionRequest,
    like: Option<ArrayView2<'_, f32>>,
    watch: &Watch,
) -> Result<Vec<EpochMap>, EngineError> {
    let total = history.frames.len() as u64;
    let mut next: Option<Array2<f32>> = like.map(|like| like.to_owned());
    let mut maps = Vec::with_capacity(history.frames.len());
    for (frame, done) in history.frames.iter().rev().zip(0..) {
        watch.report("Mapping the epochs", done, Some(total), "epochs");
        let vectors = table_of(run, frame, &request.table)?;
        let mut settings = request.settings.clone();
        (settings.rows, settings.trust_neighbors, settings.dims) = (None, 0, 2);
        if let Method::Tsne(parameters) = &mut settings.method {
            settings.start = next.clone().filter(|start| start.nrows() == vectors.nrows()).map(Arc::new);
            if settings.start.is_some() {
                (parameters.exaggeration_iterations, parameters.iterations) = (0, ITERATIONS);
            }
        }
        let made = project(vectors.view(), &settings, &ProjectionControl::default(), &watch.quiet(), &mut |_| {})?;
        let map = match &next {
            Some(next) => align(next.view(), made.coordinates),
            None => made.coordinates,
        };
        let places = Places::of_map(map.view(), None, map.nrows());
        maps.push(EpochMap { epochs: frame.epochs, places: Arc::new(places) });
        next = Some(map);
    }
    maps.reverse();
    Ok(maps)
}

/// The vectors of `table` in `frame`.
fn table_of<'a>(run: &Run, frame: &'a HistoryFrame, table: &str) -> Result<CowArray<'a, f32, Ix2>, EngineError> {
    let own = run.table(table)?;
    let vectors: CowArray<'a, f32, Ix2> = match own.type_index {
        Some(k) => frame.targets[k].view().into(),
        None => {
            let (histories, last) = (&run.histories, run.metadata.hyperparameters.user_history as usize);
            user_vectors(frame.targets[0].view(), &histories.offsets, &histories.items, last).into()
        }
    };
    if vectors.nrows() != own.vocabulary.len() {
        let message = format!(
            "Epoch {} has {} rows of {table}, the run has {}",
            frame.epochs,
            vectors.nrows(),
            own.vocabulary.len()
        );
        return Err(RunError::NotResumable { message, path: run.metadata.name.clone().into() }.into());
    }
    Ok(vectors)
}
