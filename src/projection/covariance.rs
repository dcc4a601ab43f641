//! Mean and scatter of rows in one pass, bit-identical for any number of threads.
//!
//! Rows are centred in f64. Products are f32, as their factors are, and summed in f32 over [`RUN`] rows; runs are summed
//! in f64. An entry of the scatter is off by less than 1e-6 of the geometric mean of its diagonal entries (a test holds
//! it), and the product takes a third of the time that f64 does.

use ndarray::{Array1, Array2, ArrayView2, s};
use rayon::prelude::*;

use super::ProjectionError;
#[cfg(target_arch = "x86_64")]
use super::tsne::has_avx2;
use super::tsne::vectorized;
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

/// Rows whose products are summed in f32.
const RUN: usize = 128;

/// Columns of a tile of the scatter: two registers of eight.
const ACROSS: usize = 16;

/// Rows of a tile.
const DOWN: usize = 4;

/// Centred values beyond which f32 squares overflow or lose digits; they are scaled.
const PLAIN: std::ops::Range<f32> = 1e-12..1e12;

/// Moments of `rows` [rows, dims]. The rows are cut into parts by their number and width alone, and the parts are
/// added in order.
///
/// # Errors
/// [`ProjectionError::NotFinite`] with the first such row, [`ProjectionError::Cancelled`].
pub(super) fn moments(rows: ArrayView2<'_, f32>, watch: &Watch) -> Result<Moments, ProjectionError> {
    let (count, dims) = rows.dim();
    // At most 64 parts, and no more than 64 MiB of partial scatters.
    let parts = ((8 << 20) / (dims * dims).max(1)).clamp(1, 64);
    let part_rows = count.div_ceil(parts).next_multiple_of(RUN).max(8 * RUN);
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
    let (count, dims) = rows.dim();
    let groups = dims.div_ceil(ACROSS);
    let mut products = vec![0.0_f64; groups * ACROSS * groups * ACROSS];
    let mut centred = vec![[0.0_f32; ACROSS]; RUN.min(count) * groups];
    // Any centre near the rows will do for the products; its distance from the mean is made up for in the end.
    let mut centre: Option<Vec<f64>> = None;
    let mut sum = vec![0.0_f64; dims];
    for start in (0..count).step_by(RUN) {
        if watch.is_cancelled() {
            return Err(ProjectionError::Cancelled);
        }
        let run = rows.slice(s![start..count.min(start + RUN), ..]);
        let run = run.as_standard_layout();
        let values = run.as_slice().unwrap_or_default();
        let before = sum.clone();
        vectorized(|| add_rows(values, &mut sum));
        if !sum.iter().all(|value| value.is_finite()) {
            let bad = run.rows().into_iter().position(|row| row.iter().any(|value| !value.is_finite()));
            return Err(ProjectionError::NotFinite { row: first_row + start + bad.unwrap_or(0) });
        }
        let centre = centre.get_or_insert_with(|| {
            sum.iter().zip(&before).map(|(sum, before)| (sum - before) / run.nrows() as f64).collect()
        });
        let centred = &mut centred[..run.nrows() * groups];
        let mut scale = 1.0;
        let mut largest = vectorized(|| subtract(values, centre, scale, centred));
        if largest > 0.0 && !PLAIN.contains(&largest) {
            // Powers of two round nothing.
            let extent = values.iter().zip(centre.iter().cycle());
            let extent = extent.fold(0.0_f64, |extent, (&value, centre)| extent.max((f64::from(value) - centre).abs()));
            scale = 2_f64.powi(-(extent.log2().floor() as i32));
            largest = vectorized(|| subtract(values, centre, scale, centred));
        }
        if largest > 0.0 {
            multiply(centred, groups, 1.0 / (scale * scale), &mut products);
        }
    }
    let centre = centre.unwrap_or_else(|| vec![0.0; dims]);
    let mean = Array1::from_shape_fn(dims, |d| sum[d] / count.max(1) as f64);
    let shift = Array1::from_shape_fn(dims, |d| mean[d] - centre[d]);
    let scatter = Array2::from_shape_fn((dims, dims), |(i, j)| {
        let (i, j) = (i.min(j), i.max(j));
        products[i * groups * ACROSS + j] - count as f64 * shift[i] * shift[j]
    });
    Ok(Moments { count, mean, scatter })
}

/// Adds the rows of `values` to `sum`.
#[inline(always)]
fn add_rows(values: &[f32], sum: &mut [f64]) {
    for row in values.chunks_exact(sum.len().max(1)) {
        for (sum, &value) in sum.iter_mut().zip(row) {
            *sum += f64::from(value);
        }
    }
}

