//! Mirror of `adam.wgsl` and of `include/adam_move.wgsl`.

use super::gradient_sources::GradientSource;

/// Adam (Kingma and Ba) on the listed rows.
pub(super) fn adam(
    source: &impl GradientSource,
    table: &mut [f32],
    first_moment: &mut [f32],
    second_moment: &mut [f32],
) {
    for listed in source.rows() {
        let gradient = source.gradient(&listed, table);
        for (at, gradient) in listed.table.zip(gradient) {
            let moments = (&mut first_moment[at], &mut second_moment[at]);
            adam_move(source.constants(), gradient, &mut table[at], moments);
        }
    }
}

/// Adam on one number, by the constants of [`GradientSource::constants`].
pub(super) fn adam_move(constants: [f32; 6], gradient: f32, value: &mut f32, moments: (&mut f32, &mut f32)) {
    let [learning_rate, beta1, beta2, epsilon, correction1, correction2] = constants;
    let (first, second) = moments;
    *first = beta1 * *first + (1.0 - beta1) * gradient;
    *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
    let root = (correction2 * *second).sqrt() + epsilon;
    if root > 0.0 {
        *value -= learning_rate * (correction1 * *first / root);
    }
}
