//! Where values stand on an axis.

use crate::numbers;

/// From which ratio on an axis of numbers is logarithmic, unless it is known how they were drawn.
const LOGARITHMIC: f64 = 30.0;

/// Where values stand on an axis, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Numbers between two ends.
    Numbers { low: f64, high: f64, log: bool },
    /// Words, evenly.
    Words(Vec<String>),
}

impl Scale {
    /// The scale of `values`: numbers where all are; logarithmic as `log` says, or where they span a wide range.
    pub fn of<'a>(values: impl Iterator<Item = &'a str>, log: Option<bool>) -> Self {
        let mut distinct: Vec<String> = values.map(str::to_owned).collect();
        distinct.sort();
        distinct.dedup();
        let numbers: Option<Vec<f64>> = distinct.iter().map(|value| value.parse().ok()).collect();
        match numbers.filter(|numbers| !numbers.is_empty()) {
            Some(numbers) => {
                let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                Self::Numbers { low, high, log: low > 0.0 && log.unwrap_or(high / low >= LOGARITHMIC) }
            }
            None => Self::Words(distinct),
        }
    }

    /// Where `value` stands.
    pub fn place(&self, value: &str) -> f32 {
        match self {
            Self::Numbers { low, .. } => self.place_of(value.parse().unwrap_or(*low)),
            Self::Words(words) => {
                let at = words.iter().position(|word| word == value).unwrap_or(0);
                if words.len() < 2 { 0.5 } else { at as f32 / (words.len() - 1) as f32 }
            }
        }
    }

    /// Where a number stands; beyond 0 and 1 outside of the ends.
    pub fn place_of(&self, value: f64) -> f32 {
        match self {
            Self::Numbers { low, high, log: true } if low != high => ((value / low).ln() / (high / low).ln()) as f32,
            Self::Numbers { low, high, .. } if low != high => ((value - low) / (high - low)) as f32,
            _ => 0.5,
        }
    }

    /// The number that stands at `place`; `None` of words.
    pub fn number_at(&self, place: f32) -> Option<f64> {
        let place = f64::from(place);
        match self {
            Self::Numbers { low, high, log: true } => Some(low * (high / low).powf(place)),
            Self::Numbers { low, high, .. } => Some(low + place * (high - low)),
            Self::Words(_) => None,
        }
    }

    /// Places with what stands there.
    pub fn ticks(&self) -> Vec<(f32, String)> {
        match self {
            Self::Numbers { low, high, .. } if low == high => vec![(0.5, low.to_string())],
            Self::Numbers { low, high, .. } => {
                let whole = low.fract() == 0.0 && high.fract() == 0.0;
                let value = |step: u8| {
                    let value = self.number_at(f32::from(step) / 4.0).unwrap_or(*low);
                    if whole { value.round() } else { value }
                };
                let mut values: Vec<f64> = (0..5).map(value).collect();
                values.dedup();
                let text = |value: f64| match whole {
                    true if value >= 0.0 => numbers::short(value as u64),
                    _ => numbers::figures(value, 3),
                };
                values.into_iter().map(|value| (self.place_of(value), text(value))).collect()
            }
            Self::Words(words) => words.iter().map(|word| (self.place(word), word.clone())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_by_value_words_evenly_and_wide_ranges_by_their_logarithm() {
        let window = Scale::of(["2", "8", "5"].into_iter(), None);
        assert_eq!(["2", "5", "8"].map(|value| window.place(value)), [0.0, 0.5, 1.0]);
        assert!(window.ticks().iter().all(|(_, text)| !text.contains('.')), "{:?}", window.ticks());
        let rate = Scale::of(["0.001", "0.1"].into_iter(), None);
        assert!((rate.place("0.01") - 0.5).abs() < 1e-6);
        let narrow = Scale::of(["0.1", "0.4"].into_iter(), Some(true));
        assert!((narrow.place("0.2") - 0.5).abs() < 1e-6, "it was drawn so");
        assert!(narrow.number_at(0.5).is_some_and(|value| (value - 0.2).abs() < 1e-6));
        let words = Scale::of(["adam", "sgd", "9"].into_iter(), Some(true));
        assert_eq!(words.ticks(), [(0.0, "9".to_owned()), (0.5, "adam".to_owned()), (1.0, "sgd".to_owned())]);
        assert_eq!(Scale::of(["3", "3"].into_iter(), None).place("3"), 0.5);
    }
}
