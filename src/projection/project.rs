//! Vectors to a map by any method.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ndarray::{ArrayView2, Axis, CowArray, Ix2};

use super::tsne::{self, Affinities, CheckedTsneParameters, Tsne, TsneParameters};
use super::{Method, Pca, PhaseSeconds, Projection, ProjectionControl, ProjectionError, ProjectionSettings, Trust};
use crate::embedding::unit_rows;
use crate::neighbors::{Metric, NeighborGraph};
use crate::progress::Watch;

/// Reports of progress are at least this far apart.
const REPORT: Duration = Duration::from_millis(15);

/// Brings `rows` [rows, width] to a map.
///
/// `watch` hears of each phase and may cancel; `control` may pause, stop or change a map in its iterations; `frame` sees
/// a t-SNE between iterations, every few, and asks it for what it wants to show.
///
/// # Errors
/// [`ProjectionError`].
pub fn project(
    rows: ArrayView2<'_, f32>,
    settings: &ProjectionSettings,
    control: &ProjectionControl,
    watch: &Watch,
    frame: &mut dyn FnMut(&Tsne),
) -> Result<Projection, ProjectionError> {
    let started = Instant::now();
    let rows = chosen(rows, settings.rows.as_deref())?;
    let mut projection = match &settings.method {
        Method::Pca => by_pca(rows.view(), settings, watch)?,
        Method::Tsne(parameters) => by_tsne(rows.view(), settings, parameters, control, watch, frame)?,
    };
    projection.seconds.total = started.elapsed().as_secs_f64();
    Ok(projection)
}

/// The rows that are wanted, in their order.
fn chosen<'a>(rows: ArrayView2<'a, f32>, wanted: Option<&[u32]>) -> Result<CowArray<'a, f32, Ix2>, ProjectionError> {
    let Some(wanted) = wanted else { return Ok(rows.into()) };
    if let Some(&row) = wanted.iter().find(|&&row| row as usize >= rows.nrows()) {
        return Err(ProjectionError::NoSuchRow { row, rows: rows.nrows() });
    }
    let indices: Vec<usize> = wanted.iter().map(|&row| row as usize).collect();
    Ok(rows.select(Axis(0), &indices).into())
}

fn by_pca(
    rows: ArrayView2<'_, f32>,
    settings: &ProjectionSettings,
    watch: &Watch,
) -> Result<Projection, ProjectionError> {
    let mut seconds = PhaseSeconds::default();
    let pca = timed(&mut seconds.pca, || Pca::fit(rows, settings.dims, watch))?;
    let mut projection = Projection {
        coordinates: pca.coordinates,
        explained_variance_ratio: Some(pca.explained_variance_ratio),
        kl_divergence: None,
        iterations: None,
        perplexity: None,
        trust: None,
        seconds,
    };
    if settings.trust_neighbors > 0 {
        let graph = timed(&mut projection.seconds.neighbors, || {
            watch.report("Finding neighbours", 0, None, "rows");
            NeighborGraph::exact(rows, settings.trust_neighbors, Metric::Euclidean, watch)
        })?;
        measure_trust(&mut projection, rows, &graph.indices, graph.k, watch)?;
    }
    Ok(projection)
}

