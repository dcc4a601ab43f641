//! `NeighborGraph::exact`.

use std::sync::{Arc, Mutex};

use idatlas::neighbors::{GraphError, Metric, NeighborGraph, nearest};
use idatlas::progress::{CancelToken, Watch};
use ndarray::{Array2, Axis, s};
use proptest::prelude::*;

use super::inputs::{METRICS, assert_exact, clustered, exact};
use crate::noise;

#[test]
fn neighbours_are_exact_on_rows_of_every_kind() {
    let mut next = noise::symmetric(5);
    let mut spread = clustered(700, 50, 9, 1);
    spread.rows_mut().into_iter().enumerate().for_each(|(i, mut row)| row *= 10_f32.powi(i as i32 % 7 - 3));
    let mut far_apart = clustered(600, 20, 6, 2);
    far_apart.rows_mut().into_iter().enumerate().for_each(|(i, mut row)| row += 3e4 * (i % 6) as f32);
    let mut outlier = clustered(600, 40, 6, 3);
    outlier.row_mut(77).fill(1e9);
    let mut constant = clustered(500, 36, 5, 4);
    constant.slice_mut(s![.., 3..]).fill(1e5);
    let mut zeros = clustered(600, 45, 5, 6);
    zeros.slice_mut(s![100..400, ..]).fill(0.0);
    let whole = Array2::from_shape_simple_fn((900, 3), || (next() * 4.0).round());
    let cases = [
        ("clustered", clustered(1300, 100, 10, 7)),
        ("isotropic", Array2::from_shape_simple_fn((600, 60), &mut next)),
        ("lengths from 0.001 to 1000", spread),
        ("clusters far apart", far_apart),
        ("one row far out", outlier),
        ("constant columns", constant),
        ("zero rows", zeros),
        ("whole numbers, many ties", whole),
        ("one dimension", Array2::from_shape_simple_fn((700, 1), &mut next)),
        ("tiny", clustered(500, 40, 5, 8) * 1e-15),
        ("huge", clustered(500, 40, 5, 9) * 1e16),
        ("all equal", Array2::from_elem((500, 33), 0.1)),
        ("no dimension", Array2::zeros((300, 0))),
    ];
    for (name, rows) in &cases {
        for metric in METRICS {
            assert_exact(&exact(rows, 12, metric), rows.view(), 12, metric, name);
        }
    }
}

#[test]
fn scores_and_ties_are_those_of_a_query_for_one_row() {
    let mut rows = clustered(900, 40, 8, 11);
    // Equal rows in many blocks.
    for row in (0..900).step_by(3) {
        let source = rows.row(row % 60).to_owned();
        rows.row_mut(row).assign(&source);
    }
    for metric in METRICS {
        let graph = exact(&rows, 20, metric);
        for row in 0..900 {
            let found = nearest(rows.view(), rows.row(row), 20, metric, Some(row as u32));
            let (indices, scores): (Vec<u32>, Vec<f32>) = found.iter().map(|found| (found.index, found.score)).unzip();
            assert_eq!(graph.neighbors(row), indices, "{metric:?}, row {row}: {scores:?}");
            assert_eq!(graph.scores[row * 20..(row + 1) * 20], scores, "{metric:?}, row {row}");
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let rows = clustered(2500, 64, 20, 13);
    for metric in METRICS {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| exact(&rows, 15, metric))
        };
        let one = with(1);
        assert_eq!(one, with(2), "{metric:?}");
        assert_eq!(one, with(5), "{metric:?}");
    }
}

#[test]
fn duplicates_by_the_thousand_find_each_other() {
    let mut rows = Array2::zeros((5000, 24));
    let mut next = noise::symmetric(17);
    rows.slice_mut(s![..1000, ..]).mapv_inplace(|_: f32| next());
    let copied = rows.row(500).to_owned();
    rows.slice_mut(s![1000.., ..]).assign(&copied);
    let graph = exact(&rows, 30, Metric::Euclidean);
    for row in [500, 1000, 4999] {
        assert!(graph.scores[row * 30..(row + 1) * 30].iter().all(|&distance| distance == 0.0), "row {row}");
        let expected: Vec<u32> =
            std::iter::once(500).chain(1000..).filter(|&other| other != row as u32).take(30).collect();
        assert_eq!(graph.neighbors(row), expected, "row {row}: ties by row");
    }
}

