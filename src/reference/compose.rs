//! Mirror of `compose.wgsl`.

use super::plan_words::{shape, word};
use crate::gpu::kernels::compose::Params;
use crate::gpu::layout::LANES;
use crate::gpu::plan::NONE;

/// Composed vectors: the slice of type k is `w_ik E_k[id_k(i)]`, zero where the attribute is missing (MODEL.md, eq. 7).
pub fn compose(params: &Params, plan: &[u32], ids: &[u32], weights: &[f32], table: &[f32], composed: &mut [f32]) {
    let types = params.type_count as usize;
    let items = params.count as usize;
    for (index, vector) in composed.chunks_exact_mut(params.composed4 as usize * LANES).take(items).enumerate() {
        let item = word(plan, params.items, index);
        for kind in 0..types {
            let shape = shape(plan, params.types, kind);
            let width = shape.width4 as usize * LANES;
            let slice = &mut vector[shape.composed4 as usize * LANES..][..width];
            let id = ids[item * types + kind];
            slice.fill(0.0);
            if id != NONE {
                let row = &table[shape.table4 as usize * LANES + id as usize * width..][..width];
                super::plan_words::add_scaled(slice, weights[item * types + kind], row);
            }
        }
    }
}
