//! One job on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::command::{Inspection, ProjectionRequest, ProjectionResult};
use super::give_way::give_way;
use super::jobs::{BesideMap, EpochMap, RowGroups};
use super::live::Waker;
use super::question::Answer;
use super::runs::RunsEvent;
use super::service::Message;
use super::{EngineError, JobId, JobKind, Live};
use crate::dataset::{Dataset, Preview};
use crate::progress::{CancelToken, Watch};
use crate::projection::Places;
use crate::run::{KeptWindow, Run};
use crate::training::TrainEvent;

/// A job that runs.
pub(super) struct Job {
    cancel: CancelToken,
}

impl Job {
    /// Asks it to end at its next check.
    pub(super) fn cancel(&self) {
        self.cancel.cancel();
    }
}

/// What a window kept in the folder of a run.
pub(super) struct KeptBeside {
    /// How it showed the run.
    pub(super) window: Option<KeptWindow>,
    /// Maps that took long to make.
    pub(super) maps: Vec<ProjectionResult>,
}

/// What a job brings home.
pub(super) enum Outcome {
    Preview(Box<Preview>),
    /// With the seconds it took.
    Dataset(Box<Dataset>, f64),
    Run {
        run: Box<Run>,
        path: Option<PathBuf>,
        /// What a window kept with it.
        window: Option<Box<KeptBeside>>,
    },
    /// There is nothing to tell.
    Done,
    Saved(PathBuf),
    /// With the places of the table's rows.
    Projection(Box<ProjectionResult>, Arc<Places>),
    /// A map of another run.
    Beside(Box<BesideMap>),
    /// A frame of the map that follows a training.
    Followed(Box<ProjectionResult>, Arc<Places>),
    Inspection(Box<Inspection>),
    /// With the run's generation.
    EpochMaps(Box<ProjectionRequest>, Vec<EpochMap>, u64),
    /// With the run's generation.
    Groups(Box<RowGroups>, u64),
    /// With the run's generation.
    Answer(Answer, u64),
    Exported(Vec<PathBuf>),
    /// Table, rows, the run's generation.
    Filtered(String, Vec<u32>, u64),
    /// Something of runs on disk.
    Runs(RunsEvent),
}

impl Outcome {
    /// Marks a result with the generation of the run that it speaks of.
    pub(super) fn of_generation(mut self, generation: u64) -> Self {
        match &mut self {
            Self::Projection(projection, _) | Self::Followed(projection, _) => projection.generation = generation,
            Self::Beside(map) => map.result.generation = generation,
            Self::Inspection(inspection) => inspection.generation = generation,
            Self::Groups(_, of) | Self::Filtered(_, _, of) | Self::Answer(_, of) | Self::EpochMaps(_, _, of) => {
                *of = generation;
            }
            _ => {}
        }
        self
    }
}

/// The ways home from a job's thread: messages in order, live values newest first.
#[derive(Clone)]
pub(super) struct Reporter {
    pub(super) inbox: Sender<Message>,
    pub(super) live: Arc<Live>,
    pub(super) waker: Arc<Waker>,
}

impl Reporter {
    /// Sends a message to the engine's thread; nothing happens if that has ended.
    pub(super) fn tell(&self, message: Message) {
        let _ = self.inbox.send(message);
    }

    /// Passes on what a training tells.
    pub(super) fn training(&self, event: TrainEvent) {
        match event {
            TrainEvent::Point(point) => self.live.update(|live| point.put(Arc::make_mut(&mut live.curve))),
            TrainEvent::Progress { epoch, pairs, total_pairs, pairs_per_second, seconds_left } => {
                self.live.update(|live| {
                    if let Some(status) = &mut live.training {
                        status.epoch = epoch;
                        status.pairs = pairs;
                        status.total_pairs = total_pairs;
                        status.pairs_per_second = pairs_per_second;
                        status.seconds_left = seconds_left;
                    }
                });
            }
            TrainEvent::Segments(segments) => self.live.update(|live| live.segments = Some(segments)),
            TrainEvent::Snapshot { model, .. } => self.tell(Message::Snapshot { model }),
            TrainEvent::Started { backend } => self.live.update(|live| {
                if let Some(status) = &mut live.training {
                    status.backend = backend;
                }
            }),
            TrainEvent::Checkpoint(_) | TrainEvent::EpochDone(_) => {}
        }
        self.waker.wake_for_live();
    }
}

/// Runs `work` on a thread named for `kind`; the outcome, or the panic as an error, comes home as a message.
///
/// # Errors
/// [`EngineError::Internal`] if the system cannot start a thread.
pub(super) fn spawn_job(
    id: JobId,
    kind: JobKind,
    reporter: Reporter,
    work: impl FnOnce(&Watch) -> Result<Outcome, EngineError> + Send + 'static,
) -> Result<Job, EngineError> {
    let cancel = CancelToken::default();
    let live_reporter = reporter.clone();
    let watch = Watch::new(cancel.clone(), move |progress| {
        live_reporter.live.update(|live| {
            live.progress.insert(id, progress);
        });
        live_reporter.waker.wake_for_live();
    });
    std::thread::Builder::new()
        .name(kind.thread_name().to_owned())
        .spawn(move || {
            if kind.is_long() {
                give_way();
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&watch)))
                .unwrap_or_else(|panic| Err(EngineError::Internal { message: panic_message(panic.as_ref()) }));
            reporter.tell(Message::JobEnded { id, kind, outcome });
        })
        .map_err(|error| EngineError::Internal { message: format!("no thread could be started: {error}") })?;
    Ok(Job { cancel })
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown".to_owned())
}