fn by_tsne(
    rows: ArrayView2<'_, f32>,
    settings: &ProjectionSettings,
    parameters: &TsneParameters,
    control: &ProjectionControl,
    watch: &Watch,
    frame: &mut dyn FnMut(&Tsne),
) -> Result<Projection, ProjectionError> {
    if rows.nrows() == 0 {
        return Err(ProjectionError::NoRows);
    }
    let parameters = TsneParameters { dims: settings.dims, ..parameters.clone() };
    let checked = parameters.check(rows.nrows())?;
    let mut seconds = PhaseSeconds::default();
    let rows = scaled(rows, checked.values().metric);
    let graph = timed(&mut seconds.neighbors, || {
        watch.report("Finding neighbours", 0, None, "rows");
        let k = checked.neighbors().max(settings.trust_neighbors);
        NeighborGraph::exact(rows.view(), k, Metric::Euclidean, watch)
    })?;
    let affinities = timed(&mut seconds.affinities, || {
        watch.report("Weighing neighbours", 0, None, "rows");
        Affinities::new(&graph, checked.neighbors(), checked.values().perplexity, watch)
    })?;
    let (nearest, k) = first_neighbors(&graph, settings.trust_neighbors);
    drop(graph);
    let start = timed(&mut seconds.pca, || match &settings.start {
        Some(start) => Ok(start.as_ref().clone()),
        None => tsne::starting_layout(rows.view(), &checked, watch),
    })?;
    let mut map = Tsne::new(Arc::new(affinities), start.view(), checked.clone())?;
    timed(&mut seconds.optimize, || optimize(&mut map, control, watch, frame))?;
    let divergence = timed(&mut seconds.divergence, || map.divergence(watch))?;
    let mut projection = Projection {
        coordinates: map.layout(),
        explained_variance_ratio: None,
        kl_divergence: Some(divergence),
        iterations: Some(map.iteration()),
        perplexity: Some(checked.values().perplexity),
        trust: None,
        seconds,
    };
    drop(map);
    measure_trust(&mut projection, rows.view(), &nearest, k, watch)?;
    Ok(projection)
}

/// Vectors whose Euclidean distances rank as `metric` does.
fn scaled(rows: ArrayView2<'_, f32>, metric: Metric) -> CowArray<'_, f32, Ix2> {
    match metric {
        // A row that is not finite must stay so to be refused.
        Metric::Cosine => unit_rows(rows).into(),
        _ => rows.into(),
    }
}

/// Runs the iterations that are left, as far as `control` lets them.
fn optimize(
    map: &mut Tsne,
    control: &ProjectionControl,
    watch: &Watch,
    frame: &mut dyn FnMut(&Tsne),
) -> Result<(), ProjectionError> {
    let mut last: Option<Instant> = None;
    while map.iteration() < map.parameters().values().iterations && !control.is_stopped() {
        if let Some(changed) = control.wait(watch) {
            let dims = map.parameters().values().dims;
            let changed: CheckedTsneParameters = TsneParameters { dims, ..changed }.check(map.parameters().rows())?;
            map.change(changed)?;
            continue;
        }
        if control.is_measured_at(map.iteration()) && map.last_divergence().is_none_or(|(at, _)| at != map.iteration())
        {
            map.divergence(watch)?;
        }
        if last.is_none_or(|last| last.elapsed() >= REPORT) {
            last = Some(Instant::now());
            let total = map.parameters().values().iterations as u64;
            watch.report("Optimising the map", map.iteration() as u64, Some(total), "iterations");
            frame(map);
        }
        if !control.is_stopped() {
            map.step(1, watch)?;
        }
    }
    if watch.is_cancelled() { Err(ProjectionError::Cancelled) } else { Ok(()) }
}

/// The first `k` neighbours of each row, and how many they are.
fn first_neighbors(graph: &NeighborGraph, k: usize) -> (Vec<u32>, usize) {
    let k = k.min(graph.k);
    let nearest = (0..graph.rows()).flat_map(|row| graph.neighbors(row).iter().take(k).copied()).collect();
    (nearest, k)
}

fn measure_trust(
    projection: &mut Projection,
    rows: ArrayView2<'_, f32>,
    nearest: &[u32],
    k: usize,
    watch: &Watch,
) -> Result<(), ProjectionError> {
    if k == 0 {
        return Ok(());
    }
    let layout = projection.coordinates.view();
    projection.trust = timed(&mut projection.seconds.trust, || {
        watch.report("Measuring trust", 0, None, "rows");
        Trust::measure(rows, nearest, k, layout, watch)
    })?;
    Ok(())
}

fn timed<T, E: Into<ProjectionError>>(
    seconds: &mut Option<f64>,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, ProjectionError> {
    let started = Instant::now();
    let done = work().map_err(Into::into)?;
    *seconds = Some(started.elapsed().as_secs_f64());
    Ok(done)
}
