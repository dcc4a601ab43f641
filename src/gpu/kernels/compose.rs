//! Composed vectors of a side's items.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `compose.wgsl`; offsets count words of the plan.
    Params {
        /// Items.
        count: u32,
        /// `vec4`s of a composed vector.
        composed4: u32,
        /// Where the tables' shapes start in the plan.
        types: u32,
        /// Types, K.
        type_count: u32,
        /// Where the side's items start in the plan.
        items: u32,
    }
}

/// `compose.wgsl`; bindings: ids, weights, table, composed.
pub const SOURCE: Source = Source {
    stem: "compose",
    label: "compose",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::EACH_SLOT], &[]],
    body: include_str!("../../../shaders/compose.wgsl"),
    bindings: [
        &[
            Binding::read("ids", Word),
            Binding::read("weights", Float),
            Binding::read("table", Vec4),
            Binding::write("composed", Vec4),
        ],
        &[],
    ],
};
