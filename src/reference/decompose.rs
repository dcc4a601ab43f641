//! Mirror of `decompose.wgsl`.

use super::plan_words::{add_scaled, float, range, row, shape, word};
use crate::gpu::kernels::decompose::Params;
use crate::gpu::layout::LANES;

/// Parts of the gradients of often-touched attributes: `w_ik` times the slice of type k, over at most SEGMENT segments.
pub fn decompose(params: &Params, plan: &[u32], sums: &[f32], parts: &mut [f32]) {
    let stride = params.widest4 as usize * LANES;
    let parts = parts.chunks_exact_mut(stride).skip(params.first_part as usize);
    for (part, sum) in parts.take(params.count as usize).enumerate() {
        let source = word(plan, params.heavy, 2 * part);
        let kind = word(plan, params.heavy, 2 * part + 1);
        let shape = shape(plan, params.types, kind);
        let slice = (shape.composed4 - params.item4) as usize * LANES;
        let sum = &mut sum[..shape.width4 as usize * LANES];
        sum.fill(0.0);
        for e in range(plan, params.segment_starts, source) {
            let segment = word(plan, params.entries, 2 * e);
            let weight = float(plan, params.entries, 2 * e + 1);
            add_scaled(sum, weight, &row(sums, segment, params.sums4 as usize * LANES)[slice..]);
        }
    }
}
