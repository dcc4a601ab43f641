//! The highest scores of a row.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::metrics::TargetRanks;
use crate::neighbors::Seeker;

/// The highest scores of those that came so far.
#[derive(Debug)]
pub(super) struct TopRows {
    depth: usize,
    /// Scores with their rows: the highest and, until there are twice as many, some that came since.
    found: Vec<(f32, u32)>,
    /// The lowest of the highest, once there are so many; no number if none is wanted.
    threshold: f32,
    is_full: bool,
    /// Rows that are not scored as the others are, those that did not come yet.
    apart: Peekable<IntoIter<(u32, f32)>>,
}

impl TopRows {
    /// For the `depth` highest. The rows `apart`, which rise, have these scores, whatever comes.
    pub(super) fn new(depth: usize, apart: Vec<(u32, f32)>) -> Self {
        let threshold = if depth == 0 { f32::NAN } else { f32::NEG_INFINITY };
        Self { depth, found: Vec::new(), threshold, is_full: false, apart: apart.into_iter().peekable() }
    }

    /// Takes a row, after all that have lower numbers.
    #[inline(always)]
    fn take(&mut self, item: u32, score: f32) {
        // An equal score has a higher index than all that set the threshold, so it ranks after them.
        if self.is_full && score <= self.threshold {
            return;
        }
        self.found.push((score, item));
        if self.found.len() == 2 * self.depth {
            self.found.select_nth_unstable_by(self.depth - 1, by_rank);
            self.found.truncate(self.depth);
            self.threshold = self.found[self.depth - 1].0;
            self.is_full = true;
        }
    }

    /// Takes the rows apart that come before row `end`.
    fn take_apart(&mut self, end: u32) {
        while let Some((item, score)) = self.apart.next_if(|&(item, _)| item < end) {
            if score >= self.threshold {
                self.take(item, score);
            }
        }
    }

    /// The ranks of `targets`, `None` for those that are not found, the items of `own` (ascending) left out. There are as
    /// many places less as `own` has items; among all candidates targets below that may be found too.
    pub(super) fn ranks(mut self, targets: &[u32], own: &[u32]) -> TargetRanks {
        self.take_apart(u32::MAX);
        self.found.sort_unstable_by(by_rank);
        self.found.truncate(self.depth);
        TargetRanks::of(targets, |target| {
            let rank = self.found.iter().position(|&(_, item)| item == target)?;
            let own = if own.is_empty() {
                0
            } else {
                self.found[..rank].iter().filter(|(_, item)| own.binary_search(item).is_ok()).count()
            };
            Some((rank, own))
        })
    }
}

impl Seeker for TopRows {
    #[inline(always)]
    fn threshold(&self) -> f32 {
        self.threshold
    }

    fn offer(&mut self, item: u32, score: f32) {
        self.take_apart(item);
        let own = self.apart.next_if(|&(own, _)| own == item);
        let score = own.map_or(score, |(_, own)| own);
        if score >= self.threshold {
            self.take(item, score);
        }
    }
}

fn by_rank(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
    // Neither is NaN; + 0.0 lets zeros of either sign tie.
    (b.0 + 0.0).total_cmp(&(a.0 + 0.0)).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranks of `targets` among these `scores`, as a scan offers them.
    fn ranks(scores: &[f32], targets: &[u32], own: &[u32], depth: usize) -> TargetRanks {
        ranks_with(scores, &[], targets, own, depth)
    }

    /// The same with rows `apart`.
    fn ranks_with(scores: &[f32], apart: &[(u32, f32)], targets: &[u32], own: &[u32], depth: usize) -> TargetRanks {
        let mut top = TopRows::new(depth + own.len(), apart.to_vec());
        for (item, &score) in (0..).zip(scores) {
            if score >= top.threshold() {
                top.offer(item, score);
            }
        }
        top.ranks(targets, own)
    }

    #[test]
    fn equal_scores_rank_by_index_and_no_number_is_never_found() {
        let mut scores = vec![0.5; 40];
        scores[7] = f32::NAN;
        scores[9] = -0.0;
        scores[30] = 0.9;
        let found = ranks(&scores, &[0, 7, 8, 30, 39], &[], 5).among_all;
        assert_eq!(found, [Some(1), None, None, Some(0), None], "30 leads, then 0; 8 is ninth");
        assert_eq!(ranks(&scores, &[8, 7, 6], &[], 10).among_all, [Some(8), None, Some(7)]);
        assert_eq!(ranks(&[f32::NAN; 3], &[0, 1, 2], &[], 10).among_all, [None; 3]);
        assert_eq!(ranks(&[f32::NEG_INFINITY, f32::INFINITY], &[0, 1], &[], 10).among_all, [Some(1), Some(0)]);
        assert_eq!(ranks(&[1.0], &[0], &[], 0).among_all, [None]);
        let own = ranks(&scores, &[0, 8, 39], &[1, 2, 30], 6);
        assert_eq!(own.among_new, [Some(0), Some(5), None], "30, 1 and 2 are left out, so 8 is sixth of the rest");
    }

    #[test]
    fn rows_apart_have_their_own_scores_wherever_they_stand() {
        // Row 3 ties with most and comes in its order; nobody offers 0 and 39; 5 is offered as the best.
        let mut scores = vec![0.5; 40];
        (scores[0], scores[5], scores[39]) = (f32::NAN, 9.0, f32::NAN);
        let apart = [(0, 0.7), (3, 0.5), (5, 0.1), (7, f32::NAN), (39, 0.6)];
        let found = ranks_with(&scores, &apart, &[0, 1, 3, 4, 5, 7, 39], &[], 6).among_all;
        assert_eq!(found, [Some(0), Some(2), Some(4), Some(5), None, None, Some(1)]);
        let found = ranks_with(&scores, &apart, &[5, 7, 38], &[], 40).among_all;
        assert_eq!(found, [Some(38), None, Some(37)], "the lowest, one that has no score, and the one before");
    }
}
