//! Exact search by a scan with a running top-k.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::str::FromStr;

use ndarray::{ArrayView1, ArrayView2, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kernels;
use crate::simd::wide;

/// How nearness is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Cosine similarity, higher is nearer; a zero vector scores 0.
    #[default]
    Cosine,
    /// Dot product, higher is nearer.
    Dot,
    /// Euclidean distance, lower is nearer.
    Euclidean,
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cosine" => Ok(Self::Cosine),
            "dot" => Ok(Self::Dot),
            "euclidean" => Ok(Self::Euclidean),
            other => Err(format!("unknown metric {other:?}; use cosine, dot or euclidean")),
        }
    }
}

/// One row that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// Its row.
    pub index: u32,
    /// The metric's value: similarity for cosine and dot, distance for Euclidean.
    pub score: f32,
}

/// The `k` rows of `table` [rows, dims] nearest to `query` `[dims]`, nearest first, ties by row; `exclude` is left out.
/// Fewer come back where there are fewer rows. A score that is not a number ranks last.
///
/// The result does not depend on the number of threads.
///
/// # Panics
/// If the widths differ.
#[must_use]
pub fn nearest(
    table: ArrayView2<'_, f32>,
    query: ArrayView1<'_, f32>,
    k: usize,
    metric: Metric,
    exclude: Option<u32>,
) -> Vec<Neighbor> {
    nearest_where(table, query, k, metric, |row| exclude != Some(row))
}

/// As [`nearest`], but of the rows that `keep` alone.
///
/// # Panics
/// If the widths differ.
#[must_use]
pub fn nearest_where(
    table: ArrayView2<'_, f32>,
    query: ArrayView1<'_, f32>,
    k: usize,
    metric: Metric,
    keep: impl Fn(u32) -> bool + Sync,
) -> Vec<Neighbor> {
    assert_eq!(table.ncols(), query.len(), "the query has the width of the table");
    let query = query.to_vec();
    let scorer = Scorer::new(&query, metric);
    let starts: Vec<usize> = (0..table.nrows()).step_by(ROWS_A_TASK).collect();
    let mut found: Vec<Candidate> = starts
        .into_par_iter()
        .flat_map_iter(|start| {
            let rows = table.slice(s![start..table.nrows().min(start + ROWS_A_TASK), ..]);
            let mut nearest = TopK::new(k);
            // Rows in memory one behind the other are the usual case and need not be looked up one by one.
            if let Some(values) = rows.as_slice().filter(|_| table.ncols() > 0) {
                wide(|| {
                    for (index, row) in (start as u32..).zip(values.chunks_exact(table.ncols())) {
                        nearest.offer(index, scorer.score(row), metric, &keep);
                    }
                });
            } else {
                for (index, row) in (start as u32..).zip(rows.rows()) {
                    let score = wide(|| match row.as_slice() {
                        Some(row) => scorer.score(row),
                        None => scorer.score(&row.to_vec()),
                    });
                    nearest.offer(index, score, metric, &keep);
                }
            }
            nearest.rows.into_vec()
        })
        .collect();
    found.sort_unstable();
    found.truncate(k);
    found.into_iter().map(|Candidate { index, score, .. }| Neighbor { index, score }).collect()
}

/// The `k` of the rows `candidates` that are nearest to the row `query`, as [`nearest`] scores and orders them.
/// `table` lies row by row in memory.
pub(super) fn best_of(
    table: ArrayView2<'_, f32>,
    query: usize,
    candidates: &[u32],
    k: usize,
    metric: Metric,
) -> Vec<Neighbor> {
    let row = |index: usize| table.row(index).to_slice().unwrap_or_default();
    let scorer = Scorer::new(row(query), metric);
    let candidate = |&index: &u32| {
        let score = scorer.score(row(index as usize));
        Candidate { key: metric.key(score), index, score }
    };
    let mut found: Vec<Candidate> = wide(|| candidates.iter().map(candidate).collect());
    found.sort_unstable();
    found.truncate(k);
    found.into_iter().map(|Candidate { index, score, .. }| Neighbor { index, score }).collect()
}

// Enough work for a task to be worth handing to another thread.
const ROWS_A_TASK: usize = 8192;

impl Metric {
    /// Lower is nearer; a score that is not a number comes last.
    #[inline(always)]
    pub(super) fn key(self, score: f32) -> f32 {
        if score.is_nan() {
            f32::INFINITY
        } else if self == Self::Euclidean {
            score
        } else {
            // 0 - 0 and 0 - -0 are both 0, so that zeros of either sign tie.
            0.0 - score
        }
    }

    /// Whether a row with `score` is at least as near as one with `other`.
    pub(super) fn is_as_near(self, score: f32, other: f32) -> bool {
        self.key(score) <= self.key(other)
    }
}

