//! Mirror of `transfer_gradients.wgsl`.

use super::plan_words::{add_scaled, listed_rows, range, row, shape};
use crate::gpu::kernels::transfer_gradients::Params;
use crate::gpu::layout::LANES;
use crate::gpu::plan::NONE;

/// The gradient of all `M_k`: the parts in order, plus the regulariser's (2 beta M, or beta M / norm and 0 at M = 0).
pub fn transfer_gradients(
    params: &Params,
    plan: &[u32],
    parts: &[f32],
    transfer: &[f32],
    losses: &[f32],
    gradients: &mut [f32],
) {
    for listed in listed_rows(plan, params.count, params.types, params.starts, NONE) {
        let matrix = shape(plan, params.types, listed.kind).table4 as usize * LANES;
        let gradient = &mut gradients[listed.table.clone()];
        gradient.fill(0.0);
        for part in range(plan, params.part_starts, listed.kind) {
            let part = row(parts, part, params.largest4 as usize * LANES);
            add_scaled(gradient, 1.0, &part[listed.table.start - matrix..]);
        }
        let square = losses[params.losses as usize + listed.kind - 1];
        let factor = match (params.squared, square > 0.0) {
            (1, _) => 2.0 * params.beta,
            (_, true) => params.beta / square.sqrt(),
            (_, false) => 0.0,
        };
        add_scaled(gradient, factor, &transfer[listed.table]);
    }
}
