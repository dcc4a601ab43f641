//! Which rows of other tables belong to some rows of one.

use std::sync::Arc;

use super::rows_with::rows_of_items;
use super::summarize::items_of_rows;
use crate::engine::EngineError;
use crate::engine::question::BelongingRequest;
use crate::progress::Watch;
use crate::run::Run;

/// The rows of each table of `request.to` that belong to its rows, ascending: by the items that they stand for, those
/// items' attribute IDs, and the users that took one of them.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table or row, [`EngineError::Cancelled`].
pub fn belonging(run: &Run, request: &BelongingRequest, watch: &Watch) -> Result<Vec<Arc<[u32]>>, EngineError> {
    let from = run.table(&request.from)?;
    if let Some(&unknown) = request.rows.iter().find(|&&row| row as usize >= from.vocabulary.len()) {
        return Err(run.unknown_row(&from, unknown).into());
    }
    let items = items_of_rows(run, &from, &request.rows);
    let mut found = Vec::with_capacity(request.to.len());
    for name in &request.to {
        if watch.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let to = run.table(name)?;
        let rows = if to.name == from.name { request.rows.to_vec() } else { rows_of_items(run, &to, items.clone()) };
        found.push(rows.into());
    }
    Ok(found)
}
