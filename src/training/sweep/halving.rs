//! Successive halving: who goes on, and for how long.

/// Of the trials of one round, a third goes on.
const KEPT: u32 = 3;

/// One round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Epochs that each of its trials has at its end.
    pub epochs: u32,
    /// How many trials it has.
    pub trials: usize,
}

/// The rounds of `trials` trials of `epochs` epochs in full: each has a third of the trials of the one before, and up to
/// three times the epochs, until few enough are left to be trained in full. Without halving there is one round.
#[must_use]
pub fn rungs(trials: usize, epochs: u32) -> Vec<Rung> {
    let mut rungs = vec![Rung { epochs, trials: 1 }];
    // From the last round back, so that the last one is trained in full.
    let (mut left, mut length) = (1_usize, epochs);
    while left < trials && length > 1 {
        left = left.saturating_mul(KEPT as usize).min(trials);
        length = length.div_ceil(KEPT);
        rungs.push(Rung { epochs: length, trials: left });
    }
    if let Some(first) = rungs.last_mut() {
        first.trials = trials;
    }
    rungs.reverse();
    rungs
}

/// The `count` best of `scored` (trial, score), best first: by falling score, ties by trial; scores that are no number come
/// last.
#[must_use]
pub fn survivors(scored: &[(usize, f64)], count: usize) -> Vec<usize> {
    let key = |score: f64| if score.is_nan() { f64::NEG_INFINITY } else { score };
    let mut order = scored.to_vec();
    order.sort_by(|a, b| key(b.1).total_cmp(&key(a.1)).then(a.0.cmp(&b.0)));
    order.truncate(count);
    order.into_iter().map(|(trial, _)| trial).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(trials: usize, epochs: u32) -> Vec<(usize, u32)> {
        rungs(trials, epochs).iter().map(|rung| (rung.trials, rung.epochs)).collect()
    }

    #[test]
    fn each_round_has_a_third_of_the_trials_and_three_times_the_epochs() {
        assert_eq!(plain(27, 27), [(27, 1), (9, 3), (3, 9), (1, 27)]);
        assert_eq!(plain(20, 20), [(20, 1), (9, 3), (3, 7), (1, 20)]);
    }

    #[test]
    fn few_trials_or_few_epochs_make_few_rounds() {
        assert_eq!(plain(1, 20), [(1, 20)]);
        assert_eq!(plain(20, 1), [(20, 1)]);
        assert_eq!(plain(20, 2), [(20, 1), (1, 2)]);
        assert_eq!(plain(4, 100), [(4, 12), (3, 34), (1, 100)]);
    }

    #[test]
    fn the_best_go_on_and_what_is_no_number_does_not() {
        let scored = [(0, 0.2), (1, f64::NAN), (2, 0.5), (3, 0.2)];
        assert_eq!(survivors(&scored, 3), [2, 0, 3]);
        assert_eq!(survivors(&scored, 9), [2, 0, 3, 1]);
    }
}
