//! Mean and scatter of rows in one pass, bit-identical for any number of threads.
//!
//! Rows are centred in f64. Products are f32, as their factors are, and summed in f32 over [`RUN`] rows; runs are summed
//! in f64. An entry of the scatter is off by less than 1e-6 of the geometric mean of its diagonal entries (a test holds
//! it), and the product takes a third of the time that f64 does.

use ndarray::{Array1, Array2, ArrayView2, s};
use rayon::prelude::*;

use super::ProjectionError;
use crate::progress::Watch;
use crate::simd::{self, ACROSS, Kernel, PANEL, PanelRow, STRIP, Simd};

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

/// Centred values beyond which f32 squares overflow or lose digits; they are scaled.
const PLAIN: std::ops::Range<f32> = 1e-12..1e12;

/// Moments of `rows` [rows, dims]. The rows are cut into parts by their number and width alone, and the parts are
/// added in order.
///
/// # Errors
/// [`ProjectionError::NotFinite`] with the first such row, [`ProjectionError::Cancelled`].
pub(super) fn moments(rows: ArrayView2<'_, f32>, watch: &Watch) -> Result<Moments, ProjectionError> {
    let (count, dims) = rows.dim();
    // At most 32 parts, and no more than 64 MiB of partial scatters.
    let parts = ((8 << 20) / (dims * dims).max(1)).clamp(1, 32);
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
    let panels = dims.div_ceil(PANEL);
    let mut products = vec![0.0_f64; panels * PANEL * panels * PANEL];
    let mut centred = vec![PanelRow([0.0; PANEL]); RUN.min(count) * panels];
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
        simd::run(AddRows { values, sum: &mut sum });
        if !sum.iter().all(|value| value.is_finite()) {
            let bad = run.rows().into_iter().position(|row| row.iter().any(|value| !value.is_finite()));
            return Err(ProjectionError::NotFinite { row: first_row + start + bad.unwrap_or(0) });
        }
        let centre = centre.get_or_insert_with(|| {
            sum.iter().zip(&before).map(|(sum, before)| (sum - before) / run.nrows() as f64).collect()
        });
        let centred = &mut centred[..run.nrows() * panels];
        let mut scale = 1.0;
        let mut largest = simd::run(Subtract { values, centre, scale, centred });
        if largest > 0.0 && !PLAIN.contains(&largest) {
            // Powers of two round nothing.
            let extent = values.iter().zip(centre.iter().cycle());
            let extent = extent.fold(0.0_f64, |extent, (&value, centre)| extent.max((f64::from(value) - centre).abs()));
            scale = 2_f64.powi(-(extent.log2().floor() as i32));
            largest = simd::run(Subtract { values, centre, scale, centred });
        }
        if largest > 0.0 {
            simd::run(Products { centred, dims, factor: 1.0 / (scale * scale), sums: &mut products });
        }
    }
    let centre = centre.unwrap_or_else(|| vec![0.0; dims]);
    let mean = Array1::from_shape_fn(dims, |d| sum[d] / count.max(1) as f64);
    let shift = Array1::from_shape_fn(dims, |d| mean[d] - centre[d]);
    let scatter = Array2::from_shape_fn((dims, dims), |(i, j)| {
        let (i, j) = (i.max(j), i.min(j));
        products[i * panels * PANEL + j] - count as f64 * shift[i] * shift[j]
    });
    Ok(Moments { count, mean, scatter })
}

/// Adds the rows of `values` to `sum`.
struct AddRows<'a> {
    values: &'a [f32],
    sum: &'a mut [f64],
}

impl Kernel for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for row in self.values.chunks_exact(self.sum.len().max(1)) {
            for (sum, &value) in self.sum.iter_mut().zip(row) {
                *sum += f64::from(value);
            }
        }
    }
}

/// Fills `centred` [panels, rows] with `scale` times the rows of `values` less `centre`; what fills a panel up stays 0.
/// Returns the largest magnitude.
struct Subtract<'a> {
    values: &'a [f32],
    centre: &'a [f64],
    scale: f64,
    centred: &'a mut [PanelRow],
}

impl Kernel for Subtract<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> f32 {
        let Self { values, centre, scale, centred } = self;
        let dims = centre.len().max(1);
        let rows = (values.len() / dims).max(1);
        let mut largest = [0.0_f32; PANEL];
        for (panel, (centred, centre)) in centred.chunks_exact_mut(rows).zip(centre.chunks(PANEL)).enumerate() {
            for (row, centred) in values.chunks_exact(dims).zip(centred) {
                for ((to, &value), &centre) in centred.0.iter_mut().zip(&row[panel * PANEL..]).zip(centre) {
                    *to = ((f64::from(value) - centre) * scale) as f32;
                }
                for (largest, value) in largest.iter_mut().zip(&centred.0) {
                    *largest = if value.abs() > *largest { value.abs() } else { *largest };
                }
            }
        }
        largest.into_iter().fold(0.0, f32::max)
    }
}

/// Adds `factor` times the products of all pairs of the `dims` columns of `centred` [panels, rows] to `sums`, a square
/// matrix of whole panels, on its diagonal and below (and here and there above).
struct Products<'a> {
    centred: &'a [PanelRow],
    dims: usize,
    factor: f64,
    sums: &'a mut [f64],
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { centred, dims, factor, sums } = self;
        let panels = dims.div_ceil(PANEL);
        let rows = centred.len() / panels.max(1);
        let panel = |index: usize| &centred[index * rows..(index + 1) * rows];
        for down in 0..panels {
            for across in 0..=down {
                for first in (0..PANEL.min(dims - down * PANEL)).step_by(STRIP) {
                    let tile = [[simd.splat(0.0); ACROSS]; STRIP];
                    let tile = simd.multiply(tile, panel(down), first, panel(across));
                    for (row, tile) in (down * PANEL + first..).zip(tile) {
                        let start = (row * panels + across) * PANEL;
                        let (sums, _) = sums[start..start + PANEL].as_chunks_mut::<{ simd::WIDTH }>();
                        for (sums, register) in sums.iter_mut().zip(tile) {
                            let mut products = [0.0; simd::WIDTH];
                            simd.store_array(&mut products, register);
                            for (sum, product) in sums.iter_mut().zip(products) {
                                *sum += factor * f64::from(product);
                            }
                        }
                    }
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
