//! Images of attributes in item space.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `attribute_images.wgsl`; offsets count words of the plan.
    Params {
        /// Images.
        count: u32,
        /// `vec4`s of an item's vector.
        item4: u32,
        /// Where the tables' shapes start in the plan.
        types: u32,
        /// Where the transfer matrices' shapes start.
        transfer_types: u32,
        /// Where the images' types start.
        slot_types: u32,
        /// Where their table rows start.
        slot_rows: u32,
    }
}

/// `attribute_images.wgsl`; bindings: table, transfer, images.
pub const SOURCE: Source = Source {
    stem: "attribute_images",
    label: "attribute_images",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::EACH_SLOT], &[]],
    body: include_str!("../../../shaders/attribute_images.wgsl"),
    bindings: [&[Binding::read("table", Vec4), Binding::read("transfer", Vec4), Binding::write("images", Vec4)], &[]],
};
