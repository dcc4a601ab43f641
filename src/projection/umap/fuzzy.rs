//! The union of all points' memberships.

use rayon::prelude::*;

use super::membership::memberships;
use crate::neighbors::NeighborGraph;
use crate::progress::Watch;
use crate::projection::ProjectionError;
use crate::projection::tsne::{Edge, transpose};
use crate::simd::vectorized;

/// Rows that a thread takes at once.
const CHUNK_ROWS: usize = 256;

/// A full membership in the fixed point that rates have: 1 is the largest number.
const ONE: f64 = u32::MAX as f64;

/// Symmetric memberships `w_ij = m_ij + m_ji - m_ij m_ji` of points, sparse, 0 to 1: the probability that at least one
/// of both ties is there (McInnes et al. 2018, algorithm 1).
///
/// Points are renumbered so that near ones stand together: the point at position `p` is row `order[p]` of the vectors.
/// The same graph gives the same bits, whatever the number of threads.
#[derive(Debug)]
pub struct FuzzyGraph {
    order: Vec<u32>,
    /// [points + 1] where each position's edges begin.
    starts: Vec<usize>,
    /// Neighbours by position; all lie below the number of points.
    columns: Vec<u32>,
    /// Memberships in fixed point: the share of epochs in which an edge is sampled.
    rates: Vec<u32>,
}

impl FuzzyGraph {
    /// Memberships of the points of `graph`, whose scores must be distances, along their `others` nearest.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`].
    pub fn new(graph: &NeighborGraph, others: usize, watch: &Watch) -> Result<Self, ProjectionError> {
        let (rows, k) = (graph.rows(), others.min(graph.k));
        let mut position = vec![0_u32; rows];
        for (at, &row) in graph.order.iter().enumerate() {
            position[row as usize] = at as u32;
        }
        let edges = own_edges(graph, k, &position, watch);
        let reverse = transpose(&edges, k, rows, watch);
        if watch.is_cancelled() {
            return Err(ProjectionError::Cancelled);
        }
        let parts: Vec<(Vec<usize>, Vec<u32>, Vec<u32>)> = (0..rows.div_ceil(CHUNK_ROWS))
            .into_par_iter()
            .map(|chunk| {
                let (mut lengths, mut columns, mut rates) = (Vec::new(), Vec::new(), Vec::new());
                for at in chunk * CHUNK_ROWS..rows.min((chunk + 1) * CHUNK_ROWS) {
                    let before = columns.len();
                    unite(&edges[at * k..(at + 1) * k], reverse.row(at), |column, value| {
                        let rate = (f64::from(value) * ONE) as u32;
                        if rate > 0 {
                            columns.push(column);
                            rates.push(rate);
                        }
                    });
                    lengths.push(columns.len() - before);
                }
                (lengths, columns, rates)
            })
            .collect();
        if watch.is_cancelled() {
            return Err(ProjectionError::Cancelled);
        }
        drop((edges, reverse));
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        let total = parts.iter().map(|(_, columns, _)| columns.len()).sum();
        let (mut columns, mut rates) = (Vec::with_capacity(total), Vec::with_capacity(total));
        let mut end = 0;
        for (lengths, part_columns, part_rates) in parts {
            for length in lengths {
                end += length;
                starts.push(end);
            }
            columns.extend_from_slice(&part_columns);
            rates.extend_from_slice(&part_rates);
        }
        Ok(Self { order: graph.order.clone(), starts, columns, rates })
    }

    /// How many points there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// Which row of the vectors stands at each position.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Every pair with its membership, both ways, as rows of the vectors.
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32, f32)> + '_ {
        (0..self.rows()).flat_map(move |at| {
            let (_, columns, rates) = self.row(at);
            let from = self.order[at];
            columns
                .iter()
                .zip(rates)
                .map(move |(&to, &rate)| (from, self.order[to as usize], (f64::from(rate) / ONE) as f32))
        })
    }

    /// Number of the first edge, neighbours' positions and rates of the point at position `at`.
    #[inline(always)]
    pub(super) fn row(&self, at: usize) -> (usize, &[u32], &[u32]) {
        let range = self.starts[at]..self.starts[at + 1];
        (range.start, &self.columns[range.clone()], &self.rates[range])
    }
}

