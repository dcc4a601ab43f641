//! Mirror of `tsne_rows.wgsl`.

use rustfft::num_complex::Complex64;

use crate::gpu::kernels::tsne_rows::Params;

/// Fourier transform of each charged row at the points x with x^columns = i; the charges, words, are zeroed.
pub fn tsne_rows(params: &Params, charges: &mut [f32], spectrum: &mut [f32]) {
    let columns = params.columns as usize;
    for row in 0..params.used_rows as usize {
        let charges = &mut charges[row * columns..][..columns];
        let line: Vec<Complex64> = charges
            .iter()
            .enumerate()
            .map(|(column, charge)| f64::from(charge.to_bits()) / f64::from(params.scale) * turn(column, 4 * columns))
            .collect();
        charges.fill(f32::from_bits(0));
        write(&transform(&line, -1.0), &mut spectrum[2 * row * columns..]);
    }
}

/// exp(2 pi i k / of)
pub(super) fn turn(k: usize, of: usize) -> Complex64 {
    Complex64::cis(std::f64::consts::TAU * k as f64 / of as f64)
}

/// The transform by its definition, with exp(-2 pi i) if `direction` is -1, exp(2 pi i) if 1.
pub(super) fn transform(line: &[Complex64], direction: f64) -> Vec<Complex64> {
    let nodes = line.len();
    let turns: Vec<Complex64> =
        (0..nodes).map(|k| Complex64::cis(direction * std::f64::consts::TAU * k as f64 / nodes as f64)).collect();
    (0..nodes).map(|k| line.iter().enumerate().map(|(j, value)| value * turns[j * k % nodes]).sum()).collect()
}

/// Number `at` of complex numbers that lie as pairs.
pub(super) fn read(values: &[f32], at: usize) -> Complex64 {
    Complex64::new(f64::from(values[2 * at]), f64::from(values[2 * at + 1]))
}

/// Complex numbers as pairs.
pub(super) fn write(line: &[Complex64], values: &mut [f32]) {
    for (pair, value) in values.chunks_exact_mut(2).zip(line) {
        pair.copy_from_slice(&[value.re as f32, value.im as f32]);
    }
}
