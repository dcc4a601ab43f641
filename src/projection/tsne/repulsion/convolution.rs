//! Convolution of a charged grid with 1 / (1 + r^2), by fast Fourier transforms.
//!
//! The grid must not feel its periodic images. Padding it to twice its sides would take transforms of four times the
//! values. Along rows, whose values are real, a transform at the points x with x^n = i does with n values instead of
//! 2n, since its wrapped-around part stays imaginary (the right-angle convolution of Crandall and Fagin 1994). Along
//! columns the padded transform falls apart into two of the unpadded length, one of them twisted, and no padding is
//! ever stored. The kernel is even, so all its transforms are real.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::spline;
use crate::progress::Watch;
use crate::simd::vectorized;

/// Rows or columns that a thread takes at once: complex numbers of a cache line.
const TILE: usize = 8;

/// Nodes beyond the farthest pair, in which the kernel's cut rings out.
pub(super) const MARGIN: usize = 8;

/// A convolution on a grid of `columns` by `rows` nodes.
pub(super) struct Convolution {
    columns: usize,
    rows: usize,
    row_forward: Arc<dyn Fft<f32>>,
    row_inverse: Arc<dyn Fft<f32>>,
    column_forward: Arc<dyn Fft<f32>>,
    column_inverse: Arc<dyn Fft<f32>>,
    /// `exp(i pi n / 2 columns)`
    row_twist: Vec<Complex32>,
    /// `exp(-i pi n / rows)`
    column_twist: Vec<Complex32>,
    /// [columns, 2, rows] the kernel's transform at even and odd frequencies of the padded columns.
    kernel: Vec<f32>,
    /// [rows, columns] rows transformed.
    spectrum: Vec<Complex32>,
    /// [columns, rows] the same, convolved along columns.
    turned: Vec<Complex32>,
    /// [rows, columns] the result.
    pub(super) potential: Vec<f32>,
}

impl Convolution {
    /// A convolution for nodes that are `spacing` apart.
    pub(super) fn new(columns: usize, rows: usize, spacing: f64, watch: &Watch) -> Self {
        let mut planner = FftPlanner::new();
        let turn = |n: usize, of: f64| {
            let angle = std::f64::consts::PI * n as f64 / of;
            Complex32::new(angle.cos() as f32, angle.sin() as f32)
        };
        let mut made = Self {
            columns,
            rows,
            row_forward: planner.plan_fft_forward(columns),
            row_inverse: planner.plan_fft_inverse(columns),
            column_forward: planner.plan_fft_forward(rows),
            column_inverse: planner.plan_fft_inverse(rows),
            row_twist: (0..columns).map(|n| turn(n, 2.0 * columns as f64)).collect(),
            column_twist: (0..rows).map(|n| turn(n, -(rows as f64))).collect(),
            kernel: vec![0.0; 2 * rows * columns],
            spectrum: vec![Complex32::default(); rows * columns],
            turned: vec![Complex32::default(); rows * columns],
            potential: vec![0.0; rows * columns],
        };
        made.transform_kernel(spacing, watch);
        made
    }

    /// The kernel's transform alone: [columns, 2, rows].
    pub(super) fn into_kernel(self) -> Vec<f32> {
        self.kernel
    }

