//! Keeps a map's orientation from one frame to the next.

use linfa_linalg::svd::SVD;
use ndarray::{Array2, ArrayView2};

/// Turns (and mirrors, if need be) `current` [rows, d] about the origin so that it lies closest to `previous` [rows, d]
/// in the sum of squares (orthogonal Procrustes, Schönemann 1966). Distances within `current` stay.
///
/// Returns `current` as it is where the two cannot be compared: other shapes, or nothing to align.
#[must_use]
pub fn align(previous: ArrayView2<'_, f32>, current: Array2<f32>) -> Array2<f32> {
    if previous.dim() != current.dim() {
        return current;
    }
    let covariance = current.mapv(f64::from).t().dot(&previous.mapv(f64::from));
    if !covariance.iter().all(|value| value.is_finite()) {
        return current;
    }
    match covariance.svd(true, true) {
        Ok((Some(left), _, Some(right_transposed))) => {
            let rotation = left.dot(&right_transposed).mapv(|value| value as f32);
            current.dot(&rotation)
        }
        _ => current,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_turned_and_mirrored_map_comes_back() {
        let map = array![[1.0_f32, 0.0], [0.0, 2.0], [-3.0, 0.5], [0.3, -1.0]];
        let (sin, cos) = 0.7_f32.sin_cos();
        let turned = map.dot(&array![[cos, sin], [sin, -cos]]);
        let aligned = align(map.view(), turned);
        for (expected, found) in map.iter().zip(&aligned) {
            assert!((expected - found).abs() < 1e-5, "expected {expected}, found {found}");
        }
    }

    #[test]
    fn maps_of_other_shapes_stay_as_they_are() {
        let current = array![[1.0_f32, 2.0]];
        assert_eq!(align(array![[1.0_f32, 2.0], [3.0, 4.0]].view(), current.clone()), current);
    }

    #[test]
    fn a_collapsed_map_gives_no_nan() {
        let aligned = align(Array2::zeros((3, 2)).view(), array![[1.0_f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        assert!(aligned.iter().all(|value| value.is_finite()), "{aligned}");
    }
}
