//! One side's rows of one unit: brought from the shared tables, and their gradients taken back.

use std::cell::Cell;
use std::ops::Range;

use super::compose::{ComposeTask, Layout, Rows};
use super::groups::NONE;
use super::memory::Lanes;
use super::optimizer::Pace;
use super::shared::{SharedRows, SharedTable};
use crate::simd::{Kernel, Lane, Simd, WIDTH};

/// The tables of one side, and how items are composed of their rows.
#[derive(Clone, Copy)]
pub struct SharedSide<'a> {
    /// [K] the tables.
    pub tables: &'a [SharedTable<'a>],
    /// Where each type's slice lies.
    pub layout: &'a Layout,
    /// Whether item rows are their own composed vectors.
    pub plain: bool,
}

/// Rows of one side that will be used.
pub enum Wanted<'a> {
    /// Plain rows.
    Plain(&'a [u32]),
    /// [vectors x K] what vectors are composed of.
    Composed(&'a [(u32, f32)]),
}

impl Wanted<'_> {
    /// How many vectors of `types` types they are.
    fn count(&self, types: usize) -> usize {
        match self {
            Self::Plain(rows) => rows.len(),
            Self::Composed(carried) => carried.len() / types,
        }
    }

    /// Asks for the rows of vector number `index`.
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, tables: &[SharedTable<'_>], index: usize) {
        match self {
            Self::Plain(rows) => tables[0].prefetch_second_level(s, rows[index] as usize),
            Self::Composed(carried) => {
                for (table, &(row, _)) in tables.iter().zip(&carried[index * tables.len()..]) {
                    if row != NONE {
                        table.prefetch_second_level(s, row as usize);
                    }
                }
            }
        }
    }
}

/// The rows of each side that will be used next, asked for a few at a time.
pub struct Upcoming<'a> {
    /// [K] each side's tables, and the rows.
    sides: [(&'a [SharedTable<'a>], Wanted<'a>); 2],
    /// Vectors of each side.
    counts: [usize; 2],
    /// Vectors that have been asked for.
    asked: Cell<usize>,
    /// Vectors at a time.
    some: usize,
}

impl<'a> Upcoming<'a> {
    /// These rows, all to be asked for in about `times` times.
    pub fn new(sides: [(&'a [SharedTable<'a>], Wanted<'a>); 2], times: usize) -> Self {
        let counts = sides.each_ref().map(|(tables, wanted)| wanted.count(tables.len()));
        let some = (counts[0] + counts[1]).div_ceil(times.max(1));
        Self { sides, counts, asked: Cell::new(0), some }
    }

    /// Asks for some more. Inlined it would make the tiles around it slower.
    #[inline(never)]
    pub fn ask<S: Simd>(&self, s: S) {
        let ([(first_tables, first), (second_tables, second)], [first_count, second_count]) =
            (&self.sides, self.counts);
        let asked = self.asked.get();
        let until = (asked + self.some).min(first_count + second_count);
        self.asked.set(until);
        for index in asked..until {
            match index.checked_sub(first_count) {
                None => first.ask(s, first_tables, index),
                Some(index) => second.ask(s, second_tables, index),
            }
        }
    }
}

impl SharedSide<'_> {
    /// Asks for the plain rows of these items to be brought into the nearest cache.
    #[inline(always)]
    pub fn ask_near<S: Simd>(&self, s: S, items: &[u32]) {
        for &item in items {
            self.tables[0].prefetch(s, item as usize);
        }
    }
}

/// What a unit keeps of one side for the phase that sums gradients.
#[derive(Clone, Copy)]
pub struct Kept<'a> {
    /// [items] [`NONE`] where the unit alone uses the item, whose row it moves, else where the gradient goes.
    pub position: &'a [u32],
    /// Where it goes.
    pub gradients: SharedRows<'a>,
}

/// What a thread has of the rows that a unit uses.
#[derive(Debug, Clone, Default)]
pub struct LocalSide {
    /// [items x lanes] vectors, composed or copied; anything where plain rows are read in place.
    pub rows: Lanes,
    /// [items x lanes] their gradients.
    pub gradients: Lanes,
    /// [rows x lanes of a type] sums of slices of gradients.
    pub(super) summed: Vec<Lane>,
}

