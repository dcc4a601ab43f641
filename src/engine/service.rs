//! The engine's thread: owns what is loaded, starts jobs on named threads, and tells in order what happened.

mod asking;
mod delivery;
mod kept;
mod projecting;
mod runs;
mod sweeping;
mod training;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::give_way::have_shared_threads_give_way;
use super::job::{Job, KeptBeside, Outcome, Reporter, spawn_job};
use super::jobs::sweep::SweepControl;
use super::jobs::{self, BranchRequest, Prepared};
use super::live::Waker;
use super::runs::RunChange;
use super::{
    Command, EngineError, Event, JobId, JobKind, KeepEpochs, Live, LiveView, NoticeLevel, ProjectionRequest,
    ProjectionResult,
};
use crate::dataset::{self, Dataset};
use crate::embedding::Model;
use crate::export;
use crate::projection::ProjectionControl;
use crate::run::{KeptWindow, Run};
use crate::summary::CatalogueProfile;
use crate::training::TrainControl;
use projecting::NewestMaps;
use training::{Follow, Training};

/// Events a front end may leave unread before the engine's thread waits for it. Jobs never wait.
const EVENT_BACKLOG: usize = 1024;

/// The live map is drawn anew at most this often, so that training keeps its throughput.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(300);

/// Runs commands on named threads and tells what happened. Dropping it cancels all jobs.
pub struct Engine {
    inbox: Sender<Message>,
    events: Receiver<Event>,
    live: Arc<Live>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
}

/// What reaches the engine's thread.
pub(super) enum Message {
    Command(Box<Command>),
    JobEnded {
        id: JobId,
        kind: JobKind,
        outcome: Result<Outcome, EngineError>,
    },
    /// A training has its tables; it has not taken a step yet.
    TrainingPrepared {
        run: Box<Run>,
    },
    /// A training's newest model.
    Snapshot {
        model: Arc<Model>,
    },
    Shutdown,
}

