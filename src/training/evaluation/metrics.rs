//! Ranks to figures.

use super::{NextItem, Query, RankedMetrics, Repeats};

/// The ranks of all queries' targets.
pub(super) type Ranks = Vec<TargetRanks>;

/// Ranks from 0 of one query's targets: one entry a target, `None` where it is not found or stands below the deepest
/// cut-off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TargetRanks {
    /// Among all candidates.
    pub(super) among_all: Vec<Option<usize>>,
    /// Among those that are new to the user. What it says of targets that are not means nothing.
    pub(super) among_new: Vec<Option<usize>>,
}

impl TargetRanks {
    /// Of `targets`: `rank` tells the rank of each, and how many of the user's own items stand before it.
    pub(super) fn of(targets: &[u32], rank: impl Fn(u32) -> Option<(usize, usize)>) -> Self {
        let ranks = targets.iter().map(|&target| rank(target));
        let (among_all, among_new) =
            ranks.map(|found| (found.map(|(rank, _)| rank), found.map(|(rank, own)| rank - own))).unzip();
        Self { among_all, among_new }
    }

    /// Those that count for figures of this kind.
    pub(super) fn of_kind(&self, repeats: Repeats) -> &[Option<usize>] {
        if repeats == Repeats::NewToUser { &self.among_new } else { &self.among_all }
    }
}

/// The figures of one query: `ranks` are the ranks (from 0) of those of its `targets` targets that were found, in any
/// order; ranks of `cutoff` and more do not count.
pub(super) fn of_query(ranks: &[usize], targets: usize, cutoff: usize) -> RankedMetrics {
    let mut found = 0_usize;
    let mut gain = 0.0;
    let mut first = usize::MAX;
    for &rank in ranks.iter().filter(|&&rank| rank < cutoff) {
        found += 1;
        gain += discount(rank);
        first = first.min(rank);
    }
    if found == 0 {
        return RankedMetrics::default();
    }
    let ideal: f64 = (0..targets.min(cutoff)).map(discount).sum();
    RankedMetrics {
        hit_rate: 1.0,
        recall: found as f64 / targets as f64,
        ndcg: gain / ideal,
        mrr: 1.0 / (first as f64 + 1.0),
    }
}

pub(super) fn discount(rank: usize) -> f64 {
    1.0 / (rank as f64 + 2.0).log2()
}

/// Means at each cut-off over the queries with a target that `repeats` counts, and how many queries those are; all 0
/// without one. Other targets are as if they were not there.
pub(super) fn means(ranks: &Ranks, queries: &[Query], repeats: Repeats, cutoffs: &[usize]) -> (u64, NextItem) {
    let mut sums = vec![RankedMetrics::default(); cutoffs.len()];
    let mut count = 0_u64;
    let mut found = Vec::new();
    for (ranks, query) in ranks.iter().zip(queries) {
        let ranks = ranks.of_kind(repeats);
        let counted = || ranks.iter().zip(&query.repeats).filter(|&(_, &repeat)| repeats.count(repeat));
        let targets = counted().count();
        if targets == 0 {
            continue;
        }
        count += 1;
        found.clear();
        found.extend(counted().filter_map(|(&rank, _)| rank));
        for (sum, &cutoff) in sums.iter_mut().zip(cutoffs) {
            let query = of_query(&found, targets, cutoff);
            sum.hit_rate += query.hit_rate;
            sum.recall += query.recall;
            sum.ndcg += query.ndcg;
            sum.mrr += query.mrr;
        }
    }
    let scale = 1.0 / count.max(1) as f64;
    let means = cutoffs.iter().zip(sums).map(|(&cutoff, sum)| {
        let mean = RankedMetrics {
            hit_rate: sum.hit_rate * scale,
            recall: sum.recall * scale,
            ndcg: sum.ndcg * scale,
            mrr: sum.mrr * scale,
        };
        (u32::try_from(cutoff).unwrap_or(u32::MAX), mean)
    });
    (count, means.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_one_query_are_those_worked_out_by_hand() {
        // Three targets, found at the first, fourth and twelfth place.
        let at_10 = of_query(&[11, 0, 3], 3, 10);
        assert_eq!(at_10.hit_rate, 1.0);
        assert!((at_10.recall - 2.0 / 3.0).abs() < 1e-12, "{at_10:?}");
        let ideal = 1.0 + 1.0 / 3.0_f64.log2() + 0.5;
        assert!((at_10.ndcg - (1.0 + 1.0 / 5.0_f64.log2()) / ideal).abs() < 1e-12, "{at_10:?}");
        assert_eq!(at_10.mrr, 1.0);
        assert_eq!(of_query(&[11], 1, 10), RankedMetrics::default());
        assert!((of_query(&[11], 1, 12).mrr - 1.0 / 12.0).abs() < 1e-12);
    }

    #[test]
    fn a_perfect_ranking_scores_one_everywhere_though_targets_exceed_the_cutoff() {
        let perfect = of_query(&[0, 1, 2, 3], 4, 2);
        assert_eq!((perfect.hit_rate, perfect.recall, perfect.ndcg, perfect.mrr), (1.0, 0.5, 1.0, 1.0));
    }

    fn query(repeats: &[bool]) -> Query {
        let targets = (0..repeats.len() as u32).collect();
        Query { user: 0, history: vec![0], targets, repeats: repeats.to_vec(), own: Vec::new() }
    }

    /// Targets that are found there, no own item before them.
    fn ranks(found: &[Option<usize>]) -> TargetRanks {
        TargetRanks { among_all: found.to_vec(), among_new: found.to_vec() }
    }

    #[test]
    fn means_are_over_all_queries_and_zero_without_any() {
        let queries = [query(&[false]), query(&[false; 5])];
        let (count, figures) = means(&vec![ranks(&[Some(0)]), ranks(&[None; 5])], &queries, Repeats::All, &[10, 50]);
        let half = RankedMetrics { hit_rate: 0.5, recall: 0.5, ndcg: 0.5, mrr: 0.5 };
        assert_eq!((count, figures[&10]), (2, half));
        let (count, figures) = means(&Vec::new(), &[], Repeats::All, &[10]);
        assert_eq!((count, figures[&10]), (0, RankedMetrics::default()));
    }

    #[test]
    fn repeats_and_first_time_purchases_are_counted_apart() {
        let queries = [query(&[true, false]), query(&[true])];
        let ranks = vec![ranks(&[Some(3), None]), ranks(&[Some(0)])];
        let of = |repeats| {
            let (count, figures) = means(&ranks, &queries, repeats, &[10]);
            (count, figures[&10].hit_rate, figures[&10].recall, figures[&10].mrr)
        };
        assert_eq!(of(Repeats::All), (2, 1.0, 0.75, 0.625));
        assert_eq!(of(Repeats::Repeat), (2, 1.0, 1.0, 0.625));
        assert_eq!(of(Repeats::FirstTime), (1, 0.0, 0.0, 0.0), "the second query has none and does not count");
    }

    #[test]
    fn own_items_before_a_target_do_not_count_where_it_is_ranked_among_new_ones() {
        let ranks = vec![TargetRanks::of(&[5, 6], |target| (target == 5).then_some((12, 4)))];
        let hit = |repeats| means(&ranks, &[query(&[false, false])], repeats, &[10]).1[&10].hit_rate;
        assert_eq!((hit(Repeats::FirstTime), hit(Repeats::NewToUser)), (0.0, 1.0));
    }
}
