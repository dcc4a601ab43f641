//! `nearest`: one query against a plain sort.

use idatlas::neighbors::{Metric, nearest};
use ndarray::{Array2, Axis};

use super::inputs::{METRICS, clustered, scores};
use crate::noise;

/// Repeatable whole numbers below `limit`.
fn draws(seed: u64) -> impl FnMut(usize) -> usize {
    let mut next = noise::symmetric(seed);
    move |limit| ((f64::from(next()) + 1.0) / 2.0 * limit as f64) as usize % limit
}

#[test]
fn a_query_finds_what_a_sort_of_all_scores_begins_with() {
    let mut draw = draws(61);
    for case in 0..24 {
        // Often more rows than a thread takes at a time, widths with and without a rest, few digits for ties.
        let (count, dims) = (1 + draw(20_000), 1 + draw(40));
        let digits = [1.0_f32, 10.0, 1e4][case % 3];
        let mut rows = clustered(count, dims, 1 + draw(9), case as u64).mapv(|x| (x * digits).round() / digits);
        rows.row_mut(draw(count)).fill(0.0);
        let (k, query) = (draw(60), draw(count));
        let exclude = (case % 2 == 0).then_some(query as u32);
        for metric in METRICS {
            let found = nearest(rows.view(), rows.row(query), k, metric, exclude);
            let all = nearest(rows.view(), rows.row(query), count, metric, exclude);
            let name = format!("case {case}: {count} x {dims}, k = {k}, {metric:?}");
            assert_eq!(all.len(), count - usize::from(exclude.is_some()), "{name}");
            assert_eq!(found, all[..k.min(all.len())], "{name}: the first of all");
            let sign = if metric == Metric::Euclidean { 1.0 } else { -1.0 };
            let in_order = |pair: &[idatlas::neighbors::Neighbor]| {
                let [a, b] = [pair[0], pair[1]].map(|one| (sign * one.score, one.index));
                a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)
            };
            assert!(all.windows(2).all(in_order), "{name}: order, ties by row");
            let wide = rows.mapv(f64::from);
            let lengths: Vec<f64> = wide.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect();
            let exact = scores(&wide, &lengths, query, metric);
            for one in &all {
                let (score, near) = exact[one.index as usize];
                let off = (f64::from(one.score) - score).abs();
                assert!(off <= near.max(1e-6), "{name}, row {}: {}, exact {score}", one.index, one.score);
            }
        }
    }
}

#[test]
fn the_number_of_threads_and_the_layout_do_not_change_a_bit() {
    let rows = clustered(30_000, 21, 7, 67);
    let columns = rows.t().as_standard_layout().into_owned();
    let every_second = Array2::from_shape_fn((60_000, 21), |(i, d)| rows[[i / 2, d]]);
    for metric in METRICS {
        let query = rows.row(17);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| nearest(rows.view(), query, 25, metric, Some(17)))
        };
        let one = on(1);
        assert_eq!(one, on(2), "{metric:?}");
        assert_eq!(one, on(5), "{metric:?}");
        assert_eq!(one, nearest(columns.t(), query, 25, metric, Some(17)), "{metric:?}");
        let strided = every_second.slice_axis(Axis(0), ndarray::Slice::from(..).step_by(2));
        assert_eq!(one, nearest(strided, query, 25, metric, Some(17)), "{metric:?}");
    }
}
