//! Ranks every candidate for every query by the model.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::Query;
use super::metrics::Ranks;
use super::scores::Factors;
use super::top_rows::TopRows;
use crate::neighbors::{PackedRows, scan};
use crate::progress::Watch;

/// Queries that meet a candidate at once: enough to read the candidates seldom, few enough to stay near.
pub(super) const QUERIES_A_BLOCK: usize = 120;

/// Candidates between two looks at the watch.
const CANDIDATES_A_STRETCH: usize = 4096;

/// The ranks below `depth` of each query's targets; `None` if cancelled. Equal scores rank by index; a target whose
/// score is no number is never found. The result does not depend on the number of threads.
/// At most `block` queries meet a candidate at once.
pub(super) fn model_ranks(
    factors: &Factors<'_>,
    queries: &[Query],
    depth: usize,
    block: usize,
    watch: &Watch,
) -> Option<Ranks> {
    let block = block.min(queries.len().div_ceil(rayon::current_num_threads())).max(1);
    let done = AtomicU64::new(0);
    let total = Some(queries.len() as u64);
    let blocks: Option<Vec<Ranks>> = queries
        .par_chunks(block)
        .map(|queries| {
            let vectors = PackedRows::new(factors.queries(queries).view());
            let top = |query: &Query| TopRows::new(depth + query.own.len(), factors.apart(&query.history));
            let mut tops: Vec<TopRows> = queries.iter().map(top).collect();
            for candidates in factors.candidates.stretches(CANDIDATES_A_STRETCH) {
                if watch.is_cancelled() {
                    return None;
                }
                scan(&vectors, &factors.candidates, candidates, &mut tops);
            }
            let ranks = tops.into_iter().zip(queries).map(|(top, query)| top.ranks(&query.targets, &query.own));
            let so_far = done.fetch_add(queries.len() as u64, Ordering::Relaxed) + queries.len() as u64;
            watch.report("Evaluating", so_far, total, "queries");
            Some(ranks.collect())
        })
        .collect();
    Some(blocks?.into_iter().flatten().collect())
}
