//! One side's rows of one unit: brought from the shared tables, and their gradients taken back.

use std::cell::Cell;
use std::ops::Range;

use super::compose::{Columns, ComposeTask, Layout};
use super::groups::{GroupingScratch, Groups, NONE};
use super::memory::Lanes;
use super::optimizer::Pace;
use super::shared::{SharedRows, SharedTable};
use super::table::Table;
use super::update::SliceSums;
use crate::simd::{Kernel, Lane, Simd, WIDTH};

// Rows between the one that is asked for and the one that is copied.
const AHEAD: usize = 8;
const COUNTING: [usize; WIDTH] = [0, 1, 2, 3, 4, 5, 6, 7];

/// The tables of one side, and how items are composed of their rows.
#[derive(Clone, Copy)]
pub struct SharedSide<'a> {
    /// [K] the tables.
    pub tables: &'a [SharedTable<'a>],
    /// What the items carry.
    pub columns: &'a Columns,
    /// Where each type's slice lies.
    pub layout: &'a Layout,
    /// Whether item rows are their own composed vectors.
    pub plain: bool,
}

/// The rows of some items of each side that will be used next, asked for a few at a time.
pub struct Upcoming<'a> {
    /// The sides and their items.
    sides: [(SharedSide<'a>, &'a [u32]); 2],
    /// Items that have been asked for.
    asked: Cell<usize>,
    /// Items at a time.
    some: usize,
}

impl<'a> Upcoming<'a> {
    /// The rows of these items, all to be asked for in about `times` times.
    pub fn new(sides: [(SharedSide<'a>, &'a [u32]); 2], times: usize) -> Self {
        let items = sides[0].1.len() + sides[1].1.len();
        Self { sides, asked: Cell::new(0), some: items.div_ceil(times.max(1)) }
    }