/// Scores rows against one query.
pub(super) struct Scorer<'a> {
    query: &'a [f32],
    metric: Metric,
    /// Length of the query, 0 where it is outside the range in which f32 squares are trusted.
    length: f32,
}

impl<'a> Scorer<'a> {
    /// For a query and a metric.
    pub(super) fn new(query: &'a [f32], metric: Metric) -> Self {
        let square = kernels::dot(query, query);
        Self { query, metric, length: if is_trusted(square) { square.sqrt() } else { 0.0 } }
    }

    /// The metric's value for a row of the query's width.
    #[inline(always)]
    pub(super) fn score(&self, row: &[f32]) -> f32 {
        match self.metric {
            Metric::Dot => kernels::dot(self.query, row),
            Metric::Euclidean => {
                let square = kernels::squared_distance(self.query, row);
                if is_trusted(square) { square.sqrt() } else { kernels::careful_distance(self.query, row) }
            }
            Metric::Cosine => {
                // The second sum finds the row in cache; both in one loop take twice as long.
                let (dot, square) = (kernels::dot(self.query, row), kernels::dot(row, row));
                if self.length > 0.0 && is_trusted(square) {
                    dot / (self.length * square.sqrt())
                } else {
                    kernels::careful_cosine(self.query, row)
                }
            }
        }
    }
}

