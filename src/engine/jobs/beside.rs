//! Another run beside the one on show: its map laid over that of the run on show, and how the neighbours of an ID differ.

use std::collections::BTreeSet;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis};

use super::lookup::list_row;
use super::{NamedRegion, name_regions, project};
use crate::engine::command::{NeighborRow, ProjectionRequest, ProjectionResult};
use crate::engine::{EngineError, RegionsRequest, Subject};
use crate::neighbors::{Metric, nearest_where};
use crate::progress::Watch;
use crate::projection::{Axes, Direction, Method, Places, ProjectionControl, ProjectionSettings, superimpose};
use crate::run::{Run, TableView};
use crate::summary::CatalogueProfile;

/// No row.
const NONE: u32 = u32::MAX;

/// (place on the other run's map, place on that of the run on show) of the IDs that both have.
type Pairs = Vec<(usize, usize)>;

/// Which rows of a table of two runs are the same IDs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRows {
    /// `[rows of the first]` the row in the second.
    to_second: Vec<u32>,
    /// `[rows of the second]` the row in the first.
    to_first: Vec<u32>,
}

impl SharedRows {
    /// Matches the IDs of two tables by their text.
    #[must_use]
    pub fn of(first: &TableView<'_>, second: &TableView<'_>) -> Self {
        let mut to_second = vec![NONE; first.vocabulary.len()];
        let mut to_first = vec![NONE; second.vocabulary.len()];
        for (row, id) in (0..).zip(first.vocabulary.iter()) {
            if let Some(other) = second.vocabulary.index(id) {
                (to_second[row as usize], to_first[other as usize]) = (other, row);
            }
        }
        Self { to_second, to_first }
    }

    /// The row of the second table that is row `row` of the first.
    #[must_use]
    pub fn second(&self, row: u32) -> Option<u32> {
        self.to_second.get(row as usize).copied().filter(|&row| row != NONE)
    }

    /// The row of the first table that is row `row` of the second.
    #[must_use]
    pub fn first(&self, row: u32) -> Option<u32> {
        self.to_first.get(row as usize).copied().filter(|&row| row != NONE)
    }
}

/// A map of another run that is wanted beside one of the run on show.
#[derive(Debug, Clone)]
pub struct BesideRequest {
    /// The other run.
    pub run: Arc<Run>,
    /// The map of the run on show; rows are those of its table.
    pub request: ProjectionRequest,
    /// [rows, dims] its coordinates.
    pub onto: Arc<Array2<f32>>,
}

/// A map of another run, laid over that of the run on show.
#[derive(Debug, Clone)]
pub struct BesideMap {
    /// The map, of `request` of the run on show.
    pub result: ProjectionResult,
    /// Where the rows of the other run's table lie.
    pub places: Arc<Places>,
    /// Where the rows of the table of the run on show lie by the other run.
    pub as_first: Arc<Places>,
    /// Which rows are which; the run on show is the first.
    pub shared: Arc<SharedRows>,
    /// The dense regions of the map, named by what the other run knows.
    pub regions: Arc<[NamedRegion]>,
}

/// Makes the map of the other run as that of the run on show, `first`, was made; a t-SNE or UMAP of the same IDs starts
/// from it. The map is moved, turned and scaled as a whole to lie over it by the IDs in common.
///
/// # Errors
/// As [`project`].
pub fn project_beside(first: &Run, wanted: &BesideRequest, watch: &Watch) -> Result<BesideMap, EngineError> {
    let request = &wanted.request;
    let (ours, theirs) = (first.table(&request.table)?, wanted.run.table(&request.table)?);
    let shared = SharedRows::of(&ours, &theirs);
    let all = || (0..ours.vocabulary.len() as u32).collect::<Vec<u32>>();
    let mapped: Vec<u32> = request.settings.rows.as_deref().map_or_else(all, <[u32]>::to_vec);
    let (rows, pairs): (Option<Arc<[u32]>>, Pairs) = match request.settings.rows {
        Some(_) => {
            let known = mapped.iter().enumerate().filter_map(|(at, &row)| Some((at, shared.second(row)?)));
            let (at, rows): (Vec<usize>, Vec<u32>) = known.unzip();
            (Some(rows.into()), at.into_iter().enumerate().collect())
        }
        None => {
            let known = mapped.iter().enumerate().filter_map(|(at, &row)| Some((shared.second(row)? as usize, at)));
            (None, known.collect())
        }
    };
    let count = rows.as_ref().map_or(theirs.vocabulary.len(), |rows| rows.len());
    let settings = ProjectionSettings {
        method: of_second(&request.settings.method, &shared),
        start: start(&request.settings.method, wanted.onto.view(), &pairs, count),
        rows: rows.clone(),
        ..request.settings.clone()
    };
    let of_theirs = ProjectionRequest { table: request.table.clone(), settings };
    let mut result = project(&wanted.run, &of_theirs, &ProjectionControl::default(), watch, &mut |_| {})?;
    let map = superimpose(Arc::unwrap_or_clone(result.coordinates), wanted.onto.view(), &pairs);
    let places = Arc::new(Places::of_map(map.view(), rows.as_deref(), theirs.vocabulary.len()));
    let regions = named(&wanted.run, &request.table, &places, watch)?;
    let nowhere = [f32::NAN; 2];
    let of_ours = |row| shared.second(row).and_then(|row| places.get(row)).unwrap_or(nowhere);
    let as_first = Places::new((0..ours.vocabulary.len() as u32).map(of_ours).collect());
    (result.coordinates, result.request) = (Arc::new(map), request.clone());
    let (as_first, shared, regions) = (Arc::new(as_first), Arc::new(shared), regions.into());
    Ok(BesideMap { result, places, as_first, shared, regions })
}

