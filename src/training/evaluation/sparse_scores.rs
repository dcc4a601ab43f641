//! Scores that most candidates do not have, and the ranks they make.

use super::baselines::Place;
use super::metrics::TargetRanks;

/// Whole-number scores above 0 for a few of many candidates; the others score 0. Reused from query to query.
#[derive(Debug)]
pub(super) struct SparseScores {
    scores: Vec<u64>,
    touched: Vec<u32>,
}

impl SparseScores {
    /// Room for `items` candidates.
    pub(super) fn new(items: usize) -> Self {
        Self { scores: vec![0; items], touched: Vec::new() }
    }

    /// Adds to a candidate's score.
    pub(super) fn add(&mut self, item: u32, score: u32) {
        let sum = &mut self.scores[item as usize];
        if *sum == 0 && score > 0 {
            self.touched.push(item);
        }
        *sum += u64::from(score);
    }

    /// The ranks of `targets`, ties by `popularity_rank` `[items]`; the user's own items are `own`. All scores are 0 again
    /// afterwards.
    pub(super) fn take_ranks(&mut self, targets: &[u32], own: &[u32], popularity_rank: &[u32]) -> TargetRanks {
        let place =
            |&item: &u32| Place { score: self.scores[item as usize], popularity: popularity_rank[item as usize] };
        // Side by side: each target is compared with all of them.
        let touched: Vec<Place<u64>> = self.touched.iter().map(place).collect();
        let own: Vec<Place<u64>> = own.iter().map(place).collect();
        let before = |places: &[Place<u64>], target| places.iter().filter(|place| place.is_before(target)).count();
        let ranks = TargetRanks::of(targets, |target| {
            let target = place(&target);
            let rank = if target.score == 0 {
                // After all that have a score, and after the more popular of those that have none.
                let less_popular = touched.iter().filter(|other| other.popularity > target.popularity).count();
                target.popularity as usize + less_popular
            } else {
                before(&touched, target)
            };
            Some((rank, before(&own, target)))
        });
        for item in self.touched.drain(..) {
            self.scores[item as usize] = 0;
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_a_full_sort() {
        let popularity_rank = [2, 0, 5, 1, 4, 3];
        let mut scores = SparseScores::new(6);
        for given in [vec![], vec![(2, 3), (0, 1), (4, 2), (0, 2)], vec![(5, 1)]] {
            let mut full = [0_u64; 6];
            for &(item, score) in &given {
                scores.add(item, score);
                full[item as usize] += u64::from(score);
            }
            let mut order: Vec<usize> = (0..6).collect();
            order.sort_by_key(|&item| (std::cmp::Reverse(full[item]), popularity_rank[item]));
            let expected: Vec<_> = (0..6).map(|item| order.iter().position(|&other| other == item)).collect();
            let found = scores.take_ranks(&[0, 1, 2, 3, 4, 5], &[1, 4], &popularity_rank);
            assert_eq!(found.among_all, expected, "{given:?}");
            order.retain(|item| ![1, 4].contains(item));
            for item in [0, 2, 3, 5] {
                let place = order.iter().position(|&other| other == item);
                assert_eq!(found.among_new[item], place, "{item} among all but 1 and 4, {given:?}");
            }
        }
    }
}
