//! How large points are: all alike, by their count, or by a numeric column of the items.

use super::amounts::Amounts;
use crate::numbers;
use crate::run::{Run, TableView};

/// What the sizes say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum SizeBy {
    /// Nothing: all are alike.
    Equal,
    /// How often the ID occurs.
    #[default]
    Count,
    /// What a numeric column says of the item.
    Column(String),
}

impl SizeBy {
    /// Its name in menus.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Equal => "equal",
            Self::Count => "count",
            Self::Column(name) => name,
        }
    }

    /// All that make sense for `table` of `run`, in the order menus show them.
    #[must_use]
    pub fn choices(run: &Run, table: &str) -> Vec<Self> {
        let is_item = run.types.first().is_some_and(|item| item.name == table);
        let columns = if is_item { run.numeric_columns() } else { Vec::new() };
        [Self::Count, Self::Equal].into_iter().chain(columns.into_iter().map(Self::Column)).collect()
    }
}

/// What the sizes of one table are made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sizing {
    /// What they say.
    pub by: SizeBy,
    amounts: Option<Amounts>,
    /// The largest count of the table.
    largest: u64,
}

impl Sizing {
    /// The sizes of `table` by `by`; by the count where `by` says nothing of the table.
    #[must_use]
    pub fn new(run: &Run, table: &TableView<'_>, by: &SizeBy) -> Self {
        let rows = table.vocabulary.len();
        let amounts = match by {
            SizeBy::Column(name) if table.type_index == Some(0) => {
                run.numbers_of_items(name).filter(|values| values.len() == rows).map(|values| Amounts::of(&values))
            }
            _ => None,
        };
        Self { by: by.clone(), amounts, largest: table.counts.iter().copied().max().unwrap_or(0) }
    }

    /// The sizes of points of which `placed` lie on the map; `counts` `[rows]` are the table's.
    #[must_use]
    pub fn sizes<'a>(&'a self, counts: &'a [u64], placed: usize) -> Sizes<'a> {
        let measure = match (&self.by, &self.amounts) {
            (SizeBy::Equal, _) => Measure::Equal,
            (SizeBy::Column(_), Some(amounts)) => Measure::Amounts(amounts),
            _ => Measure::Counts(counts, self.largest),
        };
        Sizes { measure, placed }
    }

    /// What the sizes mean, if anything.
    #[must_use]
    pub fn key(&self, placed: usize) -> Option<SizeKey> {
        let sizes = self.sizes(&[], placed);
        let step = |share: f32, words: String| (sizes.radius_of(share), words);
        let (heading, steps) = match sizes.measure {
            Measure::Equal => return None,
            Measure::Counts(_, 0) => return None,
            Measure::Counts(_, largest) => {
                let words = |&count: &u64| step(log_share(count, largest), numbers::short(count));
                ("Events".to_owned(), round_counts(largest).iter().map(words).collect())
            }
            Measure::Amounts(amounts) => {
                let [low, high] = amounts.range?;
                let middle = numbers::figures(low + (high - low) / 2.0, 3);
                let words = [(0.0, amounts.least.clone()), (0.5, middle), (1.0, amounts.most.clone())];
                (self.by.name().to_owned(), words.into_iter().map(|(share, words)| step(share, words)).collect())
            }
        };
        Some(SizeKey { heading, steps })
    }
}

/// What the sizes of points mean.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeKey {
    /// What they are an amount of.
    pub heading: String,
    /// Radius in points of a window's screen and the amount in words, the least first.
    pub steps: Vec<(f32, String)>,
}

/// How large the points of one table are.
#[derive(Debug, Clone, Copy)]
pub struct Sizes<'a> {
    measure: Measure<'a>,
    placed: usize,
}

