//! Mirror of `tsne_columns.wgsl`.

use rustfft::num_complex::Complex64;

use super::tsne_rows::{read, transform, turn, write};
use crate::gpu::kernels::tsne_columns::Params;

/// Convolves each column of the transformed grid with the kernel [columns, 2, rows], at even and at odd frequencies.
pub fn tsne_columns(params: &Params, kernel: &[f32], spectrum: &[f32], convolved: &mut [f32]) {
    let (columns, rows, used) = (params.columns as usize, params.rows as usize, params.used_rows as usize);
    for column in 0..columns {
        let mut sum = vec![Complex64::default(); used];
        for odd in 0..2 {
            let twist = |row: usize| turn(odd * row, 2 * rows).conj();
            let mut line = vec![Complex64::default(); rows];
            for (row, value) in line.iter_mut().enumerate().take(used) {
                *value = read(spectrum, row * columns + column) * twist(row);
            }
            let kernel = &kernel[(2 * column + odd) * rows..][..rows];
            let product: Vec<Complex64> =
                transform(&line, -1.0).iter().zip(kernel).map(|(value, &kernel)| value * f64::from(kernel)).collect();
            for (row, (sum, value)) in sum.iter_mut().zip(transform(&product, 1.0)).enumerate() {
                *sum += value * twist(row).conj();
            }
        }
        for (row, value) in sum.iter().enumerate() {
            write(&[*value], &mut convolved[2 * (row * columns + column)..][..2]);
        }
    }
}
