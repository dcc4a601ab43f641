//! Gradients of often-touched attributes, in parts.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `decompose.wgsl`; offsets count words of the plan.
    Params {
        /// Parts.
        count: u32,
        /// `vec4`s of the widest type.
        widest4: u32,
        /// `vec4`s of an item's vector.
        item4: u32,
        /// `vec4`s of a composed vector without the item's own.
        sums4: u32,
        /// Number of the first part.
        first_part: u32,
        /// Where the tables' shapes start in the plan.
        types: u32,
        /// Where the parts (segment, type) start.
        heavy: u32,
        /// Where the sources' segments start.
        segment_starts: u32,
        /// Where the sources' entries (segment of terms, weight) start.
        entries: u32,
    }
}

/// `decompose.wgsl`; bindings: sums, parts.
pub const SOURCE: Source = Source {
    stem: "decompose",
    label: "decompose",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::EACH_SLOT], &[]],
    body: include_str!("../../../shaders/decompose.wgsl"),
    bindings: [&[Binding::read("sums", Vec4), Binding::write("parts", Vec4)], &[]],
};