    /// Nodes along x and along y.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.columns, self.rows)
    }

    /// Convolves the first `used` rows, which `fill` writes, into `potential`, and returns
    /// `sum over nodes of charge x potential` (Parseval). Nodes further apart than the grid less [`MARGIN`] must not
    /// both be charged.
    pub(super) fn run(&mut self, used: usize, fill: impl Fn(usize, &mut [f32]) + Sync, watch: &Watch) -> f64 {
        self.forward_rows(used, fill, watch);
        let sum = self.convolve_columns(used, watch);
        self.inverse_rows(used, watch);
        sum
    }

    fn forward_rows(&mut self, used: usize, fill: impl Fn(usize, &mut [f32]) + Sync, watch: &Watch) {
        let (columns, twist, fft) = (self.columns, &self.row_twist, &self.row_forward);
        self.spectrum[..used * columns].par_chunks_mut(TILE * columns).enumerate().for_each_init(
            || (vec![0.0; columns], vec![Complex32::default(); fft.get_inplace_scratch_len()]),
            |(charges, scratch), (tile, rows)| {
                if watch.is_cancelled() {
                    return;
                }
                for (row, values) in rows.chunks_mut(columns).enumerate() {
                    fill(tile * TILE + row, charges);
                    for ((value, &charge), &twist) in values.iter_mut().zip(charges.iter()).zip(twist) {
                        *value = twist * charge;
                    }
                }
                fft.process_with_scratch(rows, scratch);
            },
        );
    }

    fn convolve_columns(&mut self, used: usize, watch: &Watch) -> f64 {
        let (columns, rows) = (self.columns, self.rows);
        let (spectrum, twist) = (&self.spectrum, &self.column_twist);
        let (forward, inverse) = (&self.column_forward, &self.column_inverse);
        let scratch_length = forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len());
        let sums: Vec<f64> = self
            .turned
            .par_chunks_mut(TILE * rows)
            .zip(self.kernel.par_chunks(TILE * 2 * rows))
            .enumerate()
            .map_init(
                || (vec![Complex32::default(); TILE * rows], vec![Complex32::default(); scratch_length]),
                |(odd, scratch), (tile, (even, kernel))| {
                    if watch.is_cancelled() {
                        return 0.0;
                    }
                    let width = even.len() / rows;
                    let odd = &mut odd[..width * rows];
                    let mut sum = 0.0;
                    vectorized(|| {
                        for (row, source) in spectrum.chunks(columns).take(used).enumerate() {
                            let source = &source[tile * TILE..][..width];
                            for (column, &value) in source.iter().enumerate() {
                                even[column * rows + row] = value;
                            }
                        }
                        for (even, odd) in even.chunks_mut(rows).zip(odd.chunks_mut(rows)) {
                            even[used..].fill(Complex32::default());
                            for ((odd, &even), &twist) in odd.iter_mut().zip(even.iter()).zip(twist) {
                                *odd = even * twist;
                            }
                        }
                    });
                    forward.process_with_scratch(even, scratch);
                    forward.process_with_scratch(odd, scratch);
                    vectorized(|| {
                        let halves = even.chunks_mut(rows).zip(odd.chunks_mut(rows));
                        for ((even, odd), kernel) in halves.zip(kernel.chunks(2 * rows)) {
                            let (even_kernel, odd_kernel) = kernel.split_at(rows);
                            sum += multiply(even, even_kernel) + multiply(odd, odd_kernel);
                        }
                    });
                    inverse.process_with_scratch(even, scratch);
                    inverse.process_with_scratch(odd, scratch);
                    vectorized(|| {
                        for (even, odd) in even.chunks_mut(rows).zip(odd.chunks(rows)) {
                            for ((even, &odd), &twist) in even.iter_mut().zip(odd).zip(twist).take(used) {
                                *even += odd * twist.conj();
                            }
                        }
                    });
                    sum
                },
            )
            .collect();
        sums.iter().sum()
    }

    fn inverse_rows(&mut self, used: usize, watch: &Watch) {
        let (columns, rows, twist) = (self.columns, self.rows, &self.row_twist);
        let (turned, fft) = (&self.turned, &self.row_inverse);
        self.potential[..used * columns].par_chunks_mut(TILE * columns).enumerate().for_each_init(
            || {
                let scratch = vec![Complex32::default(); fft.get_inplace_scratch_len()];
                (vec![Complex32::default(); TILE * columns], scratch)
            },
            |(buffer, scratch), (tile, potential)| {
                if watch.is_cancelled() {
                    return;
                }
                let height = potential.len() / columns;
                let buffer = &mut buffer[..height * columns];
                vectorized(|| {
                    for (column, source) in turned.chunks(rows).enumerate() {
                        for (row, &value) in source[tile * TILE..][..height].iter().enumerate() {
                            buffer[row * columns + column] = value;
                        }
                    }
                });
                fft.process_with_scratch(buffer, scratch);
                vectorized(|| {
                    for (potential, row) in potential.chunks_mut(columns).zip(buffer.chunks(columns)) {
                        for ((potential, value), twist) in potential.iter_mut().zip(row).zip(twist) {
                            *potential = value.re * twist.re + value.im * twist.im;
                        }
                    }
                });
            },
        );
    }

    fn transform_kernel(&mut self, spacing: f64, watch: &Watch) {
        let (columns, rows) = (self.columns, self.rows);
        let square = (spacing * spacing) as f32;
        let (row_twist, column_twist) = (&self.row_twist, &self.column_twist);
        let (row_fft, column_fft) = (&self.row_forward, &self.column_forward);
        let mut by_rows = vec![0.0_f32; rows * columns];
        by_rows.par_chunks_mut(columns).enumerate().for_each_init(
            || {
                let scratch = vec![Complex32::default(); row_fft.get_inplace_scratch_len()];
                (vec![Complex32::default(); columns], scratch)
            },
            |(buffer, scratch), (row, result)| {
                if watch.is_cancelled() {
                    return;
                }
                for (column, (value, &twist)) in buffer.iter_mut().zip(row_twist).enumerate() {
                    // An even sequence is its own half, mirrored; the middle counts once.
                    let share = if column == 0 { 1.0 } else { 2.0 };
                    *value = twist * (share / (1.0 + square * (row * row + column * column) as f32));
                }
                row_fft.process_with_scratch(buffer, scratch);
                result.iter_mut().zip(buffer.iter()).for_each(|(result, value)| *result = value.re);
            },
        );
        let norm = 0.5 / (rows * columns) as f64;
        let by_rows = &by_rows;
        self.kernel.par_chunks_mut(2 * rows).enumerate().for_each_init(
            || {
                let scratch = vec![Complex32::default(); column_fft.get_inplace_scratch_len()];
                (vec![Complex32::default(); rows], scratch)
            },
            |(buffer, scratch), (column, kernel)| {
                if watch.is_cancelled() {
                    return;
                }
                let along_row = std::f64::consts::PI * (0.5 / columns as f64 - 2.0 * column as f64 / columns as f64);
                let smooth_row = spline::transform(along_row);
                for (parity, kernel) in kernel.chunks_mut(rows).enumerate() {
                    for (row, value) in buffer.iter_mut().enumerate() {
                        let share = if row == 0 { 1.0 } else { 2.0 };
                        let one = share * by_rows[row * columns + column];
                        *value = if parity == 0 { Complex32::new(one, 0.0) } else { column_twist[row] * one };
                    }
                    column_fft.process_with_scratch(buffer, scratch);
                    for (frequency, (kernel, value)) in kernel.iter_mut().zip(buffer.iter()).enumerate() {
                        let along_column = std::f64::consts::PI * (2 * frequency + parity) as f64 / rows as f64;
                        let smooth = smooth_row * spline::transform(along_column);
                        *kernel = (f64::from(value.re) * norm / (smooth * smooth)) as f32;
                    }
                }
            },
        );
    }
}

