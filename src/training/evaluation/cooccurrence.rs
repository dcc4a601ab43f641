//! The co-occurrence baseline: what was in a basket with the items of the query.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::Query;
use super::metrics::{Ranks, TargetRanks};
use super::sparse_scores::SparseScores;
use crate::dataset::{BasketUnit, Baskets};
use crate::progress::Watch;

/// No two items count as together that stand further apart, so that one endless basket does not take forever.
const LONGEST_REACH: usize = 500;

/// How often two items occur together, row by row for the items that some query needs.
///
/// In sessions: the number of sessions that hold both. In histories without sessions: the number of pairs of events
/// at most `reach` places apart, as the model's window sees them. An item does not occur together with itself. Raw
/// counts, for they rank better than cosine-normalised ones do (BENCHMARKS.md).
struct CoCounts {
    row_of_item: HashMap<u32, u32>,
    rows: Vec<Row>,
}

/// From how many others on a row is [`Row::highest`] known of.
const LONG: usize = 4096;

/// The items that occur together with one.
struct Row {
    /// (item, count), by item if the row is long.
    others: Vec<(u32, u32)>,
    /// The highest counts of a long row, falling; of a short one none.
    highest: Vec<u32>,
}

impl Row {
    /// Of these (item, count), keeping so many of the highest counts.
    fn new(mut others: Vec<(u32, u32)>, kept: usize) -> Self {
        let mut highest = Vec::new();
        if others.len() >= LONG {
            others.sort_unstable();
            highest.extend(others.iter().map(|&(_, count)| count));
            if kept < highest.len() {
                highest.select_nth_unstable_by(kept, |a, b| b.cmp(a));
                highest.truncate(kept);
            }
            highest.sort_unstable_by(|a, b| b.cmp(a));
        }
        Self { others, highest }
    }

    /// How often `item` is one of them.
    fn count(&self, item: u32) -> u64 {
        let place = if self.highest.is_empty() {
            self.others.iter().position(|&(other, _)| other == item)
        } else {
            self.others.binary_search_by_key(&item, |&(other, _)| other).ok()
        };
        place.map_or(0, |place| u64::from(self.others[place].1))
    }

    /// Whether more than `count` of them occur more than `score` times.
    fn has_above(&self, score: u64, count: usize) -> bool {
        self.highest.get(count).is_some_and(|&highest| u64::from(highest) > score)
    }
}

/// Ranks below `depth` of each query's targets by the sum of co-counts with the items of its history; `None` if cancelled.
/// Some ranks from `depth` on are found, too. `reach` is the window, for baskets that are histories.
pub(super) fn cooccurrence_ranks(
    baskets: &Baskets,
    reach: usize,
    queries: &[Query],
    depth: usize,
    popularity_rank: &[u32],
    watch: &Watch,
) -> Option<Ranks> {
    let most_own = queries.iter().map(|query| query.own.len()).max().unwrap_or(0);
    let counts = CoCounts::new(baskets, reach, queries, depth + most_own + 1, popularity_rank.len(), watch)?;
    let rank = |scores: &mut SparseScores, query: &Query| {
        if watch.is_cancelled() {
            return None;
        }
        let rows = query.history.iter().filter_map(|item| counts.row_of_item.get(item));
        let rows: Vec<&Row> = rows.map(|&row| &counts.rows[row as usize]).collect();
        // One item of the history alone puts so many others above the target that even without the user's own ones it is
        // not among the first.
        let is_below = |&target: &u32| {
            let score = rows.iter().map(|row| row.count(target)).sum();
            rows.iter().any(|row| row.has_above(score, depth + query.own.len()))
        };
        if query.targets.iter().all(is_below) {
            return Some(TargetRanks::of(&query.targets, |_| None));
        }
        for &(other, count) in rows.iter().flat_map(|row| &row.others) {
            scores.add(other, count);
        }
        Some(scores.take_ranks(&query.targets, &query.own, popularity_rank))
    };
    queries.par_iter().map_init(|| SparseScores::new(popularity_rank.len()), rank).collect()
}

