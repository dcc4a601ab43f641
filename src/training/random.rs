//! Counter-based random numbers: a value is a pure function of (seed, purpose, counters), so it is the same on every
//! machine, in every order of evaluation and for any number of threads.
//!
//! The generator is `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).

/// The odd constant of `SplitMix64`, 2^64 divided by the golden ratio.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// What random numbers are for. Each purpose has its own numbers, so adding draws to one leaves the others alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Where vectors start; counters: table, 0.
    Initialisation = 1,
    /// The order within a tie; counters: epoch, first event of the tie.
    Ties = 2,
    /// Which events subsampling keeps; counters: epoch, 0.
    Subsample = 3,
    /// The order of centres; counters: epoch, 0.
    Order = 4,
    /// Negatives; counters: epoch, batch.
    Negatives = 5,
    /// Structural negatives; counters: epoch, batch.
    StructNegatives = 6,
    /// Samples and orders in evaluation; counters: ID type, what for.
    Evaluation = 7,
    /// Trials of a sweep; counters: 0 grid, 1 random or 2 proposed, trial.
    Sweep = 8,
    /// Items that stand for all where neighbourhoods are compared; counters: 0, 0.
    Churn = 9,
}

/// `SplitMix64`'s finaliser: a bijection of 64 bits in which each input bit flips each output bit half of the time.
#[inline]
const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A stream of random 64-bit words, readable in order or at any index.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The stream of `seed` for `purpose` and two counters.
    pub(super) const fn new(seed: u64, purpose: Purpose, first: u64, second: u64) -> Self {
        let key = mix(seed.wrapping_add(GAMMA));
        let key = mix(key ^ (purpose as u64).wrapping_mul(GAMMA));
        let key = mix(key.wrapping_add(first).wrapping_add(GAMMA));
        Self { state: mix(key ^ second.wrapping_mul(GAMMA)) }
    }

    /// The next word.
    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// Word number `index` from here, without moving on.
    #[inline]
    pub(super) const fn at(&self, index: u64) -> u64 {
        mix(self.state.wrapping_add(index.wrapping_add(1).wrapping_mul(GAMMA)))
    }

    /// The next number in 0..`bound` (0 if `bound` is 0); its bias is below `bound` / 2^64.
    #[inline]
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Fisher-Yates: every order of `values` is equally likely.
    pub(super) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            values.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finaliser_is_the_published_splitmix64() {
        // First words of SplitMix64 from state 1234567 (the reference implementation's well-known test vector).
        let mut random = Random { state: 1_234_567 };
        let words: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(words, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn words_by_index_are_the_words_in_order() {
        let mut random = Random::new(7, Purpose::Order, 1, 2);
        let start = random.clone();
        for index in 0..100 {
            assert_eq!(random.next(), start.at(index), "word {index}");
        }
    }

    #[test]
    fn seed_purpose_and_counters_all_change_the_stream() {
        let first = |seed, purpose, a, b| Random::new(seed, purpose, a, b).next();
        let words = [
            first(0, Purpose::Ties, 0, 0),
            first(1, Purpose::Ties, 0, 0),
            first(0, Purpose::Order, 0, 0),
            first(0, Purpose::Ties, 1, 0),
            first(0, Purpose::Ties, 0, 1),
        ];
        for (i, word) in words.iter().enumerate() {
            assert!(!words[i + 1..].contains(word), "streams {i} and a later one begin alike: {words:?}");
        }
    }

    #[test]
    fn every_order_of_four_is_equally_likely() {
        let mut seen = std::collections::BTreeMap::<[u8; 4], u32>::new();
        for seed in 0..24_000 {
            let mut values = [0, 1, 2, 3];
            Random::new(seed, Purpose::Ties, 0, 0).shuffle(&mut values);
            *seen.entry(values).or_default() += 1;
        }
        let chi_square: f64 = seen.values().map(|&n| (f64::from(n) - 1000.0).powi(2) / 1000.0).sum();
        // 23 degrees of freedom: the 0.999 quantile is 49.7.
        assert!(seen.len() == 24 && chi_square < 49.7, "{} orders, chi-square {chi_square}", seen.len());
    }
}
