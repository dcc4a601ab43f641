//! The nearest rows of some rows of a table, searched for together.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use super::search::{Metric, TopK};

/// Rows that are searched for at once: enough to read the table seldom.
const ROWS: usize = 64;

/// Rows of the table that are compared with them at once.
const CANDIDATES: usize = 4096;

/// The `k` rows of `table` [rows, dims] nearest to each of the rows `wanted`, by cosine, nearest first, ties by row; no
/// row is its own neighbour. A row that is zero or no number has a cosine of 0 with all. `None` if `interrupted`, which is
/// asked every few hundred rows, says so.
///
/// The result does not depend on the number of threads.
///
/// # Panics
/// If a wanted row is not there.
#[must_use]
pub fn nearest_of_rows(
    table: ArrayView2<'_, f32>,
    wanted: &[u32],
    k: usize,
    interrupted: &dyn Fn() -> bool,
) -> Option<Vec<Vec<u32>>> {
    let inverse_lengths: Vec<f32> = table.axis_iter(Axis(0)).map(|row| 1.0 / row.dot(&row).sqrt()).collect();
    let inverse_lengths: Vec<f32> =
        inverse_lengths.into_iter().map(|inverse| if inverse.is_finite() { inverse } else { 0.0 }).collect();
    let mut found = Vec::with_capacity(wanted.len());
    for rows in wanted.chunks(ROWS * rayon::current_num_threads()) {
        if interrupted() {
            return None;
        }
        let blocks: Vec<_> = rows.par_chunks(ROWS).map(|rows| of_block(table, &inverse_lengths, rows, k)).collect();
        found.extend(blocks.into_iter().flatten());
    }
    Some(found)
}

fn of_block(table: ArrayView2<'_, f32>, inverse_lengths: &[f32], rows: &[u32], k: usize) -> Vec<Vec<u32>> {
    let indices: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
    let queries = table.select(Axis(0), &indices);
    let mut nearest: Vec<TopK> = rows.iter().map(|_| TopK::new(k)).collect();
    let mut room = Array2::zeros((rows.len(), CANDIDATES.min(table.nrows())));
    for start in (0..table.nrows()).step_by(CANDIDATES) {
        let candidates = table.slice(s![start..table.nrows().min(start + CANDIDATES), ..]);
        let mut products = room.slice_mut(s![.., ..candidates.nrows()]);
        general_mat_mul(1.0, &queries, &candidates.t(), 0.0, &mut products);
        for ((&own, nearest), products) in rows.iter().zip(&mut nearest).zip(products.rows()) {
            // The length of the query is the same for all and changes no order.
            let scores = products.iter().zip(&inverse_lengths[start..]).map(|(product, inverse)| product * inverse);
            for (row, score) in (start as u32..).zip(scores) {
                nearest.offer(row, score, Metric::Cosine, |row| row != own);
            }
        }
    }
    nearest.into_iter().map(TopK::into_rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbors::nearest;
    use crate::noise;

    #[test]
    fn the_rows_are_those_that_a_search_one_by_one_finds() {
        let table = Array2::from_shape_simple_fn((CANDIDATES + 900, 9), noise::symmetric(7));
        let wanted: Vec<u32> = (0..table.nrows() as u32).step_by(37).collect();
        let found = nearest_of_rows(table.view(), &wanted, 10, &|| false).unwrap();
        for (&row, found) in wanted.iter().zip(&found) {
            let exact = nearest(table.view(), table.row(row as usize), 10, Metric::Cosine, Some(row));
            let exact: Vec<u32> = exact.into_iter().map(|neighbor| neighbor.index).collect();
            assert_eq!(*found, exact, "row {row}");
        }
    }

    #[test]
    fn few_rows_zero_rows_and_interruptions_are_taken_as_they_are() {
        let table = ndarray::array![[0.0_f32, 0.0], [1.0, 0.0], [-1.0, 0.0]];
        assert_eq!(nearest_of_rows(table.view(), &[1, 0], 9, &|| false), Some(vec![vec![0, 2], vec![1, 2]]));
        assert_eq!(nearest_of_rows(table.view(), &[1], 9, &|| true), None);
        assert_eq!(nearest_of_rows(table.view(), &[], 9, &|| true), Some(Vec::new()));
    }
}
