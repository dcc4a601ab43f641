//! Mirror of `structure_coefficients.wgsl`.

use super::plan_words::{dot, float, range, row, sigmoid, word};
use crate::gpu::kernels::structure_coefficients::Params;
use crate::gpu::layout::LANES;

/// Logits z of all structural terms (MODEL.md, eq. 11 or one a type), and the loss's slope in each component's product.
pub fn structure_coefficients(
    params: &Params,
    plan: &[u32],
    table: &[f32],
    images: &[f32],
    logits: &mut [f32],
    coefficients: &mut [f32],
) {
    let width = params.item4 as usize * LANES;
    for (term, logit) in logits.iter_mut().enumerate().take(params.count as usize) {
        let item = row(table, word(plan, params.term_items, term), width);
        let components = range(plan, params.term_components, term);
        let weight = |component: usize| float(plan, params.component_weights, component);
        *logit = components
            .clone()
            .map(|c| weight(c) * dot(item, row(images, word(plan, params.component_slots, c), width)))
            .sum();
        let sign = float(plan, params.signs, term);
        let label = if sign > 0.0 { 1.0 } else { 0.0 };
        let slope = params.scale * sign.abs() * (sigmoid(*logit) - label);
        for component in components {
            coefficients[component] = weight(component) * slope;
        }
    }
}
