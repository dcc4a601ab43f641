//! `Neighborhoods`: what an approximate search tells of itself.

use idatlas::neighbors::{Accuracy, GraphError, Metric, NeighborGraph, Neighborhoods, WANTED_RECALL};
use idatlas::progress::{CancelToken, Watch};
use ndarray::{Array2, array, s};

use super::inputs::{METRICS, clustered, exact};

/// The share of `exact`'s neighbours of all rows that `found` has, by score.
fn recall(found: &Neighborhoods, exact: &NeighborGraph, metric: Metric) -> f64 {
    let k = exact.k;
    let is_hit = |score: f32, last: f32| if metric == Metric::Euclidean { score <= last } else { score >= last };
    let rows = found.graph.scores.chunks(k).zip(exact.scores.chunks(k));
    let hits: usize = rows.map(|(own, exact)| own.iter().filter(|&&score| is_hit(score, exact[k - 1])).count()).sum();
    hits as f64 / exact.scores.len() as f64
}

/// The order of rows is another: it comes from other blocks.
fn assert_same_neighbors(found: &NeighborGraph, exact: &NeighborGraph) {
    assert_eq!(found.k, exact.k);
    for row in 0..exact.rows() {
        assert_eq!(found.neighbors(row), exact.neighbors(row), "row {row}");
    }
    assert!(found.scores == exact.scores, "scores");
}

#[test]
fn the_recall_that_is_told_is_that_of_all_rows() {
    let rows = clustered(12_000, 40, 60, 41);
    for metric in METRICS {
        let exact = exact(&rows, 10, metric);
        let found = Neighborhoods::approximate(rows.view(), 10, metric, &Watch::unattended()).unwrap();
        let measured = recall(&found, &exact, metric);
        match found.accuracy {
            Accuracy::Exact => assert_same_neighbors(&found.graph, &exact),
            Accuracy::Approximate { recall: told, sample } => {
                assert!(told >= WANTED_RECALL && sample == 480, "{metric:?}: {told} of {sample}");
                assert!((told - measured).abs() < 0.01, "{metric:?}: told {told}, measured {measured}");
            }
        }
    }
}

#[test]
fn clusters_are_found_without_comparing_all_rows() {
    let rows = clustered(12_000, 40, 60, 43);
    let found = Neighborhoods::approximate(rows.view(), 10, Metric::Euclidean, &Watch::unattended()).unwrap();
    assert!(matches!(found.accuracy, Accuracy::Approximate { .. }), "{:?}", found.accuracy);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = pool.install(|| Neighborhoods::approximate(rows.view(), 10, Metric::Euclidean, &Watch::unattended()));
    assert_eq!(again, Ok(found), "whatever the number of threads");
}

#[test]
fn few_rows_are_exact_and_say_so() {
    let rows = clustered(900, 20, 5, 47);
    let found = Neighborhoods::find(rows.view(), 8, Metric::Cosine, &Watch::unattended()).unwrap();
    assert_eq!((found.accuracy, found.graph), (Accuracy::Exact, exact(&rows, 8, Metric::Cosine)));
    // So few blocks that each is compared with all.
    let found = Neighborhoods::approximate(rows.view(), 8, Metric::Cosine, &Watch::unattended()).unwrap();
    assert_eq!(found.accuracy, Accuracy::Exact);
    assert_same_neighbors(&found.graph, &exact(&rows, 8, Metric::Cosine));
    let one = Neighborhoods::approximate(array![[1.0_f32]].view(), 3, Metric::Dot, &Watch::unattended()).unwrap();
    assert_eq!((one.graph.k, one.graph.rows(), one.accuracy), (0, 1, Accuracy::Exact));
}

#[test]
fn rows_of_every_kind_have_as_many_neighbours_as_asked_for() {
    let mut copies = clustered(4000, 12, 9, 59);
    let copied = copies.row(7).to_owned();
    copies.slice_mut(s![1000.., ..]).assign(&copied);
    let mut outlier = clustered(3000, 12, 9, 61);
    outlier.row_mut(77).fill(1e9);
    let mut constant = clustered(3000, 12, 9, 67);
    constant.slice_mut(s![.., 3..]).fill(1e5);
    let cases = [
        ("thousands of copies", copies),
        ("one row far out", outlier),
        ("constant columns", constant),
        ("all equal", Array2::from_elem((2500, 8), 0.1)),
        ("zeros", Array2::zeros((2500, 8))),
        ("one dimension", clustered(3000, 1, 40, 71)),
        ("no dimension", Array2::zeros((1000, 0))),
    ];
    for (name, rows) in &cases {
        for (metric, k) in METRICS.into_iter().flat_map(|metric| [(metric, 5), (metric, 300)]) {
            let found = Neighborhoods::approximate(rows.view(), k, metric, &Watch::unattended()).unwrap();
            assert_eq!((found.graph.k, found.graph.rows()), (k, rows.nrows()), "{name}, {metric:?}");
            for row in (0..rows.nrows()).step_by(37) {
                let mut distinct = found.graph.neighbors(row).to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                let is_sound = distinct.len() == k && !distinct.contains(&(row as u32));
                assert!(is_sound, "{name}, {metric:?}, row {row}: {:?}", found.graph.neighbors(row));
            }
            assert!(found.graph.scores.iter().all(|score| score.is_finite()), "{name}, {metric:?}");
        }
    }
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let bad = array![[0.0_f32], [f32::NAN]];
    let refused = Neighborhoods::approximate(bad.view(), 1, Metric::Dot, &Watch::unattended());
    assert_eq!(refused, Err(GraphError::NotFinite { row: 1 }));
    let cancel = CancelToken::default();
    cancel.cancel();
    let rows = clustered(2000, 8, 5, 53);
    let cancelled = Neighborhoods::approximate(rows.view(), 3, Metric::Dot, &Watch::new(cancel, |_| {}));
    assert_eq!(cancelled, Err(GraphError::Cancelled));
}
