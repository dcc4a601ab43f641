//! Rankings without any vector.

use rayon::prelude::*;

use super::Query;
use super::metrics::{Ranks, TargetRanks};
use super::sparse_scores::SparseScores;
use crate::dataset::Baskets;

/// What decides where a rule ranks a candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<S> {
    pub(super) score: S,
    /// Its rank by popularity, which decides between equal scores.
    pub(super) popularity: u32,
}

impl<S: PartialOrd> Place<S> {
    /// Whether it ranks before `other`.
    #[inline(always)]
    pub(super) fn is_before(&self, other: Self) -> bool {
        (self.score > other.score) | ((self.score == other.score) & (self.popularity < other.popularity))
    }
}

/// `[D_1]` rank of each item by falling count, ties by index.
pub(super) fn popularity_rank(counts: &[u64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..counts.len() as u32).collect();
    order.sort_by_key(|&item| std::cmp::Reverse(counts[item as usize]));
    let mut ranks = vec![0; counts.len()];
    for (rank, item) in (0..).zip(order) {
        ranks[item as usize] = rank;
    }
    ranks
}

/// Ranks by popularity.
pub(super) fn popularity_ranks(queries: &[Query], popularity_rank: &[u32]) -> Ranks {
    let of = |query: &Query| {
        TargetRanks::of(&query.targets, |target| {
            let rank = popularity_rank[target as usize];
            let own = query.own.iter().filter(|&&item| popularity_rank[item as usize] < rank).count();
            Some((rank as usize, own))
        })
    };
    queries.iter().map(of).collect()
}

/// Ranks by how often the user took the item in training.
pub(super) fn own_history_ranks(baskets: &Baskets, queries: &[Query], popularity_rank: &[u32]) -> Ranks {
    let rank = |scores: &mut SparseScores, query: &Query| {
        for &item in baskets.items_of_user(query.user) {
            scores.add(item, 1);
        }
        scores.take_ranks(&query.targets, &query.own, popularity_rank)
    };
    queries.par_iter().map_init(|| SparseScores::new(popularity_rank.len()), rank).collect()
}
