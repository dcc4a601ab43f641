//! Convolution of the columns of a t-SNE map's grid with the kernel.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_columns.wgsl`.
    Params {
        /// Nodes along x.
        columns: u32,
        /// Nodes along y.
        rows: u32,
        /// Rows that can be charged.
        used_rows: u32,
        /// Entries of the table of turns.
        turns: u32,
    }
}

/// `tsne_columns.wgsl`; bindings: turns, kernel [columns, 2, rows], spectrum [rows, columns], convolved [rows, columns].
pub const SOURCE: Source = Source {
    stem: "tsne_columns",
    label: "tsne_columns",
    params: Params::WGSL,
    includes: [&[include::FFT], &[]],
    body: include_str!("../../../shaders/tsne_columns.wgsl"),
    bindings: [
        &[
            Binding::read("turns", Pair),
            Binding::read("kernel", Float),
            Binding::read("spectrum", Pair),
            Binding::write("convolved", Pair),
        ],
        &[],
    ],
};
