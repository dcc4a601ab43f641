//! Principal components by the covariance matrix.

use linfa_linalg::eigh::EighInto;
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use super::ProjectionError;
use super::covariance::{Moments, moments};
use crate::progress::Watch;
use crate::simd::vectorized;

/// A fitted PCA and where its rows lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// [rows, components] the rows' coordinates.
    pub coordinates: Array2<f32>,
    /// [components, dims] unit vectors, by falling variance; the entry of largest magnitude is positive.
    pub components: Array2<f64>,
    /// `[dims]` the mean that was subtracted.
    pub mean: Array1<f64>,
    /// `[components]` variance along each over the total variance of the rows (0 if they are all equal).
    pub explained_variance_ratio: Vec<f64>,
}

impl Pca {
    /// Fits `components` components to `rows` [rows, dims]: eigenvectors of the covariance, exact up to rounding in f64.
    /// The same rows give the same bits, whatever the number of threads.
    ///
    /// Components beyond the rank of the rows are some orthonormal completion, with variance 0.
    ///
    /// # Errors
    /// [`ProjectionError`] for no rows, values that are not finite, too many components, or a cancelled watch.
    pub fn fit(rows: ArrayView2<'_, f32>, components: usize, watch: &Watch) -> Result<Self, ProjectionError> {
        if rows.nrows() == 0 {
            return Err(ProjectionError::NoRows);
        }
        if components > rows.ncols() {
            return Err(ProjectionError::TooManyComponents { asked: components, dims: rows.ncols() });
        }
        let Moments { mean, scatter, .. } = moments(rows, watch)?;
        let total = scatter.diag().sum();
        let (variances, vectors) = eigen(scatter, total)?;
        let mut axes = vectors.slice(s![.., ..components]).t().as_standard_layout().into_owned();
        axes.rows_mut().into_iter().for_each(fix_sign);
        let explained_variance_ratio = variances
            .iter()
            .take(components)
            // Rounding may leave a zero variance slightly below zero.
            .map(|&variance| if total > 0.0 { variance.max(0.0) / total } else { 0.0 })
            .collect();
        let mut fitted =
            Self { coordinates: Array2::zeros((0, components)), components: axes, mean, explained_variance_ratio };
        fitted.coordinates = fitted.transform(rows, watch)?;
        Ok(fitted)
    }

