//! Logistic loss of many logits at once.

use crate::simd::{Arithmetic, Simd};

/// Turns the logits of positives into coefficients and returns the sum of their losses, lane by lane.
///
/// A logit x of weight w has loss `scale w log(1 + e^-x)` and coefficient `-scale w sig(-x)`, the loss's derivative.
/// Both slices have the same length, a multiple of eight.
#[inline(always)]
pub fn positives<S: Simd>(s: S, cells: &mut [f32], weights: &[f32], scale: f32) -> S::V {
    coefficients::<S, true>(s, cells, weights, scale)
}

/// The same of negatives: loss `scale w log(1 + e^x)` and coefficient `scale w sig(x)`.
#[inline(always)]
pub fn negatives<S: Simd>(s: S, cells: &mut [f32], weights: &[f32], scale: f32) -> S::V {
    coefficients::<S, false>(s, cells, weights, scale)
}

/// [`positives`] or [`negatives`], in the widest registers as far as they go.
#[inline(always)]
fn coefficients<S: Simd, const POSITIVE: bool>(s: S, cells: &mut [f32], weights: &[f32], scale: f32) -> S::V {
    let wide = cells.len() / S::Wide::COUNT * S::Wide::COUNT;
    let (cells, rest) = cells.split_at_mut(wide);
    let (weights, rest_weights) = weights.split_at(wide);
    let loss = s.narrow(whole_registers::<S::Wide, POSITIVE>(s.wide(), cells, weights, scale));
    s.add(loss, whole_registers::<S, POSITIVE>(s, rest, rest_weights, scale))
}

#[inline(always)]
fn whole_registers<A: Arithmetic, const POSITIVE: bool>(a: A, cells: &mut [f32], weights: &[f32], scale: f32) -> A::V {
    let (zero, scale) = (a.splat(0.0), a.splat(scale));
    let mut loss = zero;
    for (cells, weights) in cells.chunks_exact_mut(A::COUNT).zip(weights.chunks_exact(A::COUNT)) {
        let weight = a.mul(scale, a.read(weights));
        let logit = a.read(cells);
        let (sigmoid, softplus) = logistic(a, if POSITIVE { a.sub(zero, logit) } else { logit });
        let coefficient = a.mul(weight, sigmoid);
        a.write(cells, if POSITIVE { a.sub(zero, coefficient) } else { coefficient });
        loss = a.fma(weight, softplus, loss);
    }
    loss
}

/// sig(x) and log(1 + e^x), each within about 3e-7 of its value. Not a number stays so.
#[inline(always)]
fn logistic<A: Arithmetic>(a: A, x: A::V) -> (A::V, A::V) {
    let (zero, one) = (a.splat(0.0), a.splat(1.0));
    let t = exp_of_negative(a, a.select_by_sign(x, a.sub(zero, x), x));
    // 1 / (1 + t) and t / (2 + t) of one reciprocal.
    let (once, twice) = (a.add(one, t), a.add(a.splat(2.0), t));
    let both = a.reciprocal(a.mul(once, twice));
    let large = a.mul(twice, both);
    let sigmoid = a.select_by_sign(x, large, a.mul(t, large));
    // log(1 + t) = 2 artanh(t / (2 + t)), whose argument is at most 1/3.
    let z = a.mul(a.mul(t, once), both);
    let z2 = a.mul(z, z);
    let mut series = a.splat(2.0 / 13.0);
    for odd in [11.0_f32, 9.0, 7.0, 5.0, 3.0] {
        series = a.fma(series, z2, a.splat(2.0 / odd));
    }
    let log_one_plus = a.fma(a.mul(series, z2), z, a.add(z, z));
    (sigmoid, a.add(a.max(zero, x), log_one_plus))
}

/// e^x for x <= 0; below -87 as at -87, about 1e-38.
#[inline(always)]
fn exp_of_negative<A: Arithmetic>(a: A, x: A::V) -> A::V {
    let x = a.max(a.splat(-87.0), x);
    let n = a.round(a.mul(x, a.splat(std::f32::consts::LOG2_E)));
    // ln 2 in two parts, the first with trailing zeros, so that n * ln 2 loses nothing.
    let r = a.fma(n, a.splat(-0.693_359_4), x);
    let r = a.fma(n, a.splat(2.121_944_4e-4), r);
    let mut series = a.splat(1.0 / 5040.0);
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0_f32] {
        series = a.fma(series, r, a.splat(factor));
    }
    a.mul(series, a.exp2_integral(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Instructions, Kernel};

    /// Cells in two registers of sixteen and one of eight.
    const CELLS: usize = 40;

    struct Evaluate(f32, bool);

    impl Kernel for Evaluate {
        type Output = ([f32; CELLS], f32);

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> ([f32; CELLS], f32) {
            let (mut x, weights) = ([self.0; CELLS], [3.0; CELLS]);
            let loss = if self.1 { positives(s, &mut x, &weights, 0.5) } else { negatives(s, &mut x, &weights, 0.5) };
            (x, s.sum(loss) / CELLS as f32)
        }
    }

    #[test]
    fn loss_and_derivative_are_the_logistic_ones_without_overflow() {
        for x in [-1e4, -200.0, -88.0, -20.0, -3.0, -0.7, -1e-6, 0.0, 1e-3, 0.4, 5.0, 17.0, 90.0, 1e5_f32] {
            for positive in [true, false] {
                let sign = if positive { -1.0 } else { 1.0 };
                let signed = sign * f64::from(x);
                let derivative = 1.5 * sign / (1.0 + (-signed).exp());
                let loss = 1.5 * (signed.max(0.0) + (-signed.abs()).exp().ln_1p());
                for instructions in Instructions::all() {
                    let (name, (all, l)) = (instructions.name(), instructions.run(Evaluate(x, positive)));
                    for g in all.map(f64::from) {
                        // Below -87 the exponential stays at about 1e-38.
                        let close = (g - derivative).abs() <= 1e-37 + 4e-7 * derivative.abs();
                        assert!(close, "{name} at {x}: {g}, {derivative}");
                    }
                    assert!((f64::from(l) - loss).abs() <= 1e-37 + 1e-6 * loss, "{name} at {x}: loss {l}, {loss}");
                }
            }
        }
    }

    #[test]
    fn not_a_number_stays_so() {
        for instructions in Instructions::all() {
            let (all, loss) = instructions.run(Evaluate(f32::NAN, true));
            assert!(all.iter().all(|g| g.is_nan()) && loss.is_nan(), "{}: {all:?} {loss}", instructions.name());
        }
    }
}
