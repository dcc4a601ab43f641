//! What the window asks of the run on show as the user looks around, and what it is told.
//!
//! A newer question of a kind replaces an older one. What cannot be answered is told as [`super::Event::Unanswered`],
//! to be shown where the answer would stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::JobKind;
use super::command::{NeighborRow, ProjectionRequest, Subject};
use super::jobs::{Explanation, NamedRegion, PlacedType, Summary, SummarySubject};
use crate::projection::{Contour, DensityGrid, DensityOf, Places};
use crate::training::Segment;

/// A question to the run on show.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// What do these items have in common?
    Summary(SummaryRequest),
    /// Which rows of a table have this?
    Rows(RowsRequest),
    /// Why are two IDs as near as they are?
    Explanation(ExplanationRequest),
    /// What is to C as A is to B?
    Analogy(AnalogyRequest),
    /// What would a new item be like?
    NewItem(NewItemRequest),
    /// Which IDs does this text mean?
    Ids(IdsRequest),
    /// What are the dense regions of a map?
    Regions(RegionsRequest),
    /// Which lines go around the dense parts of a map?
    Contours(DensityOf),
    /// What does a map look like seen small?
    Overview(DensityOf),
    /// Which rows of other tables belong to these?
    Belonging(BelongingRequest),
    /// Where do IDs of other types lie on a map of items?
    Types(TypesRequest),
    /// How well does the run predict items of each attribute ID?
    Segments,
}

/// Its answer; large values are shared.
#[derive(Debug, Clone)]
pub enum Answer {
    /// To [`Question::Summary`].
    Summary(SummaryRequest, Arc<Summary>),
    /// To [`Question::Rows`]: the rows, ascending.
    Rows(RowsRequest, Arc<[u32]>),
    /// To [`Question::Explanation`].
    Explanation(ExplanationRequest, Arc<Explanation>),
    /// To [`Question::Analogy`]: the nearest first.
    Analogy(AnalogyRequest, Arc<[NeighborRow]>),
    /// To [`Question::NewItem`].
    NewItem(NewItemRequest, Arc<NewItem>),
    /// To [`Question::Ids`]: the likeliest first.
    Ids(IdsRequest, Arc<[FoundId]>),
    /// To [`Question::Regions`]: the largest first.
    Regions(RegionsRequest, Arc<[NamedRegion]>),
    /// To [`Question::Contours`]: the outermost first.
    Contours(DensityOf, Arc<[Contour]>),
    /// To [`Question::Overview`]; `None` where the points have no extent.
    Overview(DensityOf, Option<Arc<DensityGrid>>),
    /// To [`Question::Belonging`]: the rows of each table that was asked for, ascending.
    Belonging(BelongingRequest, Vec<Arc<[u32]>>),
    /// To [`Question::Types`]: type by type.
    Types(TypesRequest, Arc<[PlacedType]>),
    /// To [`Question::Segments`]: by type, most queries first.
    Segments(Arc<BTreeMap<String, Vec<Segment>>>),
}

/// A map whose regions are to be named.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionsRequest {
    /// The table that is mapped.
    pub table: String,
    /// Where its rows lie.
    pub places: Arc<Places>,
}

/// Rows whose company in other tables is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BelongingRequest {
    /// Their table.
    pub from: String,
    /// The rows, ascending.
    pub rows: Arc<[u32]>,
    /// The tables that are asked for.
    pub to: Vec<String>,
    /// Whether they are pointed at; else they are selected. A newer question of one of the two leaves the other alone.
    pub pointed: bool,
}

/// Two IDs to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplanationRequest {
    /// The two.
    pub pair: [Subject; 2],
    /// Sessions listed that hold both.
    pub listed: usize,
}

/// An analogy to be completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalogyRequest {
    /// A, B and C of A - B + C.
    pub terms: [Subject; 3],
    /// The table of the answers.
    pub neighbors_in: String,
    /// How many.
    pub k: usize,
}

