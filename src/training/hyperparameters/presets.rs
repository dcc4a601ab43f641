//! Named starting points.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::text::nearest;
use super::{
    EvaluateEvery, Execution, HyperparameterError, Hyperparameters, Initialisation, LearningRateSchedule,
    NegativeSampling, NegativeSharing, WidthRule, Window,
};
use crate::dataset::{SequenceUnit, Weighting};
use crate::objective::{Optimizer, Regulariser, Structure};

/// A named starting point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The paper, literally.
    Paper,
    /// What works best here.
    Default,
    /// Default with fewer and larger steps and threads that do not wait for each other: not repeatable.
    Fast,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 3] = [Self::Paper, Self::Default, Self::Fast];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Default => "default",
            Self::Fast => "fast",
        }
    }
}

impl FromStr for Preset {
    type Err = HyperparameterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|preset| preset.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let near = nearest(text, names).unwrap_or(Self::Default.name());
            HyperparameterError(format!(
                "There is no preset {text:?}; did you mean {near:?}? The presets are {}",
                names.join(", ")
            ))
        })
    }
}

impl Hyperparameters {
    /// The preset's values (MODEL.md; batch and sharing of `default`: SPEED.md).
    #[must_use]
    pub fn preset(preset: Preset) -> Self {
        match preset {
            Preset::Paper => paper(),
            Preset::Default => default(),
            Preset::Fast => fast(),
        }
    }
}

/// Zhao et al. 2018, section 4. The paper gives no learning rate: 0.001 is the one its Adam starts with in TensorFlow.
fn paper() -> Hyperparameters {
    Hyperparameters {
        window: Window::Items(4),
        negatives: 2,
        negative_sampling: NegativeSampling::LogUniform,
        negative_sharing: NegativeSharing::Pair,
        shared_negatives: 0,
        structure: Structure::Joint,
        struct_negatives: 0,
        struct_share: 1.0,
        dims: BTreeMap::new(),
        weight: BTreeMap::new(),
        width_rule: WidthRule::Paper,
        alpha: 1.0,
        beta: 0.01,
        regulariser: Regulariser::L2,
        weighting: Weighting::InverseCount,
        init: Initialisation::Xavier,
        sequence: SequenceUnit::User,
        subsample: 0.0,
        min_count: 1,
        batch_size: 128,
        epochs: 5,
        learning_rate: 0.001,
        lr_schedule: LearningRateSchedule::Constant,
        optimizer: Optimizer::Adam,
        execution: Execution::Deterministic,
        user_history: 20,
        early_stop: 0,
        evaluate_every: EvaluateEvery::Auto,
        evaluate_users: 500,
        hide_items: 0.0,
        seed: 1,
    }
}

/// Where the paper as written fails, what does not. Distribution of the negatives, subsampling, weighting, learning rate,
/// epochs and beta are the best of those tried on the validation splits of four data sets; the share of the structural term
/// is one that costs no hit rate there, and four shared negatives gain in similarity about what they cost in next items
/// (BENCHMARKS.md, "Quality of the vectors").
fn default() -> Hyperparameters {
    Hyperparameters {
        negative_sampling: NegativeSampling::Power(0.75),
        negative_sharing: NegativeSharing::Group(16),
        shared_negatives: 4,
        structure: Structure::PerType,
        struct_negatives: 1,
        struct_share: 0.125,
        width_rule: WidthRule::ByCount,
        alpha: 0.1,
        beta: 0.00001,
        regulariser: Regulariser::L2sq,
        weighting: Weighting::Uniform,
        init: Initialisation::Row,
        subsample: 0.0005,
        batch_size: 2048,
        epochs: 50,
        learning_rate: 0.2,
        lr_schedule: LearningRateSchedule::Linear,
        optimizer: Optimizer::AdagradRow,
        ..paper()
    }
}

/// Fewer and larger steps, and threads that overwrite each other.
fn fast() -> Hyperparameters {
    Hyperparameters {
        batch_size: 8192,
        epochs: 10,
        learning_rate: 0.15,
        execution: Execution::Asynchronous,
        ..default()
    }
}
