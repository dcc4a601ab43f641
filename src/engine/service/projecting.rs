//! Maps that stream while they are made, each turned as the one before it lies.

use std::sync::Arc;
use std::time::Instant;

use ndarray::Array2;

use super::{JobId, Outcome, ProjectionControl, ProjectionRequest, Service, jobs};
use crate::engine::job::Reporter;
use crate::engine::{ProjectionFrame, ProjectionResult};
use crate::projection::{IterativeMap, Method, Places, align};
use crate::run::Run;

/// Iterations from one measurement of the divergence to the next: frequent enough for a curve, two hundredths of the time.
const MEASURED_EVERY: usize = 50;

/// Kept maps to turn others by.
const MOST_KEPT: usize = 24;

/// The newest map of each kind, by which the next one of the kind is turned.
#[derive(Default)]
pub(super) struct NewestMaps(Vec<(ProjectionRequest, Arc<Array2<f32>>)>);

impl NewestMaps {
    /// The map that one made for `request` follows: of the same rows of the same table by the same method.
    pub(super) fn before(&self, request: &ProjectionRequest) -> Option<Arc<Array2<f32>>> {
        self.0.iter().rev().find(|(kept, _)| follows(kept, request)).map(|(_, map)| Arc::clone(map))
    }

    /// Keeps `map` in the place of the one it follows.
    pub(super) fn keep(&mut self, request: &ProjectionRequest, map: &Arc<Array2<f32>>) {
        self.0.retain(|(kept, _)| !follows(kept, request));
        self.0.push((request.clone(), Arc::clone(map)));
        if self.0.len() > MOST_KEPT {
            self.0.remove(0);
        }
    }

    /// Forgets all maps: row numbers mean other IDs from now on.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

fn follows(kept: &ProjectionRequest, request: &ProjectionRequest) -> bool {
    kept.table == request.table
        && kept.settings.method.name() == request.settings.method.name()
        && kept.settings.dims == request.settings.dims
        && kept.settings.rows == request.settings.rows
}

/// Turns maps of one kind, one after the other.
struct Turning {
    before: Option<Arc<Array2<f32>>>,
    /// Axes that were chosen mean what they mean: such a map is not turned.
    has_own_axes: bool,
    rows: Option<Arc<[u32]>>,
    table_rows: usize,
}

impl Turning {
    fn new(run: &Run, request: &ProjectionRequest, before: Option<Arc<Array2<f32>>>) -> Self {
        // Whoever asks for a map of an unknown table is told so by the job.
        let table_rows = run.table(&request.table).map_or(0, |table| table.vocabulary.len());
        let has_own_axes = matches!(request.settings.method, Method::Axes(_));
        Self { before, has_own_axes, rows: request.settings.rows.clone(), table_rows }
    }

    fn turn(&mut self, map: Array2<f32>) -> (Arc<Array2<f32>>, Arc<Places>) {
        let turned = match &self.before {
            Some(before) if !self.has_own_axes => align(before.view(), map),
            _ => map,
        };
        let turned = Arc::new(turned);
        self.before = Some(Arc::clone(&turned));
        let places = Places::of_map(turned.view(), self.rows.as_deref(), self.table_rows);
        (turned, Arc::new(places))
    }