#[derive(Debug, Clone, Copy)]
enum Measure<'a> {
    Equal,
    /// `[rows]` counts, and the largest.
    Counts(&'a [u64], u64),
    Amounts(&'a Amounts),
}

impl Sizes<'_> {
    /// Sizes of `placed` points that are all alike.
    #[must_use]
    pub fn equal(placed: usize) -> Self {
        Self { measure: Measure::Equal, placed }
    }

    /// The radius of row `row` in points of a window's screen. Many points are small ones; the largest is four times as wide
    /// as the smallest. By count the width grows with the magnitude, by a column the area with the amount; where nothing is
    /// known points are smaller than the smallest.
    #[must_use]
    pub fn radius(&self, row: u32) -> f32 {
        let row = row as usize;
        match self.measure {
            Measure::Equal => self.radius_of(1.0),
            Measure::Counts(counts, largest) => {
                self.radius_of(log_share(counts.get(row).copied().unwrap_or(0), largest))
            }
            Measure::Amounts(amounts) => self.radius_of(amounts.shares.get(row).copied().unwrap_or(f32::NAN)),
        }
    }

    /// The radius of a point that stands at `share` in 0..=1 between the least and the most.
    fn radius_of(&self, share: f32) -> f32 {
        let base = (5.6 - 0.8 * (self.placed.max(10) as f32).log10()).clamp(1.2, 4.4);
        let factor = match self.measure {
            Measure::Equal => 1.0,
            Measure::Counts(..) => 0.55 + 1.7 * share * share,
            Measure::Amounts(_) if share.is_nan() => 0.4,
            Measure::Amounts(_) => (0.3 + 4.76 * share).sqrt(),
        };
        base * factor
    }
}

/// Where `count` stands between 0 and `high`, by magnitude: 0..=1.
pub(super) fn log_share(count: u64, high: u64) -> f32 {
    if high == 0 { 0.0 } else { ((count as f64).ln_1p() / (high as f64).ln_1p()) as f32 }
}

/// Up to three counts of one figure up to `largest`, about evenly spaced by magnitude, rising.
fn round_counts(largest: u64) -> Vec<u64> {
    let round = |count: f64| {
        let unit = 10_f64.powf(count.max(1.0).log10().floor());
        ((count / unit).floor() * unit) as u64
    };
    let mut counts: Vec<u64> = [0.0, 0.5, 1.0].map(|part| round((largest as f64).powf(part))).to_vec();
    counts.dedup();
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizing(by: SizeBy, amounts: Option<Amounts>, largest: u64) -> Sizing {
        Sizing { by, amounts, largest }
    }

    #[test]
    fn area_grows_evenly_with_an_amount_and_what_is_not_known_is_smallest() {
        let price = sizing(SizeBy::Column("price".to_owned()), Some(Amounts::of(&[1.0, 2.0, 3.0, f64::NAN])), 9);
        let sizes = price.sizes(&[], 1000);
        let area = [0, 1, 2].map(|row| sizes.radius(row).powi(2));
        assert!((area[2] - area[1] - (area[1] - area[0])).abs() < 1e-4 && area[1] > area[0], "{area:?}");
        assert!(sizes.radius(3) < sizes.radius(0));
        let key = price.key(1000).unwrap();
        let words: Vec<&str> = key.steps.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!((key.heading.as_str(), words), ("price", vec!["1.00", "2.00", "3.00"]));
        assert_eq!(key.steps[2].0, sizes.radius(2), "the key shows what is drawn");
    }

    #[test]
    fn the_key_of_counts_has_round_numbers_that_are_drawn_as_it_says() {
        assert_eq!(round_counts(8_432), [1, 90, 8_000]);
        assert_eq!((round_counts(1), round_counts(3)), (vec![1], vec![1, 3]));
        let counts = sizing(SizeBy::Count, None, 8_432);
        let (key, held) = (counts.key(100).unwrap(), [90]);
        assert_eq!(key.steps[1].0, counts.sizes(&held, 100).radius(0));
        assert_eq!(sizing(SizeBy::Equal, None, 5).key(100), None);
        assert_eq!(sizing(SizeBy::Count, None, 0).key(100), None);
    }

    #[test]
    fn points_that_are_all_alike_have_one_size() {
        let equal = Sizes::equal(500);
        assert_eq!((equal.radius(0), equal.radius(9)), (equal.radius(3), equal.radius(3)));
    }
}
