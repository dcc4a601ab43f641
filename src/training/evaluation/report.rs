//! The whole evaluation of one model.

use std::collections::BTreeMap;

use super::attribute_auc::attribute_auc;
use super::baselines::{own_history_ranks, popularity_rank, popularity_ranks};
use super::cold_start::{NewItems, cold_start};
use super::cooccurrence::cooccurrence_ranks;
use super::metrics::{Ranks, means};
use super::next_item::{QUERIES_A_BLOCK, model_ranks};
use super::same_attribute::SameAttribute;
use super::scores::Factors;
use super::segments::{self, segments};
use super::{Baselines, ByRepeat, Evaluation, EvaluationSettings, Figures, Query, Repeats};
use crate::dataset::{Baskets, ItemAttributes, TrainedType};
use crate::embedding::Model;
use crate::progress::Watch;

/// What is evaluated, and what is known of its training.
#[derive(Debug, Clone, Copy)]
pub struct Evaluated<'a> {
    /// The learned parameters.
    pub model: &'a Model,
    /// K types; the first is the item.
    pub types: &'a [TrainedType],
    /// IDs and weights of the items.
    pub attributes: &'a ItemAttributes,
    /// `[D_1]` log Q, the log sampling probability of each item.
    pub log_probability: &'a [f64],
    /// What was taken together in training; without it there are fewer baselines.
    pub baskets: Option<&'a Baskets>,
    /// Places within which events count as together where `baskets` are histories: the window.
    pub reach: usize,
    /// Items that were not trained; `None` if there is none, or none was taken.
    pub new_items: Option<&'a NewItems>,
}

/// Ranks of all queries' targets by each rule.
struct AllRanks {
    model: Ranks,
    popularity: Ranks,
    cooccurrence: Option<Ranks>,
    own_history: Option<Ranks>,
    same_attribute: Vec<(String, Ranks)>,
}

/// Ranks all items for each query: by `settings.score`, and by simple rules. The main figures are those of the
/// held-out events that `repeats` names.
///
/// Every trained item is a candidate, those of the history included. Equal scores rank by index; a target whose score
/// is not a number is never found. Queries without history or targets are left out. The result does not depend on the
/// number of threads. [`Evaluation::untrained_targets`] is the caller's to fill in. Returns `None` if cancelled.
///
/// # Panics
/// If the parts of `subject` do not fit each other, or a query names an item that is not there.
#[must_use]
pub fn evaluate(
    subject: &Evaluated<'_>,
    queries: &[Query],
    repeats: Repeats,
    settings: &EvaluationSettings,
    watch: &Watch,
) -> Option<Evaluation> {
    let items = subject.attributes.item_count();
    assert_eq!(subject.types[0].counts.len(), items, "one count an item");
    assert_eq!(subject.log_probability.len(), items, "one log probability an item");
    let asked = queries.iter().filter(|query| !query.history.is_empty() && !query.targets.is_empty());
    let mut queries: Vec<Query> = asked.cloned().collect();
    if let Some(baskets) = subject.baskets {
        for query in &mut queries {
            query.own = baskets.items_of_user(query.user).to_vec();
            query.own.sort_unstable();
            query.own.dedup();
        }
    }
    let depth = settings.cutoffs.into_iter().max().unwrap_or(0).max(segments::CUTOFF);
    let ranks = AllRanks::new(subject, &queries, depth, settings, watch)?;
    let figures = |repeats| ranks.figures(&queries, repeats, &settings.cutoffs);
    let by_repeat = ByRepeat {
        all: figures(Repeats::All),
        first_time: figures(Repeats::FirstTime),
        repeat: figures(Repeats::Repeat),
        new_to_user: subject.baskets.map(|_| figures(Repeats::NewToUser)),
    };
    let by_segment = subject
        .types
        .iter()
        .enumerate()
        .skip(1)
        .map(|(k, own)| (own.name.clone(), segments(own, subject.attributes, k, &ranks.model, &queries, repeats)));
    let mut auc = BTreeMap::new();
    for (k, own) in subject.types.iter().enumerate().skip(1) {
        let own_auc = attribute_auc(subject.model, subject.attributes, k, watch)?;
        if own_auc.measured > 0 {
            auc.insert(own.name.clone(), own_auc);
        }
    }
    let cold = match subject.new_items {
        Some(new) => cold_start(subject.model, subject.types, subject.attributes, new, &settings.cutoffs, watch)?,
        None => None,
    };
    let main = by_repeat.of(repeats).cloned().unwrap_or_default();
    Some(Evaluation {
        queries: main.queries,
        candidates: items as u64,
        untrained_targets: 0,
        next_item: main.next_item,
        baselines: main.baselines,
        by_segment: by_segment.collect(),
        by_repeat,
        attribute_auc: auc,
        cold_start: cold,
    })
}

impl AllRanks {
    fn new(
        subject: &Evaluated<'_>,
        queries: &[Query],
        depth: usize,
        settings: &EvaluationSettings,
        watch: &Watch,
    ) -> Option<Self> {
        let &Evaluated { model, types, attributes, log_probability, baskets, reach, .. } = subject;
        let counts = &types[0].counts;
        let popularity_rank = popularity_rank(counts);
        let factors = Factors::new(settings.score, model, attributes, log_probability);
        let mut all = Self {
            model: model_ranks(&factors, queries, depth, QUERIES_A_BLOCK, watch)?,
            popularity: popularity_ranks(queries, &popularity_rank),
            cooccurrence: None,
            own_history: None,
            same_attribute: Vec::new(),
        };
        if let Some(baskets) = baskets {
            all.cooccurrence = Some(cooccurrence_ranks(baskets, reach, queries, depth, &popularity_rank, watch)?);
            all.own_history = Some(own_history_ranks(baskets, queries, &popularity_rank));
            for (k, own) in types.iter().enumerate().skip(1) {
                if watch.is_cancelled() {
                    return None;
                }
                let rule = SameAttribute::new(attributes, k, own.vocabulary.len(), counts, &popularity_rank);
                all.same_attribute.push((own.name.clone(), rule.ranks(baskets, queries)));
            }
        }
        Some(all)
    }

    fn figures(&self, queries: &[Query], repeats: Repeats, cutoffs: &[usize]) -> Figures {
        let of = |ranks: &Ranks| means(ranks, queries, repeats, cutoffs).1;
        let (count, next_item) = means(&self.model, queries, repeats, cutoffs);
        let same_attribute = self.same_attribute.iter().map(|(name, ranks)| (name.clone(), of(ranks)));
        Figures {
            queries: count,
            next_item,
            baselines: Baselines {
                popularity: of(&self.popularity),
                cooccurrence: self.cooccurrence.as_ref().map(of),
                own_history: self.own_history.as_ref().map(of),
                same_attribute: same_attribute.collect(),
            },
        }
    }
}
