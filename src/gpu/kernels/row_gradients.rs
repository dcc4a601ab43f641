//! Gradients of the touched rows.

use super::pipeline::{Access, Source, include, params};

params! {
    /// Uniforms of `row_gradients.wgsl`; offsets count words of the plan.
    Params {
        /// Touched rows.
        count: u32,
        /// 1 if gradients lie as the tables do, 0 if as the touched rows.
        dense: u32,
        /// `vec4`s of the widest type.
        widest4: u32,
        /// `vec4`s of a composed vector.
        composed4: u32,
        /// `vec4`s of an item's vector.
        item4: u32,
        /// Where the tables' shapes start in the plan.
        types: u32,
        /// Where the transfer matrices' shapes start.
        transfer_types: u32,
        /// Types, K.
        type_count: u32,
        /// Where the types' starts among the touched rows start.
        starts: u32,
        /// Where the touched rows start.
        rows: u32,
        /// Where the rows' source segments start.
        row_segments: u32,
        /// Where the source segments' bounds start.
        segment_starts: u32,
        /// Where the sources' entries start.
        entries: u32,
        /// Where the items of the pair segments start.
        segment_items: u32,
        /// Where the rows' first parts start.
        partials: u32,
        /// Where the rows' structural indices start, or NONE.
        structure: u32,
        /// Where the structural items' segments start.
        item_segments: u32,
    }
}

/// `row_gradients.wgsl`; bindings: weights, sums, decomposed, `item_sums`, `image_gradients`, transfer, gradients.
pub const SOURCE: Source = Source {
    stem: "row_gradients",
    params: Params::WGSL,
    includes: &[include::DISPATCH, include::PLAN, include::ROWS],
    body: include_str!("../../../shaders/row_gradients.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
};
