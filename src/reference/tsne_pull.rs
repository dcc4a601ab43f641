//! Mirror of `tsne_pull.wgsl`.

use super::plan_words::{dot, row};
use crate::gpu::kernels::tsne_pull::Params;
use crate::gpu::layout::LANES;

/// The pull of its neighbours on each point: the sum over its edges of `P (y - y_j) / (1 + |y - y_j|^2)`. Starts and
/// columns are words.
pub fn tsne_pull(
    params: &Params,
    edge_starts: &[f32],
    edge_columns: &[f32],
    edge_values: &[f32],
    places: &[f32],
    pulls: &mut [f32],
) {
    for (point, pull) in pulls.chunks_exact_mut(LANES).take(params.count as usize).enumerate() {
        pull.fill(0.0);
        for edge in edge_starts[point].to_bits()..edge_starts[point + 1].to_bits() {
            let other = edge_columns[edge as usize].to_bits() as usize;
            let difference: [f32; LANES] =
                std::array::from_fn(|axis| row(places, point, LANES)[axis] - row(places, other, LANES)[axis]);
            let factor = edge_values[edge as usize] / (1.0 + dot(&difference, &difference));
            for axis in 0..LANES {
                pull[axis] += factor * difference[axis];
            }
        }
    }
}
