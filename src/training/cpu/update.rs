//! Sums of partial gradients by row, in a fixed order, and the step that each sum makes.

use std::ops::Range;

use super::optimizer::{Gradients, StepConstants};
use super::table::TablePart;
use crate::simd::{Kernel, Lane, Simd, WIDTH, for_tiles};

// Lanes between the slice that is asked for and the one that is summed.
const AHEAD: usize = 112;

/// Rows, or slices of rows, several of which add up to one row's gradient.
#[derive(Clone, Copy)]
pub struct RowSums<'a> {
    /// The rows.
    pub rows: &'a [Lane],
    /// Lanes of a row.
    pub stride: usize,
    /// The lane of a row at which its slice begins.
    pub first: usize,
    /// [rows] the weight of each; empty if all are 1.
    pub weights: &'a [f32],
    /// [G + 1] where each sum's rows start in `entries`.
    pub offsets: &'a [u32],
    /// Rows in the order in which they are summed.
    pub entries: &'a [u32],
}

impl<'a> RowSums<'a> {
    /// Sums of whole rows of `lanes` lanes.
    pub fn whole(rows: &'a [Lane], lanes: usize, offsets: &'a [u32], entries: &'a [u32]) -> Self {
        Self { rows, stride: lanes, first: 0, weights: &[], offsets, entries }
    }

    /// Where the rows of sum number `place` stand among the entries.
    #[inline(always)]
    fn entries_at(&self, place: usize) -> Range<usize> {
        self.offsets[place] as usize..self.offsets[place + 1] as usize
    }

    /// Slice number `at` in their order, `lanes` lanes of it, if there is one.
    #[inline(always)]
    fn slice(&self, at: usize, lanes: usize) -> Option<&'a [Lane]> {
        let first = *self.entries.get(at)? as usize * self.stride + self.first;
        self.rows.get(first..first + lanes)
    }

    /// The only one of `lanes` lanes that sum number `place` is, if it is; asks for a later one.
    #[inline(always)]
    fn single<S: Simd>(&self, s: S, place: usize, lanes: usize) -> Option<&'a [Lane]> {
        let entries = self.entries_at(place);
        if entries.len() != 1 || !self.weights.is_empty() {
            return None;
        }
        self.ask(s, entries.start + AHEAD / lanes, lanes);
        self.slice(entries.start, lanes)
    }

    /// Asks for slice number `at` in their order, if there is one.
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, at: usize, lanes: usize) {
        s.prefetch(self.slice(at, lanes).unwrap_or_default());
    }

    /// Adds sum number `place` to `out`.
    #[inline(always)]
    pub fn add<S: Simd>(&self, s: S, place: usize, out: &mut [Lane]) {
        let entries = self.entries_at(place);
        for_tiles!(1, 0, out.len(), v, L => self.add_tile::<S, L>(s, entries.clone(), v, out));
    }

    #[inline(always)]
    fn add_tile<S: Simd, const L: usize>(&self, s: S, entries: Range<usize>, v: usize, out: &mut [Lane]) {
        let lanes = out.len();
        let out = &mut out[v..][..L];
        let mut sums = [s.splat(0.0); L];
        for l in 0..L {
            sums[l] = s.load(&out[l]);
        }
        for at in entries {
            if v == 0 {
                self.ask(s, at + AHEAD / lanes, lanes);
            }
            let entry = self.entries[at] as usize;
            let row = &self.rows[entry * self.stride + self.first + v..][..L];
            if self.weights.is_empty() {
                for l in 0..L {
                    sums[l] = s.add(sums[l], s.load(&row[l]));
                }
            } else {
                let weight = s.splat(self.weights[entry]);
                for l in 0..L {
                    sums[l] = s.fma(weight, s.load(&row[l]), sums[l]);
                }
            }
        }
        for l in 0..L {
            s.store(&mut out[l], sums[l]);
        }
    }
}

/// Sums the gradients of some rows of a table and moves the rows.
pub struct UpdateTask<'a> {
    /// The part of the table that holds them.
    pub part: TablePart<'a>,
    /// All rows that the batch touches, of which these are `range`.
    pub rows: &'a [u32],
    /// Those of this task.
    pub range: Range<usize>,
    /// Their gradients, [all rows].
    pub sums: RowSums<'a>,
    /// What is added to them.
    pub more: Option<RowSums<'a>>,
    /// The step's constants.
    pub constants: &'a StepConstants,
}

/// [`UpdateTask`] with the thread's memory for some gradients.
pub struct UpdateRows<'a, 'g> {
    /// The task.
    pub task: UpdateTask<'a>,
    /// The memory.
    pub summed: &'g mut Vec<Lane>,
}

impl Kernel for UpdateRows<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { mut task, summed } = self;
        let lanes = task.part.lanes;
        summed.clear();
        summed.resize(WIDTH * lanes, Lane::default());
        for start in task.range.clone().step_by(WIDTH) {
            let places = start..task.range.end.min(start + WIDTH);
            let rows = &task.rows[places.clone()];
            let next = &task.rows[places.end..task.range.end.min(places.end + WIDTH)];
            for &row in rows {
                task.part.prefetch(s, row as usize);
            }
            let mut single = [None; WIDTH];
            for ((place, single), sum) in places.zip(&mut single).zip(summed.chunks_exact_mut(lanes)) {
                *single = match &task.more {
                    None => task.sums.single(s, place, lanes),
                    Some(more) if more.entries_at(place).is_empty() => task.sums.single(s, place, lanes),
                    Some(more) if task.sums.entries_at(place).is_empty() => more.single(s, place, lanes),
                    Some(_) => None,
                };
                if single.is_none() {
                    sum.fill(Lane::default());
                    task.sums.add(s, place, sum);
                    if let Some(more) = &task.more {
                        more.add(s, place, sum);
                    }
                }
            }
            let gradients = Gradients { summed, single: &single };
            task.part.update_some(s, [rows, next], gradients, task.constants);
        }
    }
}
