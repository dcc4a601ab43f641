//! Axes of one's own: how far each vector lies from some rows towards others.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::{Pca, ProjectionError};
use crate::neighbors::Metric;
use crate::progress::Watch;

/// From where to where an axis runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Direction {
    /// Rows at its low end; their mean counts.
    pub from: Arc<[u32]>,
    /// Rows at its high end.
    pub to: Arc<[u32]>,
}

/// A map whose axes are directions in the space of the vectors.
///
/// With `a` and `b` the mean vectors of both ends, a vector `v` lies at `<v - (a + b) / 2, u>` along the axis, where
/// `u = (b - a) / |b - a|`: 0 is the middle between both ends, which lie at `-|b - a| / 2` and `|b - a| / 2`. Chosen axes
/// are not made orthogonal, so that each keeps its meaning. Those that are not chosen are the first principal
/// components of what the chosen ones leave over, with 0 at the mean of all vectors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Axes {
    /// The chosen axes: x, then y, then z; at least one, at most as many as the map has dims.
    pub directions: Vec<Direction>,
    /// Cosine: vectors are brought to unit length first, so that only their directions count. Else they are taken as they
    /// are.
    pub metric: Metric,
}

/// Names of axes.
const NAMES: [&str; 3] = ["x", "y", "z"];

/// Ends nearer than this share of their length are at one place up to rounding.
const ROUNDING: f64 = 1e-6;

const ROWS_A_TASK: usize = 2048;

/// Directions in the space of vectors and what lies at 0 on each.
pub(super) struct Frame {
    units: Vec<Array1<f64>>,
    middles: Vec<Array1<f64>>,
}

impl Axes {
    /// The directions between rows of `rows` [rows, width], which need not be those that are mapped.
    pub(super) fn frame(&self, rows: ArrayView2<'_, f32>, dims: usize) -> Result<Frame, ProjectionError> {
        let found = self.directions.len();
        if found == 0 || found > dims || dims > NAMES.len() {
            return Err(ProjectionError::AxisCount { found, dims });
        }
        let mut frame = Frame { units: Vec::new(), middles: Vec::new() };
        for (direction, axis) in self.directions.iter().zip(NAMES) {
            let from = self.mean(rows, &direction.from, axis)?;
            let to = self.mean(rows, &direction.to, axis)?;
            let difference = &to - &from;
            let length = norm(difference.view());
            let scale = norm(from.view()).max(norm(to.view()));
            if length <= ROUNDING * scale {
                return Err(ProjectionError::NoDirection { axis });
            }
            frame.units.push(difference / length);
            frame.middles.push((from + to) * 0.5);
        }
        Ok(frame)
    }

    fn mean(
        &self,
        rows: ArrayView2<'_, f32>,
        wanted: &[u32],
        axis: &'static str,
    ) -> Result<Array1<f64>, ProjectionError> {
        if wanted.is_empty() {
            return Err(ProjectionError::EmptyEnd { axis });
        }
        let mut sum = Array1::zeros(rows.ncols());
        for &row in wanted {
            if row as usize >= rows.nrows() {
                return Err(ProjectionError::NoSuchRow { row, rows: rows.nrows() });
            }
            let vector = rows.row(row as usize).mapv(f64::from);
            if !vector.iter().all(|value| value.is_finite()) {
                return Err(ProjectionError::NotFinite { row: row as usize });
            }
            let length = if self.metric == Metric::Cosine { norm(vector.view()) } else { 1.0 };
            // A zero row has no direction and stays zero.
            sum += &(vector / if length > 0.0 { length } else { 1.0 });
        }
        Ok(sum / wanted.len() as f64)
    }
}

