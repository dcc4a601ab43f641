//! Random numbers as a function of seed and place.

/// A normal deviate, the `index`-th of the stream `seed`.
pub(in crate::projection) fn normal(seed: u64, index: u64) -> f32 {
    let bits = mix(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ mix(index.wrapping_add(0xD1B5_4A32_D192_ED03)));
    // Box and Muller (1958), with one of the two deviates: 32 bits for the radius, never 0, and 32 for the angle.
    let radius = (((bits >> 32) as f64) + 0.5) / 4_294_967_296.0;
    let angle = (bits as u32) as f64 / 4_294_967_296.0;
    ((-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()) as f32
}

/// The finaliser of `SplitMix64` (Steele et al. 2014).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_are_normal_and_differ_by_seed() {
        let values: Vec<f64> = (0..20_000).map(|index| f64::from(normal(1, index))).collect();
        let mean = values.iter().sum::<f64>() / 2e4;
        let square = values.iter().map(|x| x * x).sum::<f64>() / 2e4;
        let fourth = values.iter().map(|x| x.powi(4)).sum::<f64>() / 2e4;
        assert!(
            mean.abs() < 0.03 && (square - 1.0).abs() < 0.04 && (fourth - 3.0).abs() < 0.3,
            "{mean} {square} {fourth}"
        );
        assert_ne!(normal(1, 5), normal(2, 5));
    }
}
