//! How strongly each pair of points belongs together.

use std::ops::Range;

use rayon::prelude::*;

use super::perplexity::conditional;
use super::symmetrize::{Edge, merge, transpose};
use crate::neighbors::NeighborGraph;
use crate::progress::Watch;
use crate::projection::ProjectionError;
use crate::simd::vectorized;

/// Edges that are handled together; rows are filled up to whole blocks.
pub(super) const BLOCK: usize = 8;

/// Rows of a chunk, the unit of work that a thread takes.
pub(super) const CHUNK_ROWS: usize = 256;

/// Symmetric affinities `P_ij = (p(j|i) + p(i|j)) / 2n` of n points, sparse, adding up to 1.
///
/// Points are renumbered so that near ones stand together: the point at position `p` is row `order[p]` of the vectors.
/// The same graph gives the same bits, whatever the number of threads.
#[derive(Debug)]
pub struct Affinities {
    chunks: Vec<Chunk>,
    order: Vec<u32>,
}

/// The edges of some consecutive positions.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The first position.
    pub(super) first: usize,
    /// Where each position's blocks begin, and the end of the last.
    starts: Vec<u32>,
    /// Neighbours by position; the fill is the position itself. All lie below the number of points.
    columns: Vec<[u32; BLOCK]>,
    /// Their affinities; the fill is 0.
    values: Vec<[f32; BLOCK]>,
}

impl Chunk {
    /// How many positions it holds.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Columns and values of its `row`-th position.
    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> (&[[u32; BLOCK]], &[[f32; BLOCK]]) {
        let range = self.starts[row] as usize..self.starts[row + 1] as usize;
        (&self.columns[range.clone()], &self.values[range])
    }

    /// The positions it holds.
    pub(super) fn positions(&self) -> Range<usize> {
        self.first..self.first + self.len()
    }
}

impl Affinities {
    /// Affinities of the points of `graph`, whose scores must be distances, along their `neighbors` nearest: each
    /// point's Gaussian has the width at which these have that `perplexity`.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`].
    pub fn new(
        graph: &NeighborGraph,
        neighbors: usize,
        perplexity: f64,
        watch: &Watch,
    ) -> Result<Self, ProjectionError> {
        let (rows, k) = (graph.rows(), neighbors.min(graph.k));
        let mut position = vec![0_u32; rows];
        for (at, &row) in graph.order.iter().enumerate() {
            position[row as usize] = at as u32;
        }
        let edges = conditional_edges(graph, k, &position, perplexity, watch);
        let reverse = transpose(&edges, k, rows, watch);
        if watch.is_cancelled() {
            return Err(ProjectionError::Cancelled);
        }
        let scale = 0.5 / rows.max(1) as f64;
        let chunks = (0..rows.div_ceil(CHUNK_ROWS))
            .into_par_iter()
            .map(|chunk| {
                let first = chunk * CHUNK_ROWS;
                let mut made = Chunk { first, starts: vec![0], columns: Vec::new(), values: Vec::new() };
                if watch.is_cancelled() {
                    return made;
                }
                let mut row = Vec::new();
                for at in first..rows.min(first + CHUNK_ROWS) {
                    merge(&edges[at * k..(at + 1) * k], reverse.row(at), &mut row);
                    push_row(&mut made, at as u32, &row, scale as f32);
                }
                made.columns.shrink_to_fit();
                made.values.shrink_to_fit();
                made
            })
            .collect();
        if watch.is_cancelled() {
            return Err(ProjectionError::Cancelled);
        }
        Ok(Self { chunks, order: graph.order.clone() })
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

    /// Every pair with its affinity, both ways, as rows of the vectors.
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32, f32)> + '_ {
        self.chunks.iter().flat_map(move |chunk| {
            (0..chunk.len()).flat_map(move |row| {
                let (columns, values) = chunk.row(row);
                let from = self.order[chunk.first + row];
                let edges = columns.as_flattened().iter().zip(values.as_flattened());
                edges
                    .filter(|(_, value)| **value > 0.0)
                    .map(move |(&to, &value)| (from, self.order[to as usize], value))
            })
        })
    }

    /// Bytes it holds.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        let blocks: usize = self.chunks.iter().map(|chunk| chunk.columns.len()).sum();
        (blocks * BLOCK * 8 + self.order.len() * 8) as u64
    }

    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }
}