impl Frame {
    /// Coordinates [rows, dims] of `rows`, scaled as the metric asks, and the share of their variance along each axis.
    pub(super) fn place(
        &self,
        rows: ArrayView2<'_, f32>,
        dims: usize,
        watch: &Watch,
    ) -> Result<(Array2<f32>, Vec<f64>), ProjectionError> {
        if rows.nrows() == 0 {
            return Err(ProjectionError::NoRows);
        }
        if let Some(row) = rows.rows().into_iter().position(|row| !row.iter().all(|value| value.is_finite())) {
            return Err(ProjectionError::NotFinite { row });
        }
        let mut coordinates = Array2::zeros((rows.nrows(), dims));
        coordinates
            .axis_chunks_iter_mut(Axis(0), ROWS_A_TASK)
            .into_par_iter()
            .zip(rows.axis_chunks_iter(Axis(0), ROWS_A_TASK))
            .try_for_each(|(mut places, rows)| {
                if watch.is_cancelled() {
                    return Err(ProjectionError::Cancelled);
                }
                let wide = rows.mapv(f64::from);
                for (axis, (unit, middle)) in self.units.iter().zip(&self.middles).enumerate() {
                    let along = wide.dot(unit) - middle.dot(unit);
                    places.column_mut(axis).zip_mut_with(&along, |place, &value| *place = value as f32);
                }
                Ok(())
            })?;
        let chosen = self.units.len();
        if chosen < dims {
            let rest = self.left_over(rows);
            // Vectors of fewer dimensions than the map have nothing along its last axes.
            let left = Pca::fit(rest.view(), (dims - chosen).min(rest.ncols()), watch)?;
            for (axis, column) in left.coordinates.columns().into_iter().enumerate() {
                coordinates.column_mut(chosen + axis).assign(&column);
            }
        }
        let total: f64 = rows.columns().into_iter().map(variance).sum();
        let share = |column| if total > 0.0 { variance(column) / total } else { 0.0 };
        let shares = coordinates.columns().into_iter().map(share).collect();
        Ok((coordinates, shares))
    }

    /// `rows` without what lies along the chosen axes.
    fn left_over(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        let basis = self.orthonormal();
        let mut rest = rows.to_owned();
        rest.axis_chunks_iter_mut(Axis(0), ROWS_A_TASK).into_par_iter().for_each(|mut rows| {
            let mut wide = rows.mapv(f64::from);
            for unit in &basis {
                let along = wide.dot(unit);
                for (mut row, along) in wide.rows_mut().into_iter().zip(along) {
                    row.scaled_add(-along, unit);
                }
            }
            rows.zip_mut_with(&wide, |value, &rest| *value = rest as f32);
        });
        rest
    }

    /// The space that the chosen axes span (Gram and Schmidt).
    fn orthonormal(&self) -> Vec<Array1<f64>> {
        let mut basis: Vec<Array1<f64>> = Vec::new();
        for unit in &self.units {
            let mut rest = unit.clone();
            for known in &basis {
                rest.scaled_add(-known.dot(unit), known);
            }
            let length = norm(rest.view());
            if length > ROUNDING {
                basis.push(rest / length);
            }
        }
        basis
    }
}

fn norm(vector: ArrayView1<'_, f64>) -> f64 {
    vector.dot(&vector).sqrt()
}

