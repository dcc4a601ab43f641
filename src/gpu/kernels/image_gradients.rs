//! The gradient of each image.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `image_gradients.wgsl`; offsets count words of the plan.
    Params {
        /// Images.
        count: u32,
        /// `vec4`s of an item's vector.
        item4: u32,
        /// Where the images' segments start in the plan.
        row_segments: u32,
    }
}

/// `image_gradients.wgsl`; bindings: sums, `image_gradients`.
pub const SOURCE: Source = Source {
    stem: "image_gradients",
    label: "image_gradients",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::EACH_SLOT], &[]],
    body: include_str!("../../../shaders/image_gradients.wgsl"),
    bindings: [&[Binding::read("sums", Vec4), Binding::write("image_gradients", Vec4)], &[]],
};
