//! What jobs do, and how they replace each other.

/// Numbers jobs in the order they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobKind {
    /// Reads headers and first rows.
    Preview,
    /// Reads data.
    Load,
    /// Trains.
    Train,
    /// Opens a run folder.
    OpenRun,
    /// Saves a run folder.
    SaveRun,
    /// Projects by a method that takes moments.
    Project,
    /// Projects by a method that takes iterations.
    Unfold,
    /// Looks one ID up.
    Inspect,
    /// Writes vectors.
    Export,
    /// Projects the tables of the training that runs.
    Follow,
    /// Projects a table at the epochs that are kept.
    MapEpochs,
    /// Finds the rows that a filter means.
    Filter,
    /// Keeps how a run is shown.
    KeepWindow,
    /// Keeps a map with its run.
    KeepMap,
    /// Groups the IDs of a table.
    Group,
    /// Sums up a set of items.
    Summarize,
    /// Finds the rows of a table that have something.
    FindRows,
    /// Compares two IDs.
    Explain,
    /// Completes an analogy.
    Analogy,
    /// Places a new item.
    ComposeItem,
    /// Finds IDs by text.
    FindIds,
    /// Names the dense regions of a map.
    NameRegions,
    /// Draws lines of equal density over a map.
    Contour,
    /// Counts the points of a map seen small.
    Overview,
    /// Places IDs of other types on a map of items.
    PlaceTypes,
    /// Finds what belongs to a selection.
    Link,
    /// Finds what belongs to what is pointed at.
    PointOut,
    /// Measures hit rates by attribute ID.
    Segments,
    /// Makes a map of another run to lie over one of the run on show.
    Beside,
    /// Compares the neighbours of one ID in two runs.
    CompareNear,
    /// Looks for runs.
    ListRuns,
    /// Changes a run folder.
    ChangeRun,
    /// Reads curves.
    ReadCurves,
    /// Compares two runs.
    Compare,
    /// Weighs hyperparameters.
    Importance,
    /// Trains many runs.
    Sweep,
    /// Reads what came of a sweep.
    ReadSweep,
}

impl JobKind {
    /// Whether a newer job of this kind makes an older one pointless.
    #[must_use]
    pub fn replaces_older(self) -> bool {
        matches!(
            self,
            Self::Preview
                | Self::Load
                | Self::OpenRun
                | Self::Project
                | Self::Unfold
                | Self::Inspect
                | Self::MapEpochs
                | Self::Filter
                | Self::KeepWindow
                | Self::Group
                | Self::ListRuns
                | Self::ReadCurves
                | Self::Compare
                | Self::Importance
                | Self::ReadSweep
                | Self::Beside
                | Self::CompareNear
        ) || self.answers()
    }

    /// Whether it answers a [`super::Question`]: it follows every click, and where it fails the place of its answer says so.
    #[must_use]
    pub fn answers(self) -> bool {
        matches!(
            self,
            Self::Summarize
                | Self::FindRows
                | Self::Explain
                | Self::Analogy
                | Self::ComposeItem
                | Self::FindIds
                | Self::NameRegions
                | Self::Contour
                | Self::Overview
                | Self::PlaceTypes
                | Self::Link
                | Self::PointOut
                | Self::Segments
        )
    }

    /// Whether it takes long and keeps processors busy: then it gives way to the window.
    #[must_use]
    pub fn is_long(self) -> bool {
        matches!(
            self,
            Self::Load | Self::Train | Self::Unfold | Self::Group | Self::MapEpochs | Self::Compare | Self::Sweep
        )
    }

    /// The name of the job's thread.
    #[must_use]
    pub fn thread_name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Load => "load",
            Self::Train => "train",
            Self::OpenRun => "open-run",
            Self::SaveRun => "save-run",
            Self::Project => "project",
            Self::Unfold => "unfold",
            Self::Inspect => "inspect",
            Self::Export => "export",
            Self::Follow => "follow",
            Self::MapEpochs => "map-epochs",
            Self::Filter => "filter",
            Self::KeepWindow => "keep-window",
            Self::KeepMap => "keep-map",
            Self::Group => "group",
            Self::Summarize => "summarize",
            Self::FindRows => "find-rows",
            Self::Explain => "explain",
            Self::Analogy => "analogy",
            Self::ComposeItem => "compose-item",
            Self::FindIds => "find-ids",
            Self::NameRegions => "name-regions",
            Self::Contour => "contour",
            Self::Overview => "overview",
            Self::PlaceTypes => "place-types",
            Self::Link => "link",
            Self::PointOut => "point-out",
            Self::Segments => "segments",
            Self::Beside => "beside",
            Self::CompareNear => "compare-near",
            Self::ListRuns => "list-runs",
            Self::ChangeRun => "change-run",
            Self::ReadCurves => "read-curves",
            Self::Compare => "compare",
            Self::Importance => "importance",
            Self::Sweep => "sweep",
            Self::ReadSweep => "read-sweep",
        }
    }
}
