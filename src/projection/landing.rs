//! Where more vectors lie on a map that is there.

use ndarray::{Array2, ArrayView2, Axis, concatenate, s};

use super::covariance::{Moments, moments};
use super::pca::eigen;
use super::tsne::{PlacementParameters, place};
use super::{Method, ProjectionError};
use crate::embedding::unit_rows;
use crate::neighbors::Metric;
use crate::progress::Watch;

/// Directions with less than this share of the variance count as none.
const RANK: f64 = 1e-9;

/// Where the vectors `new` [new, width] lie on `map` [rows, dims], which `method` made of `vectors` [rows, width]:
/// [new, dims]. No place depends on what else is placed.
///
/// PCA and axes are linear, so that the map itself says what it does to any vector. On a t-SNE a new point settles
/// as [`place`] says; on a UMAP it lies at the weighted median of its nearest rows.
///
/// # Errors
/// [`ProjectionError`]: no row, shapes that do not fit, values that are not finite, a cancelled watch.
pub fn land(
    vectors: ArrayView2<'_, f32>,
    map: ArrayView2<'_, f32>,
    method: &Method,
    new: ArrayView2<'_, f32>,
    watch: &Watch,
) -> Result<Array2<f32>, ProjectionError> {
    if map.nrows() != vectors.nrows() {
        return Err(ProjectionError::Start { found: map.dim(), expected: (vectors.nrows(), map.ncols()) });
    }
    if new.ncols() != vectors.ncols() {
        return Err(ProjectionError::Width { found: new.ncols(), expected: vectors.ncols() });
    }
    let among = |metric, iterations| {
        let parameters = PlacementParameters { metric, iterations, ..PlacementParameters::default() };
        place(vectors, map, new, &parameters, watch)
    };
    match method {
        Method::Pca => linear(vectors, map, new, watch),
        Method::Axes(axes) if axes.metric == Metric::Cosine => {
            linear(unit_rows(vectors).view(), map, unit_rows(new).view(), watch)
        }
        Method::Axes(_) => linear(vectors, map, new, watch),
        Method::Tsne(parameters) => among(parameters.metric, PlacementParameters::default().iterations),
        Method::Umap(parameters) => among(parameters.metric, 0),
    }
}

/// The least-squares affine map from vectors to places, applied to each row of `new`: exact where the map is affine.
fn linear(
    vectors: ArrayView2<'_, f32>,
    map: ArrayView2<'_, f32>,
    new: ArrayView2<'_, f32>,
    watch: &Watch,
) -> Result<Array2<f32>, ProjectionError> {
    let width = vectors.ncols();
    if vectors.nrows() == 0 {
        return Err(ProjectionError::NoRows);
    }
    let Moments { mean, scatter, .. } = moments(concatenate![Axis(1), vectors, map].view(), watch)?;
    let own = scatter.slice(s![..width, ..width]).to_owned();
    let total = own.diag().sum();
    let (variances, directions) = eigen(own, total)?;
    let mut along = (new.mapv(f64::from) - mean.slice(s![..width])).dot(&directions);
    for (mut along, &variance) in along.columns_mut().into_iter().zip(&variances) {
        along.mapv_inplace(|along| if variance > RANK * total { along / variance } else { 0.0 });
    }
    let across = directions.t().dot(&scatter.slice(s![..width, width..]));
    Ok((along.dot(&across) + mean.slice(s![width..])).mapv(|value| value as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{
        Axes, Direction, ProjectionControl, ProjectionSettings, TsneParameters, UmapParameters, project,
    };

    /// Three groups of rows in ten dimensions, repeatable.
    fn rows() -> Array2<f32> {
        Array2::from_shape_fn((240, 10), |(row, d)| {
            let noise = ((row * 7919 + d * 104_729 + row * row * d) as f32 * 0.37).sin();
            noise + if d == row % 3 { 9.0 } else { 0.0 }
        })
    }

    fn map(method: Method) -> Array2<f32> {
        let settings = ProjectionSettings { method, dims: 2, ..ProjectionSettings::default() };
        let (control, watch) = (ProjectionControl::default(), Watch::unattended());
        project(rows().view(), &settings, &control, &watch, &mut |_| {}).unwrap().coordinates
    }

    #[test]
    fn a_linear_map_puts_a_known_vector_where_it_lies() {
        let direction = Direction { from: [0].into(), to: [1].into() };
        let axes = |metric| Method::Axes(Axes { directions: vec![direction.clone()], metric });
        for method in [Method::Pca, axes(Metric::Euclidean), axes(Metric::Cosine)] {
            let (rows, map) = (rows(), map(method.clone()));
            let known = [0, 17, 239];
            let new = rows.select(Axis(0), &known);
            let found = land(rows.view(), map.view(), &method, new.view(), &Watch::unattended()).unwrap();
            for (found, row) in found.rows().into_iter().zip(known) {
                for (found, expected) in found.iter().zip(map.row(row)) {
                    assert!((found - expected).abs() < 1e-3, "{method:?}, row {row}: {found}, lies at {expected}");
                }
            }
        }
    }

    #[test]
    fn on_a_linear_map_a_mean_lies_at_the_mean_of_the_places() {
        let (rows, map) = (rows(), map(Method::Pca));
        let of = |some: &dyn Fn(usize) -> bool| (0..240).filter(|&row| some(row)).collect::<Vec<usize>>();
        let sets = [of(&|row| row % 3 == 1), of(&|row| row < 7), of(&|row| row * row % 11 == 4)];
        let mean = |table: &Array2<f32>, set: &[usize]| table.select(Axis(0), set).mean_axis(Axis(0)).unwrap();
        let new = Array2::from_shape_fn((3, 10), |(set, d)| mean(&rows, &sets[set])[d]);
        let found = land(rows.view(), map.view(), &Method::Pca, new.view(), &Watch::unattended()).unwrap();
        for (found, set) in found.rows().into_iter().zip(&sets) {
            let expected = mean(&map, set);
            assert!((&found - &expected).iter().all(|off| off.abs() < 1e-3), "{found}, the mean is {expected}");
        }
    }

    #[test]
    fn on_other_maps_a_new_vector_lies_among_its_own_group() {
        let umap = UmapParameters { epochs: Some(100), ..UmapParameters::default() };
        for method in [Method::Tsne(TsneParameters::default()), Method::Umap(umap)] {
            let (rows, map) = (rows(), map(method.clone()));
            let new = Array2::from_shape_fn((3, 10), |(group, d)| if d == group { 9.0 } else { 0.1 });
            let all = land(rows.view(), map.view(), &method, new.view(), &Watch::unattended()).unwrap();
            for (group, found) in all.rows().into_iter().enumerate() {
                let distance = |row: usize| (&map.row(row) - &found).mapv(|x| x * x).sum();
                let nearest = (0..map.nrows()).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap();
                assert_eq!(nearest % 3, group, "{method:?}");
            }
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let (rows, map) = (rows(), map(Method::Pca));
        let short = Array2::zeros((1, 3));
        let watch = Watch::unattended();
        let found = land(rows.view(), map.view(), &Method::Pca, short.view(), &watch);
        assert!(matches!(found, Err(ProjectionError::Width { found: 3, expected: 10 })), "{found:?}");
        let fewer = map.slice(s![..5, ..]);
        let found = land(rows.view(), fewer, &Method::Pca, rows.view(), &watch);
        assert!(matches!(found, Err(ProjectionError::Start { .. })), "{found:?}");
    }
}
