//! Fourier transforms of the rows of a t-SNE map's grid.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_rows.wgsl`.
    Params {
        /// Nodes along x.
        columns: u32,
        /// Rows that can be charged.
        used_rows: u32,
        /// Entries of the table of turns.
        turns: u32,
        /// Charges are counted in parts of 1 / this; a power of two.
        scale: f32,
    }
}

/// `tsne_rows.wgsl`; bindings: turns, charges, spectrum [rows, columns].
pub const SOURCE: Source = Source {
    stem: "tsne_rows",
    label: "tsne_rows",
    params: Params::WGSL,
    includes: [&[include::FFT], &[]],
    body: include_str!("../../../shaders/tsne_rows.wgsl"),
    bindings: [&[Binding::read("turns", Pair), Binding::write("charges", Word), Binding::write("spectrum", Pair)], &[]],
};
