//! What front ends ask of runs on disk, and what they are told: lists, notes, comparisons.

use std::path::PathBuf;
use std::sync::Arc;

use super::Subject;
use super::jobs::sweep::{Sweep, SweepRecord, SweepRequest};
use super::jobs::{NeighborChange, RunComparison, RunCurve};
use crate::comparison::{Importance, RunTable, Sample};
use crate::run::{Run, RunNotes};

/// What front ends ask of runs on disk.
#[derive(Debug, Clone)]
pub enum RunsCommand {
    /// List the runs in `known` folders, beside them, and in `folders`: answers [`RunsEvent::Listed`].
    List {
        /// Run folders.
        known: Vec<PathBuf>,
        /// Folders of runs.
        folders: Vec<PathBuf>,
    },
    /// Change a run folder; changes are made one after the other, in the order in which they were asked for.
    Change(RunChange),
    /// Read curves: answers [`RunsEvent::CurvesRead`].
    ReadCurves(Vec<PathBuf>),
    /// Compare two runs, by so many neighbours: answers [`RunsEvent::Compared`].
    Compare([PathBuf; 2], usize),
    /// Open a run beside the one on show: answers [`RunsEvent::OpenedBeside`].
    OpenBeside(PathBuf),
    /// Compare so many neighbours of an ID of the run on show with those in another run: answers
    /// [`RunsEvent::NearCompared`].
    CompareNear(Arc<Run>, Subject, usize),
    /// How much hyperparameters have to do with a metric: answers [`RunsEvent::ImportanceFound`].
    Importance(Vec<Sample>),
    /// Sweep over the loaded data in a folder, or go on with the sweep in it: answers [`RunsEvent::SweepEnded`]. How it
    /// stands is in [`super::LiveView::sweep`].
    Sweep(Box<SweepRequest>, PathBuf),
    /// Hold the sweep.
    PauseSweep,
    /// Let it go on.
    ResumeSweep,
    /// End it; it can go on later.
    StopSweep,
    /// Read what came of the sweep in a folder: answers [`RunsEvent::SweepRead`].
    ReadSweep(PathBuf),
}

/// A change of a run folder.
#[derive(Debug, Clone, PartialEq)]
pub enum RunChange {
    /// Keep what people say of it.
    Notes(PathBuf, Box<RunNotes>),
    /// Set it aside: answers [`RunsEvent::SetAside`].
    SetAside(PathBuf),
    /// Bring it back from `aside` to `run`: answers [`RunsEvent::PutBack`].
    PutBack {
        /// Where it lies.
        aside: PathBuf,
        /// Where it belongs.
        run: PathBuf,
    },
}

/// What front ends are told of runs on disk.
#[derive(Debug, Clone)]
pub enum RunsEvent {
    /// The runs there are.
    Listed(Arc<RunTable>),
    /// Notes are kept.
    NotesKept(PathBuf),
    /// A run is set aside.
    SetAside {
        /// Where it was.
        run: PathBuf,
        /// Where it lies.
        aside: PathBuf,
    },
    /// A run is back in its place.
    PutBack(PathBuf),
    /// Curves, in the order in which they were asked for.
    CurvesRead(Arc<Vec<RunCurve>>),
    /// Two runs are compared.
    Compared(Arc<RunComparison>),
    /// A run is open beside the one on show.
    OpenedBeside {
        /// The run.
        run: Arc<Run>,
        /// Its folder.
        path: PathBuf,
    },
    /// The neighbours of an ID in both runs; `None` if the other run lacks it.
    NearCompared(Subject, Option<Arc<NeighborChange>>),
    /// Hyperparameters, most important first, and of how many samples that tells.
    ImportanceFound(Arc<Vec<Importance>>, usize),
    /// A sweep has ended, at its end or before.
    SweepEnded {
        /// Its folder.
        folder: PathBuf,
        /// What came of it.
        sweep: Arc<Sweep>,
    },
    /// What came of an earlier sweep.
    SweepRead(Box<SweepRecord>),
}
