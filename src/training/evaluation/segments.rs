//! Hit rates by attribute ID.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::metrics::Ranks;
use super::next_item::{QUERIES_A_BLOCK, model_ranks};
use super::scores::Factors;
use super::{Evaluated, Query, Repeats, Score, Segment};
use crate::dataset::{ItemAttributes, TrainedType};
use crate::progress::Watch;

/// The cut-off of a segment's hit rate.
pub(super) const CUTOFF: usize = 10;

/// One segment an ID of type `k`, most queries first, ties by the IDs' order. A query belongs to the segment of each
/// ID that one of its held-out items carries, and hits there if an item with that ID is among the first 10.
pub(super) fn segments(
    own: &TrainedType,
    attributes: &ItemAttributes,
    k: usize,
    ranks: &Ranks,
    queries: &[Query],
    repeats: Repeats,
) -> Vec<Segment> {
    let mut counts = vec![(0_u64, 0_u64); own.vocabulary.len()];
    let mut of_query: Vec<(u32, bool)> = Vec::new();
    for (ranks, query) in ranks.iter().zip(queries) {
        of_query.clear();
        for ((&target, &repeat), &rank) in query.targets.iter().zip(&query.repeats).zip(ranks.of_kind(repeats)) {
            let id = attributes.ids[[target as usize, k]];
            if repeats.count(repeat) && id != ItemAttributes::MISSING {
                of_query.push((id, rank.is_some_and(|rank| rank < CUTOFF)));
            }
        }
        of_query.sort_unstable();
        for same in of_query.chunk_by(|a, b| a.0 == b.0) {
            let count = &mut counts[same[0].0 as usize];
            count.0 += 1;
            count.1 += u64::from(same.iter().any(|&(_, hit)| hit));
        }
    }
    let mut ids: Vec<u32> = (0..counts.len() as u32).filter(|&id| counts[id as usize].0 > 0).collect();
    ids.sort_by_key(|&id| Reverse(counts[id as usize].0));
    ids.into_iter()
        .map(|id| {
            let (queries, hits) = counts[id as usize];
            let id = own.vocabulary.id(id).to_owned();
            Segment { id, queries, hit_rate_at_10: hits as f64 / queries as f64 }
        })
        .collect()
}

/// Hit rates at 10 by attribute ID, by type, as [`super::evaluate`] finds them of all held-out events, and nothing else.
/// `None` if cancelled.
///
/// # Panics
/// As there.
#[must_use]
pub fn hit_rates_by_segment(
    subject: &Evaluated<'_>,
    queries: &[Query],
    score: Score,
    watch: &Watch,
) -> Option<BTreeMap<String, Vec<Segment>>> {
    let asked = queries.iter().filter(|query| !query.history.is_empty() && !query.targets.is_empty());
    let queries: Vec<Query> = asked.cloned().collect();
    let factors = Factors::new(score, subject.model, subject.attributes, subject.log_probability);
    let ranks = model_ranks(&factors, &queries, CUTOFF, QUERIES_A_BLOCK, watch)?;
    let types = subject.types.iter().enumerate().skip(1);
    let of = |(k, own): (usize, &TrainedType)| {
        (own.name.clone(), segments(own, subject.attributes, k, &ranks, &queries, Repeats::All))
    };
    Some(types.map(of).collect())
}