/// Multiplies `values` by the kernel and returns `sum |value|^2 kernel` of what they were.
#[inline(always)]
fn multiply(values: &mut [Complex32], kernel: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; TILE];
    let (blocks, rest) = values.as_chunks_mut::<TILE>();
    let (kernel_blocks, kernel_rest) = kernel.as_chunks::<TILE>();
    for (values, kernel) in blocks.iter_mut().zip(kernel_blocks) {
        for lane in 0..TILE {
            let value = values[lane];
            lanes[lane] += (value.re * value.re + value.im * value.im) * kernel[lane];
            values[lane] = value * kernel[lane];
        }
    }
    let mut sum = lanes.iter().map(|&lane| f64::from(lane)).sum();
    for (value, &kernel) in rest.iter_mut().zip(kernel_rest) {
        sum += f64::from(value.norm_sqr() * kernel);
        *value *= kernel;
    }
    sum
}

/// The least length of at least `least` whose transform is fast: a product of small primes that fills whole tiles.
pub(super) fn fast_length(least: usize) -> usize {
    (least.div_ceil(TILE)..)
        .map(|tiles| tiles * TILE)
        .find(|&length| {
            let mut rest = length;
            for prime in [2, 3, 5] {
                while rest % prime == 0 {
                    rest /= prime;
                }
            }
            rest == 1
        })
        .unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;

    /// Charges in the lower left part of a grid; the rest is left to the kernel's reach.
    fn charges(columns: usize, rows: usize) -> Vec<f32> {
        let mut next = noise::uniform(3);
        (0..rows * columns)
            .map(|node| {
                let inside = node % columns < columns - MARGIN && node / columns < rows - MARGIN;
                let charge = next();
                if inside { charge } else { 0.0 }
            })
            .collect()
    }

    #[test]
    fn spread_convolved_and_gathered_charges_feel_each_other_as_pairs_do() {
        let (columns, rows, spacing) = (24, 40, 0.5);
        let charges = charges(columns, rows);
        let used = rows - MARGIN;
        let mut convolution = Convolution::new(columns, rows, spacing, &Watch::unattended());
        let fill = |row: usize, values: &mut [f32]| values.copy_from_slice(&charges[row * columns..][..columns]);
        let sum = convolution.run(used, fill, &Watch::unattended());
        let parts: f64 = charges.iter().zip(&convolution.potential).map(|(&w, &u)| f64::from(w) * f64::from(u)).sum();
        assert!((sum / parts - 1.0).abs() < 1e-5, "Parseval {sum}, by node {parts}");
        // Spreading by (1, 4, 1) / 6 along each axis undoes the division, once for sources and once for targets.
        let smooth = |values: &dyn Fn(isize, isize) -> f64, column: isize, row: isize| -> f64 {
            let mut sum = 0.0;
            for (y, v) in [1.0, 4.0, 1.0].into_iter().enumerate() {
                for (x, w) in [1.0, 4.0, 1.0].into_iter().enumerate() {
                    sum += v * w / 36.0 * values(column + x as isize - 1, row + y as isize - 1);
                }
            }
            sum
        };
        // One unit charge in the middle, spread over 3 x 3 nodes, felt by smoothed nodes.
        let middle = (8_isize, 16_isize);
        let unit = |row: usize, values: &mut [f32]| {
            for (column, value) in values.iter_mut().enumerate() {
                let (dx, dy) = ((column as isize - 8).abs(), (row as isize - 16).abs());
                let share = |d: isize| if d == 0 { 4.0 / 6.0 } else { 1.0 / 6.0 };
                *value = if dx <= 1 && dy <= 1 { share(dx) * share(dy) } else { 0.0 };
            }
        };
        convolution.run(used, unit, &Watch::unattended());
        let potential =
            |column: isize, row: isize| f64::from(convolution.potential[row as usize * columns + column as usize]);
        for (column, row) in [(8, 16), (9, 16), (2, 3), (14, 30), (8, 30)] {
            let square = spacing * spacing * ((column - middle.0).pow(2) + (row - middle.1).pow(2)) as f64;
            let (felt, exact) = (smooth(&potential, column, row), 1.0 / (1.0 + square));
            assert!((felt - exact).abs() < 2e-4 * exact, "at {column}, {row}: {felt}, not {exact}");
        }
    }

    #[test]
    fn fast_lengths_are_products_of_small_primes() {
        assert_eq!([1, 8, 9, 33, 449, 1000].map(fast_length), [8, 8, 16, 40, 480, 1000]);
    }
}
