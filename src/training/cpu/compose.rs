//! Composed vectors: an item's weighted vectors of all types, end to end in whole lanes, so that eq. 7 is one dot product.

use crate::dataset::ItemAttributes;

use super::groups::NONE;
use super::optimizer::in_registers;
use super::shared::SharedTable;
use super::table::{Table, floats, floats_mut};
use crate::simd::{Arithmetic, Kernel, Lane, Simd};

// Items between the one whose rows are asked for and the one that is composed.
const AHEAD: usize = 3;

/// [`ItemAttributes`] item by item: what one carries lies side by side.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// K.
    types: usize,
    /// [items x K] the row of each type's table, [`NONE`] where absent, and `w_ik` of MODEL.md.
    each: Vec<(u32, f32)>,
}

impl Carried {
    /// What `attributes` says.
    #[must_use]
    pub fn new(attributes: &ItemAttributes) -> Self {
        const { assert!(ItemAttributes::MISSING == NONE) };
        let each = attributes.ids.iter().copied().zip(attributes.weights.iter().copied()).collect();
        Self { types: attributes.type_count(), each }
    }

    /// [K] what item `item` carries.
    #[inline(always)]
    #[must_use]
    pub fn by(&self, item: u32) -> &[(u32, f32)] {
        &self.each[item as usize * self.types..][..self.types]
    }

    /// Whether every item that carries an ID of type `k` does so with weight 1.
    #[must_use]
    pub fn is_uniform(&self, k: usize) -> bool {
        self.each.iter().skip(k).step_by(self.types).all(|&(id, weight)| id == NONE || weight == 1.0)
    }
}

/// Where each type's slice lies in a composed vector.
#[derive(Debug, Clone)]
pub struct Layout {
    /// [K] first lane of each slice.
    pub first: Vec<usize>,
    /// Lanes of a composed vector: whole registers.
    pub lanes: usize,
}

impl Layout {
    /// Slices of so many lanes, and what is missing to whole registers of `register_lanes` lanes.
    #[must_use]
    pub fn new(slices: impl Iterator<Item = usize>, register_lanes: usize) -> Self {
        let mut lanes = 0;
        let first = slices
            .map(|slice| {
                lanes += slice;
                lanes - slice
            })
            .collect();
        Self { first, lanes: lanes.next_multiple_of(register_lanes) }
    }
}

/// A table whose rows are composed.
pub trait Rows {
    /// Lanes of a row.
    fn lanes(&self) -> usize;
    /// Asks for row `row`.
    fn ask<S: Simd>(&self, s: S, row: usize);
    /// Makes `to` [lanes] `weight` times row `row`.
    fn read<S: Simd>(&self, s: S, row: usize, weight: f32, to: &mut [Lane]);
}

/// Composes the vectors of some items.
pub struct ComposeTask<'a, T> {
    /// [items x K] what the items carry.
    pub carried: &'a [(u32, f32)],
    /// [K] one side's tables.
    pub tables: &'a [T],
    /// Where the slices go.
    pub layout: &'a Layout,
    /// [items x lanes] becomes their vectors.
    pub out: &'a mut [Lane],
}

impl<T: Rows> Kernel for ComposeTask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { carried, tables, layout, out } = self;
        for (index, row) in out.chunks_exact_mut(layout.lanes).enumerate() {
            let (item, later) = (index * tables.len(), (index + AHEAD) * tables.len());
            if let Some(later) = carried.get(later..later + tables.len()) {
                for (table, &(id, _)) in tables.iter().zip(later) {
                    if id != NONE {
                        table.ask(s, id as usize);
                    }
                }
            }
            let mut end = 0;
            let item = &carried[item..item + tables.len()];
            for ((table, &first), &(id, weight)) in tables.iter().zip(&layout.first).zip(item) {
                end = first + table.lanes();
                let slice = &mut row[first..end];
                match id {
                    NONE => slice.fill(Lane::default()),
                    id => table.read(s, id as usize, weight, slice),
                }
            }
            row[end..].fill(Lane::default());
        }
    }
}

impl Rows for &Table {
    #[inline(always)]
    fn lanes(&self) -> usize {
        Table::lanes(self)
    }
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, row: usize) {
        s.prefetch(self.row(row));
    }
    #[inline(always)]
    fn read<S: Simd>(&self, s: S, row: usize, weight: f32, to: &mut [Lane]) {
        let (from, from_rest) = in_registers::<S>(floats(self.row(row)));
        let (to, rest) = floats_mut(to).split_at_mut(from.len());
        scale(s.wide(), to, from, weight);
        scale(s, rest, from_rest, weight);
    }
}

impl Rows for SharedTable<'_> {
    #[inline(always)]
    fn lanes(&self) -> usize {
        SharedTable::lanes(self)
    }
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, row: usize) {
        self.prefetch(s, row);
    }
    #[inline(always)]
    fn read<S: Simd>(&self, s: S, row: usize, weight: f32, to: &mut [Lane]) {
        self.read_scaled(s, row, weight, to);
    }
}

/// Makes `to` `weight` times `from`, as far as whole registers go.
#[inline(always)]
fn scale<A: Arithmetic>(a: A, to: &mut [f32], from: &[f32], weight: f32) {
    let weight = a.splat(weight);
    for (to, from) in to.chunks_exact_mut(A::COUNT).zip(from.chunks_exact(A::COUNT)) {
        a.write(to, a.mul(weight, a.read(from)));
    }
}
