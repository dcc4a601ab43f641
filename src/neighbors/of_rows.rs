//! The nearest rows of some rows of a table, searched for together.

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

use super::scan::{PackedRows, Seeker, scan};
use super::search::{Metric, TopK};

/// Rows that are searched for at once: enough to read the table seldom.
const ROWS: usize = 64;

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
    if wanted.is_empty() {
        return Some(Vec::new());
    }
    let packed = PackedRows::directions(table);
    let mut found = Vec::with_capacity(wanted.len());
    for rows in wanted.chunks(ROWS * rayon::current_num_threads()) {
        if interrupted() {
            return None;
        }
        let blocks: Vec<_> = rows.par_chunks(ROWS).map(|rows| of_block(table, &packed, rows, k)).collect();
        found.extend(blocks.into_iter().flatten());
    }
    Some(found)
}

/// Who looks for the nearest of a row.
struct Others {
    own: u32,
    nearest: TopK,
}

impl Seeker for Others {
    #[inline(always)]
    fn threshold(&self) -> f32 {
        self.nearest.threshold()
    }

    fn offer(&mut self, row: u32, score: f32) {
        self.nearest.offer(row, score, Metric::Cosine, |row| row != self.own);
    }
}

fn of_block(table: ArrayView2<'_, f32>, packed: &PackedRows, rows: &[u32], k: usize) -> Vec<Vec<u32>> {
    let indices: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
    let queries = PackedRows::directions(table.select(Axis(0), &indices).view());
    let mut seekers: Vec<Others> = rows.iter().map(|&own| Others { own, nearest: TopK::new(k) }).collect();
    scan(&queries, packed, packed.panels(), &mut seekers);
    seekers.into_iter().map(|seeker| seeker.nearest.into_rows()).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::neighbors::nearest;
    use crate::noise;

    #[test]
    fn the_rows_are_those_that_a_search_one_by_one_finds() {
        let table = Array2::from_shape_simple_fn((5000, 9), noise::symmetric(7));
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
