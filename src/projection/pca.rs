//! Principal components by the covariance matrix.

use ndarray::{Array1, Array2, ArrayView2};

use crate::progress::Watch;

/// Why vectors cannot be projected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProjectionError {
    /// There is no row.
    #[error("There are no vectors to project")]
    NoRows,
    /// A value is not a finite number.
    #[error("Row {row} has a value that is not a finite number; leave it out or train again")]
    NotFinite {
        /// The first such row.
        row: usize,
    },
    /// More components than dimensions.
    #[error("{asked} components were asked for but the vectors have {dims} dimensions")]
    TooManyComponents {
        /// Asked for.
        asked: usize,
        /// Available.
        dims: usize,
    },
    /// The caller cancelled.
    #[error("Cancelled")]
    Cancelled,
}

/// A fitted PCA and where its rows lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// [rows, components] the rows' coordinates.
    pub coordinates: Array2<f32>,
    /// [components, dims] unit vectors, by falling variance; the entry of largest magnitude is positive.
    pub components: Array2<f64>,
    /// [dims] the mean that was subtracted.
    pub mean: Array1<f64>,
    /// [components] variance along each over the total variance of the rows (0 if they are all equal).
    pub explained_variance_ratio: Vec<f64>,
}

impl Pca {
    /// Fits `components` components to `rows` [rows, dims].
    ///
    /// # Errors
    /// [`ProjectionError`] for no rows, values that are not finite, too many components, or a cancelled watch.
    pub fn fit(rows: ArrayView2<'_, f32>, components: usize, watch: &Watch) -> Result<Self, ProjectionError> {
        let _ = watch;
        todo!("{rows:?} {components}")
    }
}
