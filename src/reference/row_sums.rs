//! Mirror of `row_sums.wgsl`.

use super::plan_words::{add_scaled, range, row, word};
use crate::gpu::kernels::row_sums::Params;
use crate::gpu::layout::LANES;
use crate::gpu::plan::NONE;

/// For each segment (listed or all), the sum over its entries of coefficient times a slice of the entry's source row.
pub fn row_sums(params: &Params, plan: &[u32], coefficients: &[f32], source: &[f32], sums: &mut [f32]) {
    let [source_width, slice, width, stride] =
        [params.source4, params.slice4, params.width4, params.out4].map(|vec4s| vec4s as usize * LANES);
    for (index, sum) in sums.chunks_exact_mut(stride).take(params.count as usize).enumerate() {
        let segment = if params.listed == NONE { index } else { word(plan, params.listed, index) };
        let sum = &mut sum[..width];
        sum.fill(0.0);
        for e in range(plan, params.segment_starts, segment) {
            let [entry, other] = [2 * e, 2 * e + 1].map(|link| word(plan, params.links, link));
            add_scaled(sum, coefficients[entry], &row(source, other, source_width)[slice..]);
        }
    }
}
