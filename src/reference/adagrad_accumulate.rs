//! Mirror of `adagrad_accumulate.wgsl`.

use super::plan_words::{dot, shape, word};
use crate::gpu::kernels::adagrad_accumulate::Params;
use crate::gpu::layout::LANES;
use crate::gpu::plan::NONE;

/// Adds each listed row's mean squared gradient to its accumulator.
pub fn adagrad_accumulate(params: &Params, plan: &[u32], gradients: &[f32], accumulators: &mut [f32]) {
    let mut kind = 0;
    for slot in 0..params.count as usize {
        while slot >= word(plan, params.starts, 2 * kind + 2) {
            kind += 1;
        }
        let shape = shape(plan, params.types, kind);
        let within = slot - word(plan, params.starts, 2 * kind);
        let row = if params.rows == NONE { within } else { word(plan, params.rows, slot) };
        let width = shape.width4 as usize * LANES;
        let gradient = &gradients[word(plan, params.starts, 2 * kind + 1) * LANES + within * width..][..width];
        accumulators[shape.row_start as usize + row] += dot(gradient, gradient) / shape.width as f32;
    }
}
