//! Mirror of `tsne_sums.wgsl`.

use crate::gpu::kernels::WORKGROUP;
use crate::gpu::kernels::tsne_sums::Params;
use crate::gpu::layout::LANES;

/// The sum of all values, vectors of four, in WORKGROUP parts.
pub fn tsne_sums(params: &Params, values: &[f32], parts: &mut [f32]) {
    parts.fill(0.0);
    for (at, value) in values.chunks_exact(LANES).take(params.count as usize).enumerate() {
        let part = at / WORKGROUP as usize % WORKGROUP as usize;
        for axis in 0..LANES {
            parts[part * LANES + axis] += value[axis];
        }
    }
}

/// The sum of all parts, as `include/total.wgsl`.
pub(super) fn total(parts: &[f32]) -> [f32; LANES] {
    std::array::from_fn(|axis| parts.chunks_exact(LANES).map(|part| part[axis]).sum())
}
