//! Mirror of `pair_coefficients.wgsl`.

use super::plan_words::{dot, float, row, sigmoid, word};
use crate::gpu::kernels::pair_coefficients::Params;
use crate::gpu::layout::LANES;

/// Logits x(i, j) of all terms, and the loss's slope in each: weight (sigmoid(x) - label) / N.
pub fn pair_coefficients(
    params: &Params,
    plan: &[u32],
    targets: &[f32],
    contexts: &[f32],
    logits: &mut [f32],
    coefficients: &mut [f32],
) {
    let width = params.composed4 as usize * LANES;
    for term in 0..params.count as usize {
        let target = row(targets, word(plan, params.left, term), width);
        let context = row(contexts, word(plan, params.right, term), width);
        let sign = float(plan, params.signs, term);
        let label = if sign > 0.0 { 1.0 } else { 0.0 };
        logits[term] = dot(target, context);
        coefficients[term] = params.scale * sign.abs() * (sigmoid(logits[term]) - label);
    }
}
