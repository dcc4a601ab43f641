//! Scores of rows with rows, and the best of each so far.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `near_rows.wgsl`.
    Params {
        /// `vec4`s of a row.
        width4: u32,
        /// The row that is the first query.
        first_query: u32,
        /// Queries.
        queries: u32,
        /// The first row that they are compared with.
        first_row: u32,
        /// One behind the last.
        end_row: u32,
        /// Candidates that each query keeps, 1 and more.
        kept: u32,
    }
}

/// `near_rows.wgsl`; bindings: rows, offsets, `best_scores` [queries, kept], `best_rows` [queries, kept].
pub const SOURCE: Source = Source {
    stem: "near_rows",
    label: "near_rows",
    params: Params::WGSL,
    includes: [&[include::DISPATCH], &[]],
    body: include_str!("../../../shaders/near_rows.wgsl"),
    bindings: [
        &[
            Binding::read("rows", Vec4),
            Binding::read("offsets", Float),
            Binding::write("best_scores", Float),
            Binding::write("best_rows", Word),
        ],
        &[],
    ],
};
