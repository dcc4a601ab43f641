//! The push of a t-SNE map's grid on each point.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_gather.wgsl`.
    Params {
        /// Points.
        count: u32,
        /// Nodes along x.
        columns: u32,
        /// Columns that can be charged.
        used_columns: u32,
        /// Rows that can be charged.
        used_rows: u32,
        /// The first column, in nodes from zero; a whole number.
        origin_x: f32,
        /// The first row, likewise.
        origin_y: f32,
        /// Nodes in a unit of the map.
        inverse_spacing: f32,
    }
}

/// `tsne_gather.wgsl`; bindings: places, potential, own, pushes.
pub const SOURCE: Source = Source {
    stem: "tsne_gather",
    label: "tsne_gather",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::SPLINE], &[]],
    body: include_str!("../../../shaders/tsne_gather.wgsl"),
    bindings: [
        &[
            Binding::read("places", Vec4),
            Binding::read("potential", Float),
            Binding::read("own", Vec4),
            Binding::write("pushes", Vec4),
        ],
        &[],
    ],
};
