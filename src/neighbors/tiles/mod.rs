//! The search for the neighbours of all rows at once: rows are turned, ordered and packed in blocks, and blocks are
//! compared two by two, each pair once for the rows of both.

mod cells;
mod kept;
mod kernel;
mod order;
mod pack;
mod schedule;
mod space;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use self::kept::Kept;
use self::kernel::Pair;
use self::pack::{BLOCK, Packed};
use self::schedule::Schedule;
use self::space::HEAD;
pub(super) use self::space::Space;
use super::{GraphError, Metric, Neighbor};
use crate::progress::Watch;
use crate::simd;

const STAGE: &str = "Finding neighbours";

/// Pairs of blocks that a thread takes at a time.
const RUN: usize = 4;

/// How rows are put into blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocks {
    /// Leaves of a tree of cuts, which is made faster.
    Leaves,
    /// Cells about means, which hold more of a row's neighbours.
    Cells,
}

/// A search under way, and the candidates that it has for each row.
pub(super) struct Search<'a> {
    space: Space<'a>,
    /// `[rows]` the rows in their order.
    order: Vec<u32>,
    /// `[rows]` where each row stands in the order.
    place: Vec<u32>,
    packed: Packed,
    schedule: Schedule,
    /// Candidates that each row keeps.
    wanted: usize,
    /// `[blocks]`
    kept: Vec<Mutex<Kept>>,
}

impl<'a> Search<'a> {
    /// Prepares the search for the `wanted` (at least 1) best candidates for each of `rows` [rows, dims], which are finite
    /// and lie row by row in memory; there is a dimension.
    pub(super) fn new(
        rows: ArrayView2<'a, f32>,
        wanted: usize,
        metric: Metric,
        blocks: Blocks,
        watch: &Watch,
    ) -> Result<Self, GraphError> {
        let count = rows.nrows();
        watch.report("Ordering rows", 0, None, "rounds");
        let space = Space::new(rows, metric, watch)?;
        let (order, lengths) = ordered(&space, count, blocks, watch)?;
        let packed = Packed::new(&space, &order, &lengths, watch)?;
        let mut place = vec![0; count];
        (0..).zip(&order).for_each(|(at, &row)| place[row as usize] = at);
        let kept = lengths.iter().map(|&rows| Mutex::new(Kept::new(rows, wanted))).collect();
        let schedule = Schedule::new(packed.centres.nrows(), metric);
        Ok(Self { space, order, place, packed, schedule, wanted, kept })
    }

    /// Number of blocks.
    pub(super) fn blocks(&self) -> usize {
        self.kept.len()
    }

    /// Compares each block with itself and the `near` nearest others, as far as that has not been done.
    pub(super) fn compare_near(&mut self, near: usize, watch: &Watch) -> Result<(), GraphError> {
        let pairs = self.schedule.near(self.packed.centres.view(), near, watch)?;
        self.compare(&pairs, watch)
    }

    /// Compares all blocks, near ones first.
    pub(super) fn compare_all(&mut self, watch: &Watch) -> Result<(), GraphError> {
        let pairs = self.schedule.all(self.packed.centres.view(), watch)?;
        self.compare(&pairs, watch)
    }

    /// Compares the blocks of each of `pairs`. Threads take pairs as they come: what a row keeps does not depend on
    /// their order.
    fn compare(&self, pairs: &[(u32, u32)], watch: &Watch) -> Result<(), GraphError> {
        let lock = |block: u32| self.kept[block as usize].lock().unwrap_or_else(PoisonError::into_inner);
        let block = |number: u32| self.packed.block(number as usize, &self.order);
        in_turns(pairs, watch, |&(low, high)| {
            // The lower number first: two threads never wait for each other.
            let mut left = lock(low);
            if low == high {
                simd::run(Pair { left: (block(low), &mut left), right: None });
            } else {
                let mut right = lock(high);
                simd::run(Pair { left: (block(low), &mut left), right: Some((block(high), &mut right)) });
            }
        })
    }

    /// The candidates of `row` so far, in no order.
    pub(super) fn candidates(&self, row: usize) -> Vec<u32> {
        let (block, slot) = self.packed.slot(self.place[row] as usize);
        self.kept[block].lock().unwrap_or_else(PoisonError::into_inner).best(slot).0
    }

    /// Replaces the candidates of each row by the neighbours that `choose` makes of it and them. Rows come block by block,
    /// so that most of what is looked up is in cache.
    pub(super) fn settle(
        &mut self,
        watch: &Watch,
        choose: impl Fn(u32, &Candidates<'_, 'a>) -> Vec<Neighbor> + Sync,
    ) -> Result<(), GraphError> {
        let (space, packed, order) = (&self.space, &self.packed, &self.order);
        self.kept.par_iter_mut().enumerate().try_for_each(|(block, kept)| {
            let kept = kept.get_mut().unwrap_or_else(PoisonError::into_inner);
            for (slot, &row) in packed.block(block, order).rows.iter().enumerate() {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                let (rows, bound) = kept.best(slot);
                let chosen = choose(row, &Candidates { rows, bound, offset: packed.offset(block, slot), space });
                kept.settle(slot, &chosen);
            }
            Ok(())
        })
    }