/// Fills `centred` [rows, groups] with `scale` times the rows of `values` less `centre`; what fills a row up stays 0.
/// Returns the largest magnitude.
#[inline(always)]
fn subtract(values: &[f32], centre: &[f64], scale: f64, centred: &mut [[f32; ACROSS]]) -> f32 {
    let (dims, groups) = (centre.len(), centre.len().div_ceil(ACROSS));
    let mut largest = [0.0_f32; ACROSS];
    for (row, centred) in values.chunks_exact(dims.max(1)).zip(centred.chunks_exact_mut(groups.max(1))) {
        for ((to, &value), &centre) in centred.as_flattened_mut().iter_mut().zip(row).zip(centre) {
            *to = ((f64::from(value) - centre) * scale) as f32;
        }
        for values in centred {
            for (largest, value) in largest.iter_mut().zip(values) {
                *largest = if value.abs() > *largest { value.abs() } else { *largest };
            }
        }
    }
    largest.into_iter().fold(0.0, f32::max)
}

/// Adds `factor` times the products of all pairs of columns of `centred` [rows, groups] to `products`, a square matrix,
/// on its diagonal and above (and here and there below).
#[allow(unsafe_code, reason = "code for instructions that run-time detection found")]
fn multiply(centred: &[[f32; ACROSS]], groups: usize, factor: f64, products: &mut [f64]) {
    // Not `vectorized`: whether so large a closure is compiled with wide vectors is up to the compiler's inlining.
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn compiled(centred: &[[f32; ACROSS]], groups: usize, factor: f64, products: &mut [f64]) {
            multiply_tiles(centred, groups, factor, products);
        }
        if has_avx2() {
            // SAFETY: both features were detected.
            return unsafe { compiled(centred, groups, factor, products) };
        }
    }
    multiply_tiles(centred, groups, factor, products);
}

#[inline(always)]
fn multiply_tiles(centred: &[[f32; ACROSS]], groups: usize, factor: f64, products: &mut [f64]) {
    let width = groups * ACROSS;
    for across in 0..groups {
        for down in (0..(across + 1) * ACROSS).step_by(DOWN) {
            let (group, lane) = (down / ACROSS, down % ACROSS);
            let mut sums = [[0.0_f32; ACROSS]; DOWN];
            for row in centred.chunks_exact(groups) {
                let right = &row[across];
                let Some(left) = row[group].get(lane..).and_then(<[f32]>::first_chunk::<DOWN>) else { return };
                for (sums, &one) in sums.iter_mut().zip(left) {
                    for (sum, &other) in sums.iter_mut().zip(right) {
                        *sum += one * other;
                    }
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                let start = (down + row) * width + across * ACROSS;
                for (product, &sum) in products[start..start + ACROSS].iter_mut().zip(sums) {
                    *product += factor * f64::from(sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments by two passes in f64.
    fn exact(rows: &Array2<f32>) -> (Array1<f64>, Array2<f64>) {
        let wide = rows.mapv(f64::from);
        let mean = wide.mean_axis(ndarray::Axis(0)).unwrap();
        let centred = wide - &mean;
        (mean, centred.t().dot(&centred))
    }

    #[test]
    fn the_scatter_is_that_of_f64_within_a_millionth() {
        let noise = |i: usize, d: usize| ((i * 7919 + d * 104_729 + i * i * d) as f32 * 0.37).sin();
        let cases = [
            ("plain", Array2::from_shape_fn((3001, 37), |(i, d)| noise(i, d))),
            ("far from zero", Array2::from_shape_fn((3000, 20), |(i, d)| 1e4 + noise(i, d))),
            ("sorted", Array2::from_shape_fn((3000, 20), |(i, d)| i as f32 * (1.0 + d as f32) + noise(i, d))),
            (
                "columns of all sizes",
                Array2::from_shape_fn((2500, 21), |(i, d)| noise(i, d) * 10_f32.powi(d as i32 - 9)),
            ),
            ("huge", Array2::from_shape_fn((900, 17), |(i, d)| 1e30 * noise(i, d))),
            ("tiny", Array2::from_shape_fn((900, 17), |(i, d)| 1e-30 * noise(i, d))),
            ("one row far out", Array2::from_shape_fn((900, 5), |(i, d)| if i == 70 { 3e9 } else { noise(i, d) })),
            ("one dimension", Array2::from_shape_fn((500, 1), |(i, d)| noise(i, d))),
            ("one row", Array2::from_shape_fn((1, 9), |(i, d)| noise(i, d))),
        ];
        for (name, rows) in &cases {
            let (mean, scatter) = exact(rows);
            let found = moments(rows.view(), &Watch::unattended()).unwrap();
            assert_eq!(found.count, rows.nrows());
            for ((i, j), &entry) in scatter.indexed_iter() {
                let scale = (scatter[[i, i]] * scatter[[j, j]]).sqrt();
                let off = (found.scatter[[i, j]] - entry).abs();
                assert!(off <= 1e-6 * scale, "{name}, {i}, {j}: {}, exact {entry}", found.scatter[[i, j]]);
            }
            let largest = rows.iter().fold(0.0, |largest: f64, &value| largest.max(f64::from(value).abs()));
            for (found, exact) in found.mean.iter().zip(&mean) {
                assert!((found - exact).abs() <= 1e-12 * largest, "{name}: mean {found}, exact {exact}");
            }
        }
    }
}
