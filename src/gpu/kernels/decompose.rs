//! Gradients of often-touched rows, in parts.

use super::pipeline::{Access, Source, include, params};

params! {
    /// Uniforms of `decompose.wgsl`; offsets count words of the plan.
    Params {
        /// Parts.
        count: u32,
        /// `vec4`s of the widest type.
        widest4: u32,
        /// `vec4`s of a composed vector.
        composed4: u32,
        /// Where the tables' shapes start in the plan.
        types: u32,
        /// Types, K.
        type_count: u32,
        /// Where the parts (segment, type) start.
        heavy: u32,
        /// Where the sources' segments start.
        segment_starts: u32,
        /// Where the sources' entries start.
        entries: u32,
        /// Where the items of the pair segments start.
        segment_items: u32,
    }
}

/// `decompose.wgsl`; bindings: weights, sums, decomposed.
pub const SOURCE: Source = Source {
    stem: "decompose",
    params: Params::WGSL,
    includes: &[include::DISPATCH, include::PLAN],
    body: include_str!("../../../shaders/decompose.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Write],
};