/// p(j | i) of each point's `k` neighbours, [rows, k] by position; each row sorted by column.
fn conditional_edges(graph: &NeighborGraph, k: usize, position: &[u32], perplexity: f64, watch: &Watch) -> Vec<Edge> {
    let mut edges = vec![Edge::default(); graph.rows() * k];
    if k == 0 {
        return edges;
    }
    edges.par_chunks_mut(k * CHUNK_ROWS).zip(graph.order.par_chunks(CHUNK_ROWS)).for_each(|(edges, rows)| {
        if watch.is_cancelled() {
            return;
        }
        let (mut squares, mut probabilities) = (vec![0.0; k], vec![0.0; k]);
        for (edges, &row) in edges.chunks_mut(k).zip(rows) {
            let distances = &graph.scores[row as usize * graph.k..][..k];
            vectorized(|| conditional(distances, perplexity, &mut squares, &mut probabilities));
            for ((edge, &neighbor), &value) in edges.iter_mut().zip(graph.neighbors(row as usize)).zip(&probabilities) {
                *edge = Edge { column: position[neighbor as usize], value };
            }
            edges.sort_unstable_by_key(|edge| edge.column);
        }
    });
    edges
}

fn push_row(chunk: &mut Chunk, at: u32, row: &[Edge], scale: f32) {
    for edges in row.chunks(BLOCK) {
        let (mut columns, mut values) = ([at; BLOCK], [0.0; BLOCK]);
        for (lane, edge) in edges.iter().enumerate() {
            columns[lane] = edge.column;
            values[lane] = edge.value * scale;
        }
        chunk.columns.push(columns);
        chunk.values.push(values);
    }
    chunk.starts.push(chunk.columns.len() as u32);
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ndarray::Array2;

    use super::*;
    use crate::neighbors::Metric;
    use crate::noise;

    fn cloud(rows: usize) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, 6), noise::uniform(5))
    }

    fn graph(rows: usize, k: usize) -> NeighborGraph {
        let mut graph = NeighborGraph::exact(cloud(rows).view(), k, Metric::Euclidean, &Watch::unattended()).unwrap();
        // Another order than that of the rows.
        graph.order.reverse();
        graph
    }

    #[test]
    fn affinities_are_the_mean_of_both_conditional_probabilities() {
        let graph = graph(700, 15);
        let affinities = Affinities::new(&graph, 15, 5.0, &Watch::unattended()).unwrap();
        let mut wanted: HashMap<(u32, u32), f64> = HashMap::new();
        for row in 0..700_u32 {
            let (mut squares, mut p) = (vec![0.0; 15], vec![0.0; 15]);
            conditional(&graph.scores[row as usize * 15..][..15], 5.0, &mut squares, &mut p);
            for (&to, &p) in graph.neighbors(row as usize).iter().zip(&p) {
                *wanted.entry((row, to)).or_default() += f64::from(p) / 1400.0;
                *wanted.entry((to, row)).or_default() += f64::from(p) / 1400.0;
            }
        }
        wanted.retain(|_, value| *value > 0.0);
        let mut sum = 0.0;
        let mut count = 0;
        for (from, to, value) in affinities.edges() {
            let expected = wanted[&(from, to)];
            assert!((f64::from(value) - expected).abs() <= 1e-6 * expected, "{from}-{to}: {value}, not {expected}");
            sum += f64::from(value);
            count += 1;
        }
        assert_eq!(count, wanted.len());
        assert!((sum - 1.0).abs() < 1e-5, "they add up to {sum}");
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let graph = graph(1000, 12);
        let make = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Affinities::new(&graph, 12, 4.0, &Watch::unattended()).unwrap())
        };
        let (one, three) = (make(1), make(3));
        assert!(one.edges().eq(three.edges()));
    }

    #[test]
    fn no_points_and_a_single_one_have_no_affinities() {
        for rows in [0, 1] {
            let affinities = Affinities::new(&graph(rows, 3), 3, 1.0, &Watch::unattended()).unwrap();
            assert_eq!((affinities.rows(), affinities.edges().count()), (rows, 0));
        }
    }
}
