//! What a front end is told.

use std::path::PathBuf;
use std::sync::Arc;

use super::command::{Inspection, ProjectionRequest, ProjectionResult};
use super::jobs::{BesideMap, EpochMap, RowGroups};
use super::question::Answer;
use super::runs::RunsEvent;
use super::{JobId, JobKind};
use crate::dataset::{Dataset, Preview};
use crate::projection::Places;
use crate::run::{KeptWindow, Run};

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeLevel {
    /// It is done.
    Info,
    /// It is done, but.
    Warning,
    /// It failed; what was there before is still there.
    Error,
}

/// What a front end is told, in order.
#[derive(Debug, Clone)]
pub enum Event {
    /// A job has begun.
    JobStarted {
        /// Which.
        id: JobId,
        /// What it does.
        kind: JobKind,
        /// In words for people: "Training baseline".
        title: String,
    },
    /// A job has ended, well or not.
    JobEnded {
        /// Which.
        id: JobId,
        /// What it did.
        kind: JobKind,
    },
    /// Columns and roles.
    PreviewReady(Arc<Preview>),
    /// Data is loaded.
    DatasetLoaded(Arc<Dataset>),
    /// A run is there: trained or opened. `path` is its folder, if it has one.
    RunReady {
        /// The run.
        run: Arc<Run>,
        /// Its generation: results with a lower one are stale.
        generation: u64,
        /// Its folder.
        path: Option<PathBuf>,
        /// Whether it is that of a training that is about to begin.
        in_training: bool,
        /// How many of its epochs are kept.
        kept_epochs: usize,
    },
    /// Maps of the epochs that are kept.
    EpochMapsReady {
        /// What was asked.
        request: ProjectionRequest,
        /// One an epoch, the earliest first.
        maps: Arc<[EpochMap]>,
        /// The generation of the run.
        generation: u64,
    },
    /// A map that was kept with the run that was opened.
    MapFound(Box<ProjectionResult>, Arc<Places>),
    /// How the run that was opened was shown before.
    WindowReady(Box<KeptWindow>),
    /// A run is saved.
    RunSaved(PathBuf),
    /// A map is there, with the places of the table's rows on it.
    ProjectionReady(Box<ProjectionResult>, Arc<Places>),
    /// A map of another run is there.
    BesideReady(Arc<BesideMap>),
    /// An ID was looked up.
    InspectionReady(Arc<Inspection>),
    /// The IDs of a table are in groups.
    GroupsReady {
        /// The groups.
        groups: Arc<RowGroups>,
        /// The generation of the run whose IDs they are.
        generation: u64,
    },
    /// The rows that a filter means.
    Filtered {
        /// The table.
        table: String,
        /// Its rows, rising.
        rows: Arc<Vec<u32>>,
        /// The generation of the run that they are of.
        generation: u64,
    },
    /// A question is answered.
    Answered {
        /// The answer.
        answer: Answer,
        /// The generation of the run it speaks of.
        generation: u64,
    },
    /// The newest question of a kind cannot be answered.
    Unanswered {
        /// The kind.
        kind: JobKind,
        /// Why.
        message: String,
    },
    /// Something of runs on disk.
    Runs(RunsEvent),
    /// Files were written.
    Exported(Vec<PathBuf>),
    /// Something to tell.
    Notice {
        /// How grave.
        level: NoticeLevel,
        /// What, where, what to do.
        message: String,
    },
}
