//! The cubic B-spline, the shape in which a point spreads over the grid.

/// Nodes that a point touches along an axis.
pub(super) const REACH: usize = 4;

/// Weights of the nodes at -1, 0, 1 and 2 for a point at `t` in 0..1; they add up to 1.
#[inline(always)]
pub(super) fn weights(t: f32) -> [f32; REACH] {
    const SIXTH: f32 = 1.0 / 6.0;
    let s = 1.0 - t;
    let (t2, s2) = (t * t, s * s);
    [SIXTH * s2 * s, 2.0 / 3.0 - t2 + 0.5 * t2 * t, 2.0 / 3.0 - s2 + 0.5 * s2 * s, SIXTH * t2 * t]
}

/// Derivatives of [`weights`] by `t`; they add up to 0.
#[inline(always)]
pub(super) fn slopes(t: f32) -> [f32; REACH] {
    let s = 1.0 - t;
    [-0.5 * s * s, t * (1.5 * t - 2.0), s * (2.0 - 1.5 * s), 0.5 * t * t]
}

/// Fourier transform of the spline at the nodes, at an angle of `theta` a node. A convolution interpolates if it is
/// divided by the square of this for spreading and gathering.
pub(super) fn transform(theta: f64) -> f64 {
    (2.0 + theta.cos()) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_reproduce_straight_lines_and_slopes_are_their_derivatives() {
        for step in 0..=100 {
            let t = step as f32 / 100.0;
            let sum: f32 = weights(t).iter().sum();
            let place: f32 = weights(t).iter().zip([-1.0, 0.0, 1.0, 2.0]).map(|(w, node)| w * node).sum();
            assert!((sum - 1.0).abs() < 1e-6 && (place - t).abs() < 1e-6, "at {t}: sum {sum}, place {place}");
            let (before, after) = (weights(t - 1e-2), weights(t + 1e-2));
            for (node, slope) in slopes(t).into_iter().enumerate() {
                let measured = (after[node] - before[node]) / 2e-2;
                assert!((slope - measured).abs() < 1e-3, "node {node} at {t}: {slope}, measured {measured}");
            }
        }
    }
}
