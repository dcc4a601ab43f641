//! Where k-means begins.

use ndarray::{Array1, Array2, Axis};
use twox_hash::XxHash3_128;

use super::groups::GroupError;

/// `k` rows of `unit` [rows, m] as first centroids, by k-means++ (Arthur and Vassilvitskii 2007): the first is drawn
/// evenly, each other with a chance that rises with the squared distance to the nearest one so far. A pure function of
/// the rows, `seed` and the number of the start; `may_go_on` is asked before each.
///
/// # Errors
/// Those of `may_go_on`.
pub(super) fn plus_plus(
    unit: &Array2<f32>,
    k: usize,
    seed: u64,
    start: u32,
    may_go_on: &dyn Fn() -> Result<(), GroupError>,
) -> Result<Array2<f32>, GroupError> {
    let lengths: Array1<f32> = unit.rows().into_iter().map(|row| row.dot(&row)).collect();
    let mut nearest = Array1::<f32>::ones(unit.nrows());
    let mut chosen = Vec::with_capacity(k);
    for number in 0..k {
        may_go_on()?;
        let row = by_weight(&nearest, draw(seed, start, number));
        chosen.push(row);
        let mut distances = unit.dot(&unit.row(row)) * -2.0 + &lengths + lengths[row];
        // Rounding must not make a chosen row, or one that equals it, likely.
        distances.mapv_inplace(|distance| distance.max(0.0));
        distances[row] = 0.0;
        match number {
            0 => nearest = distances,
            _ => nearest.zip_mut_with(&distances, |nearest, &distance| *nearest = nearest.min(distance)),
        }
    }
    Ok(unit.select(Axis(0), &chosen))
}

/// The index that `lot`, in 0..1, falls on, each as likely as its weight; evenly where there is no weight.
fn by_weight(weights: &Array1<f32>, lot: f64) -> usize {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let last = weights.len().saturating_sub(1);
    if total <= 0.0 {
        return ((lot * weights.len() as f64) as usize).min(last);
    }
    let mut left = lot * total;
    weights
        .iter()
        .position(|&weight| {
            left -= f64::from(weight);
            left < 0.0
        })
        .unwrap_or(last)
}

/// Number `number` of the draws of a start, in 0..1.
fn draw(seed: u64, start: u32, number: usize) -> f64 {
    let mut hash = XxHash3_128::with_seed(seed);
    hash.write(&start.to_le_bytes());
    hash.write(&(number as u64).to_le_bytes());
    (hash.finish_128() >> 75) as f64 * 2_f64.powi(-53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_direction_gets_a_centroid_however_few_vectors_it_has() {
        let unit = Array2::from_shape_fn((103, 4), |(row, d)| f32::from(u8::from(d == row.saturating_sub(99).min(3))));
        for start in 0..20 {
            let centroids = plus_plus(&unit, 4, 7, start, &|| Ok(())).unwrap();
            for axis in 0..4 {
                assert_eq!(centroids.column(axis).sum(), 1.0, "start {start}: {centroids}");
            }
        }
    }

    #[test]
    fn starts_differ_and_are_the_same_for_the_same_seed() {
        let unit = Array2::from_shape_fn((50, 2), |(row, d)| if d == 0 { row as f32 } else { 1.0 });
        let of = |seed, start| plus_plus(&unit, 5, seed, start, &|| Ok(())).unwrap();
        assert_eq!(of(1, 0), of(1, 0));
        assert!(of(1, 0) != of(1, 1) && of(1, 0) != of(2, 0));
    }
}
