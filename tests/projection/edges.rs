//! Vectors that maps are not made for.

use idatlas::neighbors::Metric;
use idatlas::progress::{CancelToken, Watch};
use idatlas::projection::{
    Method, Projection, ProjectionControl, ProjectionError, ProjectionSettings, RepulsionMethod, TsneParameters,
    project,
};
use ndarray::{Array2, concatenate, s};

use super::points::clusters;

fn settings(parameters: TsneParameters) -> ProjectionSettings {
    let dims = parameters.dims;
    ProjectionSettings { method: Method::Tsne(parameters), dims, trust_neighbors: 3, ..ProjectionSettings::default() }
}

fn quick() -> TsneParameters {
    TsneParameters { iterations: 80, exaggeration_iterations: 40, ..TsneParameters::default() }
}

fn run(rows: &Array2<f32>, parameters: TsneParameters) -> Result<Projection, ProjectionError> {
    project(rows.view(), &settings(parameters), &ProjectionControl::default(), &Watch::unattended(), &mut |_| {})
}

#[track_caller]
fn assert_sound(rows: &Array2<f32>, what: &str) {
    for repulsion in [RepulsionMethod::Exact, RepulsionMethod::Grid, RepulsionMethod::Tree] {
        for metric in [Metric::Euclidean, Metric::Cosine] {
            let made = run(rows, TsneParameters { repulsion, metric, ..quick() }).unwrap();
            assert_eq!(made.coordinates.nrows(), rows.nrows(), "{what}");
            assert!(made.coordinates.iter().all(|x| x.is_finite()), "{what}, {repulsion:?}: {}", made.coordinates);
            let divergence = made.kl_divergence.unwrap();
            assert!(divergence.is_finite(), "{what}, {repulsion:?}: {divergence}");
        }
    }
}

#[test]
fn a_handful_of_points_makes_a_sound_map() {
    for rows in [1, 2, 3, 4, 7, 20] {
        assert_sound(&clusters(rows, 4, 2), &format!("{rows} points"));
    }
}

#[test]
fn no_points_are_refused() {
    assert_eq!(run(&Array2::zeros((0, 4)), quick()).unwrap_err(), ProjectionError::NoRows);
}

#[test]
fn vectors_of_one_number_constant_ones_and_zeros_make_sound_maps() {
    assert_sound(&clusters(60, 1, 3), "one dimension");
    assert_sound(&Array2::zeros((50, 3)), "zeros");
    let mut constant = clusters(60, 4, 3);
    constant.slice_mut(s![.., 1..]).fill(-2.5);
    assert_sound(&constant, "constant columns");
    assert_sound(&(clusters(60, 4, 3) * 1e17), "huge values");
    assert_sound(&(clusters(60, 4, 3) * 1e-20), "tiny values");
}

#[test]
fn thousands_of_equal_vectors_part() {
    let equal = Array2::from_elem((2000, 3), 1.5);
    let rows = concatenate![ndarray::Axis(0), equal, clusters(100, 3, 2)];
    let made = run(&rows, TsneParameters { iterations: 30, exaggeration_iterations: 15, ..quick() }).unwrap();
    assert!(made.coordinates.iter().all(|x| x.is_finite()));
    let mut places: Vec<[u32; 2]> =
        made.coordinates.rows().into_iter().map(|row| [row[0].to_bits(), row[1].to_bits()]).collect();
    places.sort_unstable();
    places.dedup();
    // Equal vectors have equal neighbours, so some are drawn to one place to the last bit.
    assert!(places.len() > 1900, "only {} places for 2100 points", places.len());
}

#[test]
fn values_that_are_not_finite_are_refused_by_row() {
    for (bad, metric) in [(f32::NAN, Metric::Euclidean), (f32::INFINITY, Metric::Cosine), (f32::NAN, Metric::Cosine)] {
        let mut rows = clusters(50, 4, 2);
        rows[[31, 2]] = bad;
        let refused = run(&rows, TsneParameters { metric, ..quick() });
        assert_eq!(refused.unwrap_err(), ProjectionError::NotFinite { row: 31 });
    }
}

#[test]
fn a_cancelled_projection_says_so() {
    let cancel = CancelToken::default();
    let canceller = cancel.clone();
    let watch = Watch::new(cancel, move |progress| {
        if progress.unit == "iterations" {
            canceller.cancel();
        }
    });
    let parameters = TsneParameters { iterations: 100_000, ..quick() };
    let rows = clusters(100, 4, 2);
    let made = project(rows.view(), &settings(parameters), &ProjectionControl::default(), &watch, &mut |_| {});
    assert_eq!(made.unwrap_err(), ProjectionError::Cancelled);
}
