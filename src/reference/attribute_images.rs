//! Mirror of `attribute_images.wgsl`.

use super::plan_words::{dot, row, shape, word};
use crate::gpu::kernels::attribute_images::Params;
use crate::gpu::layout::LANES;

/// Images of attributes in item space, `M_k E_k[a]`.
pub fn attribute_images(params: &Params, plan: &[u32], table: &[f32], transfer: &[f32], images: &mut [f32]) {
    let slots = params.count as usize;
    for (slot, image) in images.chunks_exact_mut(params.item4 as usize * LANES).take(slots).enumerate() {
        let kind = word(plan, params.slot_types, slot);
        let (vectors, matrix) = (shape(plan, params.types, kind), shape(plan, params.transfer_types, kind));
        let width = vectors.width4 as usize * LANES;
        let vector = row(&table[vectors.table4 as usize * LANES..], word(plan, params.slot_rows, slot), width);
        for (r, value) in image.iter_mut().enumerate() {
            *value = dot(row(&transfer[matrix.table4 as usize * LANES..], r, width), vector);
        }
    }
}
