//! Where points start.

use ndarray::{Array2, ArrayView2};

use super::noise::normal;
use super::parameters::{CheckedTsneParameters, Initialization};
use crate::progress::Watch;
use crate::projection::layout::scaled_components;
use crate::projection::{Pca, ProjectionError};

/// Standard deviation along the first axis: so small that forces do not depend on the scale (Kobak and Berens 2019).
const SPREAD: f32 = 1e-4;

/// Noise beside it, so that equal vectors do not stay on one place for ever.
const JITTER: f32 = 1e-6;

/// Starting places for `rows` [rows, width]: [rows, dims].
///
/// # Errors
/// [`ProjectionError`] of [`Pca::fit`].
pub fn starting_layout(
    rows: ArrayView2<'_, f32>,
    parameters: &CheckedTsneParameters,
    watch: &Watch,
) -> Result<Array2<f32>, ProjectionError> {
    let values = parameters.values();
    let dims = values.dims;
    let noise = |row: usize, axis: usize| normal(values.seed, (row * dims + axis) as u64);
    let random = Array2::from_shape_fn((rows.nrows(), dims), |(row, axis)| SPREAD * noise(row, axis));
    if values.initialization == Initialization::Random || rows.is_empty() {
        return Ok(random);
    }
    let pca = Pca::fit(rows, dims.min(rows.ncols()), watch)?;
    let first = pca.coordinates.column(0);
    let deviation = (first.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / rows.nrows() as f64).sqrt();
    let scale = f64::from(SPREAD) / deviation;
    if !scale.is_normal() {
        return Ok(random);
    }
    Ok(scaled_components(&pca, scale, (rows.nrows(), dims), |row, axis| JITTER * noise(row, axis)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::TsneParameters;

    #[test]
    fn the_first_axis_has_the_deviation_and_missing_ones_have_noise() {
        let rows = Array2::from_shape_fn((400, 1), |(row, _)| 1e6 * ((row * 37) % 400) as f32);
        let checked = TsneParameters { dims: 3, ..TsneParameters::default() }.check(400).unwrap();
        let places = starting_layout(rows.view(), &checked, &Watch::unattended()).unwrap();
        let deviation = |axis| places.column(axis).std(0.0);
        assert!((deviation(0) / 1e-4 - 1.0).abs() < 0.01, "{}", deviation(0));
        for axis in 1..3 {
            assert!((deviation(axis) / 1e-6 - 1.0).abs() < 0.2, "{}", deviation(axis));
        }
    }

    #[test]
    fn equal_vectors_start_apart() {
        let checked = TsneParameters::default().check(50).unwrap();
        let places = starting_layout(Array2::from_elem((50, 4), 7.0).view(), &checked, &Watch::unattended()).unwrap();
        for (row, place) in places.rows().into_iter().enumerate() {
            let twin = places.rows().into_iter().skip(row + 1).any(|other| other == place);
            assert!(!twin && place.iter().all(|x| x.is_finite()), "row {row}: {place}");
        }
    }
}
