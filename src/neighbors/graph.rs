//! The nearest rows of every row of a table.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::{Metric, nearest};
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

impl NeighborGraph {
    /// Exact neighbours, by comparing every row of `rows` [rows, dims] with every other.
    /// The same rows give the same graph, whatever the number of threads.
    ///
    /// # Errors
    /// [`GraphError`] for values that are not finite, and when `watch` is cancelled.
    pub fn exact(rows: ArrayView2<'_, f32>, k: usize, metric: Metric, watch: &Watch) -> Result<Self, GraphError> {
        if let Some(row) = rows.rows().into_iter().position(|row| !row.iter().all(|value| value.is_finite())) {
            return Err(GraphError::NotFinite { row });
        }
        let count = rows.nrows();
        let k = k.min(count.saturating_sub(1));
        let found: Vec<_> = (0..count)
            .into_par_iter()
            .map(|row| {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                Ok(nearest(rows, rows.row(row), k, metric, Some(row as u32)))
            })
            .collect::<Result<_, _>>()?;
        let indices = found.iter().flatten().map(|neighbor| neighbor.index).collect();
        let scores = found.iter().flatten().map(|neighbor| neighbor.score).collect();
        Ok(Self { k, indices, scores, order: (0..count as u32).collect() })
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
