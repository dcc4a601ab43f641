//! Mirror of `adam.wgsl`.

use super::plan_words::listed_rows;
use crate::gpu::kernels::adam::Params;

/// Adam (Kingma and Ba) on the listed rows.
pub fn adam(
    params: &Params,
    plan: &[u32],
    gradients: &[f32],
    table: &mut [f32],
    first_moment: &mut [f32],
    second_moment: &mut [f32],
) {
    for listed in listed_rows(plan, params.count, params.types, params.starts, params.rows) {
        for (at, g) in listed.table.zip(listed.listed) {
            let gradient = gradients[g];
            first_moment[at] = params.beta1 * first_moment[at] + (1.0 - params.beta1) * gradient;
            second_moment[at] = params.beta2 * second_moment[at] + (1.0 - params.beta2) * gradient * gradient;
            let root = (params.correction2 * second_moment[at]).sqrt() + params.epsilon;
            if root > 0.0 {
                table[at] -= params.learning_rate * (params.correction1 * first_moment[at] / root);
            }
        }
    }
}
