//! The structural term's gradients of attributes.

use super::bindings::{Binding, Element::Vec4};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `attribute_gradients.wgsl`; offsets count words of the plan.
    Params {
        /// Images.
        count: u32,
        /// `vec4`s of an item's vector.
        item4: u32,
        /// `vec4`s of the widest type.
        widest4: u32,
        /// Where the transfer matrices' shapes start in the plan.
        transfer_types: u32,
        /// Where the images' types start.
        slot_types: u32,
        /// The first `vec4` of attributes among the structural sums.
        first_attribute4: u32,
    }
}

/// `attribute_gradients.wgsl`; bindings: `image_gradients`, transfer, `structure_sums`.
pub const SOURCE: Source = Source {
    stem: "attribute_gradients",
    label: "attribute_gradients",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::EACH_SLOT], &[]],
    body: include_str!("../../../shaders/attribute_gradients.wgsl"),
    bindings: [
        &[
            Binding::read("image_gradients", Vec4),
            Binding::read("transfer", Vec4),
            Binding::write("structure_sums", Vec4),
        ],
        &[],
    ],
};
