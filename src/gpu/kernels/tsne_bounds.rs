//! Least and largest coordinates of a t-SNE map.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_bounds.wgsl`.
    Params {
        /// Points.
        count: u32,
    }
}

/// `tsne_bounds.wgsl`; bindings: places, parts.
pub const SOURCE: Source = Source {
    stem: "tsne_bounds",
    label: "tsne_bounds",
    params: Params::WGSL,
    includes: [&[include::DISPATCH], &[]],
    body: include_str!("../../../shaders/tsne_bounds.wgsl"),
    bindings: [&[Binding::read("places", Vec4), Binding::write("parts", Vec4)], &[]],
};
