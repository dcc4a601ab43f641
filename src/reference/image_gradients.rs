//! Mirror of `image_gradients.wgsl`.

use super::plan_words::{add_scaled, range, row};
use crate::gpu::kernels::image_gradients::Params;
use crate::gpu::layout::LANES;

/// The gradient of each image: its segments' sums, added in order.
pub fn image_gradients(params: &Params, plan: &[u32], sums: &[f32], gradients: &mut [f32]) {
    let width = params.item4 as usize * LANES;
    let slots = params.count as usize;
    for (slot, gradient) in gradients.chunks_exact_mut(width).take(slots).enumerate() {
        gradient.fill(0.0);
        for segment in range(plan, params.row_segments, slot) {
            add_scaled(gradient, 1.0, row(sums, segment, width));
        }
    }
}
