//! Sums of coefficient times row by segment.

use super::pipeline::{Access, Source, include, params};

params! {
    /// Uniforms of `row_sums.wgsl`; offsets count words of the plan.
    Params {
        /// Segments.
        count: u32,
        /// `vec4`s of a source row.
        width4: u32,
        /// Where the segments' bounds start in the plan.
        segment_starts: u32,
        /// Where the grouped pairs (coefficient, source row) start.
        links: u32,
    }
}

/// `row_sums.wgsl`; bindings: coefficients, source, sums.
pub const SOURCE: Source = Source {
    stem: "row_sums",
    params: Params::WGSL,
    includes: &[include::DISPATCH, include::PLAN],
    body: include_str!("../../../shaders/row_sums.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Write],
};
