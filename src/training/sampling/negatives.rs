//! Which items contrast: the distribution Q of negatives.

use crate::dataset::Corpus;
use crate::training::{CheckedHyperparameters, NegativeSampling};

/// Draws from a fixed distribution over 0..D by inverting its cumulative sums: the smallest r whose sum exceeds u.
///
/// u is a whole 64-bit word, the sums are scaled by 2^64 and kept as whole numbers, so a draw needs neither logarithm
/// nor exponential nor floating point. A guide table with several buckets an item says where to begin: a draw costs one
/// look-up and on average an eighth of a comparison that fails (Chen and Asau 1974). Rounding moves a probability by
/// less than 2^-52.
#[derive(Debug, Clone)]
pub(super) struct InverseTable {
    /// `[D]` the largest word that draws r; the last is `u64::MAX`.
    last_word: Vec<u64>,
    /// `[2^bits]` the first r that a word with these leading bits can draw.
    guide: Vec<u32>,
    /// 64 - bits.
    shift: u32,
}

impl InverseTable {
    /// A table from `cumulative` `[D]`, non-decreasing sums of probabilities of which the last is 1.
    ///
    /// # Panics
    /// If `cumulative` is empty.
    fn new(cumulative: impl ExactSizeIterator<Item = f64>) -> Self {
        assert!(cumulative.len() > 0, "a distribution needs at least one value");
        let bits = (4 * cumulative.len() as u64).next_power_of_two().trailing_zeros().min(24);
        // 2^64 as f64; `as u64` saturates.
        let mut last_word: Vec<u64> = cumulative.map(|sum| ((sum * 2_f64.powi(64)) as u64).saturating_sub(1)).collect();
        if let Some(last) = last_word.last_mut() {
            *last = u64::MAX;
        }
        let shift = 64 - bits;
        let mut r = 0;
        let guide = (0..1_u64 << bits)
            .map(|bucket| {
                while last_word[r] < bucket << shift {
                    r += 1;
                }
                r as u32
            })
            .collect();
        Self { last_word, guide, shift }
    }

    /// The item that `word`, uniform over all 64-bit words, draws.
    #[cfg(test)]
    fn draw(&self, word: u64) -> u32 {
        let mut drawn = Vec::new();
        self.draw_each(std::iter::once(word), &mut drawn);
        drawn[0]
    }

    /// Appends to `drawn` the item that each of `words`, uniform over all 64-bit words, draws.
    ///
    /// Some at a time, first all their looks into the guide and then all into the sums: the table is larger than a near
    /// cache, and so the processor waits for many entries at once.
    pub(super) fn draw_each(&self, mut words: impl Iterator<Item = u64>, drawn: &mut Vec<u32>) {
        const AT_ONCE: usize = 32;
        let (mut some, mut count) = ([(0, 0); AT_ONCE], AT_ONCE);
        while count == AT_ONCE {
            count = 0;
            for (place, word) in some.iter_mut().zip(words.by_ref()) {
                *place = (word, self.guide[(word >> self.shift) as usize]);
                count += 1;
            }
            drawn.extend(some[..count].iter().map(|&(word, mut r)| {
                // The first comparison as a sum: a branch that nobody can foretell would wait for the table.
                r += u32::from(word > self.last_word[r as usize]);
                // Ends at the last entry, which no word exceeds.
                while word > self.last_word[r as usize] {
                    r += 1;
                }
                r
            }));
        }
    }
}

/// P(r) = (ln(r + 2) - ln(r + 1)) / ln(D + 1) over the frequency ranks r (MODEL.md, "Sampling").
fn log_uniform(items: usize) -> InverseTable {
    let scale = (items as f64 + 1.0).ln();
    InverseTable::new((0..items).map(|r| (r as f64 + 2.0).ln() / scale))
}

/// How many items, by falling count `[D_1]`, can be negatives: those up to the last that has an event. Items that a warm
/// start keeps without events stand behind them, and stay as they are.
pub(super) fn sampled_items(counts: &[u64]) -> usize {
    counts.iter().rposition(|&count| count > 0).map_or(counts.len(), |last| last + 1)
}