    /// Where other rows [rows, dims] lie on these components: [rows, components].
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`].
    ///
    /// # Panics
    /// If the widths differ.
    pub fn transform(&self, rows: ArrayView2<'_, f32>, watch: &Watch) -> Result<Array2<f32>, ProjectionError> {
        assert_eq!(rows.ncols(), self.mean.len(), "the rows have the width that was fitted");
        let offset = self.components.dot(&self.mean);
        let axes: Vec<&[f64]> = self.components.rows().into_iter().filter_map(|axis| axis.to_slice()).collect();
        let mut coordinates = Array2::zeros((rows.nrows(), self.components.nrows()));
        coordinates
            .axis_chunks_iter_mut(Axis(0), ROWS_A_TASK)
            .into_par_iter()
            .zip(rows.axis_chunks_iter(Axis(0), ROWS_A_TASK))
            .try_for_each(|(mut places, rows)| {
                if watch.is_cancelled() {
                    return Err(ProjectionError::Cancelled);
                }
                let rows = rows.as_standard_layout();
                vectorized(|| {
                    for (mut place, row) in places.rows_mut().into_iter().zip(rows.rows()) {
                        let row = row.to_slice().unwrap_or_default();
                        for ((place, axis), offset) in place.iter_mut().zip(&axes).zip(&offset) {
                            *place = (along(row, axis) - offset) as f32;
                        }
                    }
                });
                Ok(())
            })?;
        Ok(coordinates)
    }
}

/// Dot product of a row and an axis.
#[inline(always)]
fn along(row: &[f32], axis: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    let ((row, row_rest), (axis, axis_rest)) = (row.as_chunks::<LANES>(), axis.as_chunks::<LANES>());
    for (row, axis) in row.iter().zip(axis) {
        for lane in 0..LANES {
            lanes[lane] += f64::from(row[lane]) * axis[lane];
        }
    }
    let rest: f64 = row_rest.iter().zip(axis_rest).map(|(&value, axis)| f64::from(value) * axis).sum();
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h)) + rest
}

const LANES: usize = 8;

const ROWS_A_TASK: usize = 2048;

/// Eigenvalues by falling size, and eigenvectors as columns, of a covariance (or scatter) matrix with that trace.
pub(super) fn eigen(mut scatter: Array2<f64>, trace: f64) -> Result<(Array1<f64>, Array2<f64>), ProjectionError> {
    if trace <= 0.0 {
        return Ok((Array1::zeros(scatter.nrows()), Array2::eye(scatter.nrows())));
    }
    // Far below what f64 resolves beside the trace, and the solver's squares of such entries would underflow.
    scatter.mapv_inplace(|value| if value.abs() < 1e-30 * trace { 0.0 } else { value });
    let (values, vectors) = scatter.eigh_into().map_err(|error| ProjectionError::Solver(error.to_string()))?;
    if !values.iter().chain(&vectors).all(|value| value.is_finite()) {
        return Err(ProjectionError::Solver("the eigenvalue iteration left the finite numbers".to_owned()));
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    Ok((values.select(Axis(0), &order), vectors.select(Axis(1), &order)))
}

/// An eigenvector's sign is arbitrary; this one makes equal data give equal pictures.
fn fix_sign(mut axis: ndarray::ArrayViewMut1<'_, f64>) {
    let largest =
        axis.iter().fold(0.0_f64, |largest, &value| if value.abs() > largest.abs() { value } else { largest });
    if largest < 0.0 {
        axis.mapv_inplace(|value| -value);
    }
}

#[cfg(test)]
mod tests {
    use linfa::traits::Fit;
    use ndarray::array;

    use super::*;
    use crate::noise;
    use crate::progress::CancelToken;

    /// [rows, dims] values whose spread falls by a fifth from one hidden axis to the next; repeatable.
    fn cloud(rows: usize, dims: usize) -> Array2<f32> {
        let noise = Array2::from_shape_simple_fn((rows, dims), noise::symmetric(12_345));
        let spread = noise * Array1::from_shape_fn(dims, |d| 0.8_f32.powi(d as i32));
        // A reflection hides the axes.
        let mirror = Array1::from_shape_fn(dims, |d| 1.0 + (d % 3) as f32);
        let mirror = (&mirror / mirror.dot(&mirror).sqrt()).insert_axis(Axis(1));
        &spread - spread.dot(&mirror).dot(&mirror.t()) * 2.0 + 0.5
    }

    #[test]
    fn components_are_those_of_linfa_up_to_sign() {
        let rows = cloud(3000, 12);
        let ours = Pca::fit(rows.view(), 2, &Watch::unattended()).unwrap();
        let dataset = linfa::DatasetBase::from(rows.mapv(f64::from));
        let theirs = linfa_reduction::Pca::params(2).fit(&dataset).unwrap();
        for (i, (a, b)) in ours.components.rows().into_iter().zip(theirs.components().rows()).enumerate() {
            let cosine = a.dot(&b).abs();
            assert!((cosine - 1.0).abs() < 1e-6, "component {i}: |cosine| to linfa's is {cosine}\n{a}\n{b}");
        }
    }

    #[test]
    fn variances_are_shares_of_the_total_and_coordinates_have_them() {
        let rows = cloud(5000, 20);
        let pca = Pca::fit(rows.view(), 4, &Watch::unattended()).unwrap();
        let wide = rows.mapv(f64::from);
        let total: f64 = wide.var_axis(Axis(0), 0.0).sum();
        for (i, &ratio) in pca.explained_variance_ratio.iter().enumerate() {
            let along = pca.coordinates.column(i).mapv(f64::from);
            let share = along.var(0.0) / total;
            assert!((share - ratio).abs() < 1e-6, "component {i}: says {ratio}, measured {share}");
            let mean = along.mean().unwrap();
            assert!(mean.abs() < 1e-4, "component {i} is centred, not at {mean}");
        }
        let sum: f64 = pca.explained_variance_ratio.iter().sum();
        assert!(sum < 1.0, "4 of 20 components cannot explain everything, but the ratios add up to {sum}");
        let gram = pca.components.dot(&pca.components.t());
        let worst = (&gram - &Array2::<f64>::eye(4)).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b));
        assert!(worst < 1e-12, "components are orthonormal to {worst}");
        assert!(pca.explained_variance_ratio.is_sorted_by(|a, b| a >= b), "{:?}", pca.explained_variance_ratio);
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let rows = cloud(9000, 16);
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Pca::fit(rows.view(), 3, &Watch::unattended()).unwrap())
        };
        assert_eq!(fit(1), fit(3));
    }

    #[test]
    fn a_large_mean_does_not_swallow_the_variance() {
        let rows = Array2::from_shape_fn((1000, 2), |(i, d)| if d == 0 { 1e6 } else { 1e6 + (i % 2) as f32 });
        let pca = Pca::fit(rows.view(), 2, &Watch::unattended()).unwrap();
        assert_eq!(pca.components.row(0).to_vec(), [0.0, 1.0]);
        assert_eq!(pca.explained_variance_ratio, [1.0, 0.0]);
        assert!((pca.coordinates[[1, 0]] - 0.5).abs() < 1e-6, "{}", pca.coordinates[[1, 0]]);
    }

    #[test]
    fn the_largest_entry_of_a_component_is_positive() {
        let rows = array![[0.0, 0.0], [1.0, -3.0], [2.0, -6.0]];
        let pca = Pca::fit(rows.view(), 1, &Watch::unattended()).unwrap();
        assert!(pca.components[[0, 1]] > 0.0 && pca.components[[0, 0]] < 0.0, "{}", pca.components);
    }

    #[test]
    fn degenerate_rows_give_zero_variance_and_no_panic() {
        for rows in [array![[1.0_f32, 2.0, 3.0]], Array2::from_elem((50, 3), 7.0), Array2::zeros((2, 3))] {
            let pca = Pca::fit(rows.view(), 2, &Watch::unattended()).unwrap();
            assert_eq!(pca.explained_variance_ratio, [0.0, 0.0], "{rows}");
            assert!(pca.coordinates.iter().all(|&x| x == 0.0), "{}", pca.coordinates);
        }
        // Two rows span one direction; the second component is a completion.
        let two = Pca::fit(array![[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]].view(), 3, &Watch::unattended()).unwrap();
        assert_eq!(two.explained_variance_ratio, [1.0, 0.0, 0.0]);
        let tiny = array![[0.0, 0.0], [1e-38, 1e37], [-1e-38, -1e37], [1e-38, 0.0]];
        let extreme = Pca::fit(tiny.view(), 2, &Watch::unattended()).unwrap();
        assert!(extreme.components.iter().all(|x| x.is_finite()), "{}", extreme.components);
    }

    #[test]
    fn what_cannot_be_projected_is_refused_by_name() {
        let unattended = Watch::unattended();
        assert_eq!(Pca::fit(Array2::zeros((0, 3)).view(), 2, &unattended), Err(ProjectionError::NoRows));
        let asked = Pca::fit(Array2::zeros((4, 1)).view(), 2, &unattended);
        assert_eq!(asked, Err(ProjectionError::TooManyComponents { asked: 2, dims: 1 }));
        for bad in [f32::NAN, f32::INFINITY] {
            let mut rows = cloud(6000, 3);
            rows[[5003, 1]] = bad;
            rows[[5900, 0]] = f32::NAN;
            assert_eq!(Pca::fit(rows.view(), 2, &unattended), Err(ProjectionError::NotFinite { row: 5003 }));
        }
        let cancel = CancelToken::default();
        cancel.cancel();
        let cancelled = Pca::fit(cloud(100, 3).view(), 2, &Watch::new(cancel, |_| {}));
        assert_eq!(cancelled, Err(ProjectionError::Cancelled));
    }

    #[test]
    fn other_rows_land_where_equal_rows_lie() {
        let rows = cloud(3000, 6);
        let pca = Pca::fit(rows.view(), 2, &Watch::unattended()).unwrap();
        let some = rows.slice(s![10..15, ..]);
        let placed = pca.transform(some, &Watch::unattended()).unwrap();
        let difference =
            (&placed - &pca.coordinates.slice(s![10..15, ..])).mapv(f32::abs).fold(0.0, |a: f32, &b| a.max(b));
        assert!(difference < 1e-6, "{difference}");
    }
}
