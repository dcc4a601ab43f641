//! What kernels that visit rows take their gradients from: a batch's terms (rows of the target and context tables), or
//! the parts made beforehand (transfer matrices).

use super::bindings::{Binding, Element::Float, Element::Vec4};
use super::pipeline::params;

params! {
    /// Uniforms of kernels on touched rows (`row_gradient.wgsl`); offsets count words of the plan.
    RowParams {
        /// Touched rows.
        count: u32,
        /// `vec4`s of the widest type.
        widest4: u32,
        /// `vec4`s of a composed vector.
        composed4: u32,
        /// `vec4`s of an item's vector.
        item4: u32,
        /// `vec4`s of a composed vector without the item's own.
        sums4: u32,
        /// Where the tables' shapes start in the plan.
        types: u32,
        /// Where the types' starts among the touched rows start.
        starts: u32,
        /// Where the touched rows start.
        rows: u32,
        /// Where the rows' source segments start.
        row_segments: u32,
        /// Where the source segments' bounds start.
        segment_starts: u32,
        /// Where the sources' entries (segment of terms, weight) start.
        entries: u32,
        /// Where the bounds of the segments of terms start.
        term_starts: u32,
        /// Where the terms (coefficient, other side's row) start.
        links: u32,
        /// Where the rows' first parts start.
        partials: u32,
        /// Where the rows' structural indices start, or NONE.
        structure: u32,
        /// Where the structural items' segments start.
        item_segments: u32,
        /// The first `vec4` of attributes among the structural sums.
        first_attribute4: u32,
        /// Step size.
        learning_rate: f32,
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// Added to the root.
        epsilon: f32,
        /// 1 / (1 - beta1^t).
        correction1: f32,
        /// 1 / (1 - beta2^t).
        correction2: f32,
    }
}

params! {
    /// Uniforms of kernels on the rows of the transfer matrices (`transfer_gradient.wgsl`); offsets count words of the
    /// plan.
    TransferParams {
        /// Rows of all matrices.
        count: u32,
        /// `vec4`s of the largest matrix.
        largest4: u32,
        /// Where the matrices' shapes start in the plan.
        types: u32,
        /// Where their starts start.
        starts: u32,
        /// NONE: every row is listed.
        rows: u32,
        /// Where the types' parts start.
        part_starts: u32,
        /// Where the sums of squares lie in the loss records.
        losses: u32,
        /// 1 for the squared norm, 0 for the norm.
        squared: u32,
        /// Weight of the regulariser.
        beta: f32,
        /// Step size.
        learning_rate: f32,
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// Added to the root.
        epsilon: f32,
        /// 1 / (1 - beta1^t).
        correction1: f32,
        /// 1 / (1 - beta2^t).
        correction2: f32,
    }
}

/// What `row_gradient.wgsl` reads.
pub(super) const ROW_BINDINGS: &[Binding] = &[
    Binding::read("coefficients", Float),
    Binding::read("source", Vec4),
    Binding::read("sums", Vec4),
    Binding::read("parts", Vec4),
    Binding::read("structure_sums", Vec4),
];

/// What `transfer_gradient.wgsl` reads beside the matrices themselves.
pub(super) const TRANSFER_BINDINGS: &[Binding] = &[Binding::read("parts", Vec4), Binding::read("losses", Float)];
