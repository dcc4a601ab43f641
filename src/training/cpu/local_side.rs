//! One side's rows of one unit: brought from the shared tables, and their gradients taken back.

use super::compose::{Columns, ComposeTask, Layout};
use super::groups::{GroupingScratch, Groups, NONE};
use super::memory::Lanes;
use super::optimizer::Pace;
use super::shared::SharedTable;
use super::table::Table;
use super::update::SliceSums;
use crate::simd::{Kernel, Lane, Simd, WIDTH};

// Rows between the one that is asked for and the one that is copied.
const AHEAD: usize = 8;

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

/// What the next unit will use: the rows of some items of each side.
#[derive(Clone, Copy)]
pub struct Upcoming<'a> {
    /// The sides and their items.
    pub sides: [(SharedSide<'a>, &'a [u32]); 2],
}

impl Upcoming<'_> {
    /// Asks for part number `part` of `parts`.
    #[inline(always)]
    pub fn ask<S: Simd>(&self, s: S, part: usize, parts: usize) {
        for (side, items) in self.sides {
            for &item in &items[items.len() * part / parts..items.len() * (part + 1) / parts] {
                if side.plain {
                    side.tables[0].prefetch_second_level(s, item as usize);
                    continue;
                }
                for (table, ids) in side.tables.iter().zip(&side.columns.ids) {
                    let row = ids[item as usize];
                    if row != NONE {
                        table.prefetch_second_level(s, row as usize);
                    }
                }
            }
        }
    }
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
        let length = items.len() * from.layout.lanes;
        self.rows.resize(length);
        self.gradients.resize(length + 1);
        if from.plain {
            copy_rows(s, &from.tables[0], items, &mut self.rows);
        } else {
            self.compose(s, items, from);
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

    /// Moves the rows of `items`, which were brought, against their gradients.
    #[inline(always)]
    pub fn take_back<S: Simd>(&mut self, s: S, items: &[u32], to: SharedSide<'_>, pace: Pace) {
        if to.plain {
            let table = &to.tables[0];
            let (mut items, mut gradients) = (items, &*self.gradients);
            while !items.is_empty() {
                let some = different(&items[..items.len().min(WIDTH)]);
                table.move_some(s, &items[..some], gradients, pace);
                (items, gradients) = (&items[some..], &gradients[some * table.lanes()..]);
            }
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
                table.move_some(s, rows, summed, pace);
            }
        }
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

/// How many of `rows` come before one that was there already.
#[inline(always)]
fn different(rows: &[u32]) -> usize {
    (1..rows.len()).find(|&next| rows[..next].contains(&rows[next])).unwrap_or(rows.len())
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
        table.read(row as usize, to);
    }
}
