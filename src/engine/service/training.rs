//! The training that runs, and the map that follows it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::{FOLLOW_INTERVAL, JobId, JobKind, Message, Outcome, ProjectionRequest, Service, projecting};
use crate::dataset::Dataset;
use crate::embedding::Model;
use crate::engine::jobs::Prepared;
use crate::engine::live::TrainingStatus;
use crate::engine::{EngineError, NoticeLevel};
use crate::run::Run;
use crate::training::{BackendChoice, TrainControl};

/// The training that runs.
pub(super) struct Training {
    pub(super) job: JobId,
    pub(super) control: TrainControl,
}

/// Which map follows the training.
pub(super) struct Follow {
    pub(super) request: ProjectionRequest,
    /// A map is being made.
    pub(super) busy: bool,
    pub(super) last: Instant,
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
        self.train(name, run.metadata.hyperparameters.epochs, move |dataset, load_seconds| {
            Prepared::going_on(Run::clone(&run), &place, &dataset, &backend, load_seconds)
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
        let (job_control, reporter) = (control.clone(), self.reporter.clone());
        let title = format!("Training {name}");
        let job = JobId(self.next_job);
        self.reporter.live.update(|live| {
            live.curve = Arc::default();
            live.training = Some(TrainingStatus::starting(job, name, epochs));
        });
        self.training = Some(Training { job, control });
        self.start(JobKind::Train, &title, move |watch| {
            let prepared = prepare(dataset, load_seconds)?;
            let earlier = prepared.run().curve.clone();
            reporter.live.update(|live| live.curve = Arc::new(earlier));
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

    /// Asks the training for its model when the live map is due.
    pub(super) fn ask_for_snapshot(&mut self) {
        if let (Some(training), Some(follow)) = (&self.training, &mut self.follow)
            && !follow.busy
            // A copy would have the steps that were begun done first.
            && !training.control.is_paused()
            && follow.last.elapsed() >= FOLLOW_INTERVAL
        {
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
        if let Some(follow) = self.follow.as_mut().filter(|follow| !follow.busy) {
            follow.busy = true;
            let request = follow.request.clone();
            let before = self.maps.before(&request);
            self.start(JobKind::Follow, "Following the training", move |watch| {
                let (projection, places) = projecting::turned(&run, &request, before, watch)?;
                Ok(Outcome::Followed(projection, places).of_generation(generation))
            });
        }
    }
}
