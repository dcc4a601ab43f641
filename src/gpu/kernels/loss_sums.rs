//! Loss of all terms, in parts.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `loss_sums.wgsl`; offsets count words of the plan.
    Params {
        /// Terms.
        count: u32,
        /// Where the terms' signed weights start in the plan.
        signs: u32,
        /// Where the parts go in the loss records.
        losses: u32,
    }
}

/// `loss_sums.wgsl`; bindings: logits, losses.
pub const SOURCE: Source = Source {
    stem: "loss_sums",
    label: "loss_sums",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::SIGMOID], &[]],
    body: include_str!("../../../shaders/loss_sums.wgsl"),
    bindings: [&[Binding::read("logits", Float), Binding::write("losses", Float)], &[]],
};
