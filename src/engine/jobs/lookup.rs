//! Questions to a run: what is known of an ID.

use ndarray::{Array1, CowArray, Ix2};

use super::near_filter::let_through;
use crate::dataset::ItemAttributes;
use crate::engine::EngineError;
use crate::engine::command::{Inspection, InspectionRequest, NeighborRow, Subject};
use crate::neighbors::{self, item_space, item_space_of};
use crate::run::{Run, TableView};

/// How many items of an attribute or user [`inspect`] lists.
const LISTED_ITEMS: usize = 200;

/// Looks up all that is known of one ID: attributes, neighbours, items. `generation` is left 0.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table or a row that it lacks.
pub fn inspect(run: &Run, request: &InspectionRequest) -> Result<Inspection, EngineError> {
    let Subject { table: ref name, row } = request.subject;
    let table = run.table(name)?;
    if row as usize >= table.vocabulary.len() {
        return Err(run.unknown_row(&table, row).into());
    }
    let (items, item_total) = items_of(run, &table, row);
    Ok(Inspection {
        request: request.clone(),
        id: table.vocabulary.id(row).to_owned(),
        label: table.label(row).map(str::to_owned),
        count: table.counts[row as usize],
        attributes: if table.type_index == Some(0) { attributes_of(run, row) } else { Vec::new() },
        neighbors: neighbors_of(run, &table, request)?,
        items,
        item_total,
        generation: 0,
    })
}

/// Nearest rows of `request.neighbors_in`: in the type's own space within a type, in item space across types.
fn neighbors_of(run: &Run, from: &TableView<'_>, request: &InspectionRequest) -> Result<Vec<NeighborRow>, EngineError> {
    let to = run.table(&request.neighbors_in)?;
    let (row, same) = (request.subject.row, from.name == to.name);
    let filter = request.filter.as_ref();
    let through = filter.map(|filter| let_through(run, from, row, &to, filter)).transpose()?;
    let keep = |index: u32| !(same && index == row) && through.as_ref().is_none_or(|through| through[index as usize]);
    let found = if same {
        neighbors::nearest_where(from.vectors, from.vectors.row(row as usize), request.k, request.metric, keep)
    } else {
        let query = image(run, from, row);
        neighbors::nearest_where(item_space_vectors(run, &to).view(), query.view(), request.k, request.metric, keep)
    };
    Ok(found.into_iter().map(|neighbor| list_row(&to, neighbor.index, neighbor.score)).collect())
}

/// A table's vectors in item space, [rows, `m_1`]. Item vectors, and user vectors, which are means of item vectors, lie
/// there already.
pub(super) fn item_space_vectors<'a>(run: &Run, table: &TableView<'a>) -> CowArray<'a, f32, Ix2> {
    match table.type_index {
        None | Some(0) => table.vectors.into(),
        Some(type_index) => item_space(&run.model, type_index).into(),
    }
}

/// One of those vectors.
pub(super) fn image(run: &Run, table: &TableView<'_>, row: u32) -> Array1<f32> {
    let vector = table.vectors.row(row as usize);
    match table.type_index {
        None => vector.to_owned(),
        Some(type_index) => item_space_of(&run.model, type_index, vector),
    }
}

/// The IDs an item carries, then its descriptive columns.
pub(super) fn attributes_of(run: &Run, item: u32) -> Vec<(String, String, Option<Subject>)> {
    let mut attributes = Vec::new();
    for (k, id_type) in run.types.iter().enumerate().skip(1) {
        let row = run.attributes.ids[[item as usize, k]];
        if row != ItemAttributes::MISSING {
            let subject = Subject { table: id_type.name.clone(), row };
            attributes.push((id_type.name.clone(), id_type.vocabulary.id(row).to_owned(), Some(subject)));
        }
    }
    attributes.extend(run.descriptions(item).into_iter().map(|(name, value)| (name, value, None)));
    attributes
}

/// The items of an attribute by falling count, or a user's last items, latest first; and how many there are in all.
fn items_of(run: &Run, table: &TableView<'_>, row: u32) -> (Vec<NeighborRow>, usize) {
    let rows: Vec<u32> = match table.type_index {
        Some(0) => return (Vec::new(), 0),
        // Items are ranked by falling count, so the first are the most frequent.
        Some(k) => {
            let column = run.attributes.ids.column(k);
            (0..).zip(column).filter(|&(_, &id)| id == row).map(|(item, _)| item).collect()
        }
        None => run.history(row as usize).iter().rev().copied().collect(),
    };
    let items = run.type_table(0);
    let total = rows.len();
    (rows.into_iter().take(LISTED_ITEMS).map(|item| list_row(&items, item, 0.0)).collect(), total)
}

pub(super) fn list_row(table: &TableView<'_>, row: u32, score: f32) -> NeighborRow {
    NeighborRow {
        row,
        id: table.vocabulary.id(row).to_owned(),
        label: table.label(row).map(str::to_owned),
        score,
        count: table.counts[row as usize],
    }
}
