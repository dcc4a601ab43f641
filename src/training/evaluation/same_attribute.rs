//! Popularity within the IDs of one attribute type that the user buys from: same-store popularity and the like.

use rayon::prelude::*;

use super::Query;
use super::metrics::Ranks;
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
                query.targets.iter().map(|&target| Some(self.rank(&taken, target))).collect()
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

    fn rank(&self, taken: &[(u32, f64)], target: u32) -> usize {
        let popularity = |item: u32| self.popularity_rank[item as usize];
        let weight = |id: u32| taken.binary_search_by_key(&id, |&(id, _)| id).ok().map(|place| taken[place].1);
        let score = |item: u32, weight: f64| weight * self.counts[item as usize] as f64;
        let own = weight(self.id_of_item[target as usize]).map_or(0.0, |weight| score(target, weight));
        let before = |&(id, weight): &(u32, f64)| {
            let items = &self.items[self.offsets[id as usize]..self.offsets[id as usize + 1]];
            // Sorted by falling count, so those before the target come first.
            items.partition_point(|&item| {
                let other = score(item, weight);
                other > own || (other == own && popularity(item) < popularity(target))
            })
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