/// The table of the distribution that `hyperparameters` name.
pub(super) fn negative_table(corpus: &Corpus, hyperparameters: &CheckedHyperparameters) -> InverseTable {
    let counts = item_counts(corpus);
    let counts = &counts[..sampled_items(counts)];
    match hyperparameters.values().negative_sampling {
        NegativeSampling::LogUniform => log_uniform(counts.len()),
        NegativeSampling::Power(_) => {
            let mut sum = 0.0;
            let probabilities = log_probabilities(hyperparameters.values().negative_sampling, counts);
            InverseTable::new(probabilities.into_iter().map(|log_p| {
                sum += log_p.exp();
                sum
            }))
        }
    }
}

/// `[D_1]` ln Q: the logarithm of the probability that a negative is that item, from the training counts `[D_1]`,
/// by falling count.
///
/// `log-uniform`: by rank; `power:P`: proportional to count^P. Items without events, which are never drawn, get what
/// the formula says of their rank, or of a count of 1: a score needs a number.
#[must_use]
pub fn log_probabilities(sampling: NegativeSampling, counts: &[u64]) -> Vec<f64> {
    match sampling {
        NegativeSampling::LogUniform => {
            let log_scale = (sampled_items(counts) as f64 + 1.0).ln().ln();
            // ln(r + 2) - ln(r + 1), without cancelling for large r.
            (0..counts.len()).map(|r| (1.0 / (r as f64 + 1.0)).ln_1p().ln() - log_scale).collect()
        }
        NegativeSampling::Power(power) => {
            let logs: Vec<f64> = counts.iter().map(|&count| power * (count.max(1) as f64).ln()).collect();
            let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log_sum = largest + logs.iter().map(|log| (log - largest).exp()).sum::<f64>().ln();
            logs.into_iter().map(|log| log - log_sum).collect()
        }
    }
}

pub(super) fn item_counts(corpus: &Corpus) -> &[u64] {
    corpus.types.first().map_or(&[], |items| items.counts.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> serde_json::Value {
        serde_json::from_str(include_str!("../../../tests/golden/log_uniform.json")).unwrap()
    }

    /// How likely each value is: the share of the words that draw it.
    fn probabilities(table: &InverseTable) -> Vec<f64> {
        let mut before = -1.0;
        let shares = table.last_word.iter().map(|&last| {
            let share = (last as f64 - before) / 2_f64.powi(64);
            before = last as f64;
            share
        });
        shares.collect()
    }

    #[test]
    fn the_log_uniform_table_has_the_golden_probabilities() {
        let golden = golden();
        for (items, expected) in golden["P"].as_object().unwrap() {
            let found = probabilities(&log_uniform(items.parse().unwrap()));
            assert_eq!(found.len(), expected.as_array().unwrap().len());
            for (r, expected) in expected.as_array().unwrap().iter().enumerate() {
                let expected = expected.as_f64().unwrap();
                assert!((found[r] - expected).abs() < 1e-14, "D = {items}, r = {r}: {}, golden {expected}", found[r]);
            }
        }
    }

    #[test]
    fn the_log_uniform_table_makes_the_golden_draws() {
        let golden = golden();
        let draws = golden["draws"].as_array().unwrap();
        assert_eq!(draws.len(), 35);
        for draw in draws {
            let (items, u) = (draw["D"].as_u64().unwrap() as usize, draw["u"].as_f64().unwrap());
            let found = log_uniform(items).draw((u * 2_f64.powi(64)) as u64);
            assert_eq!(u64::from(found), draw["id"].as_u64().unwrap(), "D = {items}, u = {u}");
        }
    }

    #[test]
    fn the_table_inverts_the_formula_for_every_leading_bit_pattern() {
        let items = 1000;
        let table = log_uniform(items);
        for step in 0..1_u64 << 16 {
            let word = (step << 48) + (1 << 47);
            let u = word as f64 / 2_f64.powi(64);
            let formula = ((u * (items as f64 + 1.0).ln()).exp() as u32 - 1) % items as u32;
            assert_eq!(table.draw(word), formula, "u = {u}");
        }
    }

    #[test]
    fn the_ends_of_the_words_draw_the_first_and_the_last_value() {
        for items in [1, 2, 3, 1000] {
            let table = log_uniform(items);
            assert_eq!((table.draw(0), table.draw(u64::MAX)), (0, items as u32 - 1), "D = {items}");
        }
    }
}
