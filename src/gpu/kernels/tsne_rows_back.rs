//! The potential at the nodes of a t-SNE map's grid.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_rows_back.wgsl`.
    Params {
        /// Nodes along x.
        columns: u32,
        /// Rows that can be charged.
        used_rows: u32,
        /// Entries of the table of turns.
        turns: u32,
    }
}

/// `tsne_rows_back.wgsl`; bindings: turns, convolved [rows, columns], potential [rows, columns].
pub const SOURCE: Source = Source {
    stem: "tsne_rows_back",
    label: "tsne_rows_back",
    params: Params::WGSL,
    includes: [&[include::FFT], &[]],
    body: include_str!("../../../shaders/tsne_rows_back.wgsl"),
    bindings: [
        &[Binding::read("turns", Pair), Binding::read("convolved", Pair), Binding::write("potential", Float)],
        &[],
    ],
};