/// An item that there is not, and what is to be known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItemRequest {
    /// The attributes that it would carry, one of a type at most.
    pub attributes: Vec<Subject>,
    /// The table of its neighbours.
    pub neighbors_in: String,
    /// How many.
    pub k: usize,
    /// The map of items to find its place on, if one is on show.
    pub map: Option<MapOnShow>,
}

/// A finished map and what it is a map of.
#[derive(Debug, Clone)]
pub struct MapOnShow {
    /// How it was made.
    pub request: Arc<ProjectionRequest>,
    /// Where its rows lie.
    pub places: Arc<Places>,
}

impl PartialEq for MapOnShow {
    /// Whether both are the same map, not whether two maps are alike.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.places, &other.places)
    }
}

/// Types whose IDs are to be placed on a map of items.
#[derive(Debug, Clone, PartialEq)]
pub struct TypesRequest {
    /// The map.
    pub map: MapOnShow,
    /// The types, or "user".
    pub types: Vec<String>,
}

/// What a new item would be like.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItem {
    /// The nearest IDs, by cosine.
    pub neighbors: Vec<NeighborRow>,
    /// Where it would lie on the map that was asked about: as many coordinates as that has axes.
    pub place: Option<Vec<f32>>,
}

/// A text that IDs are looked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdsRequest {
    /// Part of an ID or label.
    pub text: String,
    /// The table to look in; `None` = all.
    pub table: Option<String>,
    /// How many.
    pub most: usize,
}

/// An ID that a text may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundId {
    /// Table and row.
    pub subject: Subject,
    /// The ID.
    pub id: String,
    /// Its name for people.
    pub label: Option<String>,
}

/// Whose items are to be summed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRequest {
    /// Whose.
    pub subject: SummarySubject,
    /// IDs a list.
    pub listed: usize,
}

/// One part of what a summary shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Facet {
    /// Items that carry this ID; an item carries itself.
    Id(Subject),
    /// Items that lack an ID of the type of this name.
    Without(String),
    /// Items in one bar of the histogram of a numeric column, counted from 0.
    Bin {
        /// The column.
        column: String,
        /// The bar.
        bin: usize,
    },
}

/// Rows that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsRequest {
    /// The table: of attributes those that one of the items carries, of users those that took one.
    pub table: String,
    /// Which items.
    pub facet: Facet,
}

impl Question {
    /// The kind of job that answers it.
    #[must_use]
    pub fn job_kind(&self) -> JobKind {
        match self {
            Self::Summary(_) => JobKind::Summarize,
            Self::Rows(_) => JobKind::FindRows,
            Self::Explanation(_) => JobKind::Explain,
            Self::Analogy(_) => JobKind::Analogy,
            Self::NewItem(_) => JobKind::ComposeItem,
            Self::Ids(_) => JobKind::FindIds,
            Self::Regions(_) => JobKind::NameRegions,
            Self::Contours(_) => JobKind::Contour,
            Self::Overview(_) => JobKind::Overview,
            Self::Belonging(request) if request.pointed => JobKind::PointOut,
            Self::Belonging(_) => JobKind::Link,
            Self::Types(_) => JobKind::PlaceTypes,
            Self::Segments => JobKind::Segments,
        }
    }

    /// What that job does, in words for people.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Summary(_) => "Summing up",
            Self::Rows(_) => "Looking for rows",
            Self::Explanation(_) => "Comparing two IDs",
            Self::Analogy(_) => "Completing an analogy",
            Self::NewItem(_) => "Placing a new item",
            Self::Ids(_) => "Looking for IDs",
            Self::Regions(_) => "Naming regions",
            Self::Contours(_) => "Drawing density lines",
            Self::Overview(_) => "Drawing the overview",
            Self::Belonging(_) => "Following a selection",
            Self::Types(_) => "Placing other types",
            Self::Segments => "Measuring hit rates by ID",
        }
    }
}
