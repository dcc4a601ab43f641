//! Mirror of `adagrad.wgsl`.

use super::plan_words::{add_scaled, listed_rows};
use crate::gpu::kernels::adagrad::Params;

/// Moves the listed rows by their gradients over the root of their accumulators.
pub fn adagrad(params: &Params, plan: &[u32], gradients: &[f32], accumulators: &[f32], table: &mut [f32]) {
    for listed in listed_rows(plan, params.count, params.types, params.starts, params.rows) {
        let root = accumulators[listed.row].sqrt() + params.epsilon;
        if root > 0.0 {
            add_scaled(&mut table[listed.table], -params.learning_rate / root, &gradients[listed.listed]);
        }
    }
}
