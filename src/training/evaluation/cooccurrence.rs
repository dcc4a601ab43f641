//! The co-occurrence baseline: what was in a basket with the items of the query.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::Query;
use super::metrics::Ranks;
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
    /// (item, count) of each row, in no particular order.
    rows: Vec<Vec<(u32, u32)>>,
}

/// Ranks of each query's targets by the sum of co-counts with the items of its history; `None` if cancelled.
/// `reach` is the window, for baskets that are histories.
pub(super) fn cooccurrence_ranks(
    baskets: &Baskets,
    reach: usize,
    queries: &[Query],
    popularity_rank: &[u32],
    watch: &Watch,
) -> Option<Ranks> {
    let counts = CoCounts::new(baskets, reach, queries, popularity_rank.len(), watch)?;
    let rank = |scores: &mut SparseScores, query: &Query| {
        if watch.is_cancelled() {
            return None;
        }
        let rows = query.history.iter().filter_map(|item| counts.row_of_item.get(item));
        for &(other, count) in rows.flat_map(|&row| &counts.rows[row as usize]) {
            scores.add(other, count);
        }
        Some(scores.take_ranks(&query.targets, &query.own, popularity_rank))
    };
    queries.par_iter().map_init(|| SparseScores::new(popularity_rank.len()), rank).collect()
}

impl CoCounts {
    fn new(baskets: &Baskets, reach: usize, queries: &[Query], items: usize, watch: &Watch) -> Option<Self> {
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
            Some(tally.take())
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