/// Memberships of each point's `k` neighbours, [rows, k] by position; each row sorted by column.
fn own_edges(graph: &NeighborGraph, k: usize, position: &[u32], watch: &Watch) -> Vec<Edge> {
    let mut edges = vec![Edge::default(); graph.rows() * k];
    if k == 0 {
        return edges;
    }
    let distances = |row: u32| &graph.scores[row as usize * graph.k..][..k];
    let sum: f64 = (0..graph.rows() as u32).map(|row| distances(row).iter().map(|&d| f64::from(d)).sum::<f64>()).sum();
    // The point itself counts as one of its neighbours.
    let mean = sum / (graph.rows() * (k + 1)) as f64;
    edges.par_chunks_mut(k * CHUNK_ROWS).zip(graph.order.par_chunks(CHUNK_ROWS)).for_each(|(edges, rows)| {
        if watch.is_cancelled() {
            return;
        }
        let (mut beyond, mut values) = (vec![0.0; k], vec![0.0; k]);
        for (edges, &row) in edges.chunks_mut(k).zip(rows) {
            vectorized(|| memberships(distances(row), mean, &mut beyond, &mut values));
            for ((edge, &neighbor), &value) in edges.iter_mut().zip(graph.neighbors(row as usize)).zip(&values) {
                *edge = Edge { column: position[neighbor as usize], value };
            }
            edges.sort_unstable_by_key(|edge| edge.column);
        }
    });
    edges
}

/// Calls `visit` with each column that either of two rows sorted by column has, and the probabilistic sum of both.
fn unite(a: &[Edge], b: &[Edge], mut visit: impl FnMut(u32, f32)) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let column = a.get(i).map_or(u32::MAX, |edge| edge.column).min(b.get(j).map_or(u32::MAX, |edge| edge.column));
        let take = |edges: &[Edge], at: &mut usize| match edges.get(*at) {
            Some(edge) if edge.column == column => {
                *at += 1;
                edge.value
            }
            _ => 0.0,
        };
        let (one, other) = (take(a, &mut i), take(b, &mut j));
        // Commutative in floating point too: both directions of an edge get the same bits.
        visit(column, one + other - one * other);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use ndarray::Array2;

    use super::*;
    use crate::neighbors::Metric;
    use crate::noise;

    fn graph(rows: usize, k: usize) -> NeighborGraph {
        let cloud = Array2::from_shape_simple_fn((rows, 6), noise::uniform(5));
        let mut graph = NeighborGraph::exact(cloud.view(), k, Metric::Euclidean, &Watch::unattended()).unwrap();
        // Another order than that of the rows.
        graph.order.reverse();
        graph
    }

    #[test]
    fn the_union_is_symmetric_and_the_probabilistic_sum_of_both_memberships() {
        let graph = graph(600, 14);
        let united = FuzzyGraph::new(&graph, 14, &Watch::unattended()).unwrap();
        let mut own: HashMap<(u32, u32), f64> = HashMap::new();
        for row in 0..600_u32 {
            let (mut beyond, mut values) = (vec![0.0; 14], vec![0.0; 14]);
            memberships(&graph.scores[row as usize * 14..][..14], 1.0, &mut beyond, &mut values);
            own.extend(graph.neighbors(row as usize).iter().zip(&values).map(|(&to, &m)| ((row, to), f64::from(m))));
        }
        let found: BTreeMap<(u32, u32), f32> = united.edges().map(|(from, to, value)| ((from, to), value)).collect();
        for (&(from, to), &value) in &found {
            assert_eq!(found[&(to, from)], value, "{from}-{to} and back");
            let one = own.get(&(from, to)).copied().unwrap_or(0.0);
            let other = own.get(&(to, from)).copied().unwrap_or(0.0);
            let wanted = one + other - one * other;
            assert!((f64::from(value) - wanted).abs() < 1e-6, "{from}-{to}: {value}, not {wanted}");
        }
        assert!(own.iter().all(|(edge, &value)| value < 1e-6 || found.contains_key(edge)));
    }

    #[test]
    fn no_points_and_a_single_one_have_no_edges() {
        for rows in [0, 1] {
            let united = FuzzyGraph::new(&graph(rows, 3), 3, &Watch::unattended()).unwrap();
            assert_eq!((united.rows(), united.edges().count()), (rows, 0));
        }
    }
}
