//! Gradient descent with momentum and gains.

use rayon::prelude::*;

/// Points that a thread moves at once.
const CHUNK: usize = 4096;

/// No point moves further in one iteration, in units of the map.
pub(super) const LONGEST_STEP: f32 = 5.0;

/// Added to gains that shrink, so that none vanishes.
pub(super) const LEAST_GAIN: f32 = 0.01;

/// Steps and gains of every point.
pub(super) struct Descent<const D: usize> {
    steps: Vec<[f32; D]>,
    gains: Vec<[f32; D]>,
}

impl<const D: usize> Descent<D> {
    pub(super) fn new(points: usize) -> Self {
        Self { steps: vec![[0.0; D]; points], gains: vec![[1.0; D]; points] }
    }

    /// Moves `layout` against `gradient` as openTSNE does: gains grow by 0.2 where the gradient has turned and shrink
    /// to 0.8 where it has not (Jacobs 1988), long steps are cut, and the middle of the map stays at zero.
    pub(super) fn step(&mut self, layout: &mut [[f32; D]], gradient: &[[f32; D]], rate: f64, momentum: f64) {
        let (rate, momentum) = (rate as f32, momentum as f32);
        let moved = layout.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK));
        let state = self.steps.par_chunks_mut(CHUNK).zip(self.gains.par_chunks_mut(CHUNK));
        let sums: Vec<[f64; D]> = moved
            .zip(state)
            .map(|((places, gradients), (steps, gains))| {
                let mut sum = [0.0; D];
                for (((place, gradient), step), gain) in places.iter_mut().zip(gradients).zip(steps).zip(gains) {
                    for axis in 0..D {
                        let turned = sign(step[axis]) != sign(gradient[axis]);
                        gain[axis] = if turned { gain[axis] + 0.2 } else { gain[axis] * 0.8 + LEAST_GAIN };
                        step[axis] = momentum * step[axis] - rate * gain[axis] * gradient[axis];
                    }
                    let length = step.iter().map(|x| x * x).sum::<f32>().sqrt();
                    if length > LONGEST_STEP {
                        *step = step.map(|x| x * (LONGEST_STEP / length));
                    }
                    if !step.iter().all(|x| x.is_finite()) {
                        // A force beyond f32 says nothing about the way to go.
                        *step = [0.0; D];
                    }
                    for axis in 0..D {
                        place[axis] += step[axis];
                        sum[axis] += f64::from(place[axis]);
                    }
                }
                sum
            })
            .collect();
        let middle: [f32; D] = std::array::from_fn(|axis| {
            (sums.iter().map(|sum| sum[axis]).sum::<f64>() / layout.len().max(1) as f64) as f32
        });
        layout.par_chunks_mut(CHUNK).for_each(|places| {
            for place in places {
                for axis in 0..D {
                    place[axis] -= middle[axis];
                }
            }
        });
    }
}

/// -1, 0 or 1, unlike `f32::signum`, which has no 0.
fn sign(x: f32) -> i8 {
    i8::from(x > 0.0) - i8::from(x < 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_and_steps_follow_the_rule_and_the_middle_stays() {
        let mut descent = Descent::<2>::new(2);
        let mut layout = [[0.0, 0.0], [0.0, 0.0]];
        descent.step(&mut layout, &[[1.0, -1.0], [-1.0, 1.0]], 0.5, 0.8);
        // From rest the gradient has turned: gain 1.2.
        assert_eq!(layout, [[-0.6, 0.6], [0.6, -0.6]]);
        descent.step(&mut layout, &[[1.0, -1.0], [-1.0, 1.0]], 0.5, 0.8);
        // Step and gradient have opposite signs, which counts as turned: gain 1.4, step 0.8 x 0.6 + 0.7.
        let expected = [[-1.78_f32, 1.78], [1.78, -1.78]];
        for (found, wanted) in layout.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - wanted).abs() < 1e-6, "{layout:?}");
        }
    }

    #[test]
    fn long_steps_are_cut_and_a_gradient_beyond_f32_moves_nothing() {
        let mut descent = Descent::<2>::new(2);
        let mut layout = [[0.0, 0.0], [0.0, 0.0]];
        descent.step(&mut layout, &[[300.0, -400.0], [-300.0, 400.0]], 1.0, 0.5);
        for (found, wanted) in layout.iter().flatten().zip([-3.0, 4.0, 3.0, -4.0]) {
            assert!((found - wanted).abs() < 1e-5, "{layout:?}");
        }
        descent.step(&mut layout, &[[f32::NAN, 0.0], [f32::INFINITY, 0.0]], 1.0, 0.5);
        assert!(layout.iter().flatten().all(|x| x.is_finite()), "{layout:?}");
    }
}
