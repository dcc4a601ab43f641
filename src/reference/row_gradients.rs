//! Mirror of `row_gradients.wgsl`.

use super::plan_words::{ListedRow, add_scaled, listed_rows, range, row, shape, word};
use crate::gpu::kernels::row_gradients::Params;
use crate::gpu::layout::LANES;
use crate::gpu::plan::NONE;

/// What the gradients of rows are made of, in the order of the shader's bindings.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// [`D_1` x K] the items' weights.
    pub weights: &'a [f32],
    /// [segments, W] gradients of composed vectors, in parts.
    pub sums: &'a [f32],
    /// [parts, widest] gradients of often-touched rows, in parts.
    pub decomposed: &'a [f32],
    /// [segments, `m_1`] the structural term's gradients of items, in parts.
    pub item_sums: &'a [f32],
    /// [images, `m_1`] gradients of images.
    pub image_gradients: &'a [f32],
    /// All `M_k`.
    pub transfer: &'a [f32],
}

/// The gradient of each touched row: the pair term's plus the structural term's.
pub fn row_gradients(params: &Params, plan: &[u32], from: Sources<'_>, gradients: &mut [f32]) {
    for listed in listed_rows(plan, params.count, params.types, params.starts, params.rows) {
        let place = if params.dense == 1 { listed.table.clone() } else { listed.listed.clone() };
        let gradient = &mut gradients[place];
        gradient.fill(0.0);
        add_pair_term(params, plan, from, &listed, gradient);
        if params.structure != NONE {
            add_structural_term(params, plan, from, &listed, gradient);
        }
    }
}

fn add_pair_term(params: &Params, plan: &[u32], from: Sources<'_>, listed: &ListedRow, gradient: &mut [f32]) {
    let segments = range(plan, params.row_segments, listed.slot);
    let part = word(plan, params.partials, listed.slot);
    if part != NONE as usize {
        for part in part..part + segments.len() {
            add_scaled(gradient, 1.0, row(from.decomposed, part, params.widest4 as usize * LANES));
        }
        return;
    }
    let slice = shape(plan, params.types, listed.kind).composed4 as usize * LANES;
    let first = word(plan, params.segment_starts, segments.start);
    for e in first..word(plan, params.segment_starts, segments.end) {
        let segment = word(plan, params.entries, e);
        let item = word(plan, params.segment_items, segment);
        let weight = from.weights[item * params.type_count as usize + listed.kind];
        add_scaled(gradient, weight, &row(from.sums, segment, params.composed4 as usize * LANES)[slice..]);
    }
}

fn add_structural_term(params: &Params, plan: &[u32], from: Sources<'_>, listed: &ListedRow, gradient: &mut [f32]) {
    let index = word(plan, params.structure, listed.slot);
    let item_width = params.item4 as usize * LANES;
    if index == NONE as usize {
        return;
    }
    if listed.kind == 0 {
        for segment in range(plan, params.item_segments, index) {
            add_scaled(gradient, 1.0, row(from.item_sums, segment, item_width));
        }
        return;
    }
    let matrix = shape(plan, params.transfer_types, listed.kind);
    let transfer = &from.transfer[matrix.table4 as usize * LANES..];
    for (r, &d) in row(from.image_gradients, index, item_width).iter().enumerate() {
        add_scaled(gradient, d, row(transfer, r, matrix.width4 as usize * LANES));
    }
}
