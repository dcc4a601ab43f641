//! Layouts of maps that are made step by step: rows as the caller has them, places in the order of the work.

use ndarray::{Array2, ArrayView2};

use super::{Pca, ProjectionError};

/// Whether `layout` can be started from: one finite place a row, in the dims of the map.
///
/// # Errors
/// [`ProjectionError::Start`], [`ProjectionError::NotFinite`].
pub(super) fn check_start(layout: ArrayView2<'_, f32>, expected: (usize, usize)) -> Result<(), ProjectionError> {
    if layout.dim() != expected {
        return Err(ProjectionError::Start { found: layout.dim(), expected });
    }
    // Sums of squares must fit f32.
    let is_place = |x: &f32| x.is_finite() && x.abs() < 1e15;
    match layout.rows().into_iter().position(|row| !row.iter().all(is_place)) {
        Some(row) => Err(ProjectionError::NotFinite { row }),
        None => Ok(()),
    }
}

/// Refuses parameters that a map was begun with and that would change: name, whether it stays, the new value.
///
/// # Errors
/// [`ProjectionError::Parameter`].
pub(super) fn check_fixed(fixed: [(&'static str, bool, String); 3]) -> Result<(), ProjectionError> {
    match fixed.into_iter().find(|(_, same, _)| !same) {
        Some((name, _, value)) => {
            Err(ProjectionError::Parameter { name, value, expected: "what the map was begun with" })
        }
        None => Ok(()),
    }
}

/// Places of rows, in `order`.
pub(super) fn placed<const D: usize>(order: &[u32], layout: ArrayView2<'_, f32>) -> Vec<[f32; D]> {
    order.iter().map(|&row| std::array::from_fn(|axis| layout[[row as usize, axis]])).collect()
}

/// Places in `order`, as rows.
pub(super) fn by_row<const D: usize>(order: &[u32], places: &[[f32; D]]) -> Array2<f32> {
    let mut rows = Array2::zeros((places.len(), D));
    for (&row, place) in order.iter().zip(places) {
        for axis in 0..D {
            rows[[row as usize, axis]] = place[axis];
        }
    }
    rows
}

/// The components of `pca` times `scale`, with `noise(row, axis)` beside them: [rows, dims]. Vectors of fewer dimensions
/// than the map have nothing along its last axes but the noise.
pub(super) fn scaled_components(
    pca: &Pca,
    scale: f64,
    shape: (usize, usize),
    noise: impl Fn(usize, usize) -> f32,
) -> Array2<f32> {
    Array2::from_shape_fn(shape, |(row, axis)| {
        let component = pca.coordinates.get((row, axis)).map_or(0.0, |&x| (f64::from(x) * scale) as f32);
        component + noise(row, axis)
    })
}
