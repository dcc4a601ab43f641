//! Logits of the pair term and the loss's slope in each.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `pair_coefficients.wgsl`; offsets count words of the plan.
    Params {
        /// Terms.
        count: u32,
        /// `vec4`s of a composed vector.
        composed4: u32,
        /// Where the terms' target rows start in the plan.
        left: u32,
        /// Where their context rows start.
        right: u32,
        /// Where their signed weights start.
        signs: u32,
        /// 1 / N.
        scale: f32,
    }
}

/// `pair_coefficients.wgsl`; bindings: targets, contexts, logits, coefficients.
pub const SOURCE: Source = Source {
    stem: "pair_coefficients",
    label: "pair_coefficients",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::SIGMOID], &[]],
    body: include_str!("../../../shaders/pair_coefficients.wgsl"),
    bindings: [
        &[
            Binding::read("targets", Vec4),
            Binding::read("contexts", Vec4),
            Binding::write("logits", Float),
            Binding::write("coefficients", Float),
        ],
        &[],
    ],
};