impl Engine {
    /// Starts the engine; `wake` is called after each event and (no more than 60 times a second) when live values
    /// change. It must return quickly.
    #[must_use]
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (inbox, messages) = unbounded();
        let (events_in, events) = bounded(EVENT_BACKLOG);
        let (live, waker) = (Arc::new(Live::default()), Arc::new(Waker::new(wake)));
        have_shared_threads_give_way();
        let service = Service {
            messages,
            reporter: Reporter { inbox: inbox.clone(), live: Arc::clone(&live), waker: Arc::clone(&waker) },
            events: events_in,
            dataset: None,
            run: None,
            jobs: BTreeMap::new(),
            next_job: 0,
            newest: BTreeMap::new(),
            training: None,
            branching: None,
            projecting: None,
            maps: NewestMaps::default(),
            follow: None,
            keep_epochs: KeepEpochs::default(),
            changes: VecDeque::new(),
            sweeping: None,
        };
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || service.serve())
            .expect("the system can start one thread");
        Self { inbox, events, live, waker, thread: Some(thread) }
    }

    /// Has `wake` called for live values no more often than every `spacing`, where frames are dear.
    pub fn space_live(&self, spacing: Duration) {
        self.waker.space_live(spacing);
    }

    /// Asks for something; never waits.
    pub fn send(&self, command: Command) {
        // A send fails only after the engine's thread has ended, which happens on drop alone.
        let _ = self.inbox.send(Message::Command(Box::new(command)));
    }

    /// The next event, if there is one; never waits.
    #[must_use]
    pub fn poll(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// The newest live values.
    #[must_use]
    pub fn live(&self) -> LiveView {
        self.live.view()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.inbox.send(Message::Shutdown);
        // The thread may be waiting to tell an event that nobody will read.
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            let _ = self.events.recv_timeout(Duration::from_millis(5));
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The loaded data and how long it took.
struct Loaded {
    dataset: Arc<Dataset>,
    seconds: f64,
}

/// The run on show. Its generation grows with each run that takes the place.
struct Shown {
    run: Arc<Run>,
    generation: u64,
    path: Option<PathBuf>,
    /// What is known of all its items, once a question needed it.
    profile: Arc<OnceLock<CatalogueProfile>>,
}

struct Service {
    messages: Receiver<Message>,
    reporter: Reporter,
    events: Sender<Event>,
    dataset: Option<Loaded>,
    run: Option<Shown>,
    jobs: BTreeMap<JobId, Job>,
    next_job: u64,
    /// The newest job of each kind in which a newer request replaces an older one.
    newest: BTreeMap<JobKind, JobId>,
    training: Option<Training>,
    /// What begins once the training that runs has stopped, and the folder for what that leaves.
    branching: Option<(BranchRequest, Option<PathBuf>)>,
    /// The map that is being made in iterations.
    projecting: Option<(JobId, ProjectionControl)>,
    maps: NewestMaps,
    follow: Option<Follow>,
    keep_epochs: KeepEpochs,
    /// Changes of run folders that are wanted; the first is being made.
    changes: VecDeque<RunChange>,
    /// The sweep that runs, and its levers.
    sweeping: Option<(JobId, SweepControl)>,
}

impl Service {
    fn serve(mut self) {
        loop {
            let message = match self.messages.recv_timeout(FOLLOW_INTERVAL / 4) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => {
                    self.ask_for_snapshot();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            match message {
                Message::Command(command) => self.obey(*command),
                Message::JobEnded { id, kind, outcome } => self.job_ended(id, kind, outcome),
                Message::TrainingPrepared { run } => self.show_run(*run, None, true),
                Message::Snapshot { model } => self.take_snapshot(model),
                Message::Shutdown => break,
            }
            self.ask_for_snapshot();
        }
        for job in self.jobs.values() {
            job.cancel();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Preview(request) => {
                self.start(JobKind::Preview, "Looking at the files", move |_| {
                    Ok(Outcome::Preview(Box::new(dataset::preview(&request)?)))
                });
            }
            Command::Load(request) => {
                self.start(JobKind::Load, "Loading data", move |watch| {
                    let start = Instant::now();
                    let dataset = dataset::load(&request, watch)?;
                    Ok(Outcome::Dataset(Box::new(dataset), start.elapsed().as_secs_f64()))
                });
            }
            Command::LoadSample => {
                self.start(JobKind::Load, "Loading the sample", |watch| {
                    let start = Instant::now();
                    let dataset = jobs::load_sample(watch)?;
                    Ok(Outcome::Dataset(Box::new(dataset), start.elapsed().as_secs_f64()))
                });
            }
            Command::Train(request) => {
                let (name, epochs) = (request.name.clone(), request.hyperparameters.epochs);
                self.train(name, epochs, move |dataset, load_seconds| Prepared::new(&dataset, &request, load_seconds));
            }
            Command::TrainFrom(path, request) => {
                let (name, epochs) = (request.name.clone(), request.hyperparameters.epochs);
                self.train(name, epochs, move |dataset, load_seconds| {
                    Prepared::starting_from(&path, &dataset, &request, load_seconds)
                });
            }
            Command::Continue(backend) => self.go_on(backend),
            Command::Branch { request, keep } => self.branch(request, keep),
            Command::Pause => self.steer(TrainControl::pause, true),
            Command::Resume => self.steer(TrainControl::resume, false),
            Command::Stop => self.steer(TrainControl::stop, false),
            Command::OpenRun(path) => {
                self.start(JobKind::OpenRun, "Opening the run", move |watch| {
                    let path = jobs::run_folder(path, watch)?;
                    let run = Box::new(Run::read(&path)?);
                    let kept = KeptBeside { window: KeptWindow::read(&path), maps: jobs::kept_maps(&run, &path) };
                    Ok(Outcome::Run { run, path: Some(path), window: Some(Box::new(kept)) })
                });
            }
            Command::SaveRun(path) => {
                let from = self.run.as_ref().and_then(|shown| shown.path.clone());
                self.with_run(JobKind::SaveRun, "Saving the run", move |run, _| {
                    training::with_history(run, from.as_deref())?.write(&path)?;
                    Ok(Outcome::Saved(path))
                });
            }
            Command::PackRun => self.pack_run(),
            Command::Project(request) => self.project(request),
            Command::ProjectBeside(request) => {
                let title = format!("Map of {}, the other run", request.run.metadata.name);
                self.with_run(JobKind::Beside, &title, move |run, watch| {
                    Ok(Outcome::Beside(Box::new(jobs::project_beside(run, &request, watch)?)))
                });
            }
            Command::PauseProjection => self.steer_projection(ProjectionControl::pause, Some(true)),
            Command::ResumeProjection => self.steer_projection(ProjectionControl::resume, Some(false)),
            Command::StopProjection => self.steer_projection(ProjectionControl::stop, None),
            Command::ChangeProjection(parameters) => {
                self.steer_projection(|control| control.set_parameters(parameters), None);
            }
            Command::FollowTraining(request) => {
                self.follow = request.map(Follow::new);
            }
            Command::PinForTraining(subjects) => self.pin_for_training(&subjects),
            Command::KeepEpochs(wish) => self.keep_epochs = wish,
            Command::MapEpochs(request) => self.map_epochs(request),
            Command::Inspect(request) => {
                self.with_run(JobKind::Inspect, "Looking an ID up", move |run, _| {
                    Ok(Outcome::Inspection(Box::new(jobs::inspect(run, &request)?)))
                });
            }
            Command::Group { table, groups } => {
                let profile = self.run.as_ref().map(|shown| Arc::clone(&shown.profile)).unwrap_or_default();
                let title = format!("Grouping {}", crate::numbers::plural(&table));
                self.with_run(JobKind::Group, &title, move |run, watch| {
                    let groups = jobs::group_rows(run, &profile, &table, groups, watch)?;
                    Ok(Outcome::Groups(Box::new(groups), 0))
                });
            }
            Command::KeepWindow(window) => {
                let path = self.run.as_ref().and_then(|shown| shown.path.clone());
                if let Some(path) = path {
                    self.start(JobKind::KeepWindow, "Keeping the window", move |_| {
                        // A folder that cannot be written to opens as well; how it was shown is then forgotten.
                        if let Err(error) = window.write(&path) {
                            tracing::warn!(%error, "how the run is shown could not be kept");
                        }
                        Ok(Outcome::Done)
                    });
                }
            }
            Command::Filter { table, filter } => {
                self.with_run(JobKind::Filter, "Finding IDs", move |run, _| {
                    let rows = filter.rows(run, &table)?;
                    Ok(Outcome::Filtered(table, rows, 0))
                });
            }
            Command::Ask(question) => self.ask(question),
            Command::Export(request) => {
                self.with_run(JobKind::Export, "Exporting", move |run, _| {
                    Ok(Outcome::Exported(export::export(run, &request)?))
                });
            }
            Command::ExportPicture(picture, path) => {
                self.obey(Command::ExportPictures(vec![(*picture, path)]));
            }
            Command::ExportPictures(pictures) => {
                self.start(JobKind::Export, "Drawing", move |watch| {
                    jobs::write_pictures(&pictures, watch)?;
                    Ok(Outcome::Exported(pictures.into_iter().map(|(_, path)| path).collect()))
                });
            }
            Command::Runs(command) => self.obey_runs(command),
            Command::Cancel(id) => {
                if let Some(job) = self.jobs.get(&id) {
                    job.cancel();
                }
                if let Some((_, control)) = self.sweeping.as_ref().filter(|(job, _)| *job == id) {
                    control.stop();
                }
                if let Some(training) = self.training.as_ref().filter(|training| training.job == id) {
                    training.control.stop();
                }
            }
        }
    }

    /// Starts a job on the run on show; its results carry that run's generation.
    fn with_run(
        &mut self,
        kind: JobKind,
        title: &str,
        work: impl FnOnce(&Run, &crate::progress::Watch) -> Result<Outcome, EngineError> + Send + 'static,
    ) {
        let Some(shown) = &self.run else {
            return self.notice(NoticeLevel::Warning, "There is no run yet; train one or open one".to_owned());
        };
        let (run, generation) = (Arc::clone(&shown.run), shown.generation);
        self.start(kind, title, move |watch| Ok(work(&run, watch)?.of_generation(generation)));
    }

    fn start(
        &mut self,
        kind: JobKind,
        title: &str,
        work: impl FnOnce(&crate::progress::Watch) -> Result<Outcome, EngineError> + Send + 'static,
    ) {
        let id = JobId(self.next_job);
        self.next_job += 1;
        if kind.replaces_older()
            && let Some(older) = self.newest.insert(kind, id).and_then(|older| self.jobs.get(&older))
        {
            older.cancel();
        }
        self.tell(Event::JobStarted { id, kind, title: title.to_owned() });
        match spawn_job(id, kind, self.reporter.clone(), work) {
            Ok(job) => {
                self.jobs.insert(id, job);
            }
            Err(error) => self.job_ended(id, kind, Err(error)),
        }
    }

    fn job_ended(&mut self, id: JobId, kind: JobKind, outcome: Result<Outcome, EngineError>) {
        self.jobs.remove(&id);
        self.reporter.live.update(|live| {
            live.progress.remove(&id);
        });
        if self.training.as_ref().is_some_and(|training| training.job == id) {
            self.training = None;
            self.reporter.live.update(|live| live.training = None);
        }
        self.projection_ended(id);
        self.sweep_ended(id);
        if kind == JobKind::Follow
            && let Some(follow) = &mut self.follow
        {
            follow.rest();
        }
        let branching = self.branching.take_if(|_| kind == JobKind::Train && outcome.is_ok());
        let late = kind.replaces_older() && self.newest.get(&kind) != Some(&id);
        match outcome {
            _ if late => {}
            Ok(outcome) => self.deliver(outcome),
            Err(error) if error.is_cancelled() => {}
            Err(error) if kind.answers() => self.tell(Event::Unanswered { kind, message: error.to_string() }),
            Err(error) => self.notice(NoticeLevel::Error, error.to_string()),
        }
        self.tell(Event::JobEnded { id, kind });
        if let Some((request, keep)) = branching {
            self.branch(request, keep);
        }
        if kind == JobKind::ChangeRun {
            self.change_ended();
        }
    }

    fn notice(&self, level: NoticeLevel, message: String) {
        self.tell(Event::Notice { level, message });
    }

    fn tell(&self, event: Event) {
        // Fails only when the front end is gone; then nobody needs to know.
        let _ = self.events.send(event);
        self.reporter.waker.wake();
    }
}
