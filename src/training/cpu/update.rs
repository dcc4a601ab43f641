//! Sums of partial gradients by row, in a fixed order, and the step that each sum makes.

use std::ops::Range;

use super::optimizer::{Gradients, StepConstants};
use super::table::{TablePart, floats};
use crate::simd::{Kernel, Lane, Simd, WIDTH, for_tiles};

// Entries between the one that is asked for and the one that is summed.
const AHEAD: usize = 4;

/// Whole rows, several of which add up to one row's gradient.
#[derive(Clone, Copy)]
pub struct RowSums<'a> {
    /// The rows.
    pub rows: &'a [Lane],
    /// [G + 1] where each sum's rows start in `entries`.
    pub offsets: &'a [u32],
    /// Rows in the order in which they are summed.
    pub entries: &'a [u32],
}

impl RowSums<'_> {
    /// The row that sum number `place` is, if it is one; asks for a later one.
    #[inline(always)]
    pub fn single<S: Simd>(&self, s: S, place: usize, lanes: usize) -> Option<u32> {
        let first = self.offsets[place] as usize;
        if first + 1 != self.offsets[place + 1] as usize {
            return None;
        }
        self.ask(s, first + AHEAD, lanes);
        Some(self.entries[first])
    }

    /// Asks for the row that is number `at` in their order, if there is one.
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, at: usize, lanes: usize) {
        if let Some(&entry) = self.entries.get(at) {
            let first = entry as usize * lanes;
            s.prefetch(self.rows.get(first..first + lanes).unwrap_or_default());
        }
    }

    /// Adds sum number `place` to `out`.
    #[inline(always)]
    pub fn add<S: Simd>(&self, s: S, place: usize, out: &mut [Lane]) {
        let entries = self.offsets[place] as usize..self.offsets[place + 1] as usize;
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
                self.ask(s, at + AHEAD, lanes);
            }
            let entry = self.entries[at];
            let row = &self.rows[entry as usize * lanes + v..][..L];
            for l in 0..L {
                sums[l] = s.add(sums[l], s.load(&row[l]));
            }
        }
        for l in 0..L {
            s.store(&mut out[l], sums[l]);
        }
    }
}

/// One type's slices of composed gradients, several of which add up to one row's gradient.
#[derive(Clone, Copy)]
pub struct SliceSums<'a> {
    /// Composed gradients, and one lane more.
    pub rows: &'a [Lane],
    /// Lanes of a composed gradient.
    pub lanes: usize,
    /// First float of the slice.
    pub first: usize,
    /// All bits set in the floats of the slice's last lane that belong to it.
    pub mask: &'a Lane,
    /// The weight of each composed gradient in this type.
    pub weights: &'a [f32],
    /// [G + 1] where each sum's slices start in `entries`.
    pub offsets: &'a [u32],
    /// Composed gradients in the order in which they are summed.
    pub entries: &'a [u32],
}

impl SliceSums<'_> {
    /// Adds sum number `place` to `out`.
    #[inline(always)]
    pub fn add<S: Simd>(&self, s: S, place: usize, out: &mut [Lane]) {
        let entries = self.offsets[place] as usize..self.offsets[place + 1] as usize;
        for_tiles!(1, 0, out.len(), v, L => self.add_tile::<S, L>(s, entries.clone(), v, out));
    }

    #[inline(always)]
    fn add_tile<S: Simd, const L: usize>(&self, s: S, entries: Range<usize>, v: usize, out: &mut [Lane]) {
        let last = out.len() - 1;
        let out = &mut out[v..][..L];
        let rows = floats(self.rows);
        let mut sums = [s.splat(0.0); L];
        for l in 0..L {
            sums[l] = s.load(&out[l]);
        }
        for at in entries {
            if v == 0
                && let Some(&later) = self.entries.get(at + AHEAD)
            {
                let first = later as usize * self.lanes + self.first / WIDTH;
                s.prefetch(self.rows.get(first..first + last + 1).unwrap_or_default());
            }
            let entry = self.entries[at];
            let start = entry as usize * self.lanes * WIDTH + self.first + v * WIDTH;
            let slice = &rows[start..][..L * WIDTH];
            let weight = s.splat(self.weights[entry as usize]);
            let (slice, _) = slice.as_chunks::<WIDTH>();
            for l in 0..L {
                sums[l] = s.fma(weight, s.load_array(&slice[l]), sums[l]);
            }
        }
        if v + L > last {
            sums[L - 1] = s.and(sums[L - 1], s.load(self.mask));
        }
        for l in 0..L {
            s.store(&mut out[l], sums[l]);
        }
    }
}

/// Sums rows into rows.
pub struct SumTask<'a> {
    /// What adds up.
    pub sums: RowSums<'a>,
    /// The sums of this task.
    pub range: Range<usize>,
    /// Lanes of a row.
    pub lanes: usize,
    /// [the range x lanes] becomes the sums.
    pub out: &'a mut [Lane],
}

impl Kernel for SumTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        self.out.fill(Lane::default());
        for (place, out) in self.range.zip(self.out.chunks_exact_mut(self.lanes)) {
            self.sums.add(s, place, out);
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
    /// Gradients that come as slices of composed ones.
    pub slices: Option<SliceSums<'a>>,
    /// Gradients that come as rows.
    pub sums: Option<RowSums<'a>>,
    /// The step's constants.
    pub constants: StepConstants,
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
        let partial = task.sums.map_or(&[][..], |sums| sums.rows);
        for start in task.range.clone().step_by(WIDTH) {
            let places = start..task.range.end.min(start + WIDTH);
            let rows = &task.rows[places.clone()];
            for &row in rows {
                task.part.prefetch(s, row as usize);
            }
            let mut single = [None; WIDTH];
            for ((place, single), sum) in places.zip(&mut single).zip(summed.chunks_exact_mut(lanes)) {
                if task.slices.is_none() {
                    *single = task.sums.and_then(|sums| sums.single(s, place, lanes));
                    if single.is_some() {
                        continue;
                    }
                }
                sum.fill(Lane::default());
                if let Some(slices) = &task.slices {
                    slices.add(s, place, sum);
                }
                if let Some(sums) = &task.sums {
                    sums.add(s, place, sum);
                }
            }
            let gradients = Gradients { summed, partial, single: &single };
            task.part.update_some(s, rows, gradients, &task.constants);
        }
    }
}

/// Moves the rows of a part that a batch did not touch (dense Adam decays their moments).
pub struct RestTask<'a> {
    /// The part.
    pub part: TablePart<'a>,
    /// The rows that the batch touched, rising.
    pub touched: &'a [u32],
    /// The step's constants.
    pub constants: StepConstants,
}

impl Kernel for RestTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let lanes = self.part.lanes;
        let first = self.part.first_row;
        let rows = self.part.values.len().checked_div(lanes).unwrap_or(0);
        let zeros = vec![Lane::default(); lanes];
        let mut touched = &self.touched[self.touched.partition_point(|&row| (row as usize) < first)..];
        for row in first..first + rows {
            match touched.split_first() {
                Some((&next, rest)) if next as usize == row => touched = rest,
                _ => self.part.update(s, row, &zeros, &self.constants),
            }
        }
    }
}
