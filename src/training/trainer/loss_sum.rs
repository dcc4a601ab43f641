//! Sums of losses over millions of steps.

use crate::objective::LossParts;

/// A sum that keeps what rounding takes away (Neumaier 1974): its error does not grow with the number of terms.
#[derive(Debug, Clone, Copy, Default)]
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
    }

    fn value(self) -> f64 {
        self.sum + self.lost
    }
}

/// The loss parts of many steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LossSum {
    pair: Compensated,
    structure: Compensated,
    regulariser: Compensated,
    steps: u64,
}

impl LossSum {
    /// Adds the sum of `steps` steps, as a backend hands it over.
    pub(super) fn add(&mut self, sum: LossParts, steps: u64) {
        self.pair.add(sum.pair);
        self.structure.add(sum.structure);
        self.regulariser.add(sum.regulariser);
        self.steps += steps;
    }

    /// Number of steps.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// The mean of a step; 0 without any.
    pub(super) fn mean(&self) -> LossParts {
        let sum = LossParts {
            pair: self.pair.value(),
            structure: self.structure.value(),
            regulariser: self.regulariser.value(),
        };
        sum.scaled(1.0 / self.steps.max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::random::{Purpose, Random};

    /// Sums f64 exactly, in units of 2^-100, for values below 2^10.
    #[derive(Default)]
    struct Exact(i128);

    impl Exact {
        fn add(&mut self, value: f64) {
            let high = (value * 2_f64.powi(50)).trunc();
            let low = (value * 2_f64.powi(50) - high) * 2_f64.powi(50);
            self.0 += (high as i128) * (1 << 50) + low as i128;
        }

        fn value(&self) -> f64 {
            (self.0 >> 50) as f64 * 2_f64.powi(-50) + (self.0 & ((1 << 50) - 1)) as f64 * 2_f64.powi(-100)
        }
    }

    #[test]
    fn a_thousand_million_pairs_add_up_to_what_exact_arithmetic_says() {
        // A batch of 128 centres with 8 contexts has 1,024 pairs; the default's batches are larger, so fewer are added.
        let batches = 1_000_000_000_u64.div_ceil(1024);
        let random = Random::new(1, Purpose::Evaluation, 9, 9);
        let unit = |index: u64| (random.at(index) >> 11) as f64 * 2_f64.powi(-53);
        let (mut window, mut epoch) = (LossSum::default(), LossSum::default());
        // As backends add up the steps between two readings.
        let mut backend = LossParts::default();
        let mut exact: [Exact; 3] = Default::default();
        for batch in 0..batches {
            // The losses of a training: 16.6 an untrained centre, falling to 8, and parts that are far smaller.
            let level = 8.0 + 8.6 * (-(batch as f64) / 1e5).exp();
            let step = LossParts {
                pair: level * (0.9 + 0.2 * unit(3 * batch)),
                structure: 0.3 * unit(3 * batch + 1),
                regulariser: 1e-9 * unit(3 * batch + 2),
            };
            backend += step;
            for (sum, part) in exact.iter_mut().zip([step.pair, step.structure, step.regulariser]) {
                sum.add(part);
            }
            if batch % 1000 == 999 || batch + 1 == batches {
                let steps = batch % 1000 + 1;
                let sum = std::mem::take(&mut backend);
                window.add(sum, steps);
                epoch.add(sum, steps);
            }
        }
        assert_eq!((window.steps(), epoch.steps()), (batches, batches));
        let mean = epoch.mean();
        for (part, exact) in [mean.pair, mean.structure, mean.regulariser].into_iter().zip(&exact) {
            let exact = exact.value() / batches as f64;
            let error = ((part - exact) / exact).abs();
            assert!(error < 1e-12, "{part}, exactly {exact}: off by {error:e}");
        }
        assert_eq!(window.mean(), epoch.mean());
    }

    #[test]
    fn small_terms_are_not_lost_beside_large_ones() {
        let mut sum = LossSum::default();
        sum.add(LossParts { pair: 1e16, ..LossParts::default() }, 1);
        for _ in 0..10 {
            sum.add(LossParts { pair: 1.0, ..LossParts::default() }, 1);
        }
        sum.add(LossParts { pair: -1e16, ..LossParts::default() }, 1);
        assert_eq!(sum.mean().pair * 12.0, 10.0, "plain f64 says 0");
    }
}
