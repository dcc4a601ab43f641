//! Which IDs may be neighbours, by what their items carry.

use super::rows_with::rows_of_items;
use super::summarize::items_of_rows;
use crate::dataset::ItemAttributes;
use crate::engine::EngineError;
use crate::engine::command::{NearFilter, Subject};
use crate::run::{Run, TableView};

/// `[rows]` of `to`: whether `filter` lets the row be a neighbour of row `row` of `from`. A row of a table of attributes or
/// users belongs to the filter if one of its items does.
///
/// # Errors
/// [`EngineError::Run`] for an unknown type or ID.
pub(super) fn let_through(
    run: &Run,
    from: &TableView<'_>,
    row: u32,
    to: &TableView<'_>,
    filter: &NearFilter,
) -> Result<Vec<bool>, EngineError> {
    let (items, inside) = match filter {
        NearFilter::Same(name) => (sharing(run, from, row, name)?, true),
        NearFilter::Other(name) => (sharing(run, from, row, name)?, false),
        NearFilter::Id(Subject { table, row }) => {
            let table = run.table(table)?;
            if *row as usize >= table.vocabulary.len() {
                return Err(run.unknown_row(&table, *row).into());
            }
            (items_of_rows(run, &table, &[*row]), true)
        }
    };
    let mut through = vec![!inside; to.vocabulary.len()];
    for row in rows_of_items(run, to, items) {
        through[row as usize] = inside;
    }
    Ok(through)
}

/// All items that share an ID of the type `name` with the items of a row.
fn sharing(run: &Run, from: &TableView<'_>, row: u32, name: &str) -> Result<Vec<u32>, EngineError> {
    let of_type = run.table(name)?;
    let Some(k) = of_type.type_index else { return Ok(items_of_rows(run, from, &[row])) };
    let column = run.attributes.ids.column(k);
    let mut wanted = vec![false; of_type.vocabulary.len()];
    for item in items_of_rows(run, from, &[row]) {
        if column[item as usize] != ItemAttributes::MISSING {
            wanted[column[item as usize] as usize] = true;
        }
    }
    let shares = |&(_, &id): &(u32, &u32)| id != ItemAttributes::MISSING && wanted[id as usize];
    Ok((0..).zip(column).filter(shares).map(|(item, _)| item).collect())
}
