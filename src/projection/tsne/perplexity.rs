//! Widths of the Gaussians around each point.

/// Conditional probabilities p(j | i) of a point's neighbours at `distances` (nearest first), proportional to
/// exp(-beta d^2) with the beta at which their entropy is ln `perplexity` (van der Maaten and Hinton 2008, eq. 1).
///
/// Where no beta reaches it (all distances equal, or more coincident neighbours than the perplexity) the nearest share
/// evenly. `squares` and `probabilities` have the length of `distances`; the result adds up to 1.
#[inline(always)]
pub(super) fn conditional(distances: &[f32], perplexity: f64, squares: &mut [f32], probabilities: &mut [f32]) {
    let Some(&nearest) = distances.first() else { return };
    // Relative to the nearest, in units of the mean: any scale of the vectors gives the same numbers.
    let mut mean = 0.0_f64;
    for (square, &distance) in squares.iter_mut().zip(distances) {
        let above = f64::from(distance).powi(2) - f64::from(nearest).powi(2);
        mean += above;
        *square = above as f32;
    }
    mean /= distances.len() as f64;
    if mean > 0.0 && mean.is_finite() {
        let scale = 1.0 / mean;
        for (square, &distance) in squares.iter_mut().zip(distances) {
            *square = ((f64::from(distance).powi(2) - f64::from(nearest).powi(2)) * scale) as f32;
        }
    } else {
        squares.fill(0.0);
    }
    let wanted = perplexity.ln() as f32;
    let (mut low, mut high) = (0.0_f32, f32::INFINITY);
    let mut beta = 1.0_f32;
    let mut sum = 1.0;
    for _ in 0..ROUNDS {
        let moments = weigh(beta, squares, probabilities);
        sum = moments.sum;
        let mean = moments.first / sum;
        // H = ln S + beta <d^2>, dH/dbeta = -beta Var(d^2).
        let excess = sum.ln() + beta * mean - wanted;
        if excess.abs() < TOLERANCE {
            break;
        }
        if excess > 0.0 {
            low = beta;
        } else {
            high = beta;
        }
        let slope = beta * (moments.second / sum - mean * mean);
        let newton = beta + excess / slope;
        // Newton's step where it stays in the bracket, else the middle of it.
        beta = if newton > low && newton < high && newton.is_finite() {
            newton
        } else if high.is_finite() {
            0.5 * (low + high)
        } else {
            low * 4.0
        };
        if beta > LARGEST {
            break;
        }
    }
    let scale = 1.0 / sum;
    probabilities.iter_mut().for_each(|probability| *probability *= scale);
}

const ROUNDS: usize = 60;
const TOLERANCE: f32 = 1e-5;
/// Beyond it all but exact ties with the nearest have vanished.
const LARGEST: f32 = 1e12;

struct Moments {
    sum: f32,
    first: f32,
    second: f32,
}

const LANES: usize = 8;

/// `weights = exp(-beta squares)`, and the moments of `squares` under them.
#[inline(always)]
fn weigh(beta: f32, squares: &[f32], weights: &mut [f32]) -> Moments {
    let mut lanes = [[0.0_f32; LANES]; 3];
    let (blocks, rest) = squares.as_chunks::<LANES>();
    let (weight_blocks, weight_rest) = weights.as_chunks_mut::<LANES>();
    for (squares, weights) in blocks.iter().zip(weight_blocks) {
        for lane in 0..LANES {
            let weight = exp(-beta * squares[lane]);
            weights[lane] = weight;
            lanes[0][lane] += weight;
            lanes[1][lane] += weight * squares[lane];
            lanes[2][lane] += weight * squares[lane] * squares[lane];
        }
    }
    for (lane, (&square, weight)) in rest.iter().zip(weight_rest).enumerate() {
        *weight = exp(-beta * square);
        lanes[0][lane] += *weight;
        lanes[1][lane] += *weight * square;
        lanes[2][lane] += *weight * square * square;
    }
    let [sum, first, second] = lanes.map(|lanes| lanes.iter().sum());
    Moments { sum, first, second }
}

/// e^x for x <= 0 to 2e-7 of its value, branch-free so that it runs in vector registers; 0 below -87.
#[inline(always)]
pub(in crate::projection) fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 x 2^23 rounds to the nearest integer.
    const ROUNDER: f32 = 12_582_912.0;
    let clamped = if x < -87.0 { -87.0 } else { x };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUNDER;
    let whole = shifted - ROUNDER;
    // ln 2 in two parts, the first with few digits, so that the product is exact (Cody and Waite).
    let rest = clamped - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut series = 1.987_569_1e-4_f32;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        series = series * rest + coefficient;
    }
    let value = series * rest * rest + rest + 1.0;
    // The low bits of `shifted` hold the integer.
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    if x < -87.0 { 0.0 } else { value * power }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probabilities(distances: &[f32], perplexity: f64) -> Vec<f32> {
        let mut squares = vec![0.0; distances.len()];
        let mut found = squares.clone();
        conditional(distances, perplexity, &mut squares, &mut found);
        found
    }

    fn measured_perplexity(probabilities: &[f32]) -> f64 {
        let entropy: f64 = probabilities.iter().map(|&p| f64::from(p)).filter(|&p| p > 0.0).map(|p| -p * p.ln()).sum();
        entropy.exp()
    }

    #[test]
    fn the_exponential_is_that_of_the_standard_library() {
        for step in 0..8700 {
            let x = -(step as f32) * 0.01;
            let (ours, exact) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((ours - exact).abs() <= 3e-7 * exact, "exp({x}) is {exact}, not {ours}");
        }
        assert_eq!((exp(0.0), exp(-200.0), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
    }

    #[test]
    fn the_entropy_is_the_perplexity_asked_for_at_any_scale() {
        for scale in [1e-15_f32, 1.0, 1e15] {
            let distances: Vec<f32> = (0..90).map(|i| scale * (1.0 + (i as f32).sqrt() * 0.2)).collect();
            for perplexity in [1.5, 5.0, 30.0, 80.0] {
                let found = probabilities(&distances, perplexity);
                let sum: f32 = found.iter().sum();
                assert!((sum - 1.0).abs() < 1e-5, "they add up to {sum}");
                let measured = measured_perplexity(&found);
                assert!(
                    (measured / perplexity - 1.0).abs() < 1e-3,
                    "scale {scale}: asked {perplexity}, found {measured}"
                );
            }
        }
    }

    #[test]
    fn where_the_perplexity_is_out_of_reach_the_nearest_share_evenly() {
        assert_eq!(probabilities(&[3.0; 10], 3.0), [0.1; 10]);
        assert_eq!(probabilities(&[0.0; 4], 30.0), [0.25; 4]);
        let mut distances = [0.0; 20];
        distances[12..].fill(1.0);
        let found = probabilities(&distances, 5.0);
        for (index, &p) in found.iter().enumerate() {
            let wanted = if index < 12 { 1.0 / 12.0 } else { 0.0 };
            assert!((p - wanted).abs() < 1e-6, "neighbour {index}: {p}, not {wanted}");
        }
        assert_eq!(probabilities(&[2.0], 1.0), [1.0]);
        assert!(probabilities(&[], 1.0).is_empty());
        let huge = probabilities(&[1.0, f32::MAX], 1.2);
        assert!(huge.iter().all(|p| p.is_finite()), "{huge:?}");
    }
}
