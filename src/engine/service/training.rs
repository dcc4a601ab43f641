//! The training that runs, and the map that follows it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{FOLLOW_INTERVAL, JobId, JobKind, Message, Outcome, ProjectionRequest, Service, projecting};
use crate::dataset::Dataset;
use crate::embedding::Model;
use crate::engine::jobs::{BranchRequest, Prepared};
use crate::engine::live::TrainingStatus;
use crate::engine::{EngineError, KeepEpochs, NoticeLevel, Subject, jobs};
use crate::projection::Method;
use crate::run::Run;
use crate::training::{BackendChoice, PinnedId, TrainControl};

/// A map of moments that follows a training rests at least this many times as long as the last one took.
const REST: u32 = 5;

/// It rests so many times as long where one still comes about every second, so that the training loses less than a tenth of
/// its pace to it.
const LONG_REST: u32 = 12;
const ABOUT_A_SECOND: Duration = Duration::from_millis(720);

/// The same for one that takes iterations, which is chosen for its sake.
const REST_OF_ITERATIONS: u32 = 2;

/// Epochs of a training that are kept, about.
const KEPT: u32 = 40;

/// Bytes of kept epochs that are little.
const LITTLE: u64 = 64 << 20;

/// Every how many epochs `prepared` keeps its tables, and how many that makes with the bytes that they take; `None`: it
/// does not.
fn kept(wish: KeepEpochs, prepared: &Prepared) -> Option<(u32, (u64, u64))> {
    let every = prepared.run().metadata.hyperparameters.epochs.div_ceil(KEPT).max(1);
    let size = prepared.history_size(every);
    let is_kept = match wish {
        KeepEpochs::WhenSmall => size.1 <= LITTLE,
        KeepEpochs::Always => true,
        KeepEpochs::Never => false,
    };
    is_kept.then_some((every, size))
}

/// `run` with the epochs that its folder `path` keeps, where they are not in memory.
pub(super) fn with_history<'a>(run: &'a Run, path: Option<&Path>) -> Result<Cow<'a, Run>, EngineError> {
    let (None, Some(path)) = (&run.history, path) else { return Ok(Cow::Borrowed(run)) };
    let history = Run::read_history(path)?.map(Arc::new);
    Ok(if history.is_some() { Cow::Owned(Run { history, ..run.clone() }) } else { Cow::Borrowed(run) })
}

/// The training that runs.
pub(super) struct Training {
    pub(super) job: JobId,
    pub(super) control: TrainControl,
}

/// Which map follows the training.
pub(super) struct Follow {
    pub(super) request: ProjectionRequest,
    /// The training was asked for its model.
    asked: bool,
    /// A map is being made.
    busy: bool,
    /// When the training was asked last.
    last: Instant,
    /// When the map that is made last was begun.
    began: Instant,
    not_before: Instant,
}

impl Follow {
    pub(super) fn new(request: ProjectionRequest) -> Self {
        let now = Instant::now();
        Self { request, asked: false, busy: false, last: now, began: now, not_before: now }
    }

    /// A map is about to be made.
    fn begin(&mut self) {
        self.began = Instant::now();
        if !std::mem::take(&mut self.asked) {
            self.last = self.began;
        }
        self.busy = true;
    }

    /// The map that was being made is done.
    pub(super) fn rest(&mut self) {
        self.busy = false;
        // From the question for the model on: its copy halts the training too.
        let took = self.last.elapsed();
        let rest = match self.request.settings.method {
            Method::Pca | Method::Axes(_) => (took * LONG_REST).min(ABOUT_A_SECOND).max(took * REST),
            Method::Tsne(_) | Method::Umap(_) => self.began.elapsed() * REST_OF_ITERATIONS,
        };
        self.not_before = Instant::now() + rest;
    }

    /// Whether it is time for the next map.
    fn is_due(&self) -> bool {
        !self.busy && self.last.elapsed() >= FOLLOW_INTERVAL && Instant::now() >= self.not_before
    }
}

impl Service {
    /// Goes on with the run on show.
    pub(super) fn go_on(&mut self, backend: BackendChoice) {
        let Some(shown) = &self.run else {
            return self.notice(NoticeLevel::Warning, "There is no run to go on with; open one".to_owned());
        };
        let run = Arc::clone(&shown.run);
        let name = run.metadata.name.clone();
        let place = shown.path.clone().unwrap_or_else(|| PathBuf::from(&name));
        let path = shown.path.clone();
        self.train(name, run.metadata.hyperparameters.epochs, move |dataset, load_seconds| {
            let run = with_history(&run, path.as_deref())?.into_owned();
            Prepared::going_on(run, &place, &dataset, &backend, load_seconds)
        });
    }

    /// Branches from the run on show, or from what the training that runs leaves once it has been stopped.
    pub(super) fn branch(&mut self, request: BranchRequest, keep: Option<PathBuf>) {
        if let Some(training) = &self.training {
            training.control.stop();
            self.branching = Some((request, keep));
            return;
        }
        let Some(shown) = &self.run else {
            return self.notice(NoticeLevel::Warning, "There is no run to branch from; train or open one".to_owned());
        };
        let (run, path) = (Arc::clone(&shown.run), shown.path.clone());
        let epochs = run.metadata.epochs_done.ceil() as u32 + request.epochs;
        self.train(request.name.clone(), epochs, move |dataset, load_seconds| {
            let place = match (path, keep) {
                (None, Some(keep)) => {
                    run.write(&keep)?;
                    Some(keep)
                }
                (path, _) => path,
            };
            let run = with_history(&run, place.as_deref())?.into_owned();
            Prepared::branching(run, place.as_deref(), &dataset, &request, load_seconds)
        });
    }

