//! Vectors to a map by any method.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ndarray::{ArrayView2, Axis, CowArray, Ix2};

use super::device;
use super::tsne::{self, Affinities, Tsne, TsneParameters};
use super::umap::{FuzzyGraph, Umap, UmapParameters, umap_starting_layout};
use super::{
    Axes, IterativeMap, Method, Pca, PhaseSeconds, Projection, ProjectionControl, ProjectionError, ProjectionSettings,
    Trust,
};
use crate::embedding::unit_rows;
use crate::neighbors::{Accuracy, Metric, NeighborGraph, Neighborhoods};
use crate::progress::Watch;

/// Reports of progress are at least this far apart.
const REPORT: Duration = Duration::from_millis(15);

/// Brings `rows` [rows, width] to a map.
///
/// `watch` hears of each phase and may cancel; `control` may pause, stop or change a map in its iterations; `frame` sees
/// a t-SNE or UMAP between iterations, every few, and asks it for what it wants to show.
///
/// # Errors
/// [`ProjectionError`].
pub fn project(
    rows: ArrayView2<'_, f32>,
    settings: &ProjectionSettings,
    control: &ProjectionControl,
    watch: &Watch,
    frame: &mut dyn FnMut(&IterativeMap),
) -> Result<Projection, ProjectionError> {
    let started = Instant::now();
    let all = rows;
    let rows = chosen(all, settings.rows.as_deref())?;
    let mut projection = match &settings.method {
        Method::Pca => by_pca(rows.view(), settings, watch)?,
        Method::Tsne(parameters) => by_tsne(rows.view(), settings, parameters, control, watch, frame)?,
        Method::Umap(parameters) => by_umap(rows.view(), settings, parameters, control, watch, frame)?,
        Method::Axes(axes) => by_axes(all, rows.view(), settings, axes, watch)?,
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
    let mut projection = Projection::new(pca.coordinates, seconds);
    projection.explained_variance_ratio = Some(pca.explained_variance_ratio);
    measure_trust_of(&mut projection, rows, settings, watch)?;
    Ok(projection)
}

/// `all` are the rows that the axes count in, `rows` those that are mapped.
fn by_axes(
    all: ArrayView2<'_, f32>,
    rows: ArrayView2<'_, f32>,
    settings: &ProjectionSettings,
    axes: &Axes,
    watch: &Watch,
) -> Result<Projection, ProjectionError> {
    let mut seconds = PhaseSeconds::default();
    let rows = scaled(rows, axes.metric);
    let (coordinates, shares) =
        timed(&mut seconds.pca, || axes.frame(all, settings.dims)?.place(rows.view(), settings.dims, watch))?;
    let mut projection = Projection::new(coordinates, seconds);
    projection.explained_variance_ratio = Some(shares);
    measure_trust_of(&mut projection, rows.view(), settings, watch)?;
    Ok(projection)
}

fn by_tsne(
    rows: ArrayView2<'_, f32>,
    settings: &ProjectionSettings,
    parameters: &TsneParameters,
    control: &ProjectionControl,
    watch: &Watch,
    frame: &mut dyn FnMut(&IterativeMap),
) -> Result<Projection, ProjectionError> {
    if rows.nrows() == 0 {
        return Err(ProjectionError::NoRows);
    }
    let parameters = TsneParameters { dims: settings.dims, ..parameters.clone() };
    let checked = parameters.check(rows.nrows())?;
    // An adapter that is not there is told before the work is begun.
    let context = device::open(settings)?;
    let mut seconds = PhaseSeconds::default();
    let rows = scaled(rows, checked.values().metric);
    let near = Near::find(rows.view(), checked.neighbors(), settings, &mut seconds, watch)?;
    let affinities = timed(&mut seconds.affinities, || {
        watch.report("Weighing neighbours", 0, None, "rows");
        Affinities::new(&near.graph, checked.neighbors(), checked.values().perplexity, watch)
    })?;
    let near = near.without_graph();
    let start = timed(&mut seconds.pca, || match &settings.start {
        Some(start) => Ok(start.as_ref().clone()),
        None => tsne::starting_layout(rows.view(), &checked, watch),
    })?;
    let affinities = Arc::new(affinities);
    let mut map = IterativeMap::Tsne(Box::new(match &context {
        Some(context) => Tsne::on_device(context, affinities, start.view(), checked.clone())?,
        None => Tsne::new(affinities, start.view(), checked.clone())?,
    }));
    timed(&mut seconds.optimize, || optimize(&mut map, control, watch, frame))?;
    let divergence = match &mut map {
        IterativeMap::Tsne(map) => Some(timed(&mut seconds.divergence, || map.divergence(watch))?),
        IterativeMap::Umap(_) => None,
    };
    let mut projection = Projection::new(map.layout(), seconds);
    projection.kl_divergence = divergence;
    projection.iterations = Some(map.iteration());
    projection.perplexity = Some(checked.values().perplexity);
    projection.adapter = context.map(|context| context.adapter.name);
    drop(map);
    near.judge(&mut projection, rows.view(), watch)?;
    Ok(projection)
}

fn by_umap(
    rows: ArrayView2<'_, f32>,
    settings: &ProjectionSettings,
    parameters: &UmapParameters,
    control: &ProjectionControl,
    watch: &Watch,
    frame: &mut dyn FnMut(&IterativeMap),
) -> Result<Projection, ProjectionError> {
    if rows.nrows() == 0 {
        return Err(ProjectionError::NoRows);
    }
    let parameters = UmapParameters { dims: settings.dims, ..parameters.clone() };
    let checked = parameters.check(rows.nrows())?;
    let mut seconds = PhaseSeconds::default();
    let rows = scaled(rows, checked.values().metric);
    let near = Near::find(rows.view(), checked.others(), settings, &mut seconds, watch)?;
    let fuzzy = timed(&mut seconds.affinities, || {
        watch.report("Weighing neighbours", 0, None, "rows");
        FuzzyGraph::new(&near.graph, checked.others(), watch)
    })?;
    let near = near.without_graph();
    let start = timed(&mut seconds.pca, || match &settings.start {
        Some(start) => Ok(start.as_ref().clone()),
        None => umap_starting_layout(rows.view(), &checked, watch),
    })?;
    let mut map = IterativeMap::Umap(Box::new(Umap::new(Arc::new(fuzzy), start.view(), checked)?));
    timed(&mut seconds.optimize, || optimize(&mut map, control, watch, frame))?;
    let mut projection = Projection::new(map.layout(), seconds);
    projection.iterations = Some(map.iteration());
    drop(map);
    near.judge(&mut projection, rows.view(), watch)?;
    Ok(projection)
}

/// Neighbours that a map is made of, and those of them that it is judged by.
struct Near {
    graph: NeighborGraph,
    recall: Option<f64>,
    nearest: Vec<u32>,
    k: usize,
}

impl Near {
    /// The `k` nearest of each row, or more if trust is to be measured with more.
    fn find(
        rows: ArrayView2<'_, f32>,
        k: usize,
        settings: &ProjectionSettings,
        seconds: &mut PhaseSeconds,
        watch: &Watch,
    ) -> Result<Self, ProjectionError> {
        let found = timed(&mut seconds.neighbors, || {
            watch.report("Finding neighbours", 0, None, "rows");
            Neighborhoods::find(rows, k.max(settings.trust_neighbors), Metric::Euclidean, watch)
        })?;
        let recall = match found.accuracy {
            Accuracy::Exact => None,
            Accuracy::Approximate { recall, .. } => Some(recall),
        };
        let graph = found.graph;
        let k = settings.trust_neighbors.min(graph.k);
        let nearest = (0..graph.rows()).flat_map(|row| graph.neighbors(row).iter().take(k).copied()).collect();
        Ok(Self { graph, recall, nearest, k })
    }

    /// Lets go of what only making the map needs.
    fn without_graph(self) -> Self {
        let graph = NeighborGraph { k: 0, indices: Vec::new(), scores: Vec::new(), order: Vec::new() };
        Self { graph, ..self }
    }

    fn judge(
        &self,
        projection: &mut Projection,
        rows: ArrayView2<'_, f32>,
        watch: &Watch,
    ) -> Result<(), ProjectionError> {
        projection.neighbor_recall = self.recall;
        measure_trust(projection, rows, &self.nearest, self.k, watch)
    }
}

/// Trust in a map that no neighbours were needed for.
fn measure_trust_of(
    projection: &mut Projection,
    rows: ArrayView2<'_, f32>,
    settings: &ProjectionSettings,
    watch: &Watch,
) -> Result<(), ProjectionError> {
    if settings.trust_neighbors == 0 {
        return Ok(());
    }
    let near = Near::find(rows, 0, settings, &mut projection.seconds, watch)?;
    near.judge(projection, rows, watch)
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
    map: &mut IterativeMap,
    control: &ProjectionControl,
    watch: &Watch,
    frame: &mut dyn FnMut(&IterativeMap),
) -> Result<(), ProjectionError> {
    let mut last: Option<Instant> = None;
    while map.iteration() < map.iterations() && !control.is_stopped() {
        if let Some(changed) = control.wait(watch) {
            map.change(changed)?;
            continue;
        }
        if control.is_measured_at(map.iteration()) {
            map.measure(watch)?;
        }
        if last.is_none_or(|last| last.elapsed() >= REPORT) {
            last = Some(Instant::now());
            watch.report("Optimising the map", map.iteration() as u64, Some(map.iterations() as u64), map.unit());
            frame(map);
        }
        if !control.is_stopped() {
            map.step(watch)?;
        }
    }
    if watch.is_cancelled() { Err(ProjectionError::Cancelled) } else { Ok(()) }
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
