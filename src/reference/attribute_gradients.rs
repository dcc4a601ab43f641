//! Mirror of `attribute_gradients.wgsl`.

use super::plan_words::{add_scaled, row, shape, word};
use crate::gpu::kernels::attribute_gradients::Params;
use crate::gpu::layout::LANES;

/// `M_k^T` times the gradient of each image, behind the sums by item.
pub fn attribute_gradients(
    params: &Params,
    plan: &[u32],
    image_gradients: &[f32],
    transfer: &[f32],
    structure_sums: &mut [f32],
) {
    let stride = params.widest4 as usize * LANES;
    let attributes = &mut structure_sums[params.first_attribute4 as usize * LANES..];
    for (slot, gradient) in attributes.chunks_exact_mut(stride).take(params.count as usize).enumerate() {
        let matrix = shape(plan, params.transfer_types, word(plan, params.slot_types, slot));
        let width = matrix.width4 as usize * LANES;
        let transfer = &transfer[matrix.table4 as usize * LANES..];
        let gradient = &mut gradient[..width];
        gradient.fill(0.0);
        for (r, &d) in row(image_gradients, slot, params.item4 as usize * LANES).iter().enumerate() {
            add_scaled(gradient, d, row(transfer, r, width));
        }
    }
}
