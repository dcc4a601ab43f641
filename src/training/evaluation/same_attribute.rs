//! Popularity within the IDs of one attribute type that the user buys from: same-store popularity and the like.

use rayon::prelude::*;

use super::Query;
use super::metrics::{Ranks, TargetRanks};
use crate::dataset::{Baskets, ItemAttributes};

/// The score of candidate j for user u, with a the ID of type k that j carries:
///
/// P(a | u) P(j | a) = n(u, a) / n(u) * n(j) / n(a),
///
/// the chance to pick j if the user draws an ID as often as so far, and then one of its items as often as all users
/// together. n counts training events; n(u) is the same for all candidates and left out. Items without an ID of the
/// type score 0, ties rank by popularity.
pub(super) struct SameAttribute<'a> {
    counts: &'a [u64],
    popularity_rank: &'a [u32],
    /// `[D_1]` the ID that each item carries, or [`ItemAttributes::MISSING`].
    id_of_item: Vec<u32>,
    /// `[D_k + 1]` where each ID's items begin in `items`.
    offsets: Vec<usize>,
    /// The items of each ID, most popular first.
    items: Vec<u32>,
    /// `[D_k]` training events of each ID's items.
    id_counts: Vec<u64>,
}

impl<'a> SameAttribute<'a> {
    /// For type `k`, which has `ids` IDs.
    pub(super) fn new(
        attributes: &ItemAttributes,
        k: usize,
        ids: usize,
        counts: &'a [u64],
        popularity_rank: &'a [u32],
    ) -> Self {
        let id_of_item = attributes.ids.column(k).to_vec();
        let mut items: Vec<u32> = (0..id_of_item.len() as u32).collect();
        items.retain(|&item| id_of_item[item as usize] != ItemAttributes::MISSING);
        items.sort_unstable_by_key(|&item| (id_of_item[item as usize], popularity_rank[item as usize]));
        let mut offsets = vec![0; ids + 1];
        let mut id_counts = vec![0; ids];
        for &item in &items {
            let id = id_of_item[item as usize] as usize;
            offsets[id + 1] += 1;
            id_counts[id] += counts[item as usize];
        }
        for id in 0..ids {
            offsets[id + 1] += offsets[id];
        }
        Self { counts, popularity_rank, id_of_item, offsets, items, id_counts }
    }

    /// The ranks of each query's targets.
    pub(super) fn ranks(&self, baskets: &Baskets, queries: &[Query]) -> Ranks {
        queries
            .par_iter()
            .map(|query| {
                let taken = self.ids_of_user(baskets, query.user);
                let weight = |id| taken.binary_search_by_key(&id, |&(id, _)| id).ok().map(|place| taken[place].1);
                let score = |item: u32| {
                    let weight = weight(self.id_of_item[item as usize]);
                    weight.map_or(0.0, |weight| self.score(item, weight))
                };
                TargetRanks::of(&query.targets, |target| {
                    let own_score = score(target);
                    let before = |&&item: &&u32| self.is_before(item, score(item), target, own_score);
                    Some((self.rank(&taken, target, own_score), query.own.iter().filter(before).count()))
                })
            })
            .collect()
    }

    /// (ID, weight), the weight being n(u, a) / n(a).
    fn ids_of_user(&self, baskets: &Baskets, user: u32) -> Vec<(u32, f64)> {
        let ids = baskets.items_of_user(user).iter().map(|&item| self.id_of_item[item as usize]);
        let mut ids: Vec<u32> = ids.filter(|&id| id != ItemAttributes::MISSING).collect();
        ids.sort_unstable();
        let runs = ids.chunk_by(|a, b| a == b);
        runs.map(|run| (run[0], run.len() as f64 / self.id_counts[run[0] as usize] as f64)).collect()
    }

    /// The score of an item whose ID has this weight.
    fn score(&self, item: u32, weight: f64) -> f64 {
        weight * self.counts[item as usize] as f64
    }

    /// Whether an item of this score ranks before a target of that.
    fn is_before(&self, item: u32, score: f64, target: u32, of_target: f64) -> bool {
        let popularity = |item: u32| self.popularity_rank[item as usize];
        score > of_target || (score == of_target && popularity(item) < popularity(target))
    }

    /// The rank of a target of score `own` among all candidates.
    fn rank(&self, taken: &[(u32, f64)], target: u32, own: f64) -> usize {
        let popularity = |item: u32| self.popularity_rank[item as usize];
        let before = |&(id, weight): &(u32, f64)| {
            let items = &self.items[self.offsets[id as usize]..self.offsets[id as usize + 1]];
            // Sorted by falling count, so those before the target come first.
            items.partition_point(|&item| self.is_before(item, self.score(item, weight), target, own))
        };
        let scored_before: usize = taken.iter().map(before).sum();
        if own > 0.0 {
            return scored_before;
        }
        // All that score come before it, and of the others those that are more popular.
        let more_popular = |&(id, _): &(u32, f64)| {
            let items = &self.items[self.offsets[id as usize]..self.offsets[id as usize + 1]];
            items.partition_point(|&item| popularity(item) < popularity(target))
        };
        let scored_and_more_popular: usize = taken.iter().map(more_popular).sum();
        scored_before + popularity(target) as usize - scored_and_more_popular
    }
}
