//! How well held-out events are predicted.

mod attribute_auc;
mod baselines;
mod cold_start;
mod cooccurrence;
mod held_out;
mod held_out_loss;
mod live;
mod metrics;
mod next_item;
mod report;
mod same_attribute;
mod scores;
mod segments;
mod sparse_scores;
#[cfg(test)]
mod tests;
mod top_rows;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use attribute_auc::AttributeAuc;
pub use cold_start::{ColdStart, ColdStartBaselines, NewItems};
pub use held_out::held_out_queries;
pub use live::{EpochEvaluation, EpochFigures, LiveEvaluation, LiveSegments, SegmentsOfType};
pub use report::{Evaluated, evaluate};
pub use segments::hit_rates_by_segment;

/// How a candidate is scored against a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// Cosine of target item vectors.
    Cosine,
    /// Cosine of composed vectors.
    Composed,
    /// Target-context product plus log Q (the default).
    #[default]
    Context,
    /// The same, but an item of the history has no say in its own score: what goes with what was taken, as co-occurrence
    /// counts it.
    Others,
}

impl Score {
    /// Whether it is the default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which held-out events count, by whether the user took the item in training already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeats {
    /// All.
    #[default]
    All,
    /// Those of items that the user had not taken in training.
    FirstTime,
    /// Those of items that the user had.
    Repeat,
    /// Those of items that the user had not taken in training, which is all that they are ranked among: as a list of what
    /// is new to the user would show them.
    NewToUser,
}

impl Repeats {
    /// Whether an event counts, by whether it repeats an earlier one.
    #[must_use]
    pub fn count(self, repeat: bool) -> bool {
        match self {
            Self::All => true,
            Self::FirstTime | Self::NewToUser => !repeat,
            Self::Repeat => repeat,
        }
    }
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
        Self { score: Score::default(), cutoffs: [10, 50, 100] }
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

/// What simple rules without any vector reach on the same queries and candidates. All break ties by popularity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    /// Training events of the candidate.
    pub popularity: NextItem,
    /// Sum over the items of the query of the number of baskets that hold both it and the candidate; `None` for a run
    /// that does not know its baskets.
    pub cooccurrence: Option<NextItem>,
    /// How often the user took the candidate in training.
    pub own_history: Option<NextItem>,
    /// By attribute type: P(a | user) P(candidate | a), a the candidate's ID of that type, both by counts of training
    /// events: popularity within the IDs (stores, brands) that the user buys from.
    pub same_attribute: BTreeMap<String, NextItem>,
}

impl Baselines {
    /// Those that were measured, with their names for people.
    #[must_use]
    pub fn named(&self) -> Vec<(String, &NextItem)> {
        let mut named = vec![("popularity".to_owned(), &self.popularity)];
        named.extend(self.cooccurrence.iter().map(|rule| ("co-occurrence".to_owned(), rule)));
        named.extend(self.own_history.iter().map(|rule| ("own history".to_owned(), rule)));
        named.extend(self.same_attribute.iter().map(|(name, rule)| (format!("same {name}"), rule)));
        named.retain(|(_, rule)| !rule.is_empty());
        named
    }
}

/// What was reached on one kind of held-out events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Queries with such an event.
    pub queries: u64,
    /// The model's figures.
    pub next_item: NextItem,
    /// What simple rules reach.
    pub baselines: Baselines,
}

/// Figures by kind of held-out events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ByRepeat {
    /// All of them.
    pub all: Figures,
    /// Items that are new to the user.
    pub first_time: Figures,
    /// Items that the user took in training.
    pub repeat: Figures,
    /// Items that are new to the user, ranked among such items alone; `None` for a run that does not know its baskets.
    #[serde(default)]
    pub new_to_user: Option<Figures>,
}

impl ByRepeat {
    /// The figures of one kind, if they were measured.
    #[must_use]
    pub fn of(&self, repeats: Repeats) -> Option<&Figures> {
        match repeats {
            Repeats::All => Some(&self.all),
            Repeats::FirstTime => Some(&self.first_time),
            Repeats::Repeat => Some(&self.repeat),
            Repeats::NewToUser => self.new_to_user.as_ref(),
        }
    }
}

/// The queries whose held-out items carry one attribute ID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// The ID.
    pub id: String,
    /// Queries with a held-out item that carries it.
    pub queries: u64,
    /// Share of them with such an item among the first 10.
    pub hit_rate_at_10: f64,
}

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
    /// What simple rules reach.
    #[serde(default)]
    pub baselines: Baselines,
    /// The same for each kind of held-out events.
    #[serde(default)]
    pub by_repeat: ByRepeat,
    /// Hit rates by attribute ID, most queries first, by type. Too many to be kept with a run.
    #[serde(skip)]
    pub by_segment: BTreeMap<String, Vec<Segment>>,
    /// How well attribute IDs tell their own items, by type.
    #[serde(default)]
    pub attribute_auc: BTreeMap<String, AttributeAuc>,
    /// How well new items are placed by their attributes; `None` if no new item was held out.
    #[serde(default)]
    pub cold_start: Option<ColdStart>,
}

/// One query and what it should find. All are trained item indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Whose it is: the user's place among the users with a training item.
    pub user: u32,
    /// The user's last T training items, latest last.
    pub history: Vec<u32>,
    /// The distinct held-out items.
    pub targets: Vec<u32>,
    /// `[targets]` whether the user took it in training already.
    pub repeats: Vec<bool>,
    /// The distinct items that the user took in training, ascending; none where nobody asks for [`Repeats::NewToUser`].
    pub own: Vec<u32>,
}
