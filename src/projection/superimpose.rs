//! Lays one map over another by the points that both have.

use linfa_linalg::svd::SVD;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Moves, turns (and mirrors, if need be) and scales `map` [rows, d] as a whole so that the points of `pairs`, (row of
/// `map`, row of `onto`), lie closest to those of `onto` [others, d] in the sum of squares (Procrustes analysis, Gower
/// 1975).
///
/// Returns `map` as it is where the two cannot be compared: other widths, fewer than two pairs, or all in one place.
#[must_use]
pub fn superimpose(map: Array2<f32>, onto: ArrayView2<'_, f32>, pairs: &[(usize, usize)]) -> Array2<f32> {
    let finite = |table: &ArrayView2<'_, f32>, row: usize| table.row(row).iter().all(|value| value.is_finite());
    if map.ncols() != onto.ncols() {
        return map;
    }
    let usable = pairs.iter().filter(|(own, other)| finite(&map.view(), *own) && finite(&onto, *other));
    let (own, others): (Vec<usize>, Vec<usize>) = usable.copied().unzip();
    let chosen = |table: ArrayView2<'_, f32>, rows: &[usize]| table.select(Axis(0), rows).mapv(f64::from);
    let (own, others) = (chosen(map.view(), &own), chosen(onto, &others));
    let (Some(own_mean), Some(other_mean)) = (own.mean_axis(Axis(0)), others.mean_axis(Axis(0))) else { return map };
    let (own, others) = (own - &own_mean, others - &other_mean);
    let spread: f64 = own.iter().map(|value| value * value).sum();
    let Ok((Some(left), values, Some(right_transposed))) = own.t().dot(&others).svd(true, true) else { return map };
    let scale = values.sum() / spread;
    if !scale.is_finite() || scale <= 0.0 {
        return map;
    }
    let turn = left.dot(&right_transposed) * scale;
    let shift: Array1<f64> = other_mean - own_mean.dot(&turn);
    map.dot(&turn.mapv(|value| value as f32)) + &shift.mapv(|value| value as f32)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_map_that_is_moved_turned_mirrored_and_scaled_comes_back() {
        let onto = array![[1.0_f32, 0.0], [0.0, 2.0], [-3.0, 0.5], [0.3, -1.0], [9.0, 9.0]];
        let (sin, cos) = 0.7_f32.sin_cos();
        // Rows stand in another order, and the last one of either map is not in the other.
        let order = [2, 0, 3, 1];
        let turned = onto.select(Axis(0), &order).dot(&(array![[cos, sin], [sin, -cos]] * 3.0)) + &array![4.0, -2.0];
        let mut map = Array2::zeros((5, 2));
        map.slice_mut(ndarray::s![..4, ..]).assign(&turned);
        let pairs: Vec<(usize, usize)> = (0..).zip(order).collect();
        let found = superimpose(map, onto.view(), &pairs);
        for (row, other) in pairs {
            for axis in 0..2 {
                let (expected, found) = (onto[[other, axis]], found[[row, axis]]);
                assert!((expected - found).abs() < 1e-4, "row {row}: expected {expected}, found {found}");
            }
        }
    }

    #[test]
    fn what_cannot_be_compared_stays_as_it_is() {
        let map = array![[1.0_f32, 2.0], [3.0, 4.0]];
        let stays = |onto: Array2<f32>, pairs: &[(usize, usize)]| superimpose(map.clone(), onto.view(), pairs) == map;
        assert!(stays(array![[1.0, 2.0, 3.0]], &[(0, 0)]));
        assert!(stays(array![[1.0, 2.0], [5.0, 5.0]], &[]));
        assert!(stays(array![[1.0, 2.0], [5.0, 5.0]], &[(0, 0)]));
        assert!(stays(array![[1.0, 2.0], [1.0, 2.0]], &[(0, 0), (1, 1)]), "all in one place");
        let torn = array![[f32::NAN, 0.0], [1.0, 1.0]];
        assert!(superimpose(map.clone(), torn.view(), &[(0, 0), (1, 1)]).iter().all(|value| value.is_finite()));
    }
}
