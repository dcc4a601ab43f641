//! Charges of a t-SNE map's grid.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_spread.wgsl`.
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
        /// Charges are counted in parts of 1 / this; a power of two.
        scale: f32,
    }
}

/// `tsne_spread.wgsl`; bindings: places, charges.
pub const SOURCE: Source = Source {
    stem: "tsne_spread",
    label: "tsne_spread",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::SPLINE], &[]],
    body: include_str!("../../../shaders/tsne_spread.wgsl"),
    bindings: [&[Binding::read("places", Vec4), Binding::add("charges", Word)], &[]],
};
