//! Neighbours of so many rows that comparing all with all would take long: only near blocks are compared, and what is
//! missed is measured.

use ndarray::ArrayView2;

use super::graph::{checked, wanted};
use super::search::{best_of, nearest};
use super::tiles::{Blocks, Search};
use super::{GraphError, Metric, Neighbor, NeighborGraph};
use crate::progress::Watch;

/// Rows up to which [`Neighborhoods::find`] compares all with all.
pub const MOST_ROWS_EXACT: usize = 300_000;

/// The recall at which an approximate search is content. With 0.98 a map by t-SNE cannot be told from one of exact
/// neighbours; with 0.81 it is spoilt.
pub const WANTED_RECALL: f64 = 0.98;

/// Rows whose neighbours are found exactly as well, to compare.
const SAMPLE: usize = 480;

/// Near blocks that each block is compared with at first; twice as many when that is not enough, and so on.
const FIRST_REACH: usize = 16;

/// How far a graph can be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Accuracy {
    /// All rows were compared with all.
    Exact,
    /// Some neighbours were missed.
    Approximate {
        /// The share of true neighbours that were found, over `sample` rows evenly spread over all.
        recall: f64,
        /// Rows of the sample.
        sample: usize,
    },
}

/// Neighbours of all rows, and how far they can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighborhoods {
    /// The neighbours.
    pub graph: NeighborGraph,
    /// How far they can be trusted.
    pub accuracy: Accuracy,
}

impl Neighborhoods {
    /// The `k` nearest rows of each of `rows` [rows, dims]: exact up to [`MOST_ROWS_EXACT`] rows, approximate beyond, which
    /// the result then says.
    ///
    /// # Errors
    /// [`GraphError`] for values that are not finite, and when `watch` is cancelled.
    pub fn find(rows: ArrayView2<'_, f32>, k: usize, metric: Metric, watch: &Watch) -> Result<Self, GraphError> {
        if rows.nrows() <= MOST_ROWS_EXACT {
            let graph = NeighborGraph::exact(rows, k, metric, watch)?;
            return Ok(Self { graph, accuracy: Accuracy::Exact });
        }
        Self::approximate(rows, k, metric, watch)
    }

    /// Neighbours from near blocks only: blocks are clusters of at most 240 rows, and each is compared with more and more of those
    /// that lie nearest to it until the recall, measured on a sample, reaches [`WANTED_RECALL`]. Scores are exact.
    /// The same rows give the same graph, whatever the number of threads.
    ///
    /// # Errors
    /// [`GraphError`] for values that are not finite, and when `watch` is cancelled.
    pub fn approximate(rows: ArrayView2<'_, f32>, k: usize, metric: Metric, watch: &Watch) -> Result<Self, GraphError> {
        let rows = checked(rows)?;
        let k = k.min(rows.nrows().saturating_sub(1));
        if k == 0 {
            let graph = NeighborGraph::without_neighbors(rows.nrows());
            return Ok(Self { graph, accuracy: Accuracy::Exact });
        }
        let mut search = Search::new(rows.view(), wanted(k, rows.nrows()), metric, Blocks::Cells, watch)?;
        let sample = Sample::new(rows.view(), k, metric, &search, watch)?;
        let mut reach = FIRST_REACH;
        let recall = loop {
            search.compare_near(reach, watch)?;
            let recall = sample.recall(&search);
            if recall >= WANTED_RECALL || reach >= search.blocks() {
                break recall;
            }
            reach *= 2;
        };
        let is_exact = reach + 1 >= search.blocks();
        let graph = NeighborGraph::found(rows.view(), k, metric, search, is_exact, watch)?;
        let accuracy =
            if is_exact { Accuracy::Exact } else { Accuracy::Approximate { recall, sample: sample.rows.len() } };
        Ok(Self { graph, accuracy })
    }
}

/// Rows with their exact neighbours.
struct Sample<'a> {
    table: ArrayView2<'a, f32>,
    k: usize,
    metric: Metric,
    rows: Vec<u32>,
    neighbors: Vec<Vec<Neighbor>>,
}

impl<'a> Sample<'a> {
    fn new(
        table: ArrayView2<'a, f32>,
        k: usize,
        metric: Metric,
        search: &Search<'_>,
        watch: &Watch,
    ) -> Result<Self, GraphError> {
        let count = table.nrows().min(SAMPLE);
        let rows: Vec<u32> = (0..count).map(|i| (i * table.nrows() / count) as u32).collect();
        let candidates = search.of_sample(&rows, watch)?;
        let neighbors = rows
            .iter()
            .zip(candidates)
            .map(|(&row, mut candidates)| {
                candidates.rows.retain(|&other| other != row);
                let found = best_of(table, row as usize, &candidates.rows, k, metric);
                match found.last() {
                    Some(last) if !candidates.may_lack(last.score) => found,
                    _ => nearest(table, table.row(row as usize), k, metric, Some(row)),
                }
            })
            .collect();
        Ok(Self { table, k, metric, rows, neighbors })
    }

    /// The share of the true neighbours that `search` has; one that is as near as the last true one counts.
    fn recall(&self, search: &Search<'_>) -> f64 {
        let mut hits = 0;
        for (&row, exact) in self.rows.iter().zip(&self.neighbors) {
            let Some(last) = exact.last() else { continue };
            let found = best_of(self.table, row as usize, &search.candidates(row as usize), self.k, self.metric);
            hits += found.iter().filter(|found| self.metric.is_as_near(found.score, last.score)).count();
        }
        hits as f64 / (self.rows.len() * self.k) as f64
    }
}
