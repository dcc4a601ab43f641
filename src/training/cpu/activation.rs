//! Logistic loss of many logits at once.

use super::simd::{Simd, WIDTH};

/// A coefficient and a loss for each logit.
///
/// For logit x with weight `p` as a positive and `q` as a negative the loss is
/// `p log(1 + e^-x) + q log(1 + e^x)`; `x` is overwritten by its derivative, `p (sig(x) - 1) + q sig(x)`.
/// Returns the sum of the losses, lane by lane. All slices have the same length, a multiple of [`WIDTH`].
#[inline(always)]
pub fn logistic<S: Simd>(s: S, x: &mut [f32], p: &[f32], q: &[f32]) -> S::V {
    let mut loss = s.splat(0.0);
    let (x, _) = x.as_chunks_mut::<WIDTH>();
    let (p, _) = p.as_chunks::<WIDTH>();
    let (q, _) = q.as_chunks::<WIDTH>();
    for ((x, p), q) in x.iter_mut().zip(p).zip(q) {
        let (logit, p, q) = (s.load_array(x), s.load_array(p), s.load_array(q));
        let (sigmoid, complement, log_one_plus) = sigmoids(s, logit);
        s.store_array(x, s.sub(s.mul(q, sigmoid), s.mul(p, complement)));
        let zero = s.splat(0.0);
        let softplus = s.add(s.max(zero, logit), log_one_plus);
        let softplus_of_minus = s.add(s.max(zero, s.sub(zero, logit)), log_one_plus);
        loss = s.fma(p, softplus_of_minus, s.fma(q, softplus, loss));
    }
    loss
}

/// sig(x), sig(-x) and log(1 + e^-|x|), each within about 2e-7 of its value. Not a number stays so.
#[inline(always)]
fn sigmoids<S: Simd>(s: S, x: S::V) -> (S::V, S::V, S::V) {
    let one = s.splat(1.0);
    let minus_magnitude = s.select_by_sign(x, s.sub(s.splat(0.0), x), x);
    let t = exp_of_negative(s, minus_magnitude);
    let large = s.div(one, s.add(one, t));
    let small = s.mul(t, large);
    // log(1 + t) = 2 artanh(t / (2 + t)), whose argument is at most 1/3.
    let z = s.div(t, s.add(s.splat(2.0), t));
    let z2 = s.mul(z, z);
    let mut series = s.splat(2.0 / 13.0);
    for odd in [11.0_f32, 9.0, 7.0, 5.0, 3.0] {
        series = s.fma(series, z2, s.splat(2.0 / odd));
    }
    let log_one_plus = s.fma(s.mul(series, z2), z, s.mul(s.splat(2.0), z));
    (s.select_by_sign(x, large, small), s.select_by_sign(x, small, large), log_one_plus)
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
    use super::super::simd::{Instructions, Kernel, Portable};
    use super::*;

    struct Evaluate(f32, f32, f32);

    impl Kernel for Evaluate {
        type Output = (f32, f32);

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> (f32, f32) {
            let mut x = [self.0; WIDTH];
            let loss = logistic(s, &mut x, &[self.1; WIDTH], &[self.2; WIDTH]);
            (x[3], s.sum(loss) / 8.0)
        }
    }

    #[test]
    fn loss_and_derivative_are_the_logistic_ones_without_overflow() {
        for x in [-1e4, -200.0, -88.0, -20.0, -3.0, -0.7, -1e-6, 0.0, 1e-3, 0.4, 5.0, 17.0, 90.0, 1e5_f32] {
            for (p, q) in [(1.0, 0.0), (0.0, 2.0), (0.5, 1.5)] {
                let wide = f64::from(x);
                let sigmoid = 1.0 / (1.0 + (-wide).exp());
                let complement = 1.0 / (1.0 + wide.exp());
                let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
                let derivative = -f64::from(p) * complement + f64::from(q) * sigmoid;
                let loss = f64::from(p) * softplus(-wide) + f64::from(q) * softplus(wide);
                let portable = Instructions::Portable(Portable).run(Evaluate(x, p, q));
                let detected = Instructions::detect().run(Evaluate(x, p, q));
                for (name, (g, l)) in [("portable", portable), ("detected", detected)] {
                    let (g, l) = (f64::from(g), f64::from(l));
                    assert!(
                        (g - derivative).abs() <= 1e-37 + 4e-7 * derivative.abs().max(1e-30),
                        "{name} at {x}: {g}, {derivative}"
                    );
                    assert!((l - loss).abs() <= 1e-36 + 1e-6 * loss, "{name} at {x}: loss {l}, {loss}");
                }
            }
        }
    }

    #[test]
    fn not_a_number_stays_so() {
        let (g, loss) = Instructions::detect().run(Evaluate(f32::NAN, 1.0, 1.0));
        assert!(g.is_nan() && loss.is_nan(), "{g} {loss}");
    }
}
