//! Mirror of `tsne_centre.wgsl`.

use super::tsne_sums::total;
use crate::gpu::kernels::tsne_centre::Params;
use crate::gpu::layout::LANES;

/// Takes the middle of the map from each place.
pub fn tsne_centre(params: &Params, parts: &[f32], places: &mut [f32]) {
    let middle = total(parts).map(|sum| sum / params.count as f32);
    for place in places.chunks_exact_mut(LANES).take(params.count as usize) {
        for axis in 0..LANES {
            place[axis] -= middle[axis];
        }
    }
}
