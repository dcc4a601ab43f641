//! Sums over all points of a t-SNE map, in parts.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_sums.wgsl`.
    Params {
        /// Points.
        count: u32,
    }
}

/// `tsne_sums.wgsl`; bindings: values, parts.
pub const SOURCE: Source = Source {
    stem: "tsne_sums",
    label: "tsne_sums",
    params: Params::WGSL,
    includes: [&[include::DISPATCH], &[]],
    body: include_str!("../../../shaders/tsne_sums.wgsl"),
    bindings: [&[Binding::read("values", Vec4), Binding::write("parts", Vec4)], &[]],
};
