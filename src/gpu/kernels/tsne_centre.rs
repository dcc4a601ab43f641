//! The middle of a t-SNE map, taken from every place.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_centre.wgsl`.
    Params {
        /// Points.
        count: u32,
    }
}

/// `tsne_centre.wgsl`; bindings: parts (of the places' sum), places.
pub const SOURCE: Source = Source {
    stem: "tsne_centre",
    label: "tsne_centre",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::TOTAL], &[]],
    body: include_str!("../../../shaders/tsne_centre.wgsl"),
    bindings: [&[Binding::read("parts", Vec4), Binding::write("places", Vec4)], &[]],
};
