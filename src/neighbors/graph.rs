//! The nearest rows of every row of a table.

use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use super::search::{Metric, best_of, nearest};
use super::tiles::{Blocks, Search};
use crate::progress::Watch;

/// Why the neighbours of all rows cannot be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A value is not a finite number.
    #[error("Row {row} has a value that is not a finite number; leave it out or train again")]
    NotFinite {
        /// The first such row.
        row: usize,
    },
    /// The caller cancelled.
    #[error("Cancelled")]
    Cancelled,
}

/// The `k` nearest rows of each row, nearest first, ties by row; no row is its own neighbour.
#[derive(Debug, Clone, PartialEq)]
pub struct NeighborGraph {
    /// Neighbours of a row: what was asked for, or all others where there are fewer.
    pub k: usize,
    /// [rows, k], row-major: the neighbours.
    pub indices: Vec<u32>,
    /// [rows, k], row-major: their scores, similarity for cosine and dot, distance for Euclidean.
    pub scores: Vec<f32>,
    /// `[rows]` the rows in an order that puts near ones together, so that work along it finds its memory in cache.
    pub order: Vec<u32>,
}

/// Candidates kept beyond `k`: scores of the search round otherwise than those that are reported, so that neighbours
/// near the end of the list may change places.
const SPARE: usize = 4;

/// How many candidates each of `rows` rows keeps for the sake of `k` neighbours.
pub(super) fn wanted(k: usize, rows: usize) -> usize {
    (k + SPARE).min(rows - 1)
}

/// `rows`, one behind the other in memory.
///
/// # Errors
/// [`GraphError::NotFinite`].
pub(super) fn checked(rows: ArrayView2<'_, f32>) -> Result<CowArray<'_, f32, Ix2>, GraphError> {
    if let Some(row) = rows.rows().into_iter().position(|row| !row.iter().all(|value| value.is_finite())) {
        return Err(GraphError::NotFinite { row });
    }
    Ok(match rows.ncols() {
        // Rows without numbers are as near to each other as rows of one zero.
        0 => Array2::zeros((rows.nrows(), 1)).into(),
        _ if rows.is_standard_layout() => rows.into(),
        _ => rows.as_standard_layout().into_owned().into(),
    })
}

impl NeighborGraph {
    /// Exact neighbours, by comparing every row of `rows` [rows, dims] with every other.
    /// The same rows give the same graph, whatever the number of threads.
    ///
    /// # Errors
    /// [`GraphError`] for values that are not finite, and when `watch` is cancelled.
    pub fn exact(rows: ArrayView2<'_, f32>, k: usize, metric: Metric, watch: &Watch) -> Result<Self, GraphError> {
        let rows = checked(rows)?;
        let k = k.min(rows.nrows().saturating_sub(1));
        if k == 0 {
            return Ok(Self::without_neighbors(rows.nrows()));
        }
        let mut search = Search::new(rows.view(), wanted(k, rows.nrows()), metric, Blocks::Leaves, watch)?;
        search.compare_all(watch)?;
        Self::found(rows.view(), k, metric, search, true, watch)
    }

    /// The graph of rows that have none.
    pub(super) fn without_neighbors(rows: usize) -> Self {
        Self { k: 0, indices: Vec::new(), scores: Vec::new(), order: (0..rows as u32).collect() }
    }

    /// The `k` best of the candidates that `search` has for each of `rows`. `is_exact`: rows whose candidates may lack a
    /// neighbour because of rounding are searched again one by one.
    pub(super) fn found(
        rows: ArrayView2<'_, f32>,
        k: usize,
        metric: Metric,
        mut search: Search<'_>,
        is_exact: bool,
        watch: &Watch,
    ) -> Result<Self, GraphError> {
        let count = rows.nrows();
        search.settle(watch, |row, candidates| {
            let found = best_of(rows, row as usize, &candidates.rows, k, metric);
            match found.last() {
                Some(last) if found.len() == k && !(is_exact && candidates.may_lack(last.score)) => found,
                _ => nearest(rows, rows.row(row as usize), k, metric, Some(row)),
            }
        })?;
        let (mut indices, mut scores) = (vec![0; count * k], vec![0.0; count * k]);
        indices.par_chunks_mut(k).zip(scores.par_chunks_mut(k)).enumerate().for_each(|(row, (indices, scores))| {
            for ((index, score), neighbor) in indices.iter_mut().zip(scores).zip(search.settled(row)) {
                (*index, *score) = (neighbor.index, neighbor.score);
            }
        });
        Ok(Self { k, indices, scores, order: search.into_order() })
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// The neighbours of `row`, nearest first.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn neighbors(&self, row: usize) -> &[u32] {
        &self.indices[row * self.k..(row + 1) * self.k]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn each_row_has_its_nearest_others() {
        let rows = array![[0.0_f32], [1.0], [3.0], [7.0]];
        let graph = NeighborGraph::exact(rows.view(), 2, Metric::Euclidean, &Watch::unattended()).unwrap();
        assert_eq!((graph.k, graph.rows()), (2, 4));
        assert_eq!(graph.indices, [1, 2, 0, 2, 1, 0, 2, 1]);
        assert_eq!(graph.scores, [1.0, 3.0, 1.0, 2.0, 2.0, 3.0, 4.0, 6.0]);
        assert_eq!(graph.neighbors(3), [2, 1]);
    }

    #[test]
    fn fewer_rows_than_k_give_all_others_and_none_gives_none() {
        let one = NeighborGraph::exact(array![[1.0_f32]].view(), 5, Metric::Cosine, &Watch::unattended()).unwrap();
        assert_eq!((one.k, one.rows()), (0, 1));
        let three =
            NeighborGraph::exact(array![[1.0_f32], [1.0], [1.0]].view(), 5, Metric::Dot, &Watch::unattended()).unwrap();
        assert_eq!(three.indices, [1, 2, 0, 2, 0, 1]);
    }

    #[test]
    fn a_row_that_is_not_finite_is_named() {
        let rows = array![[0.0_f32], [f32::NAN], [f32::INFINITY]];
        let refused = NeighborGraph::exact(rows.view(), 1, Metric::Dot, &Watch::unattended());
        assert_eq!(refused, Err(GraphError::NotFinite { row: 1 }));
    }
}
