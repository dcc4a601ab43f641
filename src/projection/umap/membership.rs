//! How strongly a point belongs together with each of its neighbours.

use crate::projection::tsne::exp;

/// Sums within this of what is wanted are as good as it.
const TOLERANCE: f32 = 1e-5;
const ROUNDS: usize = 64;

/// Sigma is at least this share of the mean distance, so that ties with the nearest neighbour leave the others a part.
const LEAST_SHARE: f64 = 1e-3;

/// Memberships `exp(-max(0, d - rho) / sigma)` of a point's neighbours at `distances` (nearest first): rho is the least
/// distance above 0, so that each point is tied wholly to its nearest (local connectivity 1), and sigma is such that
/// they add up to log2(neighbours + 1) (McInnes et al. 2018, algorithm 3).
///
/// Where no sigma reaches that sum it is as near to it as it can be. `mean` is the mean distance of all points, for those
/// whose neighbours all coincide with them. `beyond` is scratch; both have the length of `distances`.
#[inline(always)]
pub(super) fn memberships(distances: &[f32], mean: f64, beyond: &mut [f32], values: &mut [f32]) {
    let others = distances.len();
    let rho = f64::from(distances.iter().copied().find(|&distance| distance > 0.0).unwrap_or(0.0));
    let mut scale = 0.0;
    for &distance in distances {
        scale += (f64::from(distance) - rho).max(0.0);
    }
    scale /= others.max(1) as f64;
    if !(scale > 0.0 && scale.is_finite()) {
        values.fill(1.0);
        return;
    }
    // In units of their own mean: any scale of the vectors gives the same numbers.
    for (beyond, &distance) in beyond.iter_mut().zip(distances) {
        *beyond = ((f64::from(distance) - rho).max(0.0) / scale) as f32;
    }
    let wanted = ((others + 1) as f32).log2();
    let (mut low, mut high, mut sigma) = (0.0_f32, f32::INFINITY, 1.0_f32);
    for _ in 0..ROUNDS {
        let sum = weigh(sigma, beyond, values);
        if (sum - wanted).abs() < TOLERANCE {
            break;
        }
        if sum > wanted {
            high = sigma;
        } else {
            low = sigma;
        }
        sigma = if high.is_finite() { 0.5 * (low + high) } else { sigma * 2.0 };
        if !(sigma > 0.0 && sigma.is_finite()) {
            break;
        }
    }
    let own = distances.iter().map(|&distance| f64::from(distance)).sum::<f64>() / (others + 1) as f64;
    let least = (LEAST_SHARE * if rho > 0.0 { own } else { mean } / scale) as f32;
    if sigma < least && least.is_finite() {
        weigh(least, beyond, values);
    }
}

/// `values = exp(-beyond / sigma)` and their sum.
#[inline(always)]
fn weigh(sigma: f32, beyond: &[f32], values: &mut [f32]) -> f32 {
    const LANES: usize = 8;
    let steepness = -1.0 / sigma;
    let mut lanes = [0.0_f32; LANES];
    let (blocks, rest) = beyond.as_chunks::<LANES>();
    let (value_blocks, value_rest) = values.as_chunks_mut::<LANES>();
    for (beyond, values) in blocks.iter().zip(value_blocks) {
        for lane in 0..LANES {
            values[lane] = exp(beyond[lane] * steepness);
            lanes[lane] += values[lane];
        }
    }
    let mut sum = lanes.iter().sum::<f32>();
    for (&beyond, value) in rest.iter().zip(value_rest) {
        *value = exp(beyond * steepness);
        sum += *value;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(distances: &[f32]) -> Vec<f32> {
        let (mut beyond, mut values) = (vec![0.0; distances.len()], vec![0.0; distances.len()]);
        memberships(distances, 1.0, &mut beyond, &mut values);
        values
    }

    #[test]
    fn they_add_up_to_the_binary_logarithm_at_any_scale_and_the_nearest_belongs_wholly() {
        for scale in [1e-15_f32, 1.0, 1e15] {
            for k in [3_usize, 15, 40] {
                let distances: Vec<f32> = (1..k).map(|i| scale * (1.0 + (i as f32).sqrt() * 0.2)).collect();
                let values = found(&distances);
                let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
                assert!((sum - (k as f64).log2()).abs() < 2e-5, "scale {scale}, k {k}: {sum}");
                assert_eq!(values[0], 1.0);
                assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
            }
        }
    }

    #[test]
    fn they_are_those_of_the_definition() {
        let distances: Vec<f32> = (0..14).map(|i| 0.5 + 0.07 * (i * i) as f32).collect();
        let values = found(&distances);
        let sum = |sigma: f64| distances.iter().map(|&d| (-(f64::from(d) - 0.5) / sigma).exp()).sum::<f64>();
        let (mut low, mut high) = (1e-9, 1e9);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if sum(middle) > 15_f64.log2() { high = middle } else { low = middle }
        }
        for (&distance, &value) in distances.iter().zip(&values) {
            let wanted = (-(f64::from(distance) - 0.5) / low).exp();
            assert!((f64::from(value) - wanted).abs() < 2e-5, "{value}, not {wanted}");
        }
    }

    #[test]
    fn coincident_and_equally_far_neighbours_belong_wholly() {
        assert_eq!(found(&[0.0; 5]), [1.0; 5]);
        assert_eq!(found(&[2.0; 5]), [1.0; 5]);
        assert!(found(&[]).is_empty());
        let some = found(&[0.0, 0.0, 0.0, 1.0, 1.0, 9.0]);
        assert_eq!(some[..5], [1.0; 5], "all up to the least distance above 0: {some:?}");
        assert!(some[5] < 0.5 && some.iter().all(|value| value.is_finite()), "{some:?}");
        let huge = found(&[1.0, f32::MAX]);
        assert!(huge.iter().all(|value| value.is_finite()), "{huge:?}");
    }
}
