//! The loss curve.

use serde::{Deserialize, Serialize};

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
