//! How densely values were tried along one axis: adaptive Parzen windows (Bergstra, Bardenet, Bengio, Kégl: "Algorithms
//! for Hyper-Parameter Optimization", NIPS 2011, section 4.2).

use std::f64::consts::{PI, SQRT_2};

use super::Axis;
use crate::training::random::Random;

/// Where a range begins without anything tried: a window in its middle, as wide as itself.
const PRIOR: Window = Window { centre: 0.5, width: 1.0 };

/// Windows are at least as wide as one over this.
const NARROWEST: f64 = 100.0;

/// How densely values were tried along one axis, with what is believed before any was.
pub(super) enum Density<'a> {
    /// Of words: how often each was tried, and once more.
    Values { values: &'a [String], weights: Vec<f64> },
    /// Of numbers: normal curves, cut off at the ends of the range.
    Range { line: Line, windows: Vec<Window> },
}

impl<'a> Density<'a> {
    /// The density of the values `tried` of `axis`.
    pub(super) fn of<'b>(axis: &'a Axis, tried: impl Iterator<Item = &'b str>) -> Self {
        match axis {
            Axis::Values(values) => {
                let mut weights = vec![1.0; values.len()];
                for at in tried.filter_map(|value| values.iter().position(|known| known == value)) {
                    weights[at] += 1.0;
                }
                let all: f64 = weights.iter().sum();
                weights.iter_mut().for_each(|weight| *weight /= all);
                Self::Values { values, weights }
            }
            Axis::Range { min, max, log, whole, .. } => {
                let line = Line::new([*min, *max], *log, *whole);
                let places: Vec<f64> =
                    tried.filter_map(|value| Some(line.place(value.parse().ok()?).clamp(0.0, 1.0))).collect();
                Self::Range { line, windows: windows(places) }
            }
        }
    }

    /// A value at random, as dense as the density.
    pub(super) fn draw(&self, axis: &Axis, random: &mut Random) -> String {
        match self {
            Self::Values { values, weights } => {
                let mut left = share(random);
                let at = weights.iter().position(|weight| {
                    left -= weight;
                    left < 0.0
                });
                values[at.unwrap_or(values.len() - 1)].clone()
            }
            Self::Range { line, windows } => {
                let window = &windows[random.below(windows.len() as u64) as usize];
                axis.text(line.value(window.draw(random)))
            }
        }
    }

    /// The logarithm of the density at `value`: of a continuum by its length, else of the value itself.
    pub(super) fn log_at(&self, value: &str) -> f64 {
        match self {
            Self::Values { values, weights } => {
                let at = values.iter().position(|known| known == value);
                at.map_or(f64::NEG_INFINITY, |at| weights[at].ln())
            }
            Self::Range { line, windows } => {
                let Ok(value) = value.parse() else { return f64::NEG_INFINITY };
                let density = |window: &Window| match line.whole {
                    true => window.share_between(line.place(value - 0.5), line.place(value + 0.5)),
                    false => window.density(line.place(value)),
                };
                (windows.iter().map(density).sum::<f64>() / windows.len() as f64).ln()
            }
        }
    }
}

/// The line that the numbers of a range lie on, from 0 to 1; whole numbers have a stretch of it each.
pub(super) struct Line {
    low: f64,
    high: f64,
    log: bool,
    whole: bool,
}

impl Line {
    fn new([min, max]: [f64; 2], log: bool, whole: bool) -> Self {
        let beyond = if whole { 0.5 } else { 0.0 };
        let on_line = |value: f64| if log { value.ln() } else { value };
        Self { low: on_line(min - beyond), high: on_line(max + beyond), log, whole }
    }

    fn place(&self, value: f64) -> f64 {
        let value = if self.log { value.ln() } else { value };
        (value - self.low) / (self.high - self.low)
    }

    fn value(&self, place: f64) -> f64 {
        let value = self.low + place * (self.high - self.low);
        if self.log { value.exp() } else { value }
    }
}

/// A normal curve, cut off at 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    centre: f64,
    /// Its standard deviation.
    width: f64,
}

impl Window {
    fn density(&self, place: f64) -> f64 {
        let away = (place - self.centre) / self.width;
        (-0.5 * away * away).exp() / ((2.0 * PI).sqrt() * self.width * self.below_to(0.0, 1.0))
    }

