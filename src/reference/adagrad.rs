//! Mirror of `adagrad.wgsl`.

use super::plan_words::{add_scaled, dot, listed_rows};
use crate::gpu::kernels::adagrad::Params;

/// Adds each listed row's mean squared gradient to its accumulator, and moves the row by its gradient over the
/// accumulator's root.
pub fn adagrad(params: &Params, plan: &[u32], gradients: &[f32], accumulators: &mut [f32], table: &mut [f32]) {
    for listed in listed_rows(plan, params.count, params.types, params.starts, params.rows) {
        let gradient = &gradients[listed.listed];
        let accumulated = &mut accumulators[listed.number];
        *accumulated += dot(gradient, gradient) / listed.width as f32;
        let root = accumulated.sqrt() + params.epsilon;
        if root > 0.0 {
            add_scaled(&mut table[listed.table], -params.learning_rate / root, gradient);
        }
    }
}
