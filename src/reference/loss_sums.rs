//! Mirror of `loss_sums.wgsl`.

use super::plan_words::{float, softplus};
use crate::gpu::kernels::loss_sums::Params;
use crate::gpu::kernels::{LOSS_PARTS, WORKGROUP};

/// Loss of all terms in parts: weight times softplus(-x) for a positive, softplus(x) for a negative.
pub fn loss_sums(params: &Params, plan: &[u32], logits: &[f32], losses: &mut [f32]) {
    let record = &mut losses[params.losses as usize..][..LOSS_PARTS as usize];
    record.fill(0.0);
    for term in 0..params.count as usize {
        let sign = float(plan, params.signs, term);
        let against = if sign > 0.0 { -logits[term] } else { logits[term] };
        record[term / WORKGROUP as usize % LOSS_PARTS as usize] += sign.abs() * softplus(against);
    }
}