fn variance(column: ArrayView1<'_, f32>) -> f64 {
    let count = column.len().max(1) as f64;
    let mean = column.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    column.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use ndarray::{array, s};

    use super::*;
    use crate::embedding::unit_rows;
    use crate::noise;

    fn cloud(rows: usize, dims: usize) -> Array2<f32> {
        let mut next = noise::uniform(41);
        Array2::from_shape_simple_fn((rows, dims), || 2.0 * next() - 0.8)
    }

    fn direction(from: &[u32], to: &[u32]) -> Direction {
        Direction { from: from.into(), to: to.into() }
    }

    fn place(axes: &Axes, rows: &Array2<f32>, dims: usize) -> Result<(Array2<f32>, Vec<f64>), ProjectionError> {
        let scaled = if axes.metric == Metric::Cosine { unit_rows(rows.view()) } else { rows.clone() };
        axes.frame(rows.view(), dims)?.place(scaled.view(), dims, &Watch::unattended())
    }

    #[test]
    fn coordinates_are_those_of_the_formula() {
        let rows = cloud(200, 7);
        let directions = vec![direction(&[3, 8, 11], &[90]), direction(&[5], &[6, 7])];
        for metric in [Metric::Cosine, Metric::Euclidean] {
            let axes = Axes { directions: directions.clone(), metric };
            let (found, _) = place(&axes, &rows, 2).unwrap();
            let mut wide = rows.mapv(f64::from);
            if metric == Metric::Cosine {
                for mut row in wide.rows_mut() {
                    let length = row.dot(&row).sqrt();
                    row /= length;
                }
            }
            for (axis, direction) in directions.iter().enumerate() {
                let mean = |rows: &[u32]| {
                    let rows: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
                    wide.select(Axis(0), &rows).mean_axis(Axis(0)).unwrap()
                };
                let (a, b) = (mean(&direction.from), mean(&direction.to));
                let length = (&b - &a).mapv(|x| x * x).sum().sqrt();
                for (row, vector) in wide.rows().into_iter().enumerate() {
                    let wanted = (&vector - &((&a + &b) / 2.0)).dot(&(&b - &a)) / length;
                    let found = f64::from(found[[row, axis]]);
                    assert!((found - wanted).abs() < 1e-5, "{metric:?}, axis {axis}, row {row}: {found}, not {wanted}");
                }
                let ends = |rows: &[u32]| {
                    rows.iter().map(|&row| f64::from(found[[row as usize, axis]])).sum::<f64>() / rows.len() as f64
                };
                let (low, high) = (ends(&direction.from), ends(&direction.to));
                assert!(
                    (high - length / 2.0).abs() < 1e-5 && (low + length / 2.0).abs() < 1e-5,
                    "{low} {high} {length}"
                );
            }
        }
    }

    #[test]
    fn axes_that_are_not_chosen_are_the_principal_components_of_what_is_left_over() {
        let mut rows = cloud(300, 5);
        rows.column_mut(2).mapv_inplace(|x| 9.0 * x);
        rows.column_mut(4).mapv_inplace(|x| 4.0 * x);
        rows.row_mut(0).assign(&array![1.0, 0.0, 0.0, 0.0, 0.0]);
        rows.row_mut(1).assign(&array![3.0, 0.0, 0.0, 0.0, 0.0]);
        let axes = Axes { directions: vec![direction(&[0], &[1])], metric: Metric::Euclidean };
        let (found, shares) = place(&axes, &rows, 3).unwrap();
        let left = Pca::fit(rows.slice(s![.., 1..]), 2, &Watch::unattended()).unwrap();
        for (row, place) in found.rows().into_iter().enumerate() {
            assert!((place[0] - (rows[[row, 0]] - 2.0)).abs() < 1e-5, "row {row}: {place}");
            for axis in 0..2 {
                assert!((place[1 + axis] - left.coordinates[[row, axis]]).abs() < 1e-4, "row {row}: {place}");
            }
        }
        assert!(shares[1] > shares[2] && shares[2] > shares[0] && shares.iter().sum::<f64>() < 1.0, "{shares:?}");
    }

    #[test]
    fn what_makes_no_axis_is_refused() {
        let rows = array![[1.0_f32, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, 0.0]];
        let refused =
            |directions: Vec<Direction>, metric, dims| place(&Axes { directions, metric }, &rows, dims).unwrap_err();
        use ProjectionError::{AxisCount, EmptyEnd, NoDirection, NoSuchRow};
        assert_eq!(refused(vec![direction(&[0], &[])], Metric::Cosine, 2), EmptyEnd { axis: "x" });
        assert_eq!(refused(vec![direction(&[0], &[1])], Metric::Cosine, 2), NoDirection { axis: "x" });
        let far = vec![direction(&[0], &[2]), direction(&[9], &[1])];
        assert_eq!(refused(far.clone(), Metric::Euclidean, 2), NoSuchRow { row: 9, rows: 4 });
        assert_eq!(refused(far, Metric::Euclidean, 1), AxisCount { found: 2, dims: 1 });
        assert_eq!(refused(Vec::new(), Metric::Euclidean, 2), AxisCount { found: 0, dims: 2 });
    }

    #[test]
    fn a_single_number_a_vector_leaves_the_second_axis_empty() {
        let rows = array![[1.0_f32], [2.0], [4.0]];
        let axes = Axes { directions: vec![direction(&[0], &[1])], metric: Metric::Euclidean };
        let (found, shares) = place(&axes, &rows, 2).unwrap();
        assert_eq!(found, array![[-0.5, 0.0], [0.5, 0.0], [2.5, 0.0]]);
        assert!((shares[0] - 1.0).abs() < 1e-6 && shares[1] < 1e-6, "{shares:?}");
    }
}
