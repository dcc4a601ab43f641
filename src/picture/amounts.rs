//! How much each point has of something, from the least to the most.

use std::sync::Arc;

use super::sizes::log_share;
use crate::numbers;
use crate::projection::Trust;

/// How much each point has of something.
#[derive(Debug, Clone, PartialEq)]
pub struct Amounts {
    /// `[rows]` from the least, 0, to the most, 1; not finite where it is not known.
    pub shares: Arc<[f32]>,
    /// The least in words.
    pub least: String,
    /// The most in words.
    pub most: String,
    /// The least and the most, where they are numbers of a column.
    pub range: Option<[f64; 2]>,
    /// Points of which it is not known.
    pub unknown: u64,
}

impl Amounts {
    /// `counts` `[rows]` by magnitude.
    #[must_use]
    pub fn of_counts(counts: &[u64]) -> Self {
        let low = counts.iter().copied().min().unwrap_or(0);
        let high = counts.iter().copied().max().unwrap_or(0);
        Self {
            shares: counts.iter().map(|&count| log_share(count, high)).collect(),
            least: numbers::short(low),
            most: numbers::short(high),
            range: None,
            unknown: 0,
        }
    }

    /// The trust of each of `rows` points; `mapped` are the rows that it was measured of, `None` all.
    #[must_use]
    pub fn of_trust(trust: &Trust, mapped: Option<&[u32]>, rows: usize) -> Self {
        let shares = match mapped {
            None => trust.by_point.clone().into(),
            Some(mapped) => {
                let mut shares = vec![f32::NAN; rows];
                for (&row, &share) in mapped.iter().zip(&trust.by_point) {
                    if let Some(slot) = shares.get_mut(row as usize) {
                        *slot = share;
                    }
                }
                shares.into()
            }
        };
        let most = format!("all {} nearest are near", trust.k);
        Self { shares, least: "none".to_owned(), most, range: None, unknown: 0 }
    }

    /// `values` `[rows]`, from the 1st to the 99th percentile, so that a few extremes do not make all others look alike.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        known.sort_by(f64::total_cmp);
        let at = |share: f64| known.get((share * known.len().saturating_sub(1) as f64).round() as usize).copied();
        let (low, high) = (at(0.01).unwrap_or(0.0), at(0.99).unwrap_or(0.0));
        let span = if high > low { high - low } else { 1.0 };
        let share =
            |&value: &f64| if value.is_finite() { ((value - low) / span).clamp(0.0, 1.0) as f32 } else { f32::NAN };
        let (below, above) = (known.first().is_some_and(|&x| x < low), known.last().is_some_and(|&x| x > high));
        Self {
            shares: values.iter().map(share).collect(),
            least: format!("{}{}", if below { "≤ " } else { "" }, numbers::figures(low, 3)),
            most: format!("{}{}", if above { "≥ " } else { "" }, numbers::figures(high, 3)),
            range: Some([low, high]),
            unknown: (values.len() - known.len()) as u64,
        }
    }

    /// Whether they lie on both sides of zero.
    #[must_use]
    pub fn crosses_zero(&self) -> bool {
        self.range.is_some_and(|[low, high]| low < 0.0 && high > 0.0)
    }
}
