//! Mirror of `tsne_push.wgsl`.

use super::plan_words::{dot, row};
use crate::gpu::kernels::tsne_push::Params;
use crate::gpu::layout::LANES;

/// The push of all points on each: the sum over the others of `(y - y_j) / (1 + |y - y_j|^2)^2`, and behind it that of
/// `1 / (1 + |y - y_j|^2)`.
pub fn tsne_push(params: &Params, places: &[f32], pushes: &mut [f32]) {
    let points = params.count as usize;
    for (point, push) in pushes.chunks_exact_mut(LANES).take(points).enumerate() {
        push.fill(0.0);
        for other in (0..points).filter(|&other| other != point) {
            let difference: [f32; LANES] =
                std::array::from_fn(|axis| row(places, point, LANES)[axis] - row(places, other, LANES)[axis]);
            let near = 1.0 / (1.0 + dot(&difference, &difference));
            for axis in 0..LANES - 1 {
                push[axis] += near * near * difference[axis];
            }
            push[LANES - 1] += near;
        }
    }
}
