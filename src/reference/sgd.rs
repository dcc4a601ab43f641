//! Mirror of `sgd.wgsl`.

use super::gradient_sources::GradientSource;
use super::plan_words::add_scaled;

/// Moves the listed rows against their gradients.
pub(super) fn sgd(source: &impl GradientSource, table: &mut [f32]) {
    let [learning_rate, ..] = source.constants();
    for listed in source.rows() {
        let gradient = source.gradient(&listed, table);
        add_scaled(&mut table[listed.table], -learning_rate, &gradient);
    }
}
