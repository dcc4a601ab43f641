//! Mean and scatter of rows in one pass, bit-identical for any number of threads.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, s};
use rayon::prelude::*;

use super::ProjectionError;
use crate::progress::Watch;

/// Count, mean and scatter of some rows. Two of them add up exactly as if their rows had been taken together
/// (Chan et al. 1979), without the cancellation that sums of raw squares suffer.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// Rows taken.
    pub count: usize,
    /// `[dims]`
    pub mean: Array1<f64>,
    /// [dims, dims] sum of outer products of the centred rows.
    pub scatter: Array2<f64>,
}

impl Moments {
    fn new(dims: usize) -> Self {
        Self { count: 0, mean: Array1::zeros(dims), scatter: Array2::zeros((dims, dims)) }
    }

    fn add(&mut self, other: &Self) {
        let (ours, theirs) = (self.count as f64, other.count as f64);
        let all = ours + theirs;
        if theirs == 0.0 {
            return;
        }
        let shift = &other.mean - &self.mean;
        self.scatter += &other.scatter;
        let scaled = &shift * (ours * theirs / all);
        for (mut row, &a) in self.scatter.rows_mut().into_iter().zip(&scaled) {
            row.scaled_add(a, &shift);
        }
        self.mean.scaled_add(theirs / all, &shift);
        self.count += other.count;
    }
}

/// Rows that are centred and multiplied at once; they fit a core's cache.
const BLOCK: usize = 256;

/// Moments of `rows` [rows, dims]. The rows are cut into parts by their number and width alone, and the parts are
/// added in order.
///
/// # Errors
/// [`ProjectionError::NotFinite`] with the first such row, [`ProjectionError::Cancelled`].
pub(super) fn moments(rows: ArrayView2<'_, f32>, watch: &Watch) -> Result<Moments, ProjectionError> {
    let (count, dims) = rows.dim();
    // At most 64 parts, and no more than 64 MiB of partial scatters.
    let parts = ((8 << 20) / (dims * dims).max(1)).clamp(1, 64);
    let part_rows = count.div_ceil(parts).next_multiple_of(BLOCK).max(4 * BLOCK);
    let starts: Vec<usize> = (0..count).step_by(part_rows).collect();
    let partial: Vec<Result<Moments, ProjectionError>> = starts
        .into_par_iter()
        .map(|start| part_moments(rows.slice(s![start..count.min(start + part_rows), ..]), start, watch))
        .collect();
    let mut total = Moments::new(dims);
    for part in partial {
        // The first part that failed holds the first bad row.
        total.add(&part?);
    }
    Ok(total)
}

fn part_moments(rows: ArrayView2<'_, f32>, first_row: usize, watch: &Watch) -> Result<Moments, ProjectionError> {
    let dims = rows.ncols();
    let mut total = Moments::new(dims);
    let mut block = Moments::new(dims);
    let mut centred = Array2::<f64>::zeros((BLOCK.min(rows.nrows()), dims));
    for start in (0..rows.nrows()).step_by(BLOCK) {
        if watch.is_cancelled() {
            return Err(ProjectionError::Cancelled);
        }
        let source = rows.slice(s![start..rows.nrows().min(start + BLOCK), ..]);
        let mut centred = centred.slice_mut(s![..source.nrows(), ..]);
        block.count = source.nrows();
        block.mean.fill(0.0);
        for (row, mut copy) in source.rows().into_iter().zip(centred.rows_mut()) {
            copy.zip_mut_with(&row, |copy, &value| *copy = f64::from(value));
            block.mean += &copy;
        }
        block.mean /= source.nrows() as f64;
        if !block.mean.iter().all(|value| value.is_finite()) {
            let bad = source.rows().into_iter().position(|row| row.iter().any(|value| !value.is_finite()));
            return Err(ProjectionError::NotFinite { row: first_row + start + bad.unwrap_or(0) });
        }
        for mut row in centred.rows_mut() {
            row -= &block.mean;
        }
        scatter(centred.view(), &mut block.scatter);
        total.add(&block);
    }
    Ok(total)
}

/// `result = rows^T rows`, by quarters: the one below the diagonal mirrors the one above.
fn scatter(rows: ArrayView2<'_, f64>, result: &mut Array2<f64>) {
    let half = rows.ncols() / 2;
    let (left, right) = (rows.slice(s![.., ..half]), rows.slice(s![.., half..]));
    general_mat_mul(1.0, &left.t(), &left, 0.0, &mut result.slice_mut(s![..half, ..half]));
    general_mat_mul(1.0, &left.t(), &right, 0.0, &mut result.slice_mut(s![..half, half..]));
    general_mat_mul(1.0, &right.t(), &right, 0.0, &mut result.slice_mut(s![half.., half..]));
    let (above, mut below) = result.multi_slice_mut((s![..half, half..], s![half.., ..half]));
    below.assign(&above.t());
}
