//! Mirror of `tsne_move.wgsl`.

use super::tsne_sums::total;
use crate::gpu::kernels::tsne_move::Params;
use crate::gpu::layout::LANES;

/// Moves each point against its gradient, exaggeration times the pull less the push over Z, with momentum and gains.
pub fn tsne_move(
    params: &Params,
    parts: &[f32],
    pulls: &[f32],
    pushes: &[f32],
    steps: &mut [f32],
    gains: &mut [f32],
    places: &mut [f32],
) {
    let norm = total(parts)[LANES - 1].max(params.least_norm);
    for point in 0..params.count as usize {
        let of = point * LANES..(point + 1) * LANES;
        let (pull, push) = (&pulls[of.clone()], &pushes[of.clone()]);
        let (step, gain) = (&mut steps[of.clone()], &mut gains[of.clone()]);
        for axis in 0..LANES {
            let push = if axis == LANES - 1 { 0.0 } else { push[axis] / norm };
            let gradient = params.exaggeration * pull[axis] - push;
            let turned = step[axis].partial_cmp(&0.0) != gradient.partial_cmp(&0.0);
            gain[axis] = if turned { gain[axis] + 0.2 } else { gain[axis] * 0.8 + params.least_gain };
            step[axis] = params.momentum * step[axis] - params.learning_rate * gain[axis] * gradient;
        }
        let length = step.iter().map(|x| x * x).sum::<f32>().sqrt();
        let factor = if length > params.longest_step { params.longest_step / length } else { 1.0 };
        step.iter_mut().for_each(|x| *x *= factor);
        if step.iter().any(|x| !x.is_finite()) {
            step.fill(0.0);
        }
        for (place, step) in places[of].iter_mut().zip(step) {
            *place += *step;
        }
    }
}
