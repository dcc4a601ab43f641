//! Where points start.

use ndarray::{Array2, ArrayView2};

use super::parameters::{CheckedUmapParameters, UmapInitialization};
use crate::progress::Watch;
use crate::projection::layout::scaled_components;
use crate::projection::tsne::normal;
use crate::projection::{Pca, ProjectionError};

/// Side of the square that the layout starts in.
const SIDE: f32 = 10.0;

/// Noise beside it, so that equal vectors do not stay on one place for ever; 1e-4 of the half side, as in umap-learn.
const JITTER: f32 = 1e-3;

/// Starting places for `rows` [rows, width]: [rows, dims].
///
/// # Errors
/// [`ProjectionError`] of [`Pca::fit`].
pub fn umap_starting_layout(
    rows: ArrayView2<'_, f32>,
    parameters: &CheckedUmapParameters,
    watch: &Watch,
) -> Result<Array2<f32>, ProjectionError> {
    let values = parameters.values();
    let dims = values.dims;
    let noise = |row: usize, axis: usize| normal(values.seed, (row * dims + axis) as u64);
    // The deviation of a square that is filled evenly.
    let random = || Array2::from_shape_fn((rows.nrows(), dims), |(row, axis)| 0.3 * SIDE * noise(row, axis));
    if values.initialization == UmapInitialization::Random || rows.is_empty() {
        return Ok(random());
    }
    let pca = Pca::fit(rows, dims.min(rows.ncols()), watch)?;
    let widest = pca.coordinates.iter().fold(0.0_f64, |widest, &x| widest.max(f64::from(x).abs()));
    let scale = f64::from(0.5 * SIDE) / widest;
    if !scale.is_normal() {
        return Ok(random());
    }
    Ok(scaled_components(&pca, scale, (rows.nrows(), dims), |row, axis| JITTER * noise(row, axis)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::UmapParameters;

    #[test]
    fn the_layout_fills_its_square_whatever_the_scale_and_equal_vectors_start_apart() {
        let checked = UmapParameters::default().check(50).unwrap();
        for rows in [Array2::from_elem((50, 4), 7.0), Array2::from_shape_fn((50, 1), |(row, _)| 1e6 * row as f32)] {
            let places = umap_starting_layout(rows.view(), &checked, &Watch::unattended()).unwrap();
            let widest = places.iter().fold(0.0_f32, |widest, x| widest.max(x.abs()));
            assert!((4.0..20.0).contains(&widest), "{widest}");
            for (row, place) in places.rows().into_iter().enumerate() {
                assert!(!places.rows().into_iter().skip(row + 1).any(|other| other == place), "row {row}: {place}");
            }
        }
    }
}