#[test]
fn few_rows_and_large_k_are_sound() {
    for count in [0, 1, 2, 3, 23, 24, 25, 240, 241] {
        let rows = clustered(count, 10, 3, 19);
        for (k, metric) in [0, 1, 5, 1000].into_iter().flat_map(|k| METRICS.map(|metric| (k, metric))) {
            assert_exact(&exact(&rows, k, metric), rows.view(), k, metric, &format!("{count} rows, k = {k}"));
        }
    }
}

#[test]
fn rows_that_lie_in_columns_or_are_every_second_of_others_give_the_same() {
    let rows = clustered(500, 31, 4, 23);
    let expected = exact(&rows, 7, Metric::Cosine);
    let columns = rows.t().as_standard_layout().into_owned();
    assert_eq!(NeighborGraph::exact(columns.t(), 7, Metric::Cosine, &Watch::unattended()), Ok(expected.clone()));
    let doubled = Array2::from_shape_fn((1000, 31), |(i, d)| rows[[i / 2, d]]);
    let every_second = doubled.slice(s![..;2, ..]);
    assert_eq!(NeighborGraph::exact(every_second, 7, Metric::Cosine, &Watch::unattended()), Ok(expected));
}

#[test]
fn the_order_puts_rows_of_a_cluster_together() {
    let rows = clustered(4800, 32, 20, 29);
    let order = exact(&rows, 5, Metric::Euclidean).order;
    let ordered = rows.select(Axis(0), &order.iter().map(|&row| row as usize).collect::<Vec<_>>());
    let step = |rows: &Array2<f32>| {
        let steps = rows.slice(s![1.., ..]).to_owned() - rows.slice(s![..-1, ..]);
        steps.mapv(|x| x * x).sum()
    };
    let (before, after) = (step(&rows), step(&ordered));
    assert!(after < 0.4 * before, "squared steps along the order: {after}, as the rows come: {before}");
}

#[test]
fn a_cancelled_search_ends_and_progress_reaches_its_total() {
    let rows = clustered(3000, 40, 10, 31);
    let cancel = CancelToken::default();
    cancel.cancel();
    let cancelled = NeighborGraph::exact(rows.view(), 5, Metric::Dot, &Watch::new(cancel, |_| {}));
    assert_eq!(cancelled, Err(GraphError::Cancelled));

    let cancel = CancelToken::default();
    let from_within = cancel.clone();
    let watch = Watch::new(cancel, move |progress| {
        if progress.stage == "Finding neighbours" {
            from_within.cancel();
        }
    });
    assert_eq!(NeighborGraph::exact(rows.view(), 5, Metric::Dot, &watch), Err(GraphError::Cancelled));

    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let watch = Watch::new(CancelToken::default(), move |progress| log.lock().unwrap().push(progress));
    NeighborGraph::exact(rows.view(), 5, Metric::Dot, &watch).unwrap();
    let seen = seen.lock().unwrap();
    let last = seen.iter().rfind(|progress| progress.stage == "Finding neighbours").unwrap();
    assert_eq!(Some(last.done), last.total, "{seen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_rows_have_exact_neighbours(
        seed: u64, count in 1_usize..400, dims in 1_usize..70, clusters in 1_usize..9, k in 1_usize..40, digits in 0_i32..4,
    ) {
        // Few digits make ties.
        let tenth = 10_f32.powi(digits);
        let rows = clustered(count, dims, clusters, seed).mapv(|x| (x * tenth).round() / tenth);
        for metric in METRICS {
            assert_exact(&exact(&rows, k, metric), rows.view(), k, metric, "any rows");
        }
    }
}