    /// Asks for some more.
    #[inline(always)]
    pub fn ask<S: Simd>(&self, s: S) {
        let [(first_side, first), (second_side, second)] = self.sides;
        let asked = self.asked.get();
        self.asked.set(asked + self.some);
        for index in asked..asked + self.some {
            match (first.get(index), second.get(index.wrapping_sub(first.len()))) {
                (Some(&item), _) => first_side.ask(s, item as usize),
                (None, Some(&item)) => second_side.ask(s, item as usize),
                (None, None) => {}
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

    /// Asks for the rows of an item.
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, item: usize) {
        if self.plain {
            self.tables[0].prefetch_second_level(s, item);
            return;
        }
        for (table, ids) in self.tables.iter().zip(&self.columns.ids) {
            let row = ids[item];
            if row != NONE {
                table.prefetch_second_level(s, row as usize);
            }
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

/// A thread's own copy of the rows that a unit uses.
#[derive(Debug, Clone, Default)]
pub struct LocalSide {
    /// [items x lanes] vectors, composed ones if there are several types.
    pub rows: Lanes,
    /// [items x lanes, and one lane] their gradients.
    pub gradients: Lanes,
    /// 0, 1, 2, ...
    counting: Vec<u32>,
    /// What the items carry, rows numbered as in `types`.
    columns: Columns,
    types: Vec<LocalType>,
    groups: Groups,
    grouping: GroupingScratch,
    summed: Vec<Lane>,
}

/// The distinct rows of one type.
#[derive(Debug, Clone, Default)]
struct LocalType {
    /// [rows of the shared table] the unit that last used a row, and the row's number among the distinct ones.
    seen: Vec<(u32, u32)>,
    unit: u32,
    /// The distinct rows, in the order of first use.
    rows: Vec<u32>,
    /// Copies of them.
    table: Table,
}

impl LocalSide {
    /// Brings the vectors of `items` and makes room for their gradients.
    #[inline(always)]
    pub fn bring<S: Simd>(&mut self, s: S, items: &[u32], from: SharedSide<'_>) {
        self.make_room(items.len() * from.layout.lanes);
        if from.plain {
            copy_rows(s, &from.tables[0], items, &mut self.rows);
        } else {
            self.compose(s, items, from);
        }
    }

    /// Makes room for vectors and gradients of so many lanes.
    #[inline(always)]
    pub fn make_room(&mut self, length: usize) {
        self.rows.resize(length);
        self.gradients.resize(length + 1);
    }

    /// Brings the vectors of these of `items`, which are plain rows and were asked for; there is room for them.
    #[inline(always)]
    pub fn copy<S: Simd>(&mut self, s: S, items: &[u32], some: Range<usize>, from: SharedSide<'_>) {
        let (table, lanes) = (&from.tables[0], from.layout.lanes);
        let to = &mut self.rows[some.start * lanes..some.end * lanes];
        for (&item, to) in items[some].iter().zip(to.chunks_exact_mut(lanes)) {
            table.read(s, item as usize, to);
        }
    }

    #[inline(always)]
    fn compose<S: Simd>(&mut self, s: S, items: &[u32], from: SharedSide<'_>) {
        let types = from.tables.len();
        self.types.resize_with(types, LocalType::default);
        self.columns.ids.resize_with(types, Vec::new);
        self.columns.weights.resize_with(types, Vec::new);
        for (k, (own, table)) in self.types.iter_mut().zip(from.tables).enumerate() {
            let (ids, weights) = (&mut self.columns.ids[k], &mut self.columns.weights[k]);
            ids.clear();
            weights.clear();
            own.begin(table);
            for &item in items {
                ids.push(own.number(from.columns.ids[k][item as usize]));
                weights.push(from.columns.weights[k][item as usize]);
            }
            own.table.resize(own.rows.len());
            copy_rows(s, table, &own.rows, own.table.data_mut());
        }
        let counted = self.counting.len();
        self.counting.extend(counted as u32..items.len().max(counted) as u32);
        let tables: Vec<&Table> = self.types.iter().map(|own| &own.table).collect();
        let items = &self.counting[..items.len()];
        let (columns, layout) = (&self.columns, from.layout);
        ComposeTask { items, tables: &tables, columns, layout, out: &mut self.rows }.run(s);
    }

    /// Moves the rows of `items`, which were brought, against their gradients, but for those that are `kept`: plain
    /// rows only.
    #[inline(always)]
    pub fn take_back<S: Simd>(&mut self, s: S, items: &[u32], to: SharedSide<'_>, pace: Pace, kept: Option<Kept<'_>>) {
        if to.plain {
            let (to, mut moving) = (Destination { table: &to.tables[0], pace, kept }, Moving::default());
            self.take_some_back(s, items, 0..items.len(), &to, &mut moving);
            self.take_rest_back(s, &to, &moving);
            return;
        }
        for (k, (own, table)) in self.types.iter().zip(to.tables).enumerate() {
            self.groups.build(&self.columns.ids[k], own.rows.len(), &mut self.grouping);
            let slices = SliceSums {
                rows: &self.gradients,
                lanes: to.layout.lanes,
                first: to.layout.offsets[k],
                mask: &to.layout.masks[k],
                weights: &self.columns.weights[k],
                offsets: &self.groups.offsets,
                entries: &self.groups.entries,
            };
            self.summed.resize(WIDTH * table.lanes(), Lane::default());
            let summed = &mut self.summed[..WIDTH * table.lanes()];
            // Every number occurs, so places are numbers.
            for (index, rows) in own.rows.chunks(WIDTH).enumerate() {
                summed.fill(Lane::default());
                for (place, sum) in (index * WIDTH..).zip(summed.chunks_exact_mut(table.lanes())).take(rows.len()) {
                    slices.add(s, place, sum);
                }
                table.move_some(s, rows, &COUNTING, summed, pace);
            }
        }
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
            (moving.rows[moving.count], moving.at[moving.count]) = (item, index);
            moving.count += 1;
        }
    }

    /// Moves those that wait.
    #[inline(always)]
    pub fn take_rest_back<S: Simd>(&self, s: S, to: &Destination<'_>, moving: &Moving) {
        to.table.move_some(s, &moving.rows[..moving.count], &moving.at, &self.gradients, to.pace);
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
}

impl Default for Moving {
    #[inline(always)]
    fn default() -> Self {
        Self { rows: [NONE; WIDTH], at: [0; WIDTH], count: 0 }
    }
}

impl Moving {
    /// Whether `row` is among them. Without branches: a register holds all of them.
    #[inline(always)]
    fn has(&self, row: u32) -> bool {
        self.rows.iter().fold(false, |found, &other| found | (other == row))
    }
}

impl LocalType {
    /// Forgets all rows.
    fn begin(&mut self, table: &SharedTable<'_>) {
        if self.seen.len() != table.rows() || self.unit == u32::MAX {
            self.seen.clear();
            self.seen.resize(table.rows(), (0, 0));
            self.table = Table::zeros(0, table.dims());
            self.unit = 0;
        }
        self.unit += 1;
        self.rows.clear();
    }

    /// The number of row `row` among the distinct ones; [`NONE`] for none.
    #[inline(always)]
    fn number(&mut self, row: u32) -> u32 {
        if row == NONE {
            return NONE;
        }
        let (unit, number) = &mut self.seen[row as usize];
        if *unit != self.unit {
            (*unit, *number) = (self.unit, self.rows.len() as u32);
            self.rows.push(row);
        }
        *number
    }
}

/// Copies these rows of `table` into `to` [rows x lanes].
#[inline(always)]
fn copy_rows<S: Simd>(s: S, table: &SharedTable<'_>, rows: &[u32], to: &mut [Lane]) {
    for &row in rows.iter().take(AHEAD) {
        table.prefetch(s, row as usize);
    }
    for (index, (&row, to)) in rows.iter().zip(to.chunks_exact_mut(table.lanes())).enumerate() {
        if let Some(&later) = rows.get(index + AHEAD) {
            table.prefetch(s, later as usize);
        }
        table.read(s, row as usize, to);
    }
}
