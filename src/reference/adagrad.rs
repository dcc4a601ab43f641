//! Mirror of `adagrad.wgsl`.

use super::gradient_sources::GradientSource;
use super::plan_words::{add_scaled, dot};

/// Adds each listed row's mean squared gradient to its accumulator, and moves the row by its gradient over the
/// accumulator's root.
pub(super) fn adagrad(source: &impl GradientSource, table: &mut [f32], accumulators: &mut [f32]) {
    let [learning_rate, _, _, epsilon, ..] = source.constants();
    for listed in source.rows() {
        let gradient = source.gradient(&listed, table);
        let accumulated = &mut accumulators[listed.number];
        *accumulated += dot(&gradient, &gradient) / listed.width as f32;
        let root = accumulated.sqrt() + epsilon;
        if root > 0.0 {
            add_scaled(&mut table[listed.table], -learning_rate / root, &gradient);
        }
    }
}
