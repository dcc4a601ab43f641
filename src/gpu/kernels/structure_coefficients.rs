//! Logits of the structural term and the loss's slope in each component.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `structure_coefficients.wgsl`; offsets count words of the plan.
    Params {
        /// Terms.
        count: u32,
        /// `vec4`s of an item's vector.
        item4: u32,
        /// Where the terms' items start in the plan.
        term_items: u32,
        /// Where the terms' component bounds start.
        term_components: u32,
        /// Where the components' images start.
        component_slots: u32,
        /// Where the components' weights start.
        component_weights: u32,
        /// Where the terms' signs start.
        signs: u32,
        /// alpha / N.
        scale: f32,
    }
}

/// `structure_coefficients.wgsl`; bindings: table, images, logits, coefficients.
pub const SOURCE: Source = Source {
    stem: "structure_coefficients",
    label: "structure_coefficients",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::PLAN, include::SIGMOID], &[]],
    body: include_str!("../../../shaders/structure_coefficients.wgsl"),
    bindings: [
        &[
            Binding::read("table", Vec4),
            Binding::read("images", Vec4),
            Binding::write("logits", Float),
            Binding::write("coefficients", Float),
        ],
        &[],
    ],
};
