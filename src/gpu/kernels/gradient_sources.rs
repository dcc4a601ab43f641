//! What kernels that visit rows take their gradients from: a batch's terms (rows of the target and context tables), or
//! the parts made beforehand (transfer matrices).

use super::bindings::{Binding, Element::Float, Element::Vec4};
use super::pipeline::{Source, include};
use super::step_constants::step_params;

step_params! {
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
    }
}

step_params! {
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
    }
}

/// Where a kernel's gradients come from.
pub(super) struct GradientSource {
    params: &'static str,
    includes: &'static [&'static str],
    bindings: &'static [Binding],
}

/// Touched rows of a target or context table, whose gradients `row_gradient.wgsl` sums.
pub(super) const OF_ROWS: GradientSource = GradientSource {
    params: RowParams::WGSL,
    includes: &[include::DISPATCH, include::PLAN, include::ROWS, include::TWO, include::LINKS, include::ROW_GRADIENT],
    bindings: &[
        Binding::read("coefficients", Float),
        Binding::read("source", Vec4),
        Binding::read("sums", Vec4),
        Binding::read("parts", Vec4),
        Binding::read("structure_sums", Vec4),
    ],
};

/// Rows of the transfer matrices, whose gradients `transfer_gradient.wgsl` sums from parts and the matrices themselves.
pub(super) const OF_TRANSFER: GradientSource = GradientSource {
    params: TransferParams::WGSL,
    includes: &[include::DISPATCH, include::PLAN, include::ROWS, include::TWO, include::TRANSFER_GRADIENT],
    bindings: &[Binding::read("parts", Vec4), Binding::read("losses", Float)],
};

impl GradientSource {
    /// The kernel `body` on these gradients; it needs `more` pieces and has `tables` behind their bindings.
    pub(super) const fn kernel(
        self,
        stem: &'static str,
        label: &'static str,
        body: &'static str,
        more: &'static [&'static str],
        tables: &'static [Binding],
    ) -> Source {
        let (includes, bindings) = ([self.includes, more], [self.bindings, tables]);
        Source { stem, label, params: self.params, includes, body, bindings }
    }
}
