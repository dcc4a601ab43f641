//! The push of all points of a t-SNE map on each, pair by pair.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_push.wgsl`.
    Params {
        /// Points.
        count: u32,
    }
}

/// `tsne_push.wgsl`; bindings: places, pushes.
pub const SOURCE: Source = Source {
    stem: "tsne_push",
    label: "tsne_push",
    params: Params::WGSL,
    includes: [&[include::DISPATCH], &[]],
    body: include_str!("../../../shaders/tsne_push.wgsl"),
    bindings: [&[Binding::read("places", Vec4), Binding::write("pushes", Vec4)], &[]],
};
