//! The loss curve.

use serde::{Deserialize, Serialize};

use super::ChurnPoint;
use crate::objective::LossParts;

/// One point of the curve: means over the steps since the point before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Optimiser steps taken.
    pub step: u64,
    /// Epochs done, with fraction.
    pub epoch: f64,
    /// Pairs trained.
    pub pairs: u64,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
    /// Mean loss parts a step.
    pub loss: LossPartsRow,
    /// What was measured on held-out events at this point, if anything was.
    pub held_out: Option<HeldOutPoint>,
    /// How far neighbourhoods are those of the measurement before, if that was measured at this point.
    #[serde(default)]
    pub churn: Option<ChurnPoint>,
}

impl CurvePoint {
    /// Puts it at the end of `curve`, in the place of a point of the same step.
    pub fn put(self, curve: &mut Vec<Self>) {
        match curve.last_mut() {
            Some(last) if last.step == self.step => *last = self,
            _ => curve.push(self),
        }
    }
}

/// A model measured on held-out events of a sample of users.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOutPoint {
    /// Share of the users with a held-out item among the first 10.
    pub hit_rate_at_10: f64,
    /// Mean normalised discounted cumulative gain at 10.
    pub ndcg_at_10: f64,
    /// Mean loss parts of a held-out centre, on the scale of the training loss: as many pairs a centre, negatives drawn
    /// alike.
    pub loss: LossPartsRow,
}

/// [`LossParts`] as a curve keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossPartsRow {
    /// Sum of the parts.
    pub total: f64,
    /// Skip-gram part.
    pub pair: f64,
    /// Structural part.
    pub structure: f64,
    /// Regulariser.
    pub regulariser: f64,
}

impl From<LossParts> for LossPartsRow {
    fn from(parts: LossParts) -> Self {
        Self { total: parts.total(), pair: parts.pair, structure: parts.structure, regulariser: parts.regulariser }
    }
}

/// `values` as an exponential moving average in which what came before has the weight `weight`, 0 to below 1, without the
/// bias towards 0 of its start (Kingma and Ba 2015, section 3). A weight of 0 changes nothing.
#[must_use]
pub fn smoothed(values: impl IntoIterator<Item = f64>, weight: f64) -> Vec<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    let next = |value: f64| {
        sum = weight * sum + (1.0 - weight) * value;
        weights = weight * weights + (1.0 - weight);
        sum / weights
    };
    values.into_iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_a_level_from_its_first_point_and_evens_what_jumps() {
        assert_eq!(smoothed([3.0, 5.0], 0.0), [3.0, 5.0]);
        assert!(smoothed([4.0; 9], 0.9).iter().all(|value| (value - 4.0).abs() < 1e-12));
        let even = smoothed((0..200).map(|i| f64::from(i % 2)), 0.95);
        assert!((even[199] - 0.5).abs() < 0.03, "{}", even[199]);
    }
}
