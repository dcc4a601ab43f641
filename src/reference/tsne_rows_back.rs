//! Mirror of `tsne_rows_back.wgsl`.

use rustfft::num_complex::Complex64;

use super::tsne_rows::{read, transform, turn};
use crate::gpu::kernels::tsne_rows_back::Params;

/// The convolved rows, transformed back: the potential at the nodes.
pub fn tsne_rows_back(params: &Params, convolved: &[f32], potential: &mut [f32]) {
    let columns = params.columns as usize;
    for row in 0..params.used_rows as usize {
        let line: Vec<Complex64> = (0..columns).map(|column| read(convolved, row * columns + column)).collect();
        for (column, value) in transform(&line, 1.0).into_iter().enumerate() {
            potential[row * columns + column] = (value * turn(column, 4 * columns).conj()).re as f32;
        }
    }
}