    /// The neighbours of `row` that [`Search::settle`] chose.
    pub(super) fn settled(&self, row: usize) -> Vec<Neighbor> {
        let (block, slot) = self.packed.slot(self.place[row] as usize);
        self.kept[block].lock().unwrap_or_else(PoisonError::into_inner).settled(slot).collect()
    }

    /// The best candidates of each of the rows `sample` among all rows, itself among them, whatever has been compared.
    pub(super) fn of_sample(&self, sample: &[u32], watch: &Watch) -> Result<Vec<Candidates<'_, 'a>>, GraphError> {
        let lengths: Vec<usize> = sample.chunks(BLOCK).map(<[u32]>::len).collect();
        let packed = Packed::new(&self.space, sample, &lengths, watch)?;
        let kept: Vec<Mutex<Kept>> = lengths.iter().map(|&rows| Mutex::new(Kept::new(rows, self.wanted + 1))).collect();
        let pairs: Vec<(u32, u32)> = (0..self.blocks() as u32)
            .flat_map(|block| (0..kept.len() as u32).map(move |of_sample| (of_sample, block)))
            .collect();
        in_turns(&pairs, watch, |&(of_sample, block)| {
            let mut kept = kept[of_sample as usize].lock().unwrap_or_else(PoisonError::into_inner);
            let left = (packed.block(of_sample as usize, sample), &mut *kept);
            let right = (self.packed.block(block as usize, &self.order), &mut Kept::new(0, 1));
            simd::run(Pair { left, right: Some(right) });
        })?;
        let best = |slot: usize| {
            let (block, slot) = (slot / BLOCK, slot % BLOCK);
            let (rows, bound) = kept[block].lock().unwrap_or_else(PoisonError::into_inner).best(slot);
            Candidates { rows, bound, offset: packed.offset(block, slot), space: &self.space }
        };
        Ok((0..sample.len()).map(best).collect())
    }

    /// `[rows]` the rows in an order that puts near ones together.
    pub(super) fn into_order(self) -> Vec<u32> {
        self.order
    }
}

/// What a search has for a row.
pub(super) struct Candidates<'a, 'r> {
    /// The candidates, in no order.
    pub(super) rows: Vec<u32>,
    /// The score that no other row of the blocks compared with its own exceeds, up to rounding.
    bound: f32,
    /// What is subtracted from the row's scores.
    offset: f32,
    space: &'a Space<'r>,
}

impl Candidates<'_, '_> {
    /// [`Space::may_lack`] for these.
    pub(super) fn may_lack(&self, farthest: f32) -> bool {
        self.space.may_lack(self.offset, self.bound, farthest)
    }
}

/// The rows of `space`, of which there are `count`, in an order that puts near ones together, and the lengths of the
/// blocks in it.
pub(super) fn ordered(
    space: &Space<'_>,
    count: usize,
    blocks: Blocks,
    watch: &Watch,
) -> Result<(Vec<u32>, Vec<usize>), GraphError> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut lengths = vec![count];
    if count > BLOCK {
        let width = space.dims().min(HEAD);
        let mut head = Array2::zeros((count, width));
        head.axis_chunks_iter_mut(Axis(0), BLOCK).into_par_iter().zip(order.par_chunks(BLOCK)).try_for_each(
            |(mut head, rows)| {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                head.assign(&space.turned(rows, width));
                Ok(())
            },
        )?;
        lengths = order::cut(head.view(), &mut order, watch)?;
        if blocks == Blocks::Cells {
            lengths = cells::gather(space, head.view(), &mut order, watch)?;
        }
    }
    Ok((order, lengths))
}

/// Does `work` for each of `pairs`, on all threads; each takes the next few when it is through.
fn in_turns(pairs: &[(u32, u32)], watch: &Watch, work: impl Fn(&(u32, u32)) + Sync) -> Result<(), GraphError> {
    let report = |done: u64| watch.report(STAGE, done, Some(pairs.len() as u64), "pairs of blocks");
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    (0..rayon::current_num_threads()).into_par_iter().with_max_len(1).try_for_each(|_| {
        loop {
            let start = next.fetch_add(RUN, Ordering::Relaxed);
            let Some(run) = pairs.get(start..pairs.len().min(start + RUN)).filter(|run| !run.is_empty()) else {
                return Ok(());
            };
            for pair in run {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                work(pair);
            }
            let before = done.fetch_add(run.len() as u64, Ordering::Relaxed);
            let after = before + run.len() as u64;
            if before / 128 != after / 128 {
                report(after);
            }
        }
    })?;
    report(pairs.len() as u64);
    Ok(())
}
