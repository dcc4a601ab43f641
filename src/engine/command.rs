//! What front ends ask and what they are told.

use std::path::PathBuf;
use std::sync::Arc;

use ndarray::Array2;

use super::jobs::{BesideRequest, BranchRequest, TrainRequest};
use super::question::Question;
use super::runs::RunsCommand;
use super::{JobId, JobKind};
use crate::dataset::DataRequest;
use crate::export::ExportRequest;
use crate::neighbors::Metric;
use crate::picture::MapPicture;
use crate::projection::{Method, PhaseSeconds, ProjectionSettings, Trust};
use crate::run::KeptWindow;
use crate::run::filter::Filter;
use crate::training::BackendChoice;

/// One ID of one table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The table: an ID type or "user".
    pub table: String,
    /// Its row.
    pub row: u32,
}

/// A map that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionRequest {
    /// The table.
    pub table: String,
    /// Method, dims and all that goes with them.
    pub settings: ProjectionSettings,
}

impl ProjectionRequest {
    /// The first `dims` principal components of `table`, without trust.
    #[must_use]
    pub fn pca(table: String, dims: usize) -> Self {
        Self { table, settings: ProjectionSettings { dims, ..ProjectionSettings::default() } }
    }

    /// The kind of job that makes it: a map that takes long is not given up for one that takes moments.
    #[must_use]
    pub fn job_kind(&self) -> JobKind {
        match self.settings.method {
            Method::Tsne(_) | Method::Umap(_) => JobKind::Unfold,
            _ => JobKind::Project,
        }
    }
}

/// A map.
#[derive(Debug, Clone)]
pub struct ProjectionResult {
    /// What was asked.
    pub request: ProjectionRequest,
    /// [rows, dims].
    pub coordinates: Arc<Array2<f32>>,
    /// `[dims]` share of the variance, of PCA and axes; else empty.
    pub explained_variance_ratio: Vec<f64>,
    /// Kullback-Leibler divergence, of t-SNE.
    pub kl_divergence: Option<f64>,
    /// Iterations done, of t-SNE, or epochs, of UMAP.
    pub iterations: Option<usize>,
    /// The perplexity in force, of t-SNE.
    pub perplexity: Option<f64>,
    /// The adapter that made the iterations of a t-SNE; `None`: the CPU.
    pub adapter: Option<String>,
    /// The share of true neighbours that it was made of, where there were too many vectors to compare all with all.
    pub neighbor_recall: Option<f64>,
    /// How far it can be trusted, if that was asked for.
    pub trust: Option<Arc<Trust>>,
    /// Seconds by phase.
    pub phases: PhaseSeconds,
    /// Seconds it took.
    pub seconds: f64,
    /// The generation of the run (or of its live tables) that it shows; a later one is newer.
    pub generation: u64,
}

/// What is to be looked up of one ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionRequest {
    /// The ID.
    pub subject: Subject,
    /// The table its neighbours are looked for in.
    pub neighbors_in: String,
    /// How many.
    pub k: usize,
    /// By which measure.
    pub metric: Metric,
    /// Which of them; `None` = all.
    pub filter: Option<NearFilter>,
}

/// Which IDs may be neighbours. An attribute ID or a user belongs to a filter if one of its items does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NearFilter {
    /// Those with the ID of the type of this name that the ID in question has, or one of its items.
    Same(String),
    /// Those without it.
    Other(String),
    /// Those with this ID.
    Id(Subject),
}

/// One line of a list of IDs.
#[derive(Debug, Clone, PartialEq)]
pub struct NeighborRow {
    /// Its row in its table.
    pub row: u32,
    /// Its ID.
    pub id: String,
    /// Its name for people, if it has one.
    pub label: Option<String>,
    /// Similarity or distance.
    pub score: f32,
    /// Training events.
    pub count: u64,
}

/// What is known of one ID.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// What was asked.
    pub request: InspectionRequest,
    /// The ID.
    pub id: String,
    /// Its name for people.
    pub label: Option<String>,
    /// Training events.
    pub count: u64,
    /// For an item: (type name, ID, label, subject if that ID is trained) of each attribute, then descriptive columns (no subject).
    pub attributes: Vec<(String, String, Option<Subject>)>,
    /// Nearest IDs.
    pub neighbors: Vec<NeighborRow>,
    /// For an attribute: its items by falling count; for a user: the last items. Item table rows.
    pub items: Vec<NeighborRow>,
    /// How many items there are in all (the list may be cut).
    pub item_total: usize,
    /// The generation of the run it speaks of.
    pub generation: u64,
}