/// The names of the dense regions of a map of `table`.
fn named(run: &Run, table: &str, places: &Arc<Places>, watch: &Watch) -> Result<Vec<NamedRegion>, EngineError> {
    let request = RegionsRequest { table: table.to_owned(), places: Arc::clone(places) };
    name_regions(run, &CatalogueProfile::of(run), &request, watch)
}

/// The method, whose axes run between rows of the first table, for the second.
fn of_second(method: &Method, shared: &SharedRows) -> Method {
    let Method::Axes(axes) = method else { return method.clone() };
    let rows = |rows: &[u32]| rows.iter().filter_map(|&row| shared.second(row)).collect();
    let direction = |own: &Direction| Direction { from: rows(&own.from), to: rows(&own.to) };
    Method::Axes(Axes { directions: axes.directions.iter().map(direction).collect(), metric: axes.metric })
}

/// [count, dims] where a map in iterations starts: at the places on ours, if all its IDs are there.
fn start(
    method: &Method,
    onto: ArrayView2<'_, f32>,
    pairs: &[(usize, usize)],
    count: usize,
) -> Option<Arc<Array2<f32>>> {
    if !matches!(method, Method::Tsne(_) | Method::Umap(_)) || pairs.len() != count {
        return None;
    }
    let mut places = vec![0; count];
    for &(own, other) in pairs {
        places[own] = other;
    }
    Some(Arc::new(onto.select(Axis(0), &places)))
}

/// How the nearest of one ID differ between two runs. Rows are those of the first.
#[derive(Debug, Clone, PartialEq)]
pub struct NeighborChange {
    /// The ID.
    pub subject: Subject,
    /// Its nearest in the first run alone, nearest first; the score is the cosine in the first run.
    pub gone: Vec<NeighborRow>,
    /// Its nearest in the second run alone; the score is the cosine in the second run.
    pub come: Vec<NeighborRow>,
    /// Its nearest in both, by the first run.
    pub kept: Vec<NeighborRow>,
}

/// Compares the `k` nearest of `subject`, by cosine, among the IDs that both runs have; `None` if the second lacks it.
///
/// # Errors
/// [`EngineError::Run`] for a table that one of them lacks, or an unknown row.
pub fn neighbor_change(
    first: &Run,
    second: &Run,
    subject: &Subject,
    k: usize,
) -> Result<Option<NeighborChange>, EngineError> {
    let (ours, theirs) = (first.table(&subject.table)?, second.table(&subject.table)?);
    if subject.row as usize >= ours.vocabulary.len() {
        return Err(first.unknown_row(&ours, subject.row).into());
    }
    let shared = SharedRows::of(&ours, &theirs);
    let Some(other) = shared.second(subject.row) else { return Ok(None) };
    let near = |table: &TableView<'_>, row: u32, is_shared: &(dyn Fn(u32) -> bool + Sync)| {
        let query = table.vectors.row(row as usize);
        nearest_where(table.vectors, query, k, Metric::Cosine, |near| near != row && is_shared(near))
    };
    let before = near(&ours, subject.row, &|row| shared.second(row).is_some());
    let after = near(&theirs, other, &|row| shared.first(row).is_some());
    let after: Vec<(u32, f32)> =
        after.into_iter().filter_map(|near| Some((shared.first(near.index)?, near.score))).collect();
    let now: BTreeSet<u32> = after.iter().map(|(row, _)| *row).collect();
    let then: BTreeSet<u32> = before.iter().map(|near| near.index).collect();
    let (kept, gone): (Vec<_>, Vec<_>) = before.into_iter().partition(|near| now.contains(&near.index));
    let listed = |found: Vec<crate::neighbors::Neighbor>| {
        found.into_iter().map(|near| list_row(&ours, near.index, near.score)).collect()
    };
    let come = after.into_iter().filter(|(row, _)| !then.contains(row));
    Ok(Some(NeighborChange {
        subject: subject.clone(),
        gone: listed(gone),
        come: come.map(|(row, score)| list_row(&ours, row, score)).collect(),
        kept: listed(kept),
    }))
}
