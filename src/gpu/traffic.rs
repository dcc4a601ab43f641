//! What a step reads and writes, pass by pass: the bandwidth bound of training on a GPU.
//!
//! Counted are the bytes that the kernels ask for, whether a cache or the memory answers: a row of a type of m dimensions
//! is ceil(m / 4) `vec4`s of 16 bytes, a word of the plan, an ID, a weight, a logit or a coefficient 4 bytes. What the
//! invocations of one row share counts once. Uniforms and the shapes of types are left out: they are the same few
//! hundred bytes for every invocation.
//!
//! With W the bytes of a composed vector, w those of an item's, a = W - w those of the attributes, and lists of the plan
//! beside them, per
//!
//! | pass | reads | writes | times |
//! | --- | --- | --- | --- |
//! | `compose` | 4 + 8 K + W | W | distinct items of each side |
//! | `pair_coefficients` | 12 + 2 W | 8 | terms (pairs and negatives) |
//! | `loss_sums` | 8 | | terms |
//! | `row_sums` of attributes | 12 + a | | terms, for each side |
//! | | 8 | a | segments: distinct items of each side, and one more for each 64 terms |
//! | update of touched rows | 12 + w | | terms, for each side |
//! | | 28 + 8 + a | | distinct items and their attributes |
//! | | values and moments | the same | touched rows |
//!
//! An item with over 64 terms and an attribute with over 64 segments are summed in parts first, which [`BatchCounts`]
//! counts too.

use std::iter::Sum;
use std::ops::{Add, Mul};

use crate::objective::Optimizer;

use super::kernels::LOSS_PARTS;
use super::layout::{Layout, total_rows, total4};

pub use super::counts::{BatchCounts, ExpectedBatch, RowCounts, SideCounts, StructureCounts};

/// Bytes of a `vec4<f32>`.
const VEC4: f64 = 16.0;

/// Bytes read and written.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Read.
    pub read: f64,
    /// Written.
    pub written: f64,
}

impl Traffic {
    /// Both.
    #[must_use]
    pub fn total(self) -> f64 {
        self.read + self.written
    }
}

impl Add for Traffic {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { read: self.read + other.read, written: self.written + other.written }
    }
}

impl Mul<f64> for Traffic {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self { read: self.read * factor, written: self.written * factor }
    }
}

impl Sum for Traffic {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// The kernels' traffic on tables of one shape under one optimiser.
#[derive(Debug, Clone, Copy)]
pub struct Meter<'a> {
    layout: &'a Layout,
    optimizer: Optimizer,
}

impl<'a> Meter<'a> {
    /// For tables laid out as `layout`, moved by `optimizer`.
    #[must_use]
    pub fn new(layout: &'a Layout, optimizer: Optimizer) -> Self {
        Self { layout, optimizer }
    }

    /// What each pass of a step moves, by the kernel's label; runs of one kernel are added up.
    #[must_use]
    pub fn step(&self, counts: &BatchCounts) -> Vec<(&'static str, Traffic)> {
        let BatchCounts { terms, target, context, structure, .. } = counts;
        let sides = |of: &dyn Fn(&SideCounts) -> Traffic| of(target) + of(context);
        let mut passes = vec![
            ("compose", sides(&|side| self.compose(side))),
            ("pair_coefficients", self.pair_coefficients(*terms)),
            ("loss_sums", self.loss_sums(*terms) + self.loss_sums(structure.terms)),
            (
                "row_sums",
                sides(&|side| self.attribute_sums(*terms, side) + self.heavy_items(side))
                    + self.row_sums(structure.components, structure.item_segments, self.layout.item4())
                    + self.row_sums(structure.components, structure.image_segments, self.layout.item4()),
            ),
            ("decompose", sides(&|side| self.decompose(side))),
            ("attribute_images", self.attribute_images(structure)),
            ("structure_coefficients", self.structure_coefficients(structure)),
            ("image_gradients", self.image_gradients(structure)),
            ("attribute_gradients", self.attribute_gradients(structure)),
            ("transfer_parts", self.transfer_parts(structure)),
            ("transfer_norms", self.transfer_norms()),
            (
                "update of rows",
                sides(&|side| self.row_gradients(&side.rows) + self.update(side.rows.rows4, side.rows.rows)),
            ),
            ("update of transfer matrices", self.transfer_gradients(structure) + self.transfer_update()),
        ];
        if self.optimizer == Optimizer::Adam {
            passes.push(("adam_rest", sides(&|side| self.adam_rest(&side.rows))));
        }
        passes.retain(|(_, traffic)| traffic.total() > 0.0);
        passes
    }

    pub(super) fn compose(&self, side: &SideCounts) -> Traffic {
        let row = VEC4 * f64::from(self.layout.composed4());
        let types = f64::from(self.layout.type_count());
        Traffic { read: 4.0 + 8.0 * types + row, written: row } * side.items
    }

    pub(super) fn pair_coefficients(&self, terms: f64) -> Traffic {
        let row = VEC4 * f64::from(self.layout.composed4());
        Traffic { read: 12.0 + 2.0 * row, written: 8.0 } * terms
    }

