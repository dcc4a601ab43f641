//! Mirror of `tsne_bounds.wgsl`.

use crate::gpu::kernels::WORKGROUP;
use crate::gpu::kernels::tsne_bounds::Params;
use crate::gpu::layout::LANES;

/// Least and largest coordinates of all places, (x, y) and (x, y), in WORKGROUP parts.
pub fn tsne_bounds(params: &Params, places: &[f32], parts: &mut [f32]) {
    for part in parts.chunks_exact_mut(LANES) {
        part.copy_from_slice(&[places[0], places[1], places[0], places[1]]);
    }
    for (at, place) in places.chunks_exact(LANES).take(params.count as usize).enumerate() {
        let part = &mut parts[at / WORKGROUP as usize % WORKGROUP as usize * LANES..][..LANES];
        for axis in 0..2 {
            part[axis] = part[axis].min(place[axis]);
            part[2 + axis] = part[2 + axis].max(place[axis]);
        }
    }
}
