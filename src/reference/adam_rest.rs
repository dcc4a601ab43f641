//! Mirror of `adam_rest.wgsl`.

use super::adam::adam_move;
use super::plan_words::{listed_rows, word};
use crate::gpu::kernels::adam_rest::Params;

/// Adam with a gradient of zero on the rows that the batch did not touch.
pub fn adam_rest(
    params: &Params,
    plan: &[u32],
    table: &mut [f32],
    first_moment: &mut [f32],
    second_moment: &mut [f32],
) {
    let p = params;
    let constants = [p.learning_rate, p.beta1, p.beta2, p.epsilon, p.correction1, p.correction2];
    for listed in listed_rows(plan, params.count, params.types, params.starts, params.rows) {
        if word(plan, params.marks, listed.number / 32) >> (listed.number % 32) & 1 == 1 {
            continue;
        }
        for at in listed.table {
            adam_move(constants, 0.0, &mut table[at], (&mut first_moment[at], &mut second_moment[at]));
        }
    }
}
