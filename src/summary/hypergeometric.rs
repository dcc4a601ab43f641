//! How likely chance alone is to draw so many items with an attribute.

/// ln(n!) for n up to the size of the catalogue.
#[derive(Debug, Clone)]
pub(super) struct LogFactorials(Vec<f64>);

impl LogFactorials {
    /// For numbers up to `most`.
    pub(super) fn up_to(most: usize) -> Self {
        let mut sum = 0.0;
        let rest = (1..=most).map(|n| {
            sum += (n as f64).ln();
            sum
        });
        Self(std::iter::once(0.0).chain(rest).collect())
    }

    fn choose(&self, n: usize, k: usize) -> f64 {
        self.0[n] - self.0[k] - self.0[n - k]
    }

    /// P(X >= `drawn_with`) where X counts those with the attribute among `drawn` items, drawn without replacement from
    /// `all` items of which `with` have it: the upper tail of the hypergeometric distribution (one-sided test of Fisher).
    ///
    /// # Panics
    /// If more are drawn, or have it, than there are.
    pub(super) fn upper_tail(&self, all: usize, with: usize, drawn: usize, drawn_with: usize) -> f64 {
        assert!(with <= all && drawn <= all, "a part is no larger than the whole");
        let least = (with + drawn).saturating_sub(all);
        let most = with.min(drawn);
        if drawn_with <= least {
            return 1.0;
        }
        if drawn_with > most {
            return 0.0;
        }
        let first =
            self.choose(with, drawn_with) + self.choose(all - with, drawn - drawn_with) - self.choose(all, drawn);
        // Each term from the one before, in units of the first, so that tails far below f64's least number keep their
        // digits until the end.
        let (mut term, mut sum) = (1.0, 1.0);
        for x in drawn_with..most {
            let more = (with - x) as f64 * (drawn - x) as f64;
            let fewer = (x + 1) as f64 * (all + x + 1 - with - drawn) as f64;
            term *= more / fewer;
            sum += term;
            if more < fewer && term < sum * 1e-17 {
                break;
            }
        }
        (first.exp() * sum).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of `drawn` of the items counted one by one; the first `with` items have the attribute.
    fn by_counting(all: usize, with: usize, drawn: usize, drawn_with: usize) -> f64 {
        let (mut sets, mut hits) = (0.0, 0.0);
        for set in 0..1_u32 << all {
            if set.count_ones() as usize == drawn {
                sets += 1.0;
                let inside = (set & ((1 << with) - 1)).count_ones() as usize;
                hits += f64::from(u8::from(inside >= drawn_with));
            }
        }
        hits / sets
    }

    #[test]
    fn the_tail_is_the_share_of_all_sets_that_hold_as_many() {
        let factorials = LogFactorials::up_to(10);
        for with in 0..=10 {
            for drawn in 0..=10 {
                for drawn_with in 0..=drawn {
                    let expected = by_counting(10, with, drawn, drawn_with);
                    let found = factorials.upper_tail(10, with, drawn, drawn_with);
                    assert!((found - expected).abs() < 1e-12, "{with} {drawn} {drawn_with}: {found}, not {expected}");
                }
            }
        }
    }

    #[test]
    fn large_numbers_agree_with_scipy() {
        // scipy.stats.hypergeom.sf(x - 1, all, with, drawn)
        let factorials = LogFactorials::up_to(100_000);
        for (arguments, expected) in [
            ((70_000, 500, 300, 20), 9.766_897_387_025_602e-14),
            ((100_000, 20_000, 1_000, 150), 0.999_983_163_547_020_8),
            ((3_151, 40, 60, 25), 1.047_199_645_643_809_2e-35),
        ] {
            let (all, with, drawn, inside) = arguments;
            let found = factorials.upper_tail(all, with, drawn, inside);
            assert!((found / expected - 1.0).abs() < 1e-8, "{arguments:?}: {found}, not {expected}");
        }
    }
}
