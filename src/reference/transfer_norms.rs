//! Mirror of `transfer_norms.wgsl`.

use super::plan_words::{dot, shape};
use crate::gpu::kernels::transfer_norms::Params;
use crate::gpu::layout::LANES;

/// Sum of squares of each `M_k`, into the step's loss record.
pub fn transfer_norms(params: &Params, plan: &[u32], transfer: &[f32], losses: &mut [f32]) {
    for matrix in 0..params.count as usize {
        let shape = shape(plan, params.types, matrix + 1);
        let start = shape.table4 as usize * LANES;
        let values = &transfer[start..start + (shape.rows * shape.width4) as usize * LANES];
        losses[params.losses as usize + matrix] = dot(values, values);
    }
}
