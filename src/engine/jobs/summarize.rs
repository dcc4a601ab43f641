//! What the items of an ID, or of a list of IDs, have in common.

use super::lookup::{image, item_space_vectors, list_row};
use crate::dataset::ItemAttributes;
use crate::engine::EngineError;
use crate::engine::command::{NeighborRow, Subject};
use crate::neighbors::{self, Metric};
use crate::progress::Watch;
use crate::run::{Run, TableView};
use crate::summary::{CatalogueProfile, ItemSummary};

/// Whose items are summed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SummarySubject {
    /// Those of one ID: the item itself, all items that carry an attribute ID, a user's last items.
    Id(Subject),
    /// Those of any of these rows of a table.
    Rows {
        /// The table.
        table: String,
        /// Its rows.
        rows: Vec<u32>,
    },
}

/// A summary with the nearest IDs of every table.
#[derive(Debug, Clone)]
pub struct Summary {
    /// What the items have in common.
    pub items: ItemSummary,
    /// Table name and its IDs nearest by cosine, the IDs asked about left out. One ID is compared as it is; of several
    /// the mean direction of their items is taken. Across tables in item space (MODEL.md, "Across types").
    pub nearest: Vec<(String, Vec<NeighborRow>)>,
}

/// Sums up the items of `subject` against `profile`, that of `run`, with `listed` IDs a list.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table or a row that it lacks, [`EngineError::Cancelled`].
pub fn summarize(
    run: &Run,
    profile: &CatalogueProfile,
    subject: &SummarySubject,
    listed: usize,
    watch: &Watch,
) -> Result<Summary, EngineError> {
    let (name, rows) = match subject {
        SummarySubject::Id(Subject { table, row }) => (table, std::slice::from_ref(row)),
        SummarySubject::Rows { table, rows } => (table, rows.as_slice()),
    };
    let table = run.table(name)?;
    if let Some(&unknown) = rows.iter().find(|&&row| row as usize >= table.vocabulary.len()) {
        return Err(run.unknown_row(&table, unknown).into());
    }
    let items = items_of_rows(run, &table, rows);
    let left_out = table.type_index.filter(|&k| k > 0);
    let items = profile.summarize(run, &items, left_out, listed);
    let mut nearest = Vec::new();
    for other in run.table_names() {
        if watch.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let other = run.table(other)?;
        nearest.push((other.name.to_owned(), nearest_in(run, &other, &table, subject, &items, listed)));
    }
    Ok(Summary { items, nearest })
}

/// The items that rows of a table stand for.
pub(super) fn items_of_rows(run: &Run, table: &TableView<'_>, rows: &[u32]) -> Vec<u32> {
    match table.type_index {
        Some(0) => rows.to_vec(),
        Some(k) => {
            let mut wanted = vec![false; table.vocabulary.len()];
            rows.iter().for_each(|&row| wanted[row as usize] = true);
            let is_wanted = |id: u32| id != ItemAttributes::MISSING && wanted[id as usize];
            (0..).zip(run.attributes.ids.column(k)).filter(|&(_, &id)| is_wanted(id)).map(|(item, _)| item).collect()
        }
        None => rows.iter().flat_map(|&user| run.history(user as usize)).copied().collect(),
    }
}

fn nearest_in(
    run: &Run,
    to: &TableView<'_>,
    from: &TableView<'_>,
    subject: &SummarySubject,
    items: &ItemSummary,
    listed: usize,
) -> Vec<NeighborRow> {
    let same = to.name == from.name;
    let found = match subject {
        SummarySubject::Id(Subject { row, .. }) if same => {
            neighbors::nearest(to.vectors, to.vectors.row(*row as usize), listed, Metric::Cosine, Some(*row))
        }
        SummarySubject::Id(Subject { row, .. }) => {
            let query = image(run, from, *row);
            neighbors::nearest(item_space_vectors(run, to).view(), query.view(), listed, Metric::Cosine, None)
        }
        SummarySubject::Rows { rows, .. } => {
            let mut left_out = vec![false; to.vocabulary.len()];
            if same {
                rows.iter().for_each(|&row| left_out[row as usize] = true);
            }
            let (space, query) = (item_space_vectors(run, to), items.mean_direction.view());
            neighbors::nearest_where(space.view(), query, listed, Metric::Cosine, |row| !left_out[row as usize])
        }
    };
    found.into_iter().map(|neighbor| list_row(to, neighbor.index, neighbor.score)).collect()
}