/// Whether a sum of f32 squares neither overflowed nor lost digits to underflow.
#[inline(always)]
fn is_trusted(square: f32) -> bool {
    (1e-25..1e30).contains(&square)
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    key: f32,
    index: u32,
    score: f32,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.total_cmp(&other.key).then(self.index.cmp(&other.index))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// The `k` least candidates so far.
pub(super) struct TopK {
    /// The greatest of them on top.
    rows: BinaryHeap<Candidate>,
    k: usize,
    /// The key that others must stay below, once there are `k`.
    worst: f32,
}

impl TopK {
    /// With room for `k`.
    pub(super) fn new(k: usize) -> Self {
        Self { rows: BinaryHeap::with_capacity(k.min(ROWS_A_TASK)), k, worst: f32::NEG_INFINITY }
    }

    /// The score that a row must reach to be among the best so far, where higher is nearer.
    #[inline(always)]
    pub(super) fn threshold(&self) -> f32 {
        if self.rows.len() < self.k { f32::NEG_INFINITY } else { 0.0 - self.worst }
    }

    /// Takes a row if it is among the best so far and `keep` says so. Rows come in order.
    #[inline(always)]
    pub(super) fn offer(&mut self, index: u32, score: f32, metric: Metric, keep: impl Fn(u32) -> bool) {
        let key = metric.key(score);
        // Rows come in order, so one that only ties with the worst is behind it.
        if (self.rows.len() < self.k || key < self.worst) && keep(index) {
            self.keep(Candidate { key, index, score });
        }
    }

    /// The rows, nearest first.
    pub(super) fn into_rows(self) -> Vec<u32> {
        self.rows.into_sorted_vec().into_iter().map(|candidate| candidate.index).collect()
    }

    #[inline(never)]
    fn keep(&mut self, candidate: Candidate) {
        if self.rows.len() == self.k {
            self.rows.pop();
        }
        self.rows.push(candidate);
        if self.rows.len() == self.k
            && let Some(worst) = self.rows.peek()
        {
            self.worst = worst.key;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, array};

    use super::*;
    use crate::noise;

    fn exact_score(row: ArrayView1<'_, f32>, query: ArrayView1<'_, f32>, metric: Metric) -> f64 {
        let (row, query) = (row.mapv(f64::from), query.mapv(f64::from));
        match metric {
            Metric::Dot => row.dot(&query),
            Metric::Euclidean => (&row - &query).mapv(|x| x * x).sum().sqrt(),
            Metric::Cosine => {
                let lengths = row.dot(&row).sqrt() * query.dot(&query).sqrt();
                if lengths == 0.0 { 0.0 } else { row.dot(&query) / lengths }
            }
        }
    }

    #[test]
    fn the_nearest_rows_are_those_of_a_full_sort_in_f64() {
        let mut next = noise::symmetric(7);
        // More rows than one task takes, a width that leaves a rest beside the lanes, a zero row.
        let mut table = Array2::from_shape_simple_fn((ROWS_A_TASK + 500, 37), &mut next);
        table.row_mut(3).fill(0.0);
        let query = Array1::from_shape_simple_fn(37, &mut next);
        for metric in [Metric::Cosine, Metric::Dot, Metric::Euclidean] {
            let found = nearest(table.view(), query.view(), 25, metric, Some(11));
            let mut exact: Vec<(f64, u32)> = (0..table.nrows())
                .filter(|&row| row != 11)
                .map(|row| (exact_score(table.row(row), query.view(), metric), row as u32))
                .collect();
            let sign = if metric == Metric::Euclidean { 1.0 } else { -1.0 };
            exact.sort_by(|a, b| (sign * a.0).total_cmp(&(sign * b.0)).then(a.1.cmp(&b.1)));
            for (rank, (ours, (score, row))) in found.iter().zip(&exact).enumerate() {
                assert_eq!(ours.index, *row, "{metric:?}, rank {rank}");
                assert!(
                    (f64::from(ours.score) - score).abs() < 1e-5,
                    "{metric:?}, rank {rank}: {ours:?}, exact {score}"
                );
            }
            assert_eq!(found.len(), 25);
        }
    }

    #[test]
    fn rows_that_are_not_kept_do_not_count() {
        let mut next = noise::symmetric(5);
        let table = Array2::from_shape_simple_fn((ROWS_A_TASK + 90, 5), &mut next);
        let query = Array1::from_shape_simple_fn(5, &mut next);
        let kept = |row: u32| row % 7 == 2;
        let mut all = nearest(table.view(), query.view(), table.nrows(), Metric::Cosine, None);
        all.retain(|neighbor| kept(neighbor.index));
        all.truncate(30);
        assert_eq!(nearest_where(table.view(), query.view(), 30, Metric::Cosine, kept), all);
        assert!(nearest_where(table.view(), query.view(), 30, Metric::Cosine, |_| false).is_empty());
    }

    #[test]
    fn ties_come_by_row_and_a_large_k_gives_every_row() {
        let table = array![[1.0, 0.0], [0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [-1.0, 0.0]];
        let found = nearest(table.view(), array![3.0, 0.0].view(), 99, Metric::Cosine, None);
        let rows: Vec<u32> = found.iter().map(|neighbor| neighbor.index).collect();
        assert_eq!(rows, [0, 2, 1, 3, 4]);
        assert_eq!(found[2].score, 0.0, "a zero row scores 0");
        assert!(nearest(table.view(), array![3.0, 0.0].view(), 0, Metric::Cosine, None).is_empty());
        assert!(nearest(Array2::zeros((0, 2)).view(), array![3.0, 0.0].view(), 5, Metric::Dot, None).is_empty());
    }

    #[test]
    fn a_score_that_is_no_number_ranks_last() {
        let table = array![[f32::NAN, 0.0], [1.0, 0.0], [-1.0, 0.0]];
        for metric in [Metric::Cosine, Metric::Dot, Metric::Euclidean] {
            let found = nearest(table.view(), array![1.0, 0.0].view(), 3, metric, None);
            let rows: Vec<u32> = found.iter().map(|neighbor| neighbor.index).collect();
            assert_eq!(rows, [1, 2, 0], "{metric:?}");
        }
    }

    #[test]
    fn cosine_survives_lengths_beyond_the_range_of_f32_squares() {
        let table = array![[3e25, 4e25], [3e-25, 4e-25], [4e25, -3e25]];
        for scale in [1e-25_f32, 1.0, 1e25] {
            let query = array![3.0 * scale, 4.0 * scale];
            let found = nearest(table.view(), query.view(), 3, Metric::Cosine, None);
            let scores: Vec<f32> = found.iter().map(|neighbor| neighbor.score).collect();
            for (score, exact) in scores.iter().zip([1.0, 1.0, 0.0]) {
                assert!((score - exact).abs() < 1e-6, "scale {scale}: {scores:?}");
            }
        }
    }

    #[test]
    fn distances_survive_squares_beyond_the_range_of_f32() {
        for scale in [1e-28_f32, 1.0, 1e28] {
            let table = array![[3.0 * scale, 4.0 * scale], [0.0, 0.0], [0.0, 2.0 * scale]];
            let found = nearest(table.view(), array![0.0, 0.0].view(), 3, Metric::Euclidean, None);
            let rows: Vec<u32> = found.iter().map(|neighbor| neighbor.index).collect();
            assert_eq!(rows, [1, 2, 0], "scale {scale}");
            assert!((found[2].score / (5.0 * scale) - 1.0).abs() < 1e-6, "scale {scale}: {found:?}");
        }
    }

    #[test]
    fn a_table_that_lies_in_columns_gives_the_same() {
        let mut next = noise::symmetric(3);
        let table = Array2::from_shape_simple_fn((40, 9), &mut next);
        let query = table.row(5).to_owned();
        let columns = table.t().as_standard_layout().into_owned();
        let by_rows = nearest(table.view(), query.view(), 8, Metric::Euclidean, None);
        assert_eq!(by_rows, nearest(columns.t(), query.view(), 8, Metric::Euclidean, None));
        assert_eq!((by_rows[0].index, by_rows[0].score), (5, 0.0));
    }
}
