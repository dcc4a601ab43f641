//! Ranks to figures.

use super::{NextItem, RankedMetrics};

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

fn discount(rank: usize) -> f64 {
    1.0 / (rank as f64 + 2.0).log2()
}

/// Means over queries at each cut-off; all 0 without a query. `ranks` and `targets` are one entry a query.
pub(super) fn means(ranks: &[Vec<usize>], targets: &[usize], cutoffs: &[usize]) -> NextItem {
    let count = ranks.len().max(1) as f64;
    cutoffs
        .iter()
        .map(|&cutoff| {
            let mut sum = RankedMetrics::default();
            for (ranks, &targets) in ranks.iter().zip(targets) {
                let query = of_query(ranks, targets, cutoff);
                sum.hit_rate += query.hit_rate;
                sum.recall += query.recall;
                sum.ndcg += query.ndcg;
                sum.mrr += query.mrr;
            }
            let mean = RankedMetrics {
                hit_rate: sum.hit_rate / count,
                recall: sum.recall / count,
                ndcg: sum.ndcg / count,
                mrr: sum.mrr / count,
            };
            (u32::try_from(cutoff).unwrap_or(u32::MAX), mean)
        })
        .collect()
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

    #[test]
    fn means_are_over_all_queries_and_zero_without_any() {
        let figures = means(&[vec![0], vec![]], &[1, 5], &[10, 50]);
        assert_eq!(figures[&10], RankedMetrics { hit_rate: 0.5, recall: 0.5, ndcg: 0.5, mrr: 0.5 });
        assert_eq!(means(&[], &[], &[10])[&10], RankedMetrics::default());
    }
}