    fn share_between(&self, from: f64, to: f64) -> f64 {
        self.below_to(from, to) / self.below_to(0.0, 1.0)
    }

    fn below_to(&self, from: f64, to: f64) -> f64 {
        let below = |place: f64| 0.5 * (1.0 + erf((place - self.centre) / (self.width * SQRT_2)));
        below(to) - below(from)
    }

    /// A place at random, by Box and Muller; those beyond the ends are drawn again.
    fn draw(&self, random: &mut Random) -> f64 {
        loop {
            let radius = (-2.0 * (1.0 - share(random)).ln()).sqrt();
            let place = self.centre + self.width * radius * (2.0 * PI * share(random)).cos();
            if (0.0..=1.0).contains(&place) {
                return place;
            }
        }
    }
}

/// A window around each of `places` and the prior. Each is as wide as the way to its farther neighbour, the ends of the
/// range being neighbours too, within reason.
fn windows(mut places: Vec<f64>) -> Vec<Window> {
    places.sort_by(f64::total_cmp);
    let narrowest = 1.0 / NARROWEST.min(1.0 + places.len() as f64);
    let neighbour = |at: Option<usize>, end: f64| at.and_then(|at| places.get(at)).copied().unwrap_or(end);
    let around = |at: usize| {
        let centre = places[at];
        let (left, right) = (neighbour(at.checked_sub(1), 0.0), neighbour(Some(at + 1), 1.0));
        Window { centre, width: (centre - left).max(right - centre).clamp(narrowest, PRIOR.width) }
    };
    (0..places.len()).map(around).chain([PRIOR]).collect()
}

/// A number at random, at least 0 and less than 1.
fn share(random: &mut Random) -> f64 {
    (random.next() >> 11) as f64 / (1_u64 << 53) as f64
}

/// The error function, to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
fn erf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let terms = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    (1.0 - sum * (-x * x).exp()).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::random::Purpose;

    fn range(min: f64, max: f64, log: bool, whole: bool) -> Axis {
        Axis::Range { min, max, log, whole, steps: 5 }
    }

    #[test]
    fn the_error_function_has_its_published_values() {
        for (x, wanted) in [(0.0, 0.0), (0.5, 0.520_499_878), (1.0, 0.842_700_793), (-2.0, -0.995_322_265)] {
            assert!((erf(x) - wanted).abs() < 1e-6, "erf({x}) is {}", erf(x));
        }
    }

    #[test]
    fn a_density_sums_to_one() {
        for (axis, values) in [(range(2.0, 9.0, false, true), 2..=9), (range(1.0, 64.0, true, true), 1..=64)] {
            let density = Density::of(&axis, ["3", "4", "4", "9"].into_iter());
            let sum: f64 = values.map(|value: i32| density.log_at(&value.to_string()).exp()).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{axis:?}: {sum}");
        }
        let axis = range(0.01, 1.0, true, false);
        let density = Density::of(&axis, ["0.02", "0.03", "0.5"].into_iter());
        let at = |step: u32| 0.01 * 100_f64.powf((f64::from(step) + 0.5) / 2000.0);
        let sum: f64 = (0..2000).map(|step| density.log_at(&at(step).to_string()).exp() / 2000.0).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        let words = Axis::Values(["a", "b", "c"].map(str::to_owned).into());
        let density = Density::of(&words, ["b", "b"].into_iter());
        let shares = ["a", "b", "c"].map(|word| density.log_at(word).exp());
        assert!(shares.iter().zip([0.2, 0.6, 0.2]).all(|(share, wanted)| (share - wanted).abs() < 1e-12), "{shares:?}");
    }

    #[test]
    fn values_are_drawn_as_often_as_the_density_says() {
        let axis = range(2.0, 9.0, false, true);
        let density = Density::of(&axis, ["3", "3", "4"].into_iter());
        let mut counts = [0_u32; 10];
        for trial in 0..8_000 {
            let value = density.draw(&axis, &mut Random::new(5, Purpose::Sweep, 2, trial));
            counts[value.parse::<usize>().unwrap()] += 1;
        }
        for (value, &count) in counts.iter().enumerate().skip(2) {
            let wanted = 8_000.0 * density.log_at(&value.to_string()).exp();
            let away = (f64::from(count) - wanted).abs();
            assert!(away < 4.0 * wanted.sqrt() + 1.0, "{value}: {count} of {wanted}");
        }
    }
}
