//! Sums of squares of the transfer matrices.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `transfer_norms.wgsl`; offsets count words of the plan.
    Params {
        /// Matrices, K - 1.
        count: u32,
        /// Where the matrices' shapes start in the plan.
        types: u32,
        /// Where the sums go in the loss records.
        losses: u32,
    }
}

/// `transfer_norms.wgsl`; bindings: transfer, losses.
pub const SOURCE: Source = Source {
    stem: "transfer_norms",
    label: "transfer_norms",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN], &[]],
    body: include_str!("../../../shaders/transfer_norms.wgsl"),
    bindings: [&[Binding::read("transfer", Vec4), Binding::write("losses", Float)], &[]],
};
