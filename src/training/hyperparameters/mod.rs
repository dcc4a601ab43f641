//! Hyperparameters: as typed, and as checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dataset::{Corpus, CorpusSettings, Holdout, SequenceUnit, Weighting};
use crate::objective::{Objective, Optimizer, Regulariser, Structure};

/// Items on each side of a centre that are its contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// That many on each side.
    Items(u32),
    /// The whole sequence.
    Session,
}

/// How negatives are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum NegativeSampling {
    /// Log-uniform over the frequency rank.
    LogUniform,
    /// Frequency to that power.
    Power(f64),
}

/// Who shares negatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NegativeSharing {
    /// Nobody (the paper).
    Pair,
    /// The contexts of a centre.
    Window,
    /// That many neighbouring centres.
    Group(u32),
}

/// Where vectors start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialisation {
    /// Xavier uniform over the table, limit sqrt(6 / (D_k + m_k)) (the paper's TensorFlow).
    Xavier,
    /// Per row, limit sqrt(6 / (1 + m_k)).
    Row,
}

/// How the learning rate falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearningRateSchedule {
    /// It does not.
    Constant,
    /// Linearly to 0 over all steps.
    Linear,
}

/// Whether the CPU's threads wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Execution {
    /// Same seed, same vectors.
    Deterministic,
    /// Faster, not repeatable, CPU only.
    Asynchronous,
}

/// A named starting point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The paper, literally.
    Paper,
    /// What works best here.
    Default,
    /// Default, but not repeatable and faster.
    Fast,
}

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
    /// Structural negatives of a centre.
    pub struct_negatives: u32,
    /// Dimensions by type name; types not named get a width by their number of IDs.
    pub dims: BTreeMap<String, u32>,
    /// Weight of the structural term.
    pub alpha: f64,
    /// Weight of the regulariser.
    pub beta: f64,
    /// Which regulariser.
    pub regulariser: Regulariser,
    /// Weights of attributes in the pair term.
    pub weighting: Weighting,
    /// Where vectors start.
    pub init: Initialisation,
    /// What makes a sequence.
    pub sequence: SequenceUnit,
    /// Frequent items are dropped from sequences at random above this share (word2vec's `sample`); 0 = off.
    pub subsample: f64,
    /// Items with fewer training events are not trained.
    pub min_count: u32,
    /// Centres in a batch.
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
    /// Seed of everything random.
    pub seed: u64,
}

/// What the window and `--help` say of one key.
#[derive(Debug, Clone, Copy)]
pub struct KeyDoc {
    /// The key.
    pub key: &'static str,
    /// One or two sentences: what it does, and what raising it costs.
    pub help: &'static str,
    /// The values it takes, in words.
    pub values: &'static str,
}

/// Why hyperparameters are refused: names the key and the nearest valid one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct HyperparameterError(pub String);

/// Hyperparameters that fit a corpus: the only ones that train.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedHyperparameters {
    typed: Hyperparameters,
    dims: Vec<usize>,
}

impl Hyperparameters {
    /// The preset's values.
    #[must_use]
    pub fn preset(preset: Preset) -> Self {
        todo!("{preset:?}")
    }

    /// What each key does, in the order the window shows them.
    #[must_use]
    pub fn keys() -> &'static [KeyDoc] {
        todo!()
    }

    /// Sets one key from text ("dims.brand", "20").
    ///
    /// # Errors
    /// [`HyperparameterError`] naming the nearest valid key or value.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), HyperparameterError> {
        todo!("{key} {value}")
    }

    /// One key's value as text, as [`Self::set`] takes it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        todo!("{key}")
    }

    /// Changes what the TOML text names and leaves the rest.
    ///
    /// # Errors
    /// [`HyperparameterError`] with line and column.
    pub fn merge_toml(&mut self, text: &str) -> Result<(), HyperparameterError> {
        todo!("{text}")
    }

    /// How the corpus is to be cut for these hyperparameters.
    ///
    /// # Errors
    /// [`HyperparameterError`] where values are impossible whatever the data.
    pub fn corpus_settings(&self, holdout: Holdout) -> Result<CorpusSettings, HyperparameterError> {
        todo!("{holdout:?}")
    }

    /// Checks every value against the data.
    ///
    /// # Errors
    /// [`HyperparameterError`] naming the key, the value and what would do.
    pub fn check(&self, corpus: &Corpus) -> Result<CheckedHyperparameters, HyperparameterError> {
        let _ = corpus;
        todo!()
    }
}

impl CheckedHyperparameters {
    /// The values.
    #[must_use]
    pub fn values(&self) -> &Hyperparameters {
        &self.typed
    }

    /// [K] dimensions of each type, m_k, automatic ones resolved.
    #[must_use]
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// What a backend needs.
    #[must_use]
    pub fn objective(&self) -> Objective {
        todo!()
    }
}
