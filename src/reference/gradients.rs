//! Mirror of `gradients.wgsl`.

use super::gradient_sources::GradientSource;

/// Writes the gradient of each listed row, in the order of the list; `table` holds the rows' values where their gradient
/// depends on them.
pub(super) fn gradients(source: &impl GradientSource, table: &[f32], gradients: &mut [f32]) {
    for listed in source.rows() {
        gradients[listed.listed.clone()].copy_from_slice(&source.gradient(&listed, table));
    }
}
