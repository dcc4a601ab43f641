//! Reading a packed plan, as `include/plan.wgsl` and `include/rows.wgsl` do.

use std::ops::Range;

use crate::gpu::layout::{LANES, TYPE_WORDS, TypeShape};
use crate::gpu::plan::NONE;

/// Words of the list that starts at `offset`.
pub(super) fn word(plan: &[u32], offset: u32, index: usize) -> usize {
    plan[offset as usize + index] as usize
}

/// A float of the list that starts at `offset`.
pub(super) fn float(plan: &[u32], offset: u32, index: usize) -> f32 {
    f32::from_bits(plan[offset as usize + index])
}

/// The range between two neighbouring starts.
pub(super) fn range(plan: &[u32], starts: u32, index: usize) -> Range<usize> {
    word(plan, starts, index)..word(plan, starts, index + 1)
}

/// The shape of type `kind`.
pub(super) fn shape(plan: &[u32], types: u32, kind: usize) -> TypeShape {
    let start = types as usize + kind * TYPE_WORDS as usize;
    *bytemuck::from_bytes(bytemuck::cast_slice(&plan[start..start + TYPE_WORDS as usize]))
}

/// One row of a list of rows of all types.
pub(super) struct ListedRow {
    /// Its type.
    pub kind: usize,
    /// Its index in the list.
    pub slot: usize,
    /// Its number over all rows of the tables.
    pub number: usize,
    /// Its dimensions, without padding.
    pub width: usize,
    /// Its floats in a buffer laid out as the list.
    pub listed: Range<usize>,
    /// Its floats in a buffer laid out as the tables.
    pub table: Range<usize>,
}

/// The `count` rows of the list whose types start at `starts`; `rows` is NONE if every row is listed.
pub(super) fn listed_rows(plan: &[u32], count: u32, types: u32, starts: u32, rows: u32) -> Vec<ListedRow> {
    let mut kind = 0;
    (0..count as usize)
        .map(|slot| {
            while slot >= word(plan, starts, 2 * kind + 2) {
                kind += 1;
            }
            let shape = shape(plan, types, kind);
            let width = shape.width4 as usize * LANES;
            let within = slot - word(plan, starts, 2 * kind);
            let row = if rows == NONE { within } else { word(plan, rows, slot) };
            let listed = word(plan, starts, 2 * kind + 1) * LANES + within * width;
            let table = shape.table4 as usize * LANES + row * width;
            ListedRow {
                kind,
                slot,
                number: shape.row_start as usize + row,
                width: shape.width as usize,
                listed: listed..listed + width,
                table: table..table + width,
            }
        })
        .collect()
}

/// 1 / (1 + exp(-x)) without overflow.
pub(super) fn sigmoid(x: f32) -> f32 {
    let t = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + t) } else { t / (1.0 + t) }
}

/// log(1 + exp(x)) without overflow.
pub(super) fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Row `index` of a matrix with rows of `width` floats.
pub(super) fn row(matrix: &[f32], index: usize, width: usize) -> &[f32] {
    &matrix[index * width..(index + 1) * width]
}

/// Dot product.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `factor` times `from` to `to`.
pub(super) fn add_scaled(to: &mut [f32], factor: f32, from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}