    pub(super) fn train(
        &mut self,
        name: String,
        epochs: u32,
        prepare: impl FnOnce(Arc<Dataset>, f64) -> Result<Prepared, EngineError> + Send + 'static,
    ) {
        let Some(loaded) = &self.dataset else {
            return self.notice(NoticeLevel::Warning, "Load data first; then it can be trained on".to_owned());
        };
        if self.training.is_some() || self.sweeping.is_some() {
            let words = "A training or a sweep runs already; stop it first";
            return self.notice(NoticeLevel::Warning, words.to_owned());
        }
        let (dataset, load_seconds) = (Arc::clone(&loaded.dataset), loaded.seconds);
        let control = TrainControl::default();
        let (job_control, reporter, wish) = (control.clone(), self.reporter.clone(), self.keep_epochs);
        let title = format!("Training {name}");
        let job = JobId(self.next_job);
        self.reporter.live.update(|live| {
            live.curve = Arc::default();
            live.segments = None;
            live.training = Some(TrainingStatus::starting(job, name, epochs));
        });
        self.training = Some(Training { job, control });
        self.start(JobKind::Train, &title, move |watch| {
            let mut prepared = prepare(dataset, load_seconds)?;
            let earlier = prepared.run().curve.clone();
            reporter.live.update(|live| live.curve = Arc::new(earlier));
            if let Some((every, size)) = kept(wish, &prepared) {
                let history = prepared.run().history.as_deref().cloned();
                prepared = prepared.keeping_history(every, history);
                reporter.live.update(|live| {
                    if let Some(status) = &mut live.training {
                        status.kept = Some(size);
                    }
                });
            }
            reporter.tell(Message::TrainingPrepared { run: Box::new(prepared.run().clone()) });
            let run = prepared.train(&job_control, watch, &mut |event| reporter.training(event))?;
            Ok(Outcome::Run { run: Box::new(run), path: None, window: None })
        });
    }

    pub(super) fn steer(&mut self, lever: impl Fn(&TrainControl), paused: bool) {
        if let Some(training) = &self.training {
            lever(&training.control);
            self.reporter.live.update(|live| {
                if let Some(status) = &mut live.training {
                    status.paused = paused;
                }
            });
            self.reporter.waker.wake();
        }
    }

    /// Has the neighbourhoods of `subjects` looked at by themselves by the training that runs.
    pub(super) fn pin_for_training(&self, subjects: &[Subject]) {
        let (Some(training), Some(shown)) = (&self.training, &self.run) else { return };
        let pinned = subjects.iter().filter_map(|subject| {
            let type_index = shown.run.types.iter().position(|own| own.name == subject.table)?;
            Some(PinnedId { type_index, row: subject.row })
        });
        training.control.pin(pinned);
    }

    /// Maps a table at each epoch that the run on show keeps.
    pub(super) fn map_epochs(&mut self, request: ProjectionRequest) {
        let path = self.run.as_ref().and_then(|shown| shown.path.clone());
        let like = self.maps.before(&request);
        self.with_run(JobKind::MapEpochs, "Mapping the epochs", move |run, watch| {
            let run = with_history(run, path.as_deref())?;
            let history = run.history.clone().unwrap_or_default();
            let like = like.as_ref().map(|map| map.view());
            let maps = jobs::epoch_maps(&run, &history, &request, like, watch)?;
            Ok(Outcome::EpochMaps(Box::new(request), maps, 0))
        });
    }

    /// Asks the training for its model when the live map is due.
    pub(super) fn ask_for_snapshot(&mut self) {
        if let (Some(training), Some(follow)) = (&self.training, &mut self.follow)
            && follow.is_due()
            // A copy would have the steps that were begun done first.
            && !training.control.is_paused()
        {
            follow.asked = true;
            follow.last = Instant::now();
            training.control.request_snapshot();
        }
    }

    /// Puts the newest model into the run on show and draws the map that follows it.
    pub(super) fn take_snapshot(&mut self, model: Arc<Model>) {
        if self.training.is_none() {
            return;
        }
        let Some(shown) = &mut self.run else { return };
        shown.run = Arc::new(shown.run.with_model(model));
        shown.profile = Arc::default();
        let (run, generation) = (Arc::clone(&shown.run), shown.generation);
        self.reporter.live.update(|live| live.models += 1);
        self.reporter.waker.wake_for_live();
        // Models come at the end of epochs too, which may be short.
        if let Some(follow) = self.follow.as_mut().filter(|follow| !follow.busy && (follow.asked || follow.is_due())) {
            follow.begin();
            let request = follow.request.clone();
            let before = self.maps.before(&request);
            let like = self.maps.before(&ProjectionRequest::pca(request.table.clone(), request.settings.dims));
            self.start(JobKind::Follow, "Following the training", move |watch| {
                let (projection, places) = projecting::following(&run, &request, [before, like], watch)?;
                Ok(Outcome::Followed(projection, places).of_generation(generation))
            });
        }
    }
}
