//! Whole maps by UMAP.

use std::sync::Arc;

use idatlas::neighbors::{Metric, NeighborGraph};
use idatlas::progress::{CancelToken, Watch};
use idatlas::projection::{
    FuzzyGraph, IterativeMap, Method, Projection, ProjectionControl, ProjectionError, ProjectionSettings,
    TsneParameters, Umap, UmapInitialization, UmapParameters, project, umap_starting_layout,
};
use ndarray::{Array2, ArrayView2, Axis, concatenate};

use super::maps::purity;
use super::points::clusters;

fn umap(parameters: &UmapParameters) -> ProjectionSettings {
    ProjectionSettings {
        method: Method::Umap(parameters.clone()),
        dims: parameters.dims,
        trust_neighbors: 5,
        ..ProjectionSettings::default()
    }
}

fn try_run(rows: ArrayView2<'_, f32>, parameters: &UmapParameters) -> Result<Projection, ProjectionError> {
    project(rows, &umap(parameters), &ProjectionControl::default(), &Watch::unattended(), &mut |_| {})
}

fn run(rows: ArrayView2<'_, f32>, parameters: &UmapParameters) -> Projection {
    try_run(rows, parameters).unwrap()
}

fn quick() -> UmapParameters {
    UmapParameters { epochs: Some(150), ..UmapParameters::default() }
}

/// A map of `rows` before its first epoch.
fn begun(rows: &Array2<f32>, parameters: &UmapParameters) -> Umap {
    let watch = Watch::unattended();
    let checked = parameters.check(rows.nrows()).unwrap();
    let near = NeighborGraph::exact(rows.view(), checked.others(), Metric::Euclidean, &watch).unwrap();
    let graph = FuzzyGraph::new(&near, checked.others(), &watch).unwrap();
    let start = umap_starting_layout(rows.view(), &checked, &watch).unwrap();
    Umap::new(Arc::new(graph), start.view(), checked).unwrap()
}

#[test]
fn groups_stay_together_and_the_map_is_trustworthy() {
    let rows = clusters(600, 8, 5);
    for (dims, initialization) in
        [(2, UmapInitialization::Pca), (3, UmapInitialization::Pca), (2, UmapInitialization::Random)]
    {
        let made = run(rows.view(), &UmapParameters { dims, initialization, ..UmapParameters::default() });
        assert_eq!((made.coordinates.dim(), made.iterations), ((600, dims), Some(500)));
        let pure = purity(made.coordinates.view(), 5);
        assert!(pure > 0.99, "{dims} dims: {pure} of the points have their nearest in their group");
        let trust = made.trust.unwrap();
        // Within the groups, boxes of 8 dimensions, two cannot tell all.
        assert!(trust.trustworthiness > 0.94 && trust.continuity > 0.94, "{dims} dims, {initialization:?}: {trust:?}");
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit_and_the_seed_does() {
    // More points than a thread takes at once in a turn.
    let rows = clusters(5000, 5, 7);
    let on = |threads, seed| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(rows.view(), &UmapParameters { seed, epochs: Some(20), ..quick() }).coordinates)
    };
    let one = on(1, 7);
    assert_eq!(one, on(3, 7));
    assert_ne!(one, on(3, 8));
}

#[test]
fn less_least_distance_packs_points_closer() {
    let rows = clusters(500, 6, 1);
    let mean_step = |min_dist| {
        let made = run(rows.view(), &UmapParameters { min_dist, ..quick() }).coordinates;
        let nearest = idatlas::projection::map_neighbors(made.view(), 1, &Watch::unattended()).unwrap();
        let steps = nearest
            .iter()
            .enumerate()
            .map(|(row, &other)| (&made.row(row) - &made.row(other as usize)).mapv(|x| x * x).sum().sqrt());
        steps.sum::<f32>() / 500.0
    };
    let (tight, loose) = (mean_step(0.0), mean_step(0.8));
    assert!(tight * 1.5 < loose, "nearest points lie {tight} apart, and {loose}");
}

#[test]
fn a_cancelled_map_stands_where_its_last_whole_epoch_left_it_and_goes_on() {
    let rows = clusters(300, 5, 4);
    let (mut whole, mut broken) = (begun(&rows, &quick()), begun(&rows, &quick()));
    whole.step(50, &Watch::unattended()).unwrap();
    broken.step(20, &Watch::unattended()).unwrap();
    let cancel = CancelToken::default();
    cancel.cancel();
    assert_eq!(broken.step(5, &Watch::new(cancel, |_| {})), Err(ProjectionError::Cancelled));
    assert_eq!(broken.epoch(), 20);
    broken.step(30, &Watch::unattended()).unwrap();
    assert_eq!(broken.layout(), whole.layout());
}

