//! Mirror of `transfer_parts.wgsl`.

use super::plan_words::{add_scaled, row, shape, word};
use crate::gpu::kernels::transfer_parts::Params;
use crate::gpu::layout::LANES;

/// Parts of the gradients of `M_k`: the sum over at most SEGMENT images of the image's gradient times the
/// attribute's vector, transposed.
pub fn transfer_parts(params: &Params, plan: &[u32], image_gradients: &[f32], table: &[f32], parts: &mut [f32]) {
    let stride = params.largest4 as usize * LANES;
    let item_width = params.item4 as usize * LANES;
    let count = (params.count / params.largest4) as usize;
    for (part, matrix) in parts.chunks_exact_mut(stride).take(count).enumerate() {
        let [kind, first, end] = [0, 1, 2].map(|field| word(plan, params.transfer_parts, 3 * part + field));
        let shape = shape(plan, params.types, kind);
        let width = shape.width4 as usize * LANES;
        matrix[..item_width * width].fill(0.0);
        for slot in first..end {
            let vector = row(&table[shape.table4 as usize * LANES..], word(plan, params.slot_rows, slot), width);
            for (to, &d) in matrix.chunks_exact_mut(width).zip(row(image_gradients, slot, item_width)) {
                add_scaled(to, d, vector);
            }
        }
    }
}
