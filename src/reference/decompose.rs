//! Mirror of `decompose.wgsl`.

use super::plan_words::{add_scaled, range, shape, word};
use crate::gpu::kernels::decompose::Params;
use crate::gpu::layout::LANES;

/// Parts of the gradients of often-touched rows: `w_ik` times the slice of type k, over at most SEGMENT segments.
pub fn decompose(params: &Params, plan: &[u32], weights: &[f32], sums: &[f32], decomposed: &mut [f32]) {
    let stride = params.widest4 as usize * LANES;
    let composed = params.composed4 as usize * LANES;
    let parts = params.count as usize;
    for (part, sum) in decomposed.chunks_exact_mut(stride).take(parts).enumerate() {
        let source = word(plan, params.heavy, 2 * part);
        let kind = word(plan, params.heavy, 2 * part + 1);
        let shape = shape(plan, params.types, kind);
        let sum = &mut sum[..shape.width4 as usize * LANES];
        sum.fill(0.0);
        for e in range(plan, params.segment_starts, source) {
            let segment = word(plan, params.entries, e);
            let item = word(plan, params.segment_items, segment);
            let weight = weights[item * params.type_count as usize + kind];
            add_scaled(sum, weight, &sums[segment * composed + shape.composed4 as usize * LANES..]);
        }
    }
}
