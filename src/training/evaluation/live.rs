//! Measuring a model on held-out events while it trains.

use std::sync::Arc;

use super::held_out::{AskedUser, held_out_queries};
use super::held_out_loss::HeldOutPairs;
use super::metrics::{Ranks, means};
use super::next_item::model_ranks;
use super::scores::Factors;
use super::segments::segments;
use super::{Query, RankedMetrics, Repeats, Score, Segment};
use crate::dataset::{Corpus, TrainedType};
use crate::embedding::Model;
use crate::progress::Watch;
use crate::training::{CheckedHyperparameters, HeldOutPoint, log_probabilities};

/// The cut-off of what is measured.
const CUTOFF: usize = 10;

/// Queries a thread between two looks at whether to go on: some ten milliseconds.
const QUERIES_AT_A_TIME: usize = 48;

/// Products and sums a second that one core does at least.
const SLOWEST: f64 = 4e9;

/// Attribute IDs listed of each type.
const LISTED: usize = 50;

/// Hit rates of the sample of users by attribute ID.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveSegments {
    /// The attribute types, in the tables' order.
    pub types: Vec<SegmentsOfType>,
}

/// Hit rates by the IDs of one attribute type.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentsOfType {
    /// The type.
    pub name: String,
    /// The IDs with the most queries, most first; at most 50.
    pub segments: Vec<Segment>,
}

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
        let ranks = self.ranks(model, &self.queries, interrupted)?;
        self.point(model, &ranks)
    }

    /// As [`Self::measure`], with the hit rates by attribute ID.
    ///
    /// # Panics
    /// As there.
    #[must_use]
    pub fn measure_by_segment(
        &self,
        model: &Model,
        interrupted: &dyn Fn() -> bool,
    ) -> Option<(HeldOutPoint, LiveSegments)> {
        let ranks = self.ranks(model, &self.queries, interrupted)?;
        Some((self.point(model, &ranks)?, self.segments(&ranks)))
    }

    fn segments(&self, ranks: &Ranks) -> LiveSegments {
        let of_type = |(k, own): (usize, &TrainedType)| {
            let mut segments = segments(own, &self.corpus.attributes, k, ranks, &self.queries, Repeats::All);
            segments.truncate(LISTED);
            SegmentsOfType { name: own.name.clone(), segments }
        };
        LiveSegments { types: self.corpus.types.iter().enumerate().skip(1).map(of_type).collect() }
    }

    /// The figures of the sample, whose targets have `ranks`.
    fn point(&self, model: &Model, ranks: &Ranks) -> Option<HeldOutPoint> {
        let metrics = at_cutoff(ranks, &self.queries)?;
        let loss = self.pairs.loss(model, &self.corpus.attributes).into();
        Some(HeldOutPoint { hit_rate_at_10: metrics.hit_rate, ndcg_at_10: metrics.ndcg, loss })
    }

    fn ranks(&self, model: &Model, queries: &[Query], interrupted: &dyn Fn() -> bool) -> Option<Ranks> {
        let factors = Factors::new(Score::Context, model, &self.corpus.attributes, &self.log_probability);
        let watch = Watch::unattended();
        let mut ranks = Vec::with_capacity(queries.len());
        for queries in queries.chunks(QUERIES_AT_A_TIME * rayon::current_num_threads()) {
            if interrupted() {
                return None;
            }
            ranks.extend(model_ranks(&factors, queries, CUTOFF, QUERIES_AT_A_TIME, &watch)?);
        }
        Some(ranks)
    }
}

fn at_cutoff(ranks: &Ranks, queries: &[Query]) -> Option<RankedMetrics> {
    means(ranks, queries, Repeats::All, &[CUTOFF]).1.into_values().next()
}

/// The model at the end of an epoch, on held-out events.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochFigures {
    /// What `early_stop` goes by; higher is better.
    pub score: f64,
    /// The figures of the sample of users that is measured while the model trains, if they fell off.
    pub held_out: Option<HeldOutPoint>,
    /// The hit rates of that sample by attribute ID.
    pub segments: Option<Arc<LiveSegments>>,
}

impl From<f64> for EpochFigures {
    fn from(score: f64) -> Self {
        Self { score, held_out: None, segments: None }
    }
}

/// Measures epochs for `early_stop`, by the hit rate at 10 over all users; what [`LiveEvaluation`] measures on a sample
/// of them falls off, without ranking anything twice.
#[derive(Debug)]
pub struct EpochEvaluation {
    all: Vec<Query>,
    sample: LiveEvaluation,
    /// Where the sample's queries stand in `all`.
    sampled: Vec<usize>,
}

impl EpochEvaluation {
    /// All users of `corpus`, of whom a [`LiveEvaluation`] of the same `users` is the sample; `None` as there.
    #[must_use]
    pub fn new(corpus: &Arc<Corpus>, hyperparameters: &CheckedHyperparameters, users: usize) -> Option<Self> {
        let sample = LiveEvaluation::new(Arc::clone(corpus), hyperparameters, users)?;
        let all = held_out_queries(corpus, hyperparameters.values().user_history as usize);
        let place = |query: &Query| all.binary_search_by_key(&query.user, |own| own.user).ok();
        let sampled = sample.queries.iter().filter_map(place).collect();
        Some(Self { all, sample, sampled })
    }

    /// Measures `model`.
    ///
    /// # Panics
    /// If `model` was not made for the corpus.
    #[must_use]
    pub fn measure(&self, model: &Model) -> EpochFigures {
        let Some(ranks) = self.sample.ranks(model, &self.all, &|| false) else { return f64::NAN.into() };
        let of_sample: Ranks = self.sampled.iter().map(|&query| ranks[query].clone()).collect();
        EpochFigures {
            score: at_cutoff(&ranks, &self.all).map_or(f64::NAN, |metrics| metrics.hit_rate),
            held_out: self.sample.point(model, &of_sample),
            segments: Some(Arc::new(self.sample.segments(&of_sample))),
        }
    }
}
