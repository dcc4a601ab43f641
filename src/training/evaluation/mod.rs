//! How well held-out events are predicted.

mod metrics;
mod next_item;
mod scores;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use next_item::evaluate;

/// How a candidate is scored against a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// Cosine of target item vectors.
    Cosine,
    /// Cosine of composed vectors.
    Composed,
    /// Target-context product plus log Q (the default).
    Context,
}

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluationSettings {
    /// The score.
    pub score: Score,
    /// The cut-offs: 10, 50, 100.
    pub cutoffs: [usize; 3],
}

impl Default for EvaluationSettings {
    /// Context score at 10, 50 and 100.
    fn default() -> Self {
        Self { score: Score::Context, cutoffs: [10, 50, 100] }
    }
}

/// Mean figures at one cut-off, each in 0..=1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RankedMetrics {
    /// Share of queries with a held-out item among the first k.
    pub hit_rate: f64,
    /// Mean over queries of the share of its held-out items that are among the first k.
    pub recall: f64,
    /// Mean normalised discounted cumulative gain with binary gains (Jarvelin and Kekalainen 2002).
    pub ndcg: f64,
    /// Mean reciprocal rank of the first held-out item within the first k, 0 where there is none.
    pub mrr: f64,
}

/// Figures by cut-off ("10", "50", "100").
pub type NextItem = BTreeMap<u32, RankedMetrics>;

/// The report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Queries (users with a history and a held-out trained item).
    pub queries: u64,
    /// Candidates a query.
    pub candidates: u64,
    /// Held-out events whose item was not trained, so that nothing could find them.
    pub untrained_targets: u64,
    /// The model's figures.
    pub next_item: NextItem,
    /// The same by popularity in training.
    pub popularity: NextItem,
}

/// One query and what it should find. All are trained item indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The user's last T training items, latest last.
    pub history: Vec<u32>,
    /// The distinct held-out items.
    pub targets: Vec<u32>,
}
