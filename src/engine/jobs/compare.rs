//! How two runs differ.

use crate::comparison::{NeighborhoodOverlap, neighborhood_overlap};
use crate::engine::EngineError;
use crate::progress::Watch;
use crate::run::Run;

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
