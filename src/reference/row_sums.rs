//! Mirror of `row_sums.wgsl`.

use super::plan_words::{add_scaled, range, row, word};
use crate::gpu::kernels::row_sums::Params;
use crate::gpu::layout::LANES;

/// For each segment, the sum over its entries of coefficient times the entry's source row.
pub fn row_sums(params: &Params, plan: &[u32], coefficients: &[f32], source: &[f32], sums: &mut [f32]) {
    let width = params.width4 as usize * LANES;
    let segments = params.count as usize;
    for (segment, sum) in sums.chunks_exact_mut(width).take(segments).enumerate() {
        sum.fill(0.0);
        for e in range(plan, params.segment_starts, segment) {
            let [entry, other] = [2 * e, 2 * e + 1].map(|link| word(plan, params.links, link));
            add_scaled(sum, coefficients[entry], row(source, other, width));
        }
    }
}
