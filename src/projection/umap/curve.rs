//! How belonging together fades with distance in the map.

/// `1 / (1 + a d^(2b))`, the smooth curve that stands for "1 up to the least distance, then an exponential".
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Curve {
    pub(super) a: f64,
    pub(super) b: f64,
}

/// Distances that are compared, evenly from 0 to three times the spread, as in umap-learn.
const SAMPLES: usize = 300;
const ROUNDS: usize = 200;

impl Curve {
    /// The least squares fit to 1 up to `min_dist` and `exp(-(d - min_dist) / spread)` beyond, by Levenberg and
    /// Marquardt. `spread` is positive.
    pub(super) fn fit(min_dist: f64, spread: f64) -> Self {
        // In units of the spread; a is scaled back at the end.
        let least = min_dist / spread;
        let wanted: Vec<(f64, f64)> = (0..SAMPLES)
            .map(|sample| {
                let distance = 3.0 * sample as f64 / (SAMPLES - 1) as f64;
                (distance, if distance < least { 1.0 } else { (least - distance).exp() })
            })
            .collect();
        let (mut curve, mut damping) = (Self { a: 1.0, b: 1.0 }, 1e-3);
        let mut error = curve.squared_error(&wanted);
        for _ in 0..ROUNDS {
            let (step_a, step_b) = curve.step(&wanted, damping);
            let next = Self { a: curve.a + step_a, b: curve.b + step_b };
            let next_error = next.squared_error(&wanted);
            if next.a > 0.0 && next.b > 0.0 && next_error <= error {
                let settled = step_a.abs() < 1e-10 * curve.a && step_b.abs() < 1e-10 * curve.b;
                (curve, error, damping) = (next, next_error, damping * 0.1);
                if settled {
                    break;
                }
            } else {
                damping *= 10.0;
            }
        }
        Self { a: curve.a / spread.powf(2.0 * curve.b), b: curve.b }
    }

    fn at(self, distance: f64) -> f64 {
        1.0 / (1.0 + self.a * distance.powf(2.0 * self.b))
    }

    fn squared_error(self, wanted: &[(f64, f64)]) -> f64 {
        wanted.iter().map(|&(distance, value)| (value - self.at(distance)).powi(2)).sum()
    }

    /// Solves the damped normal equations of both parameters.
    fn step(self, wanted: &[(f64, f64)], damping: f64) -> (f64, f64) {
        let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &(distance, value) in wanted.iter().filter(|(distance, _)| *distance > 0.0) {
            let found = self.at(distance);
            let power = distance.powf(2.0 * self.b);
            let by_a = -found * found * power;
            let by_b = by_a * self.a * 2.0 * distance.ln();
            let rest = value - found;
            (aa, ab, bb) = (aa + by_a * by_a, ab + by_a * by_b, bb + by_b * by_b);
            (ra, rb) = (ra + by_a * rest, rb + by_b * rest);
        }
        let (aa, bb) = (aa * (1.0 + damping), bb * (1.0 + damping));
        let determinant = aa * bb - ab * ab;
        if determinant <= 0.0 {
            return (0.0, 0.0);
        }
        ((bb * ra - ab * rb) / determinant, (aa * rb - ab * ra) / determinant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fit_is_that_of_umap_learn() {
        for (spread, min_dist, a, b) in WANTED {
            let found = Curve::fit(min_dist, spread);
            assert!(
                (found.a / a - 1.0).abs() < 1e-4 && (found.b / b - 1.0).abs() < 1e-4,
                "{spread} {min_dist}: {found:?}"
            );
        }
    }

    /// Spread, least distance, a and b by `find_ab_params` of umap-learn 0.5.12.
    const WANTED: [(f64, f64, f64, f64); 6] = [
        (1.0, 0.1, 1.57694, 0.895061),
        (1.0, 0.0, 1.93281, 0.790495),
        (1.0, 0.5, 0.58303, 1.33417),
        (1.0, 1.0, 0.114976, 1.92924),
        (2.0, 0.3, 0.379495, 0.948815),
        (0.5, 0.01, 5.72024, 0.810877),
    ];
}