#[test]
fn a_map_goes_on_with_other_parameters_but_not_with_other_neighbours() {
    let rows = clusters(200, 5, 4);
    let mut map = begun(&rows, &quick());
    map.step(30, &Watch::unattended()).unwrap();
    let before = map.layout();
    map.change(UmapParameters { learning_rate: 1e-9, ..quick() }.check(200).unwrap()).unwrap();
    map.step(5, &Watch::unattended()).unwrap();
    let moved = (&map.layout() - &before).mapv(f32::abs).fold(0.0_f32, |a, &b| a.max(b));
    assert!(moved < 1e-5, "hardly any learning rate moves points by {moved}");
    let refused = map.change(UmapParameters { neighbors: 5, ..quick() }.check(200).unwrap());
    assert!(matches!(refused, Err(ProjectionError::Parameter { name: "neighbors", .. })), "{refused:?}");
}

#[test]
fn frames_stream_a_stop_keeps_the_map_and_levers_of_another_method_are_refused() {
    let rows = clusters(200, 5, 4);
    let endless = UmapParameters { epochs: Some(usize::MAX), ..quick() };
    let control = ProjectionControl::default();
    let (own, mut frames) = (control.clone(), Vec::new());
    let mut look = |map: &IterativeMap| {
        frames.push((map.iteration(), map.layout()));
        match frames.len() {
            2 => own.set_parameters(UmapParameters { epochs: Some(1_000_000), ..quick() }),
            3 => assert_eq!(map.iterations(), 1_000_000),
            4 => own.stop(),
            _ => {}
        }
    };
    let made = project(rows.view(), &umap(&endless), &control, &Watch::unattended(), &mut look).unwrap();
    assert_eq!(frames.len(), 4);
    assert!(frames[0].0 == 0 && frames.is_sorted_by(|a, b| a.0 < b.0), "frames come in order");
    assert_eq!((made.iterations, &made.coordinates), (Some(frames[3].0), &frames[3].1));
    let control = ProjectionControl::default();
    control.set_parameters(TsneParameters::default());
    let refused = project(rows.view(), &umap(&endless), &control, &Watch::unattended(), &mut |_| {});
    assert!(matches!(refused, Err(ProjectionError::Parameter { name: "method", .. })), "{refused:?}");
}

#[test]
fn a_map_starts_from_another_and_stays_near_it() {
    let rows = clusters(300, 6, 4);
    let first = run(rows.view(), &quick()).coordinates;
    let slow = UmapParameters { learning_rate: 0.05, epochs: Some(20), ..quick() };
    let settings = ProjectionSettings { start: Some(Arc::new(first.clone())), ..umap(&slow) };
    let control = ProjectionControl::default();
    let next = project(rows.view(), &settings, &control, &Watch::unattended(), &mut |_| {}).unwrap();
    let span = first.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let moved = (&next.coordinates - &first).mapv(f32::abs).mean().unwrap();
    assert!(moved < 0.1 * span, "points moved by {moved} on average in a map of {span}");
}

#[test]
fn vectors_that_maps_are_not_made_for_make_sound_maps() {
    let equal = Array2::from_elem((1500, 3), 1.5);
    let cases = [
        ("one point", clusters(1, 4, 1)),
        ("two points", clusters(2, 4, 2)),
        ("seven points", clusters(7, 4, 2)),
        ("one dimension", clusters(60, 1, 3)),
        ("zeros", Array2::zeros((50, 3))),
        ("huge values", clusters(60, 4, 3) * 1e17),
        ("tiny values", clusters(60, 4, 3) * 1e-20),
        ("duplicates", concatenate![Axis(0), equal, clusters(100, 3, 2)]),
    ];
    for (what, rows) in cases {
        for metric in [Metric::Euclidean, Metric::Cosine] {
            let made = run(rows.view(), &UmapParameters { metric, epochs: Some(60), ..quick() });
            assert_eq!(made.coordinates.dim(), (rows.nrows(), 2), "{what}");
            assert!(made.coordinates.iter().all(|x| x.is_finite() && x.abs() < 1e4), "{what}: {}", made.coordinates);
            let mut places: Vec<_> = made.coordinates.rows().into_iter().map(|row| row.map(|x| x.to_bits())).collect();
            places.sort_by_key(|place| (place[0], place[1]));
            places.dedup();
            assert_eq!(places.len(), rows.nrows(), "{what}: equal vectors part");
        }
    }
    assert_eq!(try_run(Array2::zeros((0, 4)).view(), &quick()).unwrap_err(), ProjectionError::NoRows);
    let mut bad = clusters(50, 4, 2);
    bad[[31, 2]] = f32::NAN;
    assert_eq!(try_run(bad.view(), &quick()).unwrap_err(), ProjectionError::NotFinite { row: 31 });
}
