//! How much each hyperparameter has to do with a metric, over many runs.

use std::collections::{BTreeMap, BTreeSet};

/// One run: what it was made with, and what it reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Hyperparameters by key, as `--set` takes them.
    pub values: BTreeMap<String, String>,
    /// What it reached; higher is better.
    pub metric: f64,
}

/// How much one hyperparameter has to do with the metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// The hyperparameter.
    pub key: String,
    /// Share of the variance of the metric's ranks that it explains alone, 0 to 1: the squared rank correlation
    /// (Spearman 1904) where all its values are numbers, else the correlation ratio between its values.
    pub share: f64,
    /// Where all values are numbers: the rank correlation, -1 to 1; above 0 higher values reach more.
    pub correlation: Option<f64>,
    /// What 95 of 100 random orders of the metric stay below: a share that is no higher may be chance.
    pub by_chance: f64,
}

/// The share of the variance of a metric's ranks that a hyperparameter explains.
type Explained = Box<dyn Fn(&[f64]) -> f64>;

/// Random orders of the metric that tell what chance gives.
const ORDERS: usize = 400;

/// The importance of each key that has more than one value in `samples`, most important first, ties by key; none below
/// three samples. Samples whose metric is no number do not count. The same samples give the same answer.
#[must_use]
pub fn importance(samples: &[Sample]) -> Vec<Importance> {
    let samples: Vec<&Sample> = samples.iter().filter(|sample| sample.metric.is_finite()).collect();
    if samples.len() < 3 {
        return Vec::new();
    }
    let metric = ranks(&samples.iter().map(|sample| sample.metric).collect::<Vec<_>>());
    let orders = random_orders(&metric);
    let keys: BTreeSet<&String> = samples.iter().flat_map(|sample| sample.values.keys()).collect();
    let mut found: Vec<Importance> = keys
        .into_iter()
        .filter_map(|key| {
            let texts: Vec<&str> =
                samples.iter().map(|sample| sample.values.get(key).map_or("", String::as_str)).collect();
            if texts.windows(2).all(|pair| pair[0] == pair[1]) {
                return None;
            }
            let numbers: Option<Vec<f64>> = texts.iter().map(|text| text.parse().ok()).collect();
            let explained: Explained = match &numbers {
                Some(numbers) => {
                    let ranks = ranks(numbers);
                    Box::new(move |metric| correlation(&ranks, metric).powi(2))
                }
                None => {
                    let groups = groups(&texts);
                    Box::new(move |metric| correlation_ratio(&groups, metric))
                }
            };
            let mut chance: Vec<f64> = orders.iter().map(|order| explained(order)).collect();
            chance.sort_by(f64::total_cmp);
            Some(Importance {
                key: key.clone(),
                share: explained(&metric),
                correlation: numbers.map(|numbers| correlation(&ranks(&numbers), &metric)),
                by_chance: chance[ORDERS * 95 / 100],
            })
        })
        .collect();
    found.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.key.cmp(&b.key)));
    found
}

/// Ranks from 0; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let same = order[from..].iter().take_while(|&&i| values[i] == values[order[from]]).count().max(1);
        for &i in &order[from..from + same] {
            ranks[i] = from as f64 + (same - 1) as f64 / 2.0;
        }
        from += same;
    }
    ranks
}

/// Pearson's correlation; 0 where one side does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - mean_a) * (y - mean_b);
        aa += (x - mean_a).powi(2);
        bb += (y - mean_b).powi(2);
    }
    if aa > 0.0 && bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

/// The number of each text's group.
fn groups(texts: &[&str]) -> Vec<usize> {
    let mut distinct: Vec<&str> = texts.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    texts.iter().map(|text| distinct.binary_search(text).unwrap_or(0)).collect()
}

/// Variance between groups over variance in all.
fn correlation_ratio(groups: &[usize], values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![(0.0, 0.0); count];
    for (&group, value) in groups.iter().zip(values) {
        sums[group].0 += value - mean;
        sums[group].1 += 1.0;
    }
    let all: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let between: f64 = sums.iter().filter(|(_, size)| *size > 0.0).map(|(sum, size)| sum * sum / size).sum();
    if all > 0.0 { between / all } else { 0.0 }
}

/// The metric in [`ORDERS`] random orders (Fisher-Yates with `SplitMix64` and a fixed seed).
fn random_orders(metric: &[f64]) -> Vec<Vec<f64>> {
    let mut state = 0x001D_A71A_u64;
    let mut below = move |bound: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(z ^ (z >> 31)) * bound as u128) >> 64) as usize
    };
    let mut order = metric.to_vec();
    std::iter::repeat_with(|| {
        for last in (1..order.len()).rev() {
            order.swap(last, below(last + 1));
        }
        order.clone()
    })
    .take(ORDERS)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(of: impl Fn(usize) -> (f64, &'static str, f64)) -> Vec<Sample> {
        (0..40)
            .map(|i| {
                let (rate, word, metric) = of(i);
                let values = [("rate", rate.to_string()), ("word", word.to_owned()), ("same", "1".to_owned())];
                Sample { values: values.map(|(key, value)| (key.to_owned(), value)).into(), metric }
            })
            .collect()
    }

    #[test]
    fn what_decides_the_metric_comes_first_and_what_does_not_is_chance() {
        // 7 and 40 have no common factor, so the words stand in no relation to the metric.
        let found = importance(&samples(|i| (i as f64, ["a", "b"][i * 7 % 2], (i as f64 * 0.3).exp())));
        assert_eq!(found.len(), 2, "a key with one value has no importance: {found:?}");
        assert_eq!(found[0].key, "rate");
        assert!((found[0].share - 1.0).abs() < 1e-12 && found[0].correlation == Some(1.0), "{found:?}");
        assert!(found[0].by_chance < 0.2, "{found:?}");
        assert!(found[1].share < found[1].by_chance && found[1].correlation.is_none(), "{found:?}");
    }

    #[test]
    fn words_explain_what_differs_between_them() {
        let found =
            importance(&samples(|i| ((i * 17 % 40) as f64, ["a", "b", "c"][i / 14], (i / 14 * 100 + i) as f64)));
        assert_eq!(found[0].key, "word");
        assert!(found[0].share > 0.85, "{found:?}");
        assert!(importance(&samples(|_| (1.0, "a", 1.0))).is_empty());
    }

    #[test]
    fn a_metric_that_never_changes_is_explained_by_nothing() {
        let found = importance(&samples(|i| (i as f64, "a", 0.5)));
        assert_eq!((found[0].share, found[0].by_chance), (0.0, 0.0));
        assert!(importance(&samples(|i| (i as f64, "a", f64::NAN))).is_empty());
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2.5, 0.0, 2.5, 1.0]);
    }
}