    pub(super) fn loss_sums(&self, terms: f64) -> Traffic {
        Traffic { read: 8.0 * terms, written: 4.0 * f64::from(LOSS_PARTS) }
    }

    pub(super) fn row_sums(&self, entries: f64, segments: f64, width4: u32) -> Traffic {
        let row = VEC4 * f64::from(width4);
        Traffic { read: 12.0 + row, written: 0.0 } * entries + Traffic { read: 8.0, written: row } * segments
    }

    /// Sums of the attributes' slices.
    fn attribute_sums(&self, terms: f64, side: &SideCounts) -> Traffic {
        match self.layout.sums4() {
            0 => Traffic::default(),
            width4 => self.row_sums(terms, side.segments, width4),
        }
    }

    /// Parts of items with many terms.
    fn heavy_items(&self, side: &SideCounts) -> Traffic {
        self.row_sums(side.heavy_item_terms, side.heavy_items, self.layout.item4())
    }

    pub(super) fn decompose(&self, side: &SideCounts) -> Traffic {
        Traffic {
            read: 16.0 * side.heavy_parts + 8.0 * side.heavy_entries + VEC4 * side.heavy_entries4,
            written: VEC4 * side.heavy_parts4,
        }
    }

    pub(super) fn attribute_images(&self, structure: &StructureCounts) -> Traffic {
        let item = VEC4 * f64::from(self.layout.item4());
        Traffic {
            read: VEC4 * (structure.matrices4 + structure.images4) + 8.0 * structure.images,
            written: item * structure.images,
        }
    }

    pub(super) fn structure_coefficients(&self, structure: &StructureCounts) -> Traffic {
        let item = VEC4 * f64::from(self.layout.item4());
        Traffic { read: 2.0 * item + 8.0, written: 4.0 } * structure.components
            + Traffic { read: 16.0, written: 4.0 } * structure.terms
    }

    pub(super) fn image_gradients(&self, structure: &StructureCounts) -> Traffic {
        let item = VEC4 * f64::from(self.layout.item4());
        Traffic { read: item * structure.image_segments + 8.0 * structure.images, written: item * structure.images }
    }

    pub(super) fn attribute_gradients(&self, structure: &StructureCounts) -> Traffic {
        let item = VEC4 * f64::from(self.layout.item4());
        Traffic {
            read: VEC4 * structure.matrices4 + (item + 4.0) * structure.images,
            written: VEC4 * structure.images4,
        }
    }

    pub(super) fn transfer_parts(&self, structure: &StructureCounts) -> Traffic {
        let item = VEC4 * f64::from(self.layout.item4());
        Traffic {
            read: (item + 4.0) * structure.images + VEC4 * structure.images4,
            written: VEC4 * structure.transfer_parts4,
        }
    }

    pub(super) fn transfer_norms(&self) -> Traffic {
        let matrices = f64::from(self.layout.type_count().saturating_sub(1));
        Traffic { read: VEC4 * total4(&self.layout.transfer) as f64, written: 4.0 * matrices }
    }

    /// What summing the gradients of touched rows reads.
    pub(super) fn row_gradients(&self, rows: &RowCounts) -> Traffic {
        let item = VEC4 * f64::from(self.layout.item4());
        let read = 20.0 * rows.rows
            + (12.0 + item) * rows.item_terms
            + 8.0 * (rows.items + rows.entries)
            + 8.0 * rows.items
            + VEC4 * (rows.entries4 + rows.parts4 + rows.structure4);
        Traffic { read, written: 0.0 }
    }

    /// What writing gradients for a look at them writes.
    pub(super) fn written_gradients(&self, rows4: f64) -> Traffic {
        Traffic { read: 0.0, written: VEC4 * rows4 }
    }

    /// What moving `rows` rows of `rows4` `vec4`s in all reads and writes.
    pub(super) fn update(&self, rows4: f64, rows: f64) -> Traffic {
        let bytes = match self.optimizer {
            Optimizer::Adam | Optimizer::AdamLazy => 3.0 * VEC4 * rows4,
            Optimizer::AdagradRow => VEC4 * rows4 + 4.0 * rows,
            Optimizer::Sgd => VEC4 * rows4,
        };
        Traffic { read: bytes, written: bytes }
    }

    /// The rows that `rows` leaves out.
    pub(super) fn adam_rest(&self, rows: &RowCounts) -> Traffic {
        let tables = &self.layout.tables;
        let all = total_rows(tables) as f64;
        self.update(total4(tables) as f64 - rows.rows4, all - rows.rows) + Traffic { read: 4.0 * all, written: 0.0 }
    }

    /// What summing the gradients of the transfer matrices reads, the matrices themselves left out.
    pub(super) fn transfer_gradients(&self, structure: &StructureCounts) -> Traffic {
        Traffic { read: VEC4 * structure.transfer_parts4, written: 0.0 }
    }

    /// What moving the transfer matrices reads and writes.
    pub(super) fn transfer_update(&self) -> Traffic {
        let transfer = &self.layout.transfer;
        self.update(total4(transfer) as f64, total_rows(transfer) as f64)
    }
}
