//! How many rows are nearer than a given one.

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::search::{Metric, Scorer};
use crate::simd::wide;

/// The score of row `row` of `table` [rows, dims] against `query` `[dims]`, and its place in the whole list that
/// [`super::nearest`] gives, from 1; `exclude` is left out.
///
/// # Panics
/// If there is no such row or the widths differ.
#[must_use]
pub fn rank_of(
    table: ArrayView2<'_, f32>,
    query: ArrayView1<'_, f32>,
    row: u32,
    metric: Metric,
    exclude: Option<u32>,
) -> (f32, usize) {
    assert_eq!(table.ncols(), query.len(), "the query has the width of the table");
    let query = query.to_vec();
    let scorer = Scorer::new(&query, metric);
    let score = |index: usize| {
        let values = table.row(index);
        wide(|| match values.as_slice() {
            Some(values) => scorer.score(values),
            None => scorer.score(&values.to_vec()),
        })
    };
    let own = score(row as usize);
    let key = metric.key(own);
    let is_nearer = |&index: &usize| {
        let other = metric.key(score(index));
        Some(index as u32) != exclude && (other < key || (other == key && index < row as usize))
    };
    (own, 1 + (0..table.nrows()).into_par_iter().filter(is_nearer).count())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::neighbors::nearest;

    #[test]
    fn a_rank_is_the_place_in_the_list_of_all_neighbours() {
        let table = array![[1.0, 0.0], [0.0, 0.0], [2.0, 0.0], [0.5, 1.0], [-1.0, 0.25], [1.0, 0.0], [f32::NAN, 1.0]];
        for metric in [Metric::Cosine, Metric::Dot, Metric::Euclidean] {
            for exclude in [None, Some(2)] {
                let query = array![1.0, 0.125];
                let all = nearest(table.view(), query.view(), 99, metric, exclude);
                for (place, neighbor) in all.iter().enumerate() {
                    let found = rank_of(table.view(), query.view(), neighbor.index, metric, exclude);
                    assert_eq!(found.1, place + 1, "row {} by {metric:?}", neighbor.index);
                    assert!(found.0 == neighbor.score || neighbor.score.is_nan(), "{found:?}, {neighbor:?}");
                }
            }
        }
    }
}
