//! Popularity within the IDs of one attribute type that the user buys from: same-store popularity and the like.

use rayon::prelude::*;

use super::Query;
use super::baselines::Place;
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
    /// The counts of each ID's items, and their ranks by popularity, most popular first.
    items: Vec<(u64, u32)>,
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
        let items = items.into_iter().map(|item| (counts[item as usize], popularity_rank[item as usize])).collect();
        Self { counts, popularity_rank, id_of_item, offsets, items, id_counts }
    }

    /// The ranks of each query's targets.
    pub(super) fn ranks(&self, baskets: &Baskets, queries: &[Query]) -> Ranks {
        queries
            .par_iter()
            .map(|query| {
                let taken = self.ids_of_user(baskets, query.user);
                let weight = |id| taken.binary_search_by_key(&id, |&(id, _)| id).ok().map(|place| taken[place].1);
                // Items of other IDs score 0.
                let place_of = |&item: &u32| {
                    let weight = weight(self.id_of_item[item as usize]).unwrap_or(0.0);
                    place(weight, self.counts[item as usize], self.popularity_rank[item as usize])
                };
                let mut own: Vec<Place<f64>> = query.own.iter().map(place_of).collect();
                own.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.popularity.cmp(&b.popularity)));
                TargetRanks::of(&query.targets, |target| {
                    let target = place_of(&target);
                    Some((self.rank(&taken, target), own.partition_point(|own| own.is_before(target))))
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

    /// The rank of a target among all candidates.
    fn rank(&self, taken: &[(u32, f64)], target: Place<f64>) -> usize {
        let before = |&(id, weight): &(u32, f64)| {
            // Sorted by falling count, so those before the target come first.
            self.of_id(id).partition_point(|&(count, popularity)| place(weight, count, popularity).is_before(target))
        };
        let scored_before: usize = taken.iter().map(before).sum();
        if target.score > 0.0 {
            return scored_before;
        }
        // All that score come before it, and of the others those that are more popular.
        let more_popular =
            |&(id, _): &(u32, f64)| self.of_id(id).partition_point(|&(_, popularity)| popularity < target.popularity);
        let scored_and_more_popular: usize = taken.iter().map(more_popular).sum();
        scored_before + target.popularity as usize - scored_and_more_popular
    }

    /// Those of [`Self::items`] that carry an ID.
    fn of_id(&self, id: u32) -> &[(u64, u32)] {
        &self.items[self.offsets[id as usize]..self.offsets[id as usize + 1]]
    }
}

/// The place of an item whose ID has this weight.
fn place(weight: f64, count: u64, popularity: u32) -> Place<f64> {
    Place { score: weight * count as f64, popularity }
}