impl CoCounts {
    fn new(
        baskets: &Baskets,
        reach: usize,
        queries: &[Query],
        kept: usize,
        items: usize,
        watch: &Watch,
    ) -> Option<Self> {
        let mut wanted: Vec<u32> = queries.iter().flat_map(|query| query.history.iter().copied()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let reach = match baskets.unit {
            BasketUnit::Session => LONGEST_REACH,
            BasketUnit::History => reach.min(LONGEST_REACH),
        };
        let events = EventsOfItems::new(baskets, items);
        let row = |tally: &mut Tally, &item: &u32| {
            if watch.is_cancelled() {
                return None;
            }
            for &event in events.of(item) {
                let event = event as usize;
                let basket = baskets.offsets.partition_point(|&start| start <= event) - 1;
                let start = baskets.offsets[basket].max(event.saturating_sub(reach));
                let end = baskets.offsets[basket + 1].min(event.saturating_add(reach + 1));
                for &other in baskets.items[start..end].iter().filter(|&&other| other != item) {
                    match baskets.unit {
                        BasketUnit::Session => tally.count_once(other, basket),
                        BasketUnit::History => tally.count(other),
                    }
                }
            }
            Some(Row::new(tally.take(), kept))
        };
        let rows: Option<Vec<_>> = wanted.par_iter().map_init(|| Tally::new(items), row).collect();
        Some(Self { row_of_item: wanted.into_iter().zip(0..).collect(), rows: rows? })
    }
}

/// Where each item occurs: an index from items into [`Baskets::items`].
struct EventsOfItems {
    /// `[items + 1]`.
    offsets: Vec<usize>,
    /// Places, ascending for each item.
    events: Vec<u32>,
}

impl EventsOfItems {
    fn new(baskets: &Baskets, items: usize) -> Self {
        let mut offsets = vec![0; items + 1];
        for &item in &baskets.items {
            offsets[item as usize + 1] += 1;
        }
        for item in 0..items {
            offsets[item + 1] += offsets[item];
        }
        let mut next = offsets.clone();
        let mut events = vec![0; baskets.items.len()];
        for (event, &item) in baskets.items.iter().enumerate() {
            events[next[item as usize]] = event as u32;
            next[item as usize] += 1;
        }
        Self { offsets, events }
    }

    fn of(&self, item: u32) -> &[u32] {
        &self.events[self.offsets[item as usize]..self.offsets[item as usize + 1]]
    }
}

/// Counts of other items while one row is made. Reused from row to row.
struct Tally {
    counts: Vec<u32>,
    /// The basket that counted last, so that each counts once.
    last_basket: Vec<usize>,
    touched: Vec<u32>,
}

impl Tally {
    fn new(items: usize) -> Self {
        Self { counts: vec![0; items], last_basket: vec![usize::MAX; items], touched: Vec::new() }
    }

    fn count(&mut self, item: u32) {
        let count = &mut self.counts[item as usize];
        if *count == 0 {
            self.touched.push(item);
        }
        *count += 1;
    }

    fn count_once(&mut self, item: u32, basket: usize) {
        if self.last_basket[item as usize] != basket {
            self.last_basket[item as usize] = basket;
            self.count(item);
        }
    }

    fn take(&mut self) -> Vec<(u32, u32)> {
        let Self { counts, last_basket, touched } = self;
        touched
            .drain(..)
            .map(|item| {
                last_basket[item as usize] = usize::MAX;
                (item, std::mem::take(&mut counts[item as usize]))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_row_knows_each_count_and_how_many_exceed_a_score() {
        for length in [LONG - 1, LONG, 2 * LONG] {
            let others: Vec<(u32, u32)> = (0..length as u32).rev().map(|i| (3 * i, 1 + i * 7919 % 500)).collect();
            let row = Row::new(others.clone(), 200);
            for &(item, count) in others.iter().step_by(97) {
                assert_eq!((row.count(item), row.count(item + 1)), (u64::from(count), 0), "{length}: {item}");
            }
            for (score, among) in [(0, 0), (0, 199), (0, 200), (480, 50), (499, 3), (499, 40), (500, 0)] {
                let above = others.iter().filter(|&&(_, count)| u64::from(count) > score).count();
                // A short row keeps none, and beyond what is kept nothing is claimed.
                let is_known = length >= LONG && among < 200;
                assert_eq!(row.has_above(score, among), is_known && above > among, "{length}: {score}, {among}");
            }
        }
    }
}
