//! Ranks every candidate for every query by the model.

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, s};
use rayon::prelude::*;

use super::Query;
use super::metrics::Ranks;
use super::scores::Factors;
use super::top_rows::TopRows;
use crate::progress::Watch;

/// Queries multiplied at once: enough to read the candidates seldom.
pub(super) const QUERIES_A_BLOCK: usize = 64;

/// Scores of one block, in floats: bounds memory for large catalogues.
const SCORES_A_BLOCK: usize = 8 << 20;

/// Candidates between two looks at the watch.
const CANDIDATES_A_STEP: usize = 4096;

/// The ranks below `depth` of each query's targets; `None` if cancelled. Equal scores rank by index; a target whose
/// score is no number is never found. The result does not depend on the number of threads.
/// At most `block` queries are multiplied at once.
pub(super) fn model_ranks(
    factors: &Factors<'_>,
    queries: &[Query],
    depth: usize,
    block: usize,
    watch: &Watch,
) -> Option<Ranks> {
    let items = factors.candidates.nrows();
    let block = (SCORES_A_BLOCK / items.max(1)).clamp(1, block);
    let done = AtomicU64::new(0);
    let total = Some(queries.len() as u64);
    let blocks: Option<Vec<Ranks>> = queries
        .par_chunks(block)
        .map_init(
            || (Array2::zeros((block, items)), TopRows::default()),
            |(scores, top), queries| {
                let vectors = factors.queries(queries);
                let mut scores = scores.slice_mut(s![..queries.len(), ..]);
                for start in (0..items).step_by(CANDIDATES_A_STEP) {
                    if watch.is_cancelled() {
                        return None;
                    }
                    let range = s![start..items.min(start + CANDIDATES_A_STEP), ..];
                    let candidates = factors.candidates.slice(range);
                    let columns = s![.., start..start + candidates.nrows()];
                    general_mat_mul(1.0, &vectors, &candidates.t(), 0.0, &mut scores.slice_mut(columns));
                }
                let mut ranks = Vec::with_capacity(queries.len());
                for (query, mut row) in queries.iter().zip(scores.rows_mut()) {
                    let row = row.as_slice_mut()?;
                    row.iter_mut().zip(&factors.bias).for_each(|(score, bias)| *score += bias);
                    ranks.push(top.ranks(row, &query.targets, &query.own, depth));
                }
                let so_far = done.fetch_add(queries.len() as u64, Ordering::Relaxed) + queries.len() as u64;
                watch.report("Evaluating", so_far, total, "queries");
                Some(ranks)
            },
        )
        .collect();
    Some(blocks?.into_iter().flatten().collect())
}
