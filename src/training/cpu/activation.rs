//! Logistic loss of many logits at once.

use crate::simd::{Simd, WIDTH};

/// Turns the logits of positives into coefficients and returns the sum of their losses, lane by lane.
///
/// A logit x of weight w has loss `scale w log(1 + e^-x)` and coefficient `-scale w sig(-x)`, the loss's derivative.
/// Both slices have the same length, a multiple of [`WIDTH`].
#[inline(always)]
pub fn positives<S: Simd>(s: S, cells: &mut [f32], weights: &[f32], scale: f32) -> S::V {
    let (zero, scale) = (s.splat(0.0), s.splat(scale));
    let mut loss = zero;
    for (cells, weights) in cells.as_chunks_mut::<WIDTH>().0.iter_mut().zip(weights.as_chunks::<WIDTH>().0) {
        let weight = s.mul(scale, s.load_array(weights));
        let (sigmoid, softplus) = logistic(s, s.sub(zero, s.load_array(cells)));
        s.store_array(cells, s.sub(zero, s.mul(weight, sigmoid)));
        loss = s.fma(weight, softplus, loss);
    }
    loss
}

/// The same of negatives: loss `scale w log(1 + e^x)` and coefficient `scale w sig(x)`.
#[inline(always)]
pub fn negatives<S: Simd>(s: S, cells: &mut [f32], weights: &[f32], scale: f32) -> S::V {
    let scale = s.splat(scale);
    let mut loss = s.splat(0.0);
    for (cells, weights) in cells.as_chunks_mut::<WIDTH>().0.iter_mut().zip(weights.as_chunks::<WIDTH>().0) {
        let weight = s.mul(scale, s.load_array(weights));
        let (sigmoid, softplus) = logistic(s, s.load_array(cells));
        s.store_array(cells, s.mul(weight, sigmoid));
        loss = s.fma(weight, softplus, loss);
    }
    loss
}

/// sig(x) and log(1 + e^x), each within about 2e-7 of its value. Not a number stays so.
#[inline(always)]
fn logistic<S: Simd>(s: S, x: S::V) -> (S::V, S::V) {
    let (zero, one) = (s.splat(0.0), s.splat(1.0));
    let t = exp_of_negative(s, s.select_by_sign(x, s.sub(zero, x), x));
    let large = s.div(one, s.add(one, t));
    let sigmoid = s.select_by_sign(x, large, s.mul(t, large));
    // log(1 + t) = 2 artanh(t / (2 + t)), whose argument is at most 1/3.
    let z = s.div(t, s.add(s.splat(2.0), t));
    let z2 = s.mul(z, z);
    let mut series = s.splat(2.0 / 13.0);
    for odd in [11.0_f32, 9.0, 7.0, 5.0, 3.0] {
        series = s.fma(series, z2, s.splat(2.0 / odd));
    }
    let log_one_plus = s.fma(s.mul(series, z2), z, s.add(z, z));
    (sigmoid, s.add(s.max(zero, x), log_one_plus))
}

/// e^x for x <= 0; below -87 as at -87, about 1e-38.
#[inline(always)]
fn exp_of_negative<S: Simd>(s: S, x: S::V) -> S::V {
    let x = s.max(s.splat(-87.0), x);
    let n = s.round(s.mul(x, s.splat(std::f32::consts::LOG2_E)));
    // ln 2 in two parts, the first with trailing zeros, so that n * ln 2 loses nothing.
    let r = s.fma(n, s.splat(-0.693_359_4), x);
    let r = s.fma(n, s.splat(2.121_944_4e-4), r);
    let mut series = s.splat(1.0 / 5040.0);
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0_f32] {
        series = s.fma(series, r, s.splat(factor));
    }
    s.mul(series, s.exp2_integral(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Instructions, Kernel, Portable};

    struct Evaluate(f32, bool);

    impl Kernel for Evaluate {
        type Output = (f32, f32);

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> (f32, f32) {
            let (mut x, weights) = ([self.0; WIDTH], [3.0; WIDTH]);
            let loss = if self.1 { positives(s, &mut x, &weights, 0.5) } else { negatives(s, &mut x, &weights, 0.5) };
            (x[3], s.sum(loss) / 8.0)
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
                let portable = Instructions::Portable(Portable).run(Evaluate(x, positive));
                let detected = Instructions::detect().run(Evaluate(x, positive));
                for (name, (g, l)) in [("portable", portable), ("detected", detected)] {
                    let (g, l) = (f64::from(g), f64::from(l));
                    // Below -87 the exponential stays at about 1e-38.
                    let close = (g - derivative).abs() <= 1e-37 + 4e-7 * derivative.abs();
                    assert!(close, "{name} at {x}: {g}, {derivative}");
                    assert!((l - loss).abs() <= 1e-37 + 1e-6 * loss, "{name} at {x}: loss {l}, {loss}");
                }
            }
        }
    }

    #[test]
    fn not_a_number_stays_so() {
        let (g, loss) = Instructions::detect().run(Evaluate(f32::NAN, true));
        assert!(g.is_nan() && loss.is_nan(), "{g} {loss}");
    }
}
