//! Mirror of `tsne_gather.wgsl`.

use super::plan_words::dot;
use super::tsne_spread::{located, weights};
use crate::gpu::kernels::tsne_gather::Params;
use crate::gpu::layout::LANES;

/// The push of the grid's field on each point: minus half of the field's gradient, and behind it the field, both less what
/// the point feels of itself, the polynomial `own`.
pub fn tsne_gather(params: &Params, places: &[f32], potential: &[f32], own: &[f32], pushes: &mut [f32]) {
    let points = params.count as usize;
    for (place, push) in places.chunks_exact(LANES).zip(pushes.chunks_exact_mut(LANES)).take(points) {
        let (column, x) = located(place[0], params.inverse_spacing, params.origin_x, params.used_columns);
        let (row, y) = located(place[1], params.inverse_spacing, params.origin_y, params.used_rows);
        let nodes = |above: usize| &potential[(row + above) * params.columns as usize + column..][..LANES];
        let along_x = |weights: &[f32; 4]| -> [f32; 4] { std::array::from_fn(|above| dot(weights, nodes(above))) };
        let (straight, sloped) = (along_x(&weights(x)), along_x(&slopes(x)));
        let ([qx, qy], [by_x, by_y]) = ([x, y].map(|t| (t - 0.5) * (t - 0.5)), [x - 0.5, y - 0.5]);
        let felt = |along_x: [f32; 4], along_y: [f32; 4]| -> f32 {
            own.chunks_exact(LANES).zip(along_y).map(|(row, power)| power * dot(row, &along_x)).sum()
        };
        let factor = -0.5 * params.inverse_spacing;
        push[0] = factor * (dot(&sloped, &weights(y)) - by_x * felt(steepness(qx), powers(qy)));
        push[1] = factor * (dot(&straight, &slopes(y)) - by_y * felt(powers(qx), steepness(qy)));
        push[2] = 0.0;
        push[3] = dot(&straight, &weights(y)) - felt(powers(qx), powers(qy));
    }
}

fn powers(q: f32) -> [f32; 4] {
    [1.0, q, q * q, q * q * q]
}

/// Derivatives of [`powers`].
fn steepness(q: f32) -> [f32; 4] {
    [0.0, 1.0, 2.0 * q, 3.0 * q * q]
}

/// Derivatives of [`weights`] by `t`.
fn slopes(t: f32) -> [f32; 4] {
    let s = 1.0 - t;
    [-0.5 * s * s, t * (1.5 * t - 2.0), s * (2.0 - 1.5 * s), 0.5 * t * t]
}
