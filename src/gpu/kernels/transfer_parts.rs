//! Gradients of the transfer matrices, in parts.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `transfer_parts.wgsl`; offsets count words of the plan.
    Params {
        /// `vec4`s to cover: parts x `largest4`.
        count: u32,
        /// `vec4`s of the largest transfer matrix.
        largest4: u32,
        /// `vec4`s of an item's vector.
        item4: u32,
        /// Where the tables' shapes start in the plan.
        types: u32,
        /// Where the images' table rows start.
        slot_rows: u32,
        /// Where the parts (type, first image, end) start.
        transfer_parts: u32,
    }
}

/// `transfer_parts.wgsl`; bindings: `image_gradients`, table, parts.
pub const SOURCE: Source = Source {
    stem: "transfer_parts",
    label: "transfer_parts",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN], &[]],
    body: include_str!("../../../shaders/transfer_parts.wgsl"),
    bindings: [
        &[Binding::read("image_gradients", Vec4), Binding::read("table", Vec4), Binding::write("parts", Vec4)],
        &[],
    ],
};
