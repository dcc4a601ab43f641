//! What a point on the grid feels of itself, which no point of a map should.
//!
//! A point spreads over 4 x 4 nodes and feels the field at the same nodes, its own part of it as well. That part is
//! `s(x, y) = sum_mn g_m g_n K_mn A_m(x) A_n(y)`, with the kernel K between nodes m and n apart along each axis (g is 1
//! at 0 and 2 elsewhere) and the spline's products `A_m(x) = sum_a w_a(x) w_{a+m}(x)`. It ought to be 1 everywhere; on
//! nodes 1/3 apart it varies by some thousandths, and its slope pulls each point along with a force that does not fade
//! as others move away. Products of cubic pieces, symmetric about the middle between two nodes: each `A_m` is a cubic in
//! `q = (x - 1/2)^2`, and s a polynomial of 16 terms in both q, which is exact and costs less than the gathering.

use super::convolution::Convolution;
use super::spline::REACH;
use crate::progress::Watch;

/// Terms of a cubic in q.
const TERMS: usize = 4;

/// The spline's pieces at the nodes -1, 0, 1, 2 as polynomials in `x - 1/2`.
const PIECES: [[f64; 4]; REACH] = [
    [1.0 / 48.0, -1.0 / 8.0, 1.0 / 4.0, -1.0 / 6.0],
    [23.0 / 48.0, -5.0 / 8.0, -1.0 / 4.0, 1.0 / 2.0],
    [23.0 / 48.0, 5.0 / 8.0, -1.0 / 4.0, -1.0 / 2.0],
    [1.0 / 48.0, 1.0 / 8.0, 1.0 / 4.0, 1.0 / 6.0],
];

/// `s` for one kernel: coefficients [powers of q along y, powers of q along x].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OwnShare([[f32; TERMS]; TERMS]);

impl OwnShare {
    /// For the field of `convolution`, which is left with that of a unit charge on the first node.
    pub(super) fn of(convolution: &mut Convolution, watch: &Watch) -> Self {
        let unit = |row: usize, values: &mut [f32]| {
            values.fill(0.0);
            if let (0, Some(first)) = (row, values.first_mut()) {
                *first = 1.0;
            }
        };
        convolution.run(REACH, unit, watch);
        let (columns, _) = convolution.size();
        Self::new(std::array::from_fn(|row| {
            std::array::from_fn(|column| convolution.potential[row * columns + column])
        }))
    }

    /// The coefficients: [powers of q along y, powers of q along x].
    pub(super) fn coefficients(&self) -> [[f32; TERMS]; TERMS] {
        self.0
    }

    /// For the field `kernel` [rows apart, columns apart] that a unit charge on a node makes on nodes near it.
    pub(super) fn new(kernel: [[f32; REACH]; REACH]) -> Self {
        let products: [[f64; TERMS]; REACH] = std::array::from_fn(product);
        let mut share = [[0.0; TERMS]; TERMS];
        for (p, row) in share.iter_mut().enumerate() {
            for (r, term) in row.iter_mut().enumerate() {
                let mut sum = 0.0;
                for (n, kernel) in kernel.iter().enumerate() {
                    for (m, &value) in kernel.iter().enumerate() {
                        let times = if n == 0 { 1.0 } else { 2.0 } * if m == 0 { 1.0 } else { 2.0 };
                        sum += times * f64::from(value) * products[n][p] * products[m][r];
                    }
                }
                *term = sum as f32;
            }
        }
        Self(share)
    }

    /// The field that a point at `x`, `y` between nodes feels of itself.
    #[inline(always)]
    pub(super) fn value(&self, x: f32, y: f32) -> f32 {
        let (qx, qy) = ((x - 0.5) * (x - 0.5), (y - 0.5) * (y - 0.5));
        cubic(self.0.map(|row| cubic(row, qx)), qy)
    }

    /// The field's gradient by x and y, in nodes, that a point feels of itself: half the slope of [`OwnShare::value`],
    /// as the other half comes from the charge's moving along.
    #[inline(always)]
    pub(super) fn slope(&self, x: f32, y: f32) -> [f32; 2] {
        let (x, y) = (x - 0.5, y - 0.5);
        let (qx, qy) = (x * x, y * y);
        let along_x = cubic(self.0.map(|row| steepness(row, qx)), qy);
        let along_y = steepness(self.0.map(|row| cubic(row, qx)), qy);
        [x * along_x, y * along_y]
    }
}

#[inline(always)]
fn cubic([a, b, c, d]: [f32; TERMS], q: f32) -> f32 {
    a + q * (b + q * (c + q * d))
}

/// Derivative of [`cubic`] by q.
#[inline(always)]
fn steepness([_, b, c, d]: [f32; TERMS], q: f32) -> f32 {
    b + q * (2.0 * c + q * (3.0 * d))
}

/// `A_apart` in powers of q. Odd powers of `x - 1/2` cancel out.
fn product(apart: usize) -> [f64; TERMS] {
    let mut terms = [0.0; TERMS];
    for (a, b) in PIECES.iter().zip(&PIECES[apart..]) {
        for (i, a) in a.iter().enumerate() {
            for (j, b) in b.iter().enumerate() {
                if (i + j) % 2 == 0 {
                    terms[(i + j) / 2] += a * b;
                }
            }
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::super::spline::{slopes, weights};
    use super::*;

    #[test]
    fn a_points_own_share_is_that_of_spreading_and_gathering_it_alone() {
        let kernel: [[f32; REACH]; REACH] =
            std::array::from_fn(|n| std::array::from_fn(|m| 1.0 / (1.0 + 0.3 * (n * n + m * m) as f32)));
        let share = OwnShare::new(kernel);
        for (x, y) in [(0.0, 0.0), (0.25, 0.5), (0.9, 0.1), (0.5, 0.77), (0.333, 0.999)] {
            let felt = |gather_x: [f32; REACH], gather_y: [f32; REACH]| {
                let mut sum = 0.0;
                for (n, m) in (0..REACH).flat_map(|n| (0..REACH).map(move |m| (n, m))) {
                    for (row, column) in (0..REACH).flat_map(|row| (0..REACH).map(move |column| (row, column))) {
                        let charge = weights(y)[n] * weights(x)[m];
                        sum += charge * gather_y[row] * gather_x[column] * kernel[n.abs_diff(row)][m.abs_diff(column)];
                    }
                }
                sum
            };
            let [along_x, along_y] = share.slope(x, y);
            for (own, wanted) in [
                (share.value(x, y), felt(weights(x), weights(y))),
                (along_x, felt(slopes(x), weights(y))),
                (along_y, felt(weights(x), slopes(y))),
            ] {
                assert!((own - wanted).abs() < 2e-6, "at {x}, {y}: {own}, not {wanted}");
            }
        }
    }
}
