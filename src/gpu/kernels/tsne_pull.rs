//! The pull of its neighbours on each point of a t-SNE map.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_pull.wgsl`.
    Params {
        /// Points.
        count: u32,
    }
}

/// `tsne_pull.wgsl`; bindings: `edge_starts` [points + 1], `edge_columns`, `edge_values`, places, pulls.
pub const SOURCE: Source = Source {
    stem: "tsne_pull",
    label: "tsne_pull",
    params: Params::WGSL,
    includes: [&[include::DISPATCH], &[]],
    body: include_str!("../../../shaders/tsne_pull.wgsl"),
    bindings: [
        &[
            Binding::read("edge_starts", Word),
            Binding::read("edge_columns", Word),
            Binding::read("edge_values", Float),
            Binding::read("places", Vec4),
            Binding::write("pulls", Vec4),
        ],
        &[],
    ],
};
