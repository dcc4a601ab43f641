//! Measuring a model on held-out events while it trains.

use std::sync::Arc;

use super::held_out::AskedUser;
use super::held_out_loss::HeldOutPairs;
use super::metrics::means;
use super::next_item::model_ranks;
use super::scores::Factors;
use super::{Query, RankedMetrics, Repeats, Score};
use crate::dataset::Corpus;
use crate::embedding::Model;
use crate::progress::Watch;
use crate::training::{CheckedHyperparameters, HeldOutPoint, log_probabilities};

/// The cut-off of what is measured.
const CUTOFF: usize = 10;

/// Queries a thread between two looks at whether to go on: some ten milliseconds.
const QUERIES_AT_A_TIME: usize = 32;

/// Products and sums a second that one core does at least.
const SLOWEST: f64 = 4e9;

/// A sample of users and what was held out of them. Measuring reads the model alone, so that a training is the same
/// with and without it.
#[derive(Debug)]
pub struct LiveEvaluation {
    corpus: Arc<Corpus>,
    log_probability: Vec<f64>,
    queries: Vec<Query>,
    pairs: HeldOutPairs,
}

impl LiveEvaluation {
    /// At most `users` users of `corpus`, drawn with the seed of `hyperparameters`; `None` if no user has both a
    /// history and a held-out trained item.
    #[must_use]
    pub fn new(corpus: Arc<Corpus>, hyperparameters: &CheckedHyperparameters, users: usize) -> Option<Self> {
        let values = hyperparameters.values();
        let users = AskedUser::sample(&corpus, users, values.seed);
        if users.is_empty() {
            return None;
        }
        let queries = users.iter().map(|user| user.query(&corpus, values.user_history as usize)).collect();
        let pairs = HeldOutPairs::new(&corpus, hyperparameters, &users);
        let log_probability = log_probabilities(values.negative_sampling, &corpus.types[0].counts);
        Some(Self { corpus, log_probability, queries, pairs })
    }

    /// Number of users.
    #[must_use]
    pub fn users(&self) -> usize {
        self.queries.len()
    }

    /// Seconds that [`Self::measure`] may take, before anything is known of the machine.
    #[must_use]
    pub fn expected_seconds(&self, dims: &[usize]) -> f64 {
        let width: usize = dims.iter().sum();
        (self.queries.len() * self.corpus.attributes.item_count() * width) as f64
            / SLOWEST
            / rayon::current_num_threads() as f64
    }

    /// Measures `model`: ranks as the default score does, and the loss. `None` if `interrupted`, which is asked every
    /// some ten milliseconds, says so.
    ///
    /// # Panics
    /// If `model` was not made for the corpus.
    #[must_use]
    pub fn measure(&self, model: &Model, interrupted: &dyn Fn() -> bool) -> Option<HeldOutPoint> {
        let metrics = self.ranked(model, interrupted)?;
        let loss = self.pairs.loss(model, &self.corpus.attributes).into();
        Some(HeldOutPoint { hit_rate_at_10: metrics.hit_rate, ndcg_at_10: metrics.ndcg, loss })
    }

    /// The hit rate at 10 alone.
    ///
    /// # Panics
    /// As [`Self::measure`].
    #[must_use]
    pub fn hit_rate(&self, model: &Model) -> f64 {
        self.ranked(model, &|| false).map_or(f64::NAN, |metrics| metrics.hit_rate)
    }

    fn ranked(&self, model: &Model, interrupted: &dyn Fn() -> bool) -> Option<RankedMetrics> {
        let factors = Factors::new(Score::Context, model, &self.corpus.attributes, &self.log_probability);
        let watch = Watch::unattended();
        let mut ranks = Vec::with_capacity(self.queries.len());
        for queries in self.queries.chunks(QUERIES_AT_A_TIME * rayon::current_num_threads()) {
            if interrupted() {
                return None;
            }
            ranks.extend(model_ranks(&factors, queries, CUTOFF, QUERIES_AT_A_TIME, &watch)?);
        }
        means(&ranks, &self.queries, Repeats::All, &[CUTOFF]).1.into_values().next()
    }
}
