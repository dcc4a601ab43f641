//! Which rows of a table a part of a summary stands for.

use super::summarize::items_of_rows;
use crate::dataset::ItemAttributes;
use crate::engine::EngineError;
use crate::engine::question::{Facet, RowsRequest};
use crate::run::{Run, RunError, TableView};
use crate::summary::CatalogueProfile;

/// The rows that `request` asks for, ascending.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table, column or row.
pub fn rows_with(run: &Run, profile: &CatalogueProfile, request: &RowsRequest) -> Result<Vec<u32>, EngineError> {
    let to = run.table(&request.table)?;
    let items = match &request.facet {
        Facet::Id(subject) => {
            let from = run.table(&subject.table)?;
            if subject.row as usize >= from.vocabulary.len() {
                return Err(run.unknown_row(&from, subject.row).into());
            }
            if subject.table == request.table {
                return Ok(vec![subject.row]);
            }
            items_of_rows(run, &from, &[subject.row])
        }
        Facet::Without(name) => match run.table(name)?.type_index {
            Some(k) => {
                let missing = |&(_, &id): &(u32, &u32)| id == ItemAttributes::MISSING;
                (0..).zip(run.attributes.ids.column(k)).filter(missing).map(|(item, _)| item).collect()
            }
            None => Vec::new(),
        },
        Facet::Bin { column, bin } => profile.items_in_bin(column, *bin).ok_or_else(|| RunError::UnknownColumn {
            wanted: column.clone(),
            available: run.numeric_columns().join(", "),
        })?,
    };
    Ok(rows_of_items(run, &to, items))
}

/// The rows of a table that belong to any of the items.
pub(super) fn rows_of_items(run: &Run, to: &TableView<'_>, mut items: Vec<u32>) -> Vec<u32> {
    items.sort_unstable();
    items.dedup();
    match to.type_index {
        Some(0) => items,
        Some(k) => {
            let ids = items.iter().map(|&item| run.attributes.ids[[item as usize, k]]);
            let mut rows: Vec<u32> = ids.filter(|&id| id != ItemAttributes::MISSING).collect();
            rows.sort_unstable();
            rows.dedup();
            rows
        }
        None => {
            let took_one = |&user: &u32| {
                let own = match run.baskets.as_deref() {
                    Some(baskets) => baskets.items_of_user(user),
                    None => run.history(user as usize),
                };
                own.iter().any(|item| items.binary_search(item).is_ok())
            };
            (0..to.vocabulary.len() as u32).filter(took_one).collect()
        }
    }
}