impl LocalSide {
    /// Composes the vectors of items that carry these.
    #[inline(always)]
    pub fn compose<S: Simd, T: Rows>(&mut self, s: S, carried: &[(u32, f32)], tables: &[T], layout: &Layout) {
        self.rows.resize(carried.len() / tables.len() * layout.lanes);
        ComposeTask { carried, tables, layout, out: &mut self.rows }.run(s);
    }

    /// Copies the vectors of these of `items`, which are plain rows and were asked for; there is room for them.
    #[inline(always)]
    pub fn copy<S: Simd>(&mut self, s: S, items: &[u32], some: Range<usize>, from: SharedSide<'_>) {
        let (table, lanes) = (&from.tables[0], from.layout.lanes);
        let to = &mut self.rows[some.start * lanes..some.end * lanes];
        for (&item, to) in items[some].iter().zip(to.chunks_exact_mut(lanes)) {
            table.read(s, item as usize, to);
        }
    }

    /// Moves the plain rows of `items`, which were brought, against their gradients, but for those that are `kept`.
    #[inline(always)]
    pub fn take_back<S: Simd>(&self, s: S, items: &[u32], to: SharedSide<'_>, pace: Pace, kept: Option<Kept<'_>>) {
        let (to, mut moving) = (Destination { table: &to.tables[0], pace, kept }, Moving::default());
        self.take_some_back(s, items, 0..items.len(), &to, &mut moving);
        self.take_rest_back(s, &to, &moving);
    }

    /// Moves these of `items`, whose rows are plain, or keeps their gradients; some wait in `moving` for others.
    #[inline(always)]
    pub fn take_some_back<S: Simd>(
        &self,
        s: S,
        items: &[u32],
        some: Range<usize>,
        to: &Destination<'_>,
        moving: &mut Moving,
    ) {
        let lanes = to.table.lanes();
        for index in some {
            let item = items[index];
            match &to.kept {
                Some(kept) if kept.position[index] != NONE => {
                    kept.gradients.write(s, kept.position[index] as usize, &self.gradients[index * lanes..][..lanes]);
                    continue;
                }
                // Who alone uses an item has it once.
                Some(_) if moving.count < WIDTH => {}
                None if moving.count < WIDTH && !moving.has(item) => {}
                _ => {
                    self.take_rest_back(s, to, moving);
                    *moving = Moving::default();
                }
            }
            moving.push(item, index);
        }
    }

    /// Moves those that wait.
    #[inline(always)]
    pub fn take_rest_back<S: Simd>(&self, s: S, to: &Destination<'_>, moving: &Moving) {
        let lanes = to.table.lanes();
        let mut gradients: [&[Lane]; WIDTH] = [&[]; WIDTH];
        for (gradient, &at) in gradients.iter_mut().zip(&moving.at).take(moving.count) {
            *gradient = &self.gradients[at * lanes..][..lanes];
        }
        to.table.move_some(s, &moving.rows[..moving.count], &gradients, to.pace);
    }
}

/// Where plain rows that were brought go.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// Their table.
    pub table: &'a SharedTable<'a>,
    /// How far they move.
    pub pace: Pace,
    /// Whose gradients are kept.
    pub kept: Option<Kept<'a>>,
}

/// Different rows that are moved together, and where their gradients are.
#[derive(Debug, Clone)]
pub struct Moving {
    /// [`NONE`] behind the last.
    rows: [u32; WIDTH],
    at: [usize; WIDTH],
    count: usize,
    /// The bit of each.
    bits: u64,
}

impl Default for Moving {
    #[inline(always)]
    fn default() -> Self {
        Self { rows: [NONE; WIDTH], at: [0; WIDTH], count: 0, bits: 0 }
    }
}

impl Moving {
    /// One of 64 bits, by which most rows differ.
    #[inline(always)]
    fn bit(row: u32) -> u64 {
        1 << (row % u64::BITS)
    }

    /// Whether `row` is among them. Bits first: to read all rows at once would wait for each that was just written.
    #[inline(always)]
    fn has(&self, row: u32) -> bool {
        self.bits & Self::bit(row) != 0 && self.rows.contains(&row)
    }

    /// Takes another one in, for which there must be room.
    #[inline(always)]
    fn push(&mut self, row: u32, at: usize) {
        (self.rows[self.count], self.at[self.count]) = (row, at);
        self.count += 1;
        self.bits |= Self::bit(row);
    }
}
