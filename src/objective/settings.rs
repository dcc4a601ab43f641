//! The choices that decide a gradient step.

use serde::{Deserialize, Serialize};

/// How the structural term reads an item's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Structure {
    /// One logit an item, the weighted sum over its attribute types (the paper's eq. 11).
    Joint,
    /// One logit an attribute type, weight 1, each with its own negatives.
    PerType,
}

/// The penalty on each transfer matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regulariser {
    /// Frobenius norm, as the paper writes it; its subgradient at 0 is 0.
    L2,
    /// Squared Frobenius norm.
    L2sq,
}

/// How summed gradients move the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// Adam on the rows a batch touched, the step count global; transfer matrices dense.
    AdamLazy,
    /// Adam on every row at every step (what the paper's TensorFlow did).
    Adam,
    /// One accumulated mean square a row; transfer matrices row by row too.
    AdagradRow,
    /// Plain stochastic gradient descent.
    Sgd,
}

/// Adam's constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdamConstants {
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
}

impl Default for AdamConstants {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

/// All that a backend needs to know beside tables and batches. The learning rate comes with each step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// Weight of the structural term.
    pub alpha: f32,
    /// Weight of the regulariser.
    pub beta: f32,
    /// Which regulariser.
    pub regulariser: Regulariser,
    /// Which structural term.
    pub structure: Structure,
    /// Which optimiser.
    pub optimizer: Optimizer,
    /// Adam's constants (read by the Adam optimisers only; `epsilon` by Adagrad too).
    pub adam: AdamConstants,
}
