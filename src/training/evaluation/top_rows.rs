//! The highest scores of a row.

use super::metrics::TargetRanks;

/// Finds the highest scores of a row. Reused, since rows come by the thousand.
#[derive(Debug, Default)]
pub(super) struct TopRows(Vec<(f32, u32)>);

impl TopRows {
    /// The ranks of `targets`, `None` for those that are not among the first `depth`, the items of `own` (ascending) left
    /// out. Among all candidates targets below that may be found too.
    pub(super) fn ranks(&mut self, scores: &[f32], targets: &[u32], own: &[u32], depth: usize) -> TargetRanks {
        self.select(scores, depth + own.len());
        TargetRanks::of(targets, |target| {
            let rank = self.0.iter().position(|&(_, item)| item == target)?;
            let own = if own.is_empty() {
                0
            } else {
                self.0[..rank].iter().filter(|(_, item)| own.binary_search(item).is_ok()).count()
            };
            Some((rank, own))
        })
    }

    /// Leaves the `depth` highest scores, highest first, ties by index; scores that are not numbers are passed over.
    fn select(&mut self, scores: &[f32], depth: usize) {
        self.0.clear();
        if depth == 0 {
            return;
        }
        let full = 2 * depth;
        let mut threshold = f32::NEG_INFINITY;
        let mut bounded = false;
        for (item, &score) in scores.iter().enumerate() {
            // An equal score has a higher index than all that set the threshold, so it ranks after them.
            if score > threshold || (!bounded && score == threshold) {
                self.0.push((score, item as u32));
                if self.0.len() == full {
                    self.0.select_nth_unstable_by(depth - 1, by_rank);
                    self.0.truncate(depth);
                    threshold = self.0[depth - 1].0;
                    bounded = true;
                }
            }
        }
        self.0.sort_unstable_by(by_rank);
        self.0.truncate(depth);
    }
}

fn by_rank(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
    // Neither is NaN; + 0.0 lets zeros of either sign tie.
    (b.0 + 0.0).total_cmp(&(a.0 + 0.0)).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_rank_by_index_and_no_number_is_never_found() {
        let mut top = TopRows::default();
        let mut scores = vec![0.5; 40];
        scores[7] = f32::NAN;
        scores[9] = -0.0;
        scores[30] = 0.9;
        let found = top.ranks(&scores, &[0, 7, 8, 30, 39], &[], 5).among_all;
        assert_eq!(found, [Some(1), None, None, Some(0), None], "30 leads, then 0; 8 is ninth");
        assert_eq!(top.ranks(&scores, &[8, 7, 6], &[], 10).among_all, [Some(8), None, Some(7)]);
        assert_eq!(top.ranks(&[f32::NAN; 3], &[0, 1, 2], &[], 10).among_all, [None; 3]);
        assert_eq!(top.ranks(&[f32::NEG_INFINITY, f32::INFINITY], &[0, 1], &[], 10).among_all, [Some(1), Some(0)]);
        assert_eq!(top.ranks(&[1.0], &[0], &[], 0).among_all, [None]);
        let own = top.ranks(&scores, &[0, 8, 39], &[1, 2, 30], 6);
        assert_eq!(own.among_new, [Some(0), Some(5), None], "30, 1 and 2 are left out, so 8 is sixth of the rest");
    }
}
