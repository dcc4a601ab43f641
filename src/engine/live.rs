//! Newest-wins values: progress, curve, training status.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ndarray::Array2;

use super::jobs::sweep::Trial;
use super::{JobId, ProjectionRequest};
use crate::progress::Progress;
use crate::projection::Places;
use crate::training::{CurvePoint, LiveSegments};

/// Where the training stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingStatus {
    /// Its job.
    pub job: JobId,
    /// The run's name.
    pub name: String,
    /// The backend's name.
    pub backend: String,
    /// Epochs done, with fraction.
    pub epoch: f64,
    /// Epochs in all.
    pub epochs: u32,
    /// Pairs trained.
    pub pairs: u64,
    /// Pairs in all epochs, as far as known.
    pub total_pairs: u64,
    /// Pairs a second lately.
    pub pairs_per_second: f64,
    /// Seconds left at that rate.
    pub seconds_left: f64,
    /// Whether it is paused.
    pub paused: bool,
    /// How many epochs it keeps in all and the bytes that they take, if it keeps any.
    pub kept: Option<(u64, u64)>,
}

impl TrainingStatus {
    /// A training that has not taken a step yet.
    #[must_use]
    pub fn starting(job: JobId, name: String, epochs: u32) -> Self {
        Self {
            job,
            name,
            backend: String::new(),
            epoch: 0.0,
            epochs,
            pairs: 0,
            total_pairs: 0,
            pairs_per_second: 0.0,
            seconds_left: 0.0,
            paused: false,
            kept: None,
        }
    }
}

/// Where a sweep stands.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepStatus {
    /// Its job.
    pub job: JobId,
    /// Its folder.
    pub folder: PathBuf,
    /// All trials, by number.
    pub trials: Arc<Vec<Trial>>,
    /// How many there will be, if all goes on to the end.
    pub planned: usize,
    /// Positions in `trials` of those that were measured, best first.
    pub ranking: Arc<Vec<usize>>,
    /// The trials that are being trained, in the order in which they were begun.
    pub running: Vec<RunningTrial>,
    /// Whether it is paused.
    pub paused: bool,
}

/// A trial that is being trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunningTrial {
    /// Its number.
    pub number: usize,
    /// Epochs done, with fraction.
    pub epoch: f64,
    /// Epochs it is trained to in this round; as many as it has at most where that is more.
    pub epochs: u32,
}

impl SweepStatus {
    /// A sweep that has not begun a trial yet.
    #[must_use]
    pub fn starting(job: JobId, folder: PathBuf, planned: usize) -> Self {
        let (trials, ranking) = (Arc::default(), Arc::default());
        Self { job, folder, trials, planned, ranking, running: Vec::new(), paused: false }
    }
}

/// A map that is being made, as it stands.
#[derive(Debug, Clone)]
pub struct ProjectionFrame {
    /// Its job.
    pub job: JobId,
    /// What was asked.
    pub request: Arc<ProjectionRequest>,
    /// [rows, dims].
    pub coordinates: Arc<Array2<f32>>,
    /// Where the rows of the table lie on it.
    pub places: Arc<Places>,
    /// Iterations done.
    pub iteration: usize,
    /// Iterations in all.
    pub iterations: usize,
    /// Whether it is in early exaggeration.
    pub early: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// (iterations done, Kullback-Leibler divergence), as far as it was measured.
    pub divergences: Arc<Vec<(usize, f64)>>,
    /// Iterations a second since the first one.
    pub iterations_per_second: f64,
    /// The generation of the run that it shows.
    pub generation: u64,
}

/// What a front end sees when it looks: cheap to take every frame.
#[derive(Debug, Clone, Default)]
pub struct LiveView {
    /// Progress of each running job that reports any.
    pub progress: BTreeMap<JobId, Progress>,
    /// The training that runs, if one does.
    pub training: Option<TrainingStatus>,
    /// The curve of the training that runs, or of the last one.
    pub curve: Arc<Vec<CurvePoint>>,
    /// Hit rates by attribute ID of the training that runs, or of the last one, as they were measured last.
    pub segments: Option<Arc<LiveSegments>>,
    /// How many models of trainings the run on show has taken so far.
    pub models: u64,
    /// The newest frame of the map that is being made, if one streams.
    pub projection: Option<ProjectionFrame>,
    /// The sweep that runs, if one does.
    pub sweep: Option<SweepStatus>,
}

/// The shared cell behind [`LiveView`].
#[derive(Debug, Default)]
pub struct Live(Mutex<LiveView>);

impl Live {
    /// A copy of the newest values.
    #[must_use]
    pub fn view(&self) -> LiveView {
        self.lock().clone()
    }

    /// Changes the values.
    pub fn update(&self, change: impl FnOnce(&mut LiveView)) {
        change(&mut self.lock());
    }

    /// Every value is whole after each change, so a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, LiveView> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the front end, for live values no more often than a display shows frames.
pub(super) struct Waker {
    wake: Box<dyn Fn() + Send + Sync>,
    last: Mutex<Option<Instant>>,
    /// Microseconds from one waking for live values to the next, at least.
    spacing: AtomicU64,
}

impl Waker {
    const FRAME: Duration = Duration::from_millis(16);

    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let spacing = AtomicU64::new(Self::FRAME.as_micros() as u64);
        Self { wake: Box::new(wake), last: Mutex::new(None), spacing }
    }

    /// Wakes for live values no more often than every `spacing`.
    pub(super) fn space_live(&self, spacing: Duration) {
        self.spacing.store(spacing.max(Self::FRAME).as_micros() as u64, Ordering::Relaxed);
    }

    /// Wakes at once.
    pub(super) fn wake(&self) {
        (self.wake)();
    }

    /// Wakes unless it did so a moment ago; the next change will.
    pub(super) fn wake_for_live(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let spacing = Duration::from_micros(self.spacing.load(Ordering::Relaxed));
        if last.is_none_or(|last| last.elapsed() >= spacing) {
            *last = Some(Instant::now());
            drop(last);
            (self.wake)();
        }
    }
}