    fn turn_result(&mut self, mut result: ProjectionResult) -> (Box<ProjectionResult>, Arc<Places>) {
        let map = Arc::unwrap_or_clone(std::mem::take(&mut result.coordinates));
        let (map, places) = self.turn(map);
        result.coordinates = map;
        (Box::new(result), places)
    }
}

/// Tells of a t-SNE between its iterations.
struct Frames {
    job: JobId,
    request: Arc<ProjectionRequest>,
    generation: u64,
    control: ProjectionControl,
    reporter: Reporter,
    divergences: Arc<Vec<(usize, f64)>>,
    first: Option<(Instant, usize)>,
}

impl Frames {
    fn tell(&mut self, map: &IterativeMap, turning: &mut Turning) {
        if let Some(measured) = map.last_divergence().filter(|measured| self.divergences.last() != Some(measured)) {
            Arc::make_mut(&mut self.divergences).push(measured);
        }
        let (since, from) = *self.first.get_or_insert_with(|| (Instant::now(), map.iteration()));
        let done = map.iteration() - from;
        let (coordinates, places) = turning.turn(map.layout());
        let mut frame = ProjectionFrame {
            job: self.job,
            request: Arc::clone(&self.request),
            coordinates,
            places,
            iteration: map.iteration(),
            iterations: map.iterations(),
            early: map.is_early(),
            // Read below, where nobody steers meanwhile.
            paused: false,
            divergences: Arc::clone(&self.divergences),
            iterations_per_second: done as f64 / since.elapsed().as_secs_f64().max(1e-9),
            generation: self.generation,
        };
        let control = &self.control;
        self.reporter.live.update(|live| {
            frame.paused = control.is_paused();
            live.projection = Some(frame);
        });
        self.reporter.waker.wake_for_live();
    }
}

/// Makes the map of `request`, turned by the map `before` it.
pub(super) fn turned(
    run: &Run,
    request: &ProjectionRequest,
    before: Option<Arc<Array2<f32>>>,
    watch: &crate::progress::Watch,
) -> Result<(Box<ProjectionResult>, Arc<Places>), crate::engine::EngineError> {
    let mut turning = Turning::new(run, request, before);
    let made = jobs::project(run, request, &ProjectionControl::default(), watch, &mut |_| {})?;
    Ok(turning.turn_result(made))
}

/// Iterations of early exaggeration of a t-SNE that follows a training and has no map to go on from, and those after them.
const FIRST_ITERATIONS: [usize; 2] = [100, 50];

/// Makes the next map of those that follow a training, turned as `before`, the last one of them, lies; a t-SNE goes on
/// from there. Without one it begins anew and is turned as `like` it, a map by another method, lies.
pub(super) fn following(
    run: &Run,
    request: &ProjectionRequest,
    [before, like]: [Option<Arc<Array2<f32>>>; 2],
    watch: &crate::progress::Watch,
) -> Result<(Box<ProjectionResult>, Arc<Places>), crate::engine::EngineError> {
    let mut asked = request.clone();
    if let Method::Tsne(parameters) = &mut asked.settings.method {
        parameters.exaggeration_iterations = 0;
        asked.settings.start.clone_from(&before);
        if before.is_none() {
            let [early, late] = FIRST_ITERATIONS;
            (parameters.exaggeration_iterations, parameters.iterations) = (early, early + late);
        }
    }
    let (mut projection, places) = turned(run, &asked, before.or(like), watch)?;
    projection.request = request.clone();
    Ok((projection, places))
}

impl Service {
    /// Starts a map; its frames go into the live values.
    pub(super) fn project(&mut self, request: ProjectionRequest) {
        let (job, kind) = (JobId(self.next_job), request.job_kind());
        let before = self.maps.before(&request);
        let title = match &request.settings.method {
            Method::Pca => "Projecting".to_owned(),
            Method::Umap(_) => format!("UMAP of {}", crate::numbers::plural(&request.table)),
            Method::Axes(_) => "Projecting on axes".to_owned(),
            Method::Tsne(_) => format!("t-SNE of {}", crate::numbers::plural(&request.table)),
        };
        let control = ProjectionControl::default();
        control.measure_every(MEASURED_EVERY);
        let mut frames = Frames {
            job,
            request: Arc::new(request),
            generation: self.run.as_ref().map_or(0, |shown| shown.generation),
            control: control.clone(),
            reporter: self.reporter.clone(),
            divergences: Arc::default(),
            first: None,
        };
        if kind == super::JobKind::Unfold {
            self.projecting = Some((job, control));
        }
        self.with_run(kind, &title, move |run, watch| {
            let (request, own) = (Arc::clone(&frames.request), frames.control.clone());
            let mut turning = Turning::new(run, &request, before);
            let made = jobs::project(run, &request, &own, watch, &mut |map| frames.tell(map, &mut turning))?;
            let (result, places) = turning.turn_result(made);
            Ok(Outcome::Projection(result, places))
        });
    }

    /// Moves a lever of the map that is being made; `paused` is where that leaves it.
    pub(super) fn steer_projection(&self, lever: impl FnOnce(&ProjectionControl), paused: Option<bool>) {
        let Some((job, control)) = &self.projecting else { return };
        lever(control);
        self.reporter.live.update(|live| {
            if let (Some(frame), Some(paused)) = (&mut live.projection, paused)
                && frame.job == *job
            {
                frame.paused = paused;
            }
        });
        self.reporter.waker.wake();
    }

    /// Takes the frames of a map away that is done, or was replaced.
    pub(super) fn projection_ended(&mut self, id: JobId) {
        if self.projecting.as_ref().is_some_and(|(job, _)| *job == id) {
            self.projecting = None;
        }
        self.reporter.live.update(|live| {
            if live.projection.as_ref().is_some_and(|frame| frame.job == id) {
                live.projection = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::projection::{ProjectionSettings, TsneParameters};

    fn request(table: &str, method: Method) -> ProjectionRequest {
        let settings = ProjectionSettings { method, dims: 2, ..ProjectionSettings::default() };
        ProjectionRequest { table: table.to_owned(), settings }
    }

    #[test]
    fn a_map_follows_one_of_the_same_table_method_and_rows() {
        let map = |x: f32| Arc::new(array![[x, 0.0]]);
        let (pca, tsne) = (request("item", Method::Pca), request("item", Method::Tsne(TsneParameters::default())));
        let mut part = pca.clone();
        part.settings.rows = Some(Arc::from([3]));
        let mut maps = NewestMaps::default();
        maps.keep(&pca, &map(1.0));
        maps.keep(&tsne, &map(2.0));
        maps.keep(&pca, &map(3.0));
        let first = |request: &ProjectionRequest| maps.before(request).map(|map| map[[0, 0]]);
        assert_eq!((first(&pca), first(&tsne)), (Some(3.0), Some(2.0)));
        assert_eq!((first(&part), first(&request("brand", Method::Pca))), (None, None));
    }

    #[test]
    fn a_map_that_came_out_mirrored_is_turned_back_before_its_places_are_worked_out() {
        let before = array![[1.0_f32, 0.0], [0.0, 2.0], [-3.0, 0.5]];
        let mut turning = Turning {
            before: Some(Arc::new(before.clone())),
            has_own_axes: false,
            rows: Some(Arc::from([0, 2, 3])),
            table_rows: 5,
        };
        let (map, places) = turning.turn(before.mapv(|x| -x));
        assert!(map.iter().zip(&before).all(|(a, b)| (a - b).abs() < 1e-5), "{map}");
        assert_eq!((places.get(2), places.get(1)), (Some([map[[1, 0]], map[[1, 1]]]), None));
    }
}
