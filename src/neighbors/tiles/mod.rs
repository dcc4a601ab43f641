//! The search for the neighbours of all rows at once: rows are turned, ordered and packed in blocks, and blocks are
//! compared two by two, each pair once for the rows of both.

mod kept;
mod kernel;
mod lanes;
mod order;
mod pack;
mod schedule;
mod space;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ndarray::ArrayView2;
use rayon::prelude::*;

use self::kept::Kept;
use self::kernel::Pair;
use self::pack::{BLOCK, Packed};
pub(super) use self::schedule::Reach;
use self::space::{HEAD, Space};
use super::{GraphError, Metric};
use crate::progress::Watch;

const STAGE: &str = "Finding neighbours";

/// Candidates of all rows.
pub(super) struct Candidates {
    /// `[rows]` the rows in their order.
    pub(super) order: Vec<u32>,
    /// `[rows]` where each row stands in the order.
    place: Vec<u32>,
    /// `[blocks]`
    kept: Vec<Kept>,
    /// `[rows]` half squared lengths in the order; empty where the metric takes none.
    half_squares: Vec<f32>,
    /// What a half squared distance is multiplied by in the space of the search.
    scale_square: f64,
    /// Rounding of a score, as a share of a row's half squared length.
    rounding: f64,
}

/// Share of a half squared distance beyond which rounding is taken seriously.
const DROWNED: f64 = 1e-3;

impl Candidates {
    /// The candidates of `row`, in no order, and the score that no other row exceeds, up to rounding.
    pub(super) fn of(&self, row: usize) -> (Vec<u32>, f32) {
        let place = self.place[row] as usize;
        self.kept[place / BLOCK].best(place % BLOCK)
    }

    /// Whether the neighbours of `row` may lie beyond its candidates, none of which were left out above the score
    /// `bound`, though the farthest neighbour among them has the Euclidean distance `farthest`.
    ///
    /// Scores are differences of squared lengths. They lose the distances of rows that lie close together and far from
    /// the centre of all.
    pub(super) fn may_lack(&self, row: usize, bound: f32, farthest: f32) -> bool {
        let Some(&half_square) = self.half_squares.get(self.place[row] as usize) else { return false };
        let distance = f64::from(farthest).powi(2) / 2.0 * self.scale_square;
        let rounding = self.rounding * f64::from(half_square);
        // Farther by a rounding than what was left out is at least; equal rows round equally, so no distance is sure.
        distance > 0.0 && rounding > DROWNED * distance && distance + rounding > f64::from(-bound)
    }
}

/// The `kept` (at least 1) best candidates for each of `rows` [rows, dims], which are finite and lie row by row in memory.
/// They depend on the rows and `reach` alone, not on the number of threads.
pub(super) fn candidates(
    rows: ArrayView2<'_, f32>,
    kept: usize,
    metric: Metric,
    reach: Reach,
    watch: &Watch,
) -> Result<Candidates, GraphError> {
    let count = rows.nrows();
    watch.report("Ordering rows", 0, Some(count as u64), "rows");
    let space = Space::new(rows, metric, watch)?;
    let order = ordered(&space, count, watch)?;
    let packed = Packed::new(&space, &order, watch)?;
    let mut place = vec![0; count];
    (0..).zip(&order).for_each(|(at, &row)| place[row as usize] = at);

    let pairs = schedule::pairs(packed.centres.view(), metric, reach, watch)?;
    let kept: Vec<Mutex<Kept>> = order.chunks(BLOCK).map(|rows| Mutex::new(Kept::new(rows.len(), kept))).collect();
    compare(&pairs, &packed, &order, &kept, watch)?;
    watch.report(STAGE, pairs.len() as u64, Some(pairs.len() as u64), "pairs of blocks");
    let kept = kept.into_iter().map(|kept| kept.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
    Ok(Candidates {
        place,
        kept,
        half_squares: if space.subtracts_lengths() { packed.offsets(count) } else { Vec::new() },
        scale_square: space.scale().powi(2),
        // Sums of so many terms, and of as many again in the turn, err by the root of their number as a rule.
        rounding: 4.0 * f64::from(f32::EPSILON) * (space.dims() as f64).sqrt(),
        order,
    })
}

fn ordered(space: &Space<'_>, count: usize, watch: &Watch) -> Result<Vec<u32>, GraphError> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    if count > BLOCK {
        let width = space.dims().min(HEAD);
        let mut head = ndarray::Array2::zeros((count, width));
        head.axis_chunks_iter_mut(ndarray::Axis(0), BLOCK).into_par_iter().zip(order.par_chunks(BLOCK)).try_for_each(
            |(mut head, rows)| {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                head.assign(&space.turned(rows, width));
                Ok(())
            },
        )?;
        order::cut(head.view(), &mut order, watch)?;
    }
    Ok(order)
}

/// Pairs that a thread takes at a time.
const RUN: usize = 4;

/// Compares the blocks of each of `pairs`. Threads take pairs as they come: what a row keeps does not depend on their
/// order.
fn compare(
    pairs: &[(u32, u32)],
    packed: &Packed,
    order: &[u32],
    kept: &[Mutex<Kept>],
    watch: &Watch,
) -> Result<(), GraphError> {
    let lock = |block: u32| kept[block as usize].lock().unwrap_or_else(PoisonError::into_inner);
    let block = |number: u32| packed.block(number as usize, order);
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    (0..rayon::current_num_threads()).into_par_iter().with_max_len(1).try_for_each(|_| {
        loop {
            let start = next.fetch_add(RUN, Ordering::Relaxed);
            let Some(run) = pairs.get(start..pairs.len().min(start + RUN)).filter(|run| !run.is_empty()) else {
                return Ok(());
            };
            for &(low, high) in run {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                // The lower number first: two threads never wait for each other.
                let mut left = lock(low);
                if low == high {
                    lanes::run(Pair { left: (block(low), &mut left), right: None });
                } else {
                    let mut right = lock(high);
                    lanes::run(Pair { left: (block(low), &mut left), right: Some((block(high), &mut right)) });
                }
            }
            let done = done.fetch_add(run.len() as u64, Ordering::Relaxed) + run.len() as u64;
            if done / 128 != (done - run.len() as u64) / 128 {
                watch.report(STAGE, done, Some(pairs.len() as u64), "pairs of blocks");
            }
        }
    })
}
