//! Sums of coefficient times row by segment.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `row_sums.wgsl`; offsets count words of the plan.
    Params {
        /// Segments.
        count: u32,
        /// `vec4`s of a source row.
        source4: u32,
        /// First `vec4` of the slice summed.
        slice4: u32,
        /// `vec4`s of the slice.
        width4: u32,
        /// `vec4`s from one sum to the next.
        out4: u32,
        /// Where the list of segments starts in the plan, or NONE if every segment is summed.
        listed: u32,
        /// Where the segments' bounds start in the plan.
        segment_starts: u32,
        /// Where the grouped pairs (coefficient, source row) start.
        links: u32,
    }
}

/// `row_sums.wgsl`; bindings: coefficients, source, sums.
pub const SOURCE: Source = Source {
    stem: "row_sums",
    label: "row_sums",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::TWO, include::LINKS, include::EACH_SLOT], &[]],
    body: include_str!("../../../shaders/row_sums.wgsl"),
    bindings: [
        &[Binding::read("coefficients", Float), Binding::read("source", Vec4), Binding::write("sums", Vec4)],
        &[],
    ],
};
