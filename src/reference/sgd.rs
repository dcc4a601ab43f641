//! Mirror of `sgd.wgsl`.

use super::plan_words::{add_scaled, listed_rows};
use crate::gpu::kernels::sgd::Params;

/// Moves the listed rows against their gradients.
pub fn sgd(params: &Params, plan: &[u32], gradients: &[f32], table: &mut [f32]) {
    for listed in listed_rows(plan, params.count, params.types, params.starts, params.rows) {
        add_scaled(&mut table[listed.table], -params.learning_rate, &gradients[listed.listed]);
    }
}
