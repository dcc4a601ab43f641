//! Hyperparameters: as typed, and as checked.

mod check;
mod keys;
mod presets;
mod text;
mod values;
mod widths;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use keys::KeyDoc;
pub use presets::Preset;
pub(super) use text::{BY_TYPE, place, scalar_text};
pub use values::{
    EvaluateEvery, Execution, Initialisation, LearningRateSchedule, NegativeSampling, NegativeSharing, WidthRule,
    Window,
};

use crate::dataset::{ItemAttributes, SequenceUnit, Weighting};
use crate::objective::{AdamConstants, Objective, Optimizer, Regulariser, Structure};

/// Hyperparameters as typed: TOML, `--set`, run.json and the window share these keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hyperparameters {
    /// Contexts on each side, or the whole session.
    pub window: Window,
    /// Negatives of a pair, S.
    pub negatives: u32,
    /// How negatives are drawn.
    pub negative_sampling: NegativeSampling,
    /// Who shares negatives.
    pub negative_sharing: NegativeSharing,
    /// Negatives that a window or group shares, S'; 0 = 5 for a window, G for a group.
    pub shared_negatives: u32,
    /// Which structural term.
    pub structure: Structure,
    /// Structural negatives of a centre, R.
    pub struct_negatives: u32,
    /// Share of a batch's centres that carry the structural term.
    #[serde(default = "all_centres")]
    pub struct_share: f64,
    /// Dimensions by type name, `m_k`.
    pub dims: BTreeMap<String, u32>,
    /// Dimensions of types that `dims` does not name.
    pub width_rule: WidthRule,
    /// Weight of the structural term.
    pub alpha: f64,
    /// Weight of the regulariser.
    pub beta: f64,
    /// Which regulariser.
    pub regulariser: Regulariser,
    /// Weights of attributes in the pair term.
    pub weighting: Weighting,
    /// Factors on the weights of a type in the pair term, by type name; 1 for types that are not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weight: BTreeMap<String, f64>,
    /// Where vectors start.
    pub init: Initialisation,
    /// What makes a sequence.
    pub sequence: SequenceUnit,
    /// Frequent items are dropped from sequences at random above this share (word2vec's `sample`); 0 = off.
    pub subsample: f64,
    /// Items with fewer training events are not trained.
    pub min_count: u32,
    /// Centres in a batch, at most.
    pub batch_size: u32,
    /// Passes over all centres.
    pub epochs: u32,
    /// Learning rate at the start.
    pub learning_rate: f64,
    /// How it falls.
    pub lr_schedule: LearningRateSchedule,
    /// Which optimiser.
    pub optimizer: Optimizer,
    /// Whether threads wait for each other.
    pub execution: Execution,
    /// Events that make a user vector, T.
    pub user_history: u32,
    /// Epochs without a better held-out hit rate before stopping; 0 = off.
    pub early_stop: u32,
    /// How often the model is measured on held-out events while it trains.
    #[serde(default)]
    pub evaluate_every: EvaluateEvery,
    /// Users that are measured while it trains.
    #[serde(default = "default_evaluate_users")]
    pub evaluate_users: u32,
    /// Share of the items that are withheld from training, to measure how new items are placed.
    #[serde(default)]
    pub hide_items: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Hyperparameters {
    /// The factor on the weights of the type called `name`.
    #[must_use]
    pub fn type_weight(&self, name: &str) -> f32 {
        self.weight.get(name).map_or(1.0, |&weight| weight as f32)
    }

    /// Applies the factors to the weights of `attributes`, whose types are called `names`.
    pub fn weigh<'a>(&self, attributes: &mut ItemAttributes, names: impl Iterator<Item = &'a str>) {
        for (mut weights, name) in attributes.weights.columns_mut().into_iter().zip(names) {
            weights *= self.type_weight(name);
        }
    }
}

/// What runs did before there was a choice.
fn all_centres() -> f64 {
    1.0
}

/// Enough for a standard error of about one percent.
fn default_evaluate_users() -> u32 {
    500
}

/// Why hyperparameters are refused: names the key and the nearest valid one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HyperparameterError(pub String);

/// Hyperparameters that fit a corpus: the only ones that train. Made by [`Hyperparameters::check`] alone.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedHyperparameters {
    typed: Hyperparameters,
    dims: Vec<usize>,
}

impl CheckedHyperparameters {
    /// The values.
    #[must_use]
    pub fn values(&self) -> &Hyperparameters {
        &self.typed
    }

    /// `[K]` dimensions of each type, `m_k`, automatic ones resolved.
    #[must_use]
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// Negatives that one window or group shares, S', the automatic number resolved; `None` where each pair has its
    /// own.
    #[must_use]
    pub fn shared_negatives(&self) -> Option<usize> {
        let automatic = match self.typed.negative_sharing {
            NegativeSharing::Pair => return None,
            NegativeSharing::Window => 5,
            NegativeSharing::Group(group) => group,
        };
        Some(if self.typed.shared_negatives == 0 { automatic } else { self.typed.shared_negatives } as usize)
    }

    /// What a backend needs.
    #[must_use]
    pub fn objective(&self) -> Objective {
        Objective {
            alpha: self.typed.alpha as f32,
            beta: self.typed.beta as f32,
            regulariser: self.typed.regulariser,
            structure: self.typed.structure,
            optimizer: self.typed.optimizer,
            adam: AdamConstants::default(),
        }
    }
}
