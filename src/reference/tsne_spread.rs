//! Mirror of `tsne_spread.wgsl`.

use crate::gpu::kernels::tsne_spread::Params;
use crate::gpu::layout::LANES;

/// Charges the grid: each point spreads over 4 x 4 nodes, in whole numbers of 1 / `scale`. Charges are words.
pub fn tsne_spread(params: &Params, places: &[f32], charges: &mut [f32]) {
    for place in places.chunks_exact(LANES).take(params.count as usize) {
        let (column, x) = located(place[0], params.inverse_spacing, params.origin_x, params.used_columns);
        let (row, y) = located(place[1], params.inverse_spacing, params.origin_y, params.used_rows);
        for (above, along_y) in weights(y).into_iter().enumerate() {
            for (right, along_x) in weights(x).into_iter().enumerate() {
                let charge = &mut charges[(row + above) * params.columns as usize + column + right];
                let added = (params.scale * along_y * along_x + 0.5) as u32;
                *charge = f32::from_bits(charge.to_bits() + added);
            }
        }
    }
}

/// The first of the nodes that a coordinate touches, and its place between the two in the middle.
pub(super) fn located(coordinate: f32, inverse_spacing: f32, origin: f32, used: u32) -> (usize, f32) {
    let at = coordinate * inverse_spacing;
    let node = at.floor() - origin;
    let kept = node.clamp(1.0, (used - 3) as f32);
    (kept as usize - 1, (at - at.floor() + (node - kept)).clamp(0.0, 1.0))
}

/// Weights of the nodes at -1, 0, 1 and 2 for a point at `t` in 0..1.
pub(super) fn weights(t: f32) -> [f32; 4] {
    let s = 1.0 - t;
    [s * s * s / 6.0, 2.0 / 3.0 - t * t + 0.5 * t * t * t, 2.0 / 3.0 - s * s + 0.5 * s * s * s, t * t * t / 6.0]
}
