//! Rows of many kinds, and their neighbours by a plain sort.

use idatlas::neighbors::{Metric, NeighborGraph};
use idatlas::progress::Watch;
use ndarray::{Array2, ArrayView2};

use crate::noise;

pub const METRICS: [Metric; 3] = [Metric::Cosine, Metric::Dot, Metric::Euclidean];

/// Rows about `clusters` centres, in no order.
pub fn clustered(rows: usize, dims: usize, clusters: usize, seed: u64) -> Array2<f32> {
    let mut next = noise::symmetric(seed);
    let centres = Array2::from_shape_simple_fn((clusters, dims), &mut next);
    let mut table = Array2::from_shape_simple_fn((rows, dims), || 0.3 * next());
    for (index, mut row) in table.rows_mut().into_iter().enumerate() {
        row += &centres.row(index * 7919 % clusters);
    }
    table
}

/// Scores of `row` with all of `rows` in f64, and how far f32 scores may be from them.
pub fn scores(rows: &Array2<f64>, lengths: &[f64], row: usize, metric: Metric) -> Vec<(f64, f64)> {
    let query = rows.row(row);
    let score = |(other, products): (usize, f64)| {
        let both = lengths[row] * lengths[other];
        match metric {
            Metric::Dot => (products, 1e-5 * both),
            Metric::Cosine => (if both == 0.0 { 0.0 } else { products / both }, 2e-6),
            Metric::Euclidean => {
                let square: f64 = query.iter().zip(rows.row(other)).map(|(a, b)| (a - b) * (a - b)).sum();
                (square.sqrt(), 1e-5 * square.sqrt())
            }
        }
    };
    rows.dot(&query).into_iter().enumerate().map(score).collect()
}

/// Asserts that `graph` holds the `k` nearest of `rows`: index for index, except where exact scores differ by no more
/// than f32 resolves, and in the order of its own scores, ties by row.
pub fn assert_exact(graph: &NeighborGraph, rows: ArrayView2<'_, f32>, k: usize, metric: Metric, name: &str) {
    let count = rows.nrows();
    let k = k.min(count.saturating_sub(1));
    assert_eq!((graph.k, graph.rows(), graph.indices.len(), graph.scores.len()), (k, count, count * k, count * k));
    let sign = if metric == Metric::Euclidean { 1.0 } else { -1.0 };
    let wide = rows.mapv(f64::from);
    let lengths: Vec<f64> = wide.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect();
    for row in 0..count {
        let all = scores(&wide, &lengths, row, metric);
        let others = (0_u32..).zip(&all).filter(|(other, _)| *other as usize != row);
        let mut exact: Vec<(f64, u32)> = others.map(|(other, score)| (sign * score.0, other)).collect();
        exact.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let found = graph.neighbors(row);
        let told = &graph.scores[row * k..(row + 1) * k];
        for rank in 0..k {
            let (own, near) = all[found[rank] as usize];
            let score = f64::from(told[rank]);
            assert!((score - own).abs() <= near, "{name}, {metric:?}, row {row}, rank {rank}: {score}, exact {own}");
            assert!(
                found[rank] == exact[rank].1 || (sign * own - exact[rank].0).abs() <= 2.0 * near,
                "{name}, {metric:?}, row {row}, rank {rank}: row {} with {own}, exact {:?}",
                found[rank],
                exact[rank]
            );
            if rank > 0 {
                let before = (sign as f32 * told[rank - 1], found[rank - 1]);
                assert!(before < (sign as f32 * told[rank], found[rank]), "{name}, {metric:?}, row {row}: order");
            }
        }
        let mut distinct = found.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() == k && !found.contains(&(row as u32)), "{name}, {metric:?}, row {row}: {found:?}");
    }
    let mut order = graph.order.clone();
    order.sort_unstable();
    assert!(order.iter().copied().eq(0..count as u32), "{name}: the order names each row once");
}

pub fn exact(rows: &Array2<f32>, k: usize, metric: Metric) -> NeighborGraph {
    NeighborGraph::exact(rows.view(), k, metric, &Watch::unattended()).unwrap()
}
