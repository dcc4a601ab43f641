//! How two runs differ.

use std::path::{Path, PathBuf};

use crate::comparison::{
    ChangedId, Difference, NeighborhoodOverlap, SameAttribute, differences, neighborhood_overlap, same_attribute,
};
use crate::engine::EngineError;
use crate::progress::Watch;
use crate::run::{Run, TableView};
use crate::training::CurvePoint;

/// How two runs differ, the second against the first.
#[derive(Debug, Clone, PartialEq)]
pub struct RunComparison {
    /// Their folders.
    pub paths: [PathBuf; 2],
    /// Whether they were trained on the same data.
    pub same_data: bool,
    /// Hyperparameters that are not the same.
    pub hyperparameters: Vec<Difference>,
    /// The neighbourhoods of each table that both have.
    pub tables: Vec<TableOverlap>,
    /// How often the neighbours of an item have its attributes, in each of the two.
    pub same_attribute: [Vec<SameAttribute>; 2],
}

/// How far the neighbourhoods of one table agree.
#[derive(Debug, Clone, PartialEq)]
pub struct TableOverlap {
    /// The table.
    pub table: String,
    /// Neighbours of each ID.
    pub k: usize,
    /// IDs that both runs have.
    pub shared: usize,
    /// Mean share of the neighbours that are the same, 0 to 1; `None` below two shared IDs.
    pub overlap: Option<f64>,
    /// What random neighbours would give.
    pub by_chance: Option<f64>,
    /// The IDs whose neighbours changed most.
    pub changed: Vec<ChangedNeighbors>,
}

/// An ID whose neighbours changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedNeighbors {
    /// The ID.
    pub id: String,
    /// Its name for people.
    pub label: Option<String>,
    /// Share of its neighbours that are the same, 0 to 1.
    pub overlap: f64,
    /// The nearest ID that is no longer among its neighbours, by its name for people where it has one.
    pub lost: Option<String>,
    /// The nearest ID that has become one, likewise.
    pub gained: Option<String>,
}

/// The curve of a run, or why it has none, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCurve {
    /// The run's folder.
    pub path: PathBuf,
    /// Its points.
    pub curve: Result<Vec<CurvePoint>, String>,
}

/// Compares the `k` nearest neighbours of the IDs of `table` that both runs have.
///
/// # Errors
/// [`EngineError::Run`] if a run lacks the table, [`EngineError::Neighbors`] for vectors that are not finite and when `watch` is
/// cancelled.
pub fn compare_neighborhoods(
    first: &Run,
    second: &Run,
    table: &str,
    k: usize,
    watch: &Watch,
) -> Result<NeighborhoodOverlap, EngineError> {
    Ok(neighborhood_overlap(&first.table(table)?, &second.table(table)?, k, watch)?)
}

/// How often the `k` nearest items of an item have its attributes.
///
/// # Errors
/// [`EngineError::Neighbors`] for vectors that are not finite and when `watch` is cancelled.
pub fn neighbors_with_same_attribute(run: &Run, k: usize, watch: &Watch) -> Result<Vec<SameAttribute>, EngineError> {
    Ok(same_attribute(run, k, watch)?)
}

/// Compares the runs in two folders: hyperparameters, the `k` nearest neighbours in every table that both have, with up to
/// `listed` IDs a table whose neighbours changed most, and how often neighbours of an item have its attributes.
///
/// # Errors
/// As [`Run::read`] and [`compare_neighborhoods`].
pub fn compare_runs(paths: [&Path; 2], k: usize, listed: usize, watch: &Watch) -> Result<RunComparison, EngineError> {
    watch.report("Reading both runs", 0, None, "runs");
    let [first, second] = [Run::read(paths[0])?, Run::read(paths[1])?];
    if watch.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    let shared = first.table_names().into_iter().filter(|name| second.table(name).is_ok());
    let shared: Vec<String> = shared.map(str::to_owned).collect();
    let mut tables = Vec::with_capacity(shared.len());
    for table in shared {
        let found = compare_neighborhoods(&first, &second, &table, k, watch)?;
        tables.push(TableOverlap::new(&first, &second, table, found, listed)?);
    }
    Ok(RunComparison {
        paths: paths.map(Path::to_owned),
        same_data: first.metadata.data.hash == second.metadata.data.hash,
        hyperparameters: differences(&[&first.metadata, &second.metadata]),
        tables,
        same_attribute: [same_attribute(&first, k, watch)?, same_attribute(&second, k, watch)?],
    })
}

impl TableOverlap {
    fn new(
        first: &Run,
        second: &Run,
        table: String,
        found: NeighborhoodOverlap,
        listed: usize,
    ) -> Result<Self, EngineError> {
        let (ours, theirs) = (first.table(&table)?, second.table(&table)?);
        let name = |table: &TableView<'_>, row| table.label(row).unwrap_or(table.vocabulary.id(row)).to_owned();
        let in_words = |changed: &ChangedId| ChangedNeighbors {
            id: ours.vocabulary.id(changed.row).to_owned(),
            label: ours.label(changed.row).map(str::to_owned),
            overlap: changed.overlap,
            lost: changed.lost.map(|row| name(&ours, row)),
            gained: changed.gained.map(|row| name(&theirs, row)),
        };
        let changed = found.changed.iter().filter(|changed| changed.overlap < 1.0).take(listed).map(in_words).collect();
        let NeighborhoodOverlap { k, shared, mean_overlap, by_chance, .. } = found;
        Ok(Self { table, k, shared, overlap: mean_overlap, by_chance, changed })
    }
}

/// The curves of the runs in `paths`, in that order.
///
/// # Errors
/// [`EngineError::Cancelled`]; a run without a curve only has none itself.
pub fn read_curves(paths: &[PathBuf], watch: &Watch) -> Result<Vec<RunCurve>, EngineError> {
    let mut curves = Vec::with_capacity(paths.len());
    for (path, done) in paths.iter().zip(0_u64..) {
        if watch.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        watch.report("Reading curves", done, Some(paths.len() as u64), "runs");
        curves.push(RunCurve { path: path.clone(), curve: Run::read_curve(path).map_err(|error| error.to_string()) });
    }
    Ok(curves)
}