/// What a front end asks.
#[derive(Debug, Clone)]
pub enum Command {
    /// Look at files: answers [`super::Event::PreviewReady`].
    Preview(DataRequest),
    /// Load files: answers [`super::Event::DatasetLoaded`]; what was loaded before stays until then.
    Load(DataRequest),
    /// Load the bundled sample.
    LoadSample,
    /// Train on the loaded data.
    Train(TrainRequest),
    /// Go on with the current run where it was stopped, on the loaded data, which must be those it was trained on.
    Continue(BackendChoice),
    /// Go on with the current run with other hyperparameters, as a run of its own, on the loaded data, which must be those
    /// it was trained on. A training that runs is stopped first. A run that is in no folder is written to `keep` before.
    Branch {
        /// What changes.
        request: BranchRequest,
        /// The folder for a run that has none.
        keep: Option<PathBuf>,
    },
    /// Train on the loaded data from what the run in this folder learned.
    TrainFrom(PathBuf, TrainRequest),
    /// Hold the training.
    Pause,
    /// Let it go on.
    Resume,
    /// End it and keep what was learned.
    Stop,
    /// Open a run folder: answers [`super::Event::RunReady`].
    OpenRun(PathBuf),
    /// Pack the run on show into a zip file beside its folder.
    PackRun,
    /// Save the current run.
    SaveRun(PathBuf),
    /// Project a table of the current run, or of the live tables while training; a newer request replaces an older one
    /// whose method takes as long: moments, or iterations. A map that follows one like it, of an earlier run, is turned so
    /// that its points move as little as they can. While it is made, its frames stand in [`super::LiveView::projection`].
    Project(ProjectionRequest),
    /// Hold the map that is being made.
    PauseProjection,
    /// Let it go on.
    ResumeProjection,
    /// End it and keep it as it stands: answers [`super::Event::ProjectionReady`].
    StopProjection,
    /// Let it go on with other parameters of its method.
    ChangeProjection(Method),
    /// Make the map of another run to lie over one of the run on show: answers [`super::Event::BesideReady`]; a newer request
    /// replaces an older one.
    ProjectBeside(Box<BesideRequest>),
    /// Keep projecting this table a few times a second while training; `None` = do not. A t-SNE goes on from the last map by
    /// the iterations of the request each time.
    FollowTraining(Option<ProjectionRequest>),
    /// Whether trainings that begin from now on keep their tables at epochs, for [`Command::MapEpochs`].
    KeepEpochs(KeepEpochs),
    /// Map the table of this request at each epoch that the current run keeps: answers [`super::Event::EpochMapsReady`]; a newer
    /// request replaces an older one.
    MapEpochs(ProjectionRequest),
    /// While it trains, look at the neighbourhoods of these IDs by themselves.
    PinForTraining(Vec<Subject>),
    /// Look one ID up; a newer request replaces an older one.
    Inspect(InspectionRequest),
    /// Cut the IDs of a table of the current run into groups: answers [`super::Event::GroupsReady`]; a newer request replaces
    /// an older one.
    Group {
        /// The table.
        table: String,
        /// How many groups.
        groups: usize,
    },
    /// Find the rows that a filter means: answers [`super::Event::Filtered`]; a newer request replaces an older one.
    Filter {
        /// The table.
        table: String,
        /// The filter.
        filter: Box<Filter>,
    },
    /// Answer a question about the current run: answers [`super::Event::Answered`] or [`super::Event::Unanswered`]; a newer question
    /// replaces an older one of its kind.
    Ask(Question),
    /// Write vectors.
    Export(ExportRequest),
    /// Keep how the current run is shown beside it, if it has a folder.
    KeepWindow(Box<KeptWindow>),
    /// Draw a map to a file.
    ExportPicture(Box<MapPicture>, PathBuf),
    /// Draw maps to files.
    ExportPictures(Vec<(MapPicture, PathBuf)>),
    /// Ask something of runs on disk.
    Runs(RunsCommand),
    /// Cancel a job.
    Cancel(JobId),
}

/// Whether a training keeps its tables at epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeepEpochs {
    /// If they take little room.
    #[default]
    WhenSmall,
    /// Yes.
    Always,
    /// No.
    Never,
}
