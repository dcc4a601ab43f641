//! Whole t-SNEs.

use std::sync::Arc;

use idatlas::neighbors::{Metric, NeighborGraph};
use idatlas::progress::{CancelToken, Watch};
use idatlas::projection::{
    Affinities, CheckedTsneParameters, Initialization, LearningRate, Method, PlacementParameters, Projection,
    ProjectionControl, ProjectionError, ProjectionSettings, RepulsionMethod, Tsne, TsneParameters, map_neighbors,
    place, project, starting_layout,
};
use ndarray::{Array2, ArrayView2, s};

use super::points::clusters;

fn tsne(parameters: &TsneParameters) -> ProjectionSettings {
    ProjectionSettings {
        method: Method::Tsne(parameters.clone()),
        dims: parameters.dims,
        trust_neighbors: 5,
        ..ProjectionSettings::default()
    }
}

fn run(rows: ArrayView2<'_, f32>, settings: &ProjectionSettings) -> Projection {
    project(rows, settings, &ProjectionControl::default(), &Watch::unattended(), &mut |_| {}).unwrap()
}

fn quick() -> TsneParameters {
    TsneParameters { iterations: 300, exaggeration_iterations: 100, perplexity: 10.0, ..TsneParameters::default() }
}

/// A map of `rows` before its first iteration.
fn begun(rows: &Array2<f32>, parameters: &TsneParameters) -> (Tsne, CheckedTsneParameters) {
    let watch = Watch::unattended();
    let checked = parameters.check(rows.nrows()).unwrap();
    let graph = NeighborGraph::exact(rows.view(), checked.neighbors(), Metric::Euclidean, &watch).unwrap();
    let affinities = Affinities::new(&graph, checked.neighbors(), checked.values().perplexity, &watch).unwrap();
    let start = starting_layout(rows.view(), &checked, &watch).unwrap();
    (Tsne::new(Arc::new(affinities), start.view(), checked.clone()).unwrap(), checked)
}

/// Share of points whose nearest point in the map is of their own group.
pub fn purity(layout: ArrayView2<'_, f32>, groups: usize) -> f64 {
    let nearest = map_neighbors(layout, 1, &Watch::unattended()).unwrap();
    let own = nearest.iter().enumerate().filter(|&(row, &other)| row % groups == other as usize % groups).count();
    own as f64 / nearest.len() as f64
}

#[test]
fn groups_stay_together_however_repulsion_is_summed() {
    let rows = clusters(400, 8, 5);
    let mut divergences = Vec::new();
    for repulsion in [RepulsionMethod::Exact, RepulsionMethod::Grid, RepulsionMethod::Tree] {
        let made = run(rows.view(), &tsne(&TsneParameters { repulsion, theta: 0.3, ..quick() }));
        let pure = purity(made.coordinates.view(), 5);
        assert!(pure > 0.99, "{repulsion:?}: {pure} of the points have their nearest in their group");
        let trust = made.trust.unwrap();
        assert!(trust.trustworthiness > 0.95 && trust.continuity > 0.95, "{repulsion:?}: {trust:?}");
        divergences.push(made.kl_divergence.unwrap());
    }
    for (divergence, method) in divergences.iter().zip(["exact", "grid", "tree"]) {
        let ratio = divergence / divergences[0];
        assert!((ratio - 1.0).abs() < 0.01, "{method} ends at {divergence}, exact at {}", divergences[0]);
    }
}

#[test]
fn three_dims_leave_less_unsaid_than_two() {
    let rows = clusters(300, 10, 3);
    let plane = run(rows.view(), &tsne(&quick()));
    for repulsion in [RepulsionMethod::Auto, RepulsionMethod::Tree] {
        let space = run(rows.view(), &tsne(&TsneParameters { dims: 3, repulsion, ..quick() }));
        assert_eq!(space.coordinates.dim(), (300, 3));
        assert!(space.kl_divergence < plane.kl_divergence, "{:?} {:?}", space.kl_divergence, plane.kl_divergence);
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit_and_the_seed_does() {
    let rows = clusters(350, 6, 4);
    for repulsion in [RepulsionMethod::Exact, RepulsionMethod::Grid, RepulsionMethod::Tree] {
        let parameters = TsneParameters { repulsion, iterations: 60, exaggeration_iterations: 30, ..quick() };
        let on = |threads, seed| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let made = pool.install(|| run(rows.view(), &tsne(&TsneParameters { seed, ..parameters.clone() })));
            (made.coordinates, made.kl_divergence)
        };
        assert_eq!(on(1, 7), on(3, 7), "{repulsion:?}");
        assert_ne!(on(1, 7), on(1, 8), "{repulsion:?}");
    }
}

#[test]
fn the_divergence_is_that_of_the_definition() {
    let rows = clusters(120, 5, 3);
    for (repulsion, limit) in [(RepulsionMethod::Exact, 1e-5), (RepulsionMethod::Grid, 1e-3)] {
        let (mut map, _) = begun(&rows, &TsneParameters { repulsion, ..quick() });
        map.step(120, &Watch::unattended()).unwrap();
        let layout = map.layout();
        let square = |i: usize, j: usize| -> f64 {
            layout.row(i).iter().zip(layout.row(j)).map(|(a, b)| f64::from(a - b).powi(2)).sum()
        };
        let pairs = (0..120).flat_map(|i| (0..120).filter(move |&j| j != i).map(move |j| (i, j)));
        let norm: f64 = pairs.map(|(i, j)| 1.0 / (1.0 + square(i, j))).sum();
        let expected: f64 = map
            .affinities()
            .edges()
            .map(|(i, j, p)| {
                let q = 1.0 / (1.0 + square(i as usize, j as usize)) / norm;
                f64::from(p) * (f64::from(p) / q).ln()
            })
            .sum();
        let found = map.divergence(&Watch::unattended()).unwrap();
        assert!((found - expected).abs() < limit, "{repulsion:?}: {found}, by definition {expected}");
    }
}

#[test]
fn a_cancelled_map_stands_where_its_last_whole_iteration_left_it_and_goes_on() {
    let rows = clusters(200, 5, 4);
    let (mut whole, _) = begun(&rows, &quick());
    let (mut broken, _) = begun(&rows, &quick());
    whole.step(50, &Watch::unattended()).unwrap();
    broken.step(20, &Watch::unattended()).unwrap();
    let cancel = CancelToken::default();
    cancel.cancel();
    assert_eq!(broken.step(5, &Watch::new(cancel, |_| {})), Err(ProjectionError::Cancelled));
    assert_eq!(broken.iteration(), 20);
    broken.step(30, &Watch::unattended()).unwrap();
    assert_eq!(broken.layout(), whole.layout());
}

#[test]
fn a_map_goes_on_with_other_parameters_but_not_with_another_perplexity() {
    let rows = clusters(200, 5, 4);
    let (mut map, checked) = begun(&rows, &quick());
    map.step(30, &Watch::unattended()).unwrap();
    let before = map.layout();
    let slow = TsneParameters {
        learning_rate: LearningRate::Fixed(1e-9),
        momentum: 0.0,
        exaggeration_momentum: 0.0,
        ..quick()
    };
    map.change(slow.check(200).unwrap()).unwrap();
    map.step(5, &Watch::unattended()).unwrap();
    let moved = (&map.layout() - &before).mapv(f32::abs).fold(0.0_f32, |a, &b| a.max(b));
    assert!(moved < 1e-4, "hardly any learning rate moves points by {moved}");
    map.change(TsneParameters { repulsion: RepulsionMethod::Grid, ..quick() }.check(200).unwrap()).unwrap();
    map.step(5, &Watch::unattended()).unwrap();
    let refused = map.change(TsneParameters { perplexity: 5.0, ..quick() }.check(200).unwrap());
    assert!(matches!(refused, Err(ProjectionError::Parameter { name: "perplexity", .. })), "{refused:?}");
    assert_eq!(map.parameters().neighbors(), checked.neighbors());
}

#[test]
fn a_map_starts_from_another_and_stays_near_it() {
    let rows = clusters(300, 6, 4);
    let first = run(rows.view(), &tsne(&quick()));
    let parameters = TsneParameters { iterations: 20, exaggeration_iterations: 0, ..quick() };
    let start = Some(Arc::new(first.coordinates.clone()));
    let next = run(rows.view(), &ProjectionSettings { start, ..tsne(&parameters) });
    let span = first.coordinates.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let moved = (&next.coordinates - &first.coordinates).mapv(f32::abs).mean().unwrap();
    assert!(moved < 0.2 * span, "points moved by {moved} on average in a map of {span}");
    let wrong = ProjectionSettings { start: Some(Arc::new(Array2::zeros((7, 2)))), ..tsne(&parameters) };
    let refused = project(rows.view(), &wrong, &ProjectionControl::default(), &Watch::unattended(), &mut |_| {});
    assert!(matches!(refused, Err(ProjectionError::Start { found: (7, 2), expected: (300, 2) })), "{refused:?}");
}

#[test]
fn a_subset_is_as_if_the_others_were_not_there() {
    let rows = clusters(200, 5, 4);
    let chosen: Vec<u32> = (0..200).step_by(2).collect();
    let alone = run(rows.slice(s![..;2, ..]), &tsne(&quick()));
    let subset = run(rows.view(), &ProjectionSettings { rows: Some(chosen.into()), ..tsne(&quick()) });
    assert_eq!(subset.coordinates, alone.coordinates);
    let beyond = ProjectionSettings { rows: Some(vec![3, 200].into()), ..tsne(&quick()) };
    let refused = project(rows.view(), &beyond, &ProjectionControl::default(), &Watch::unattended(), &mut |_| {});
    assert!(matches!(refused, Err(ProjectionError::NoSuchRow { row: 200, rows: 200 })), "{refused:?}");
}

#[test]
fn directions_alone_count_by_cosine() {
    let mut rows = clusters(150, 6, 3);
    for (row, mut values) in rows.rows_mut().into_iter().enumerate() {
        values *= 1.0 + (row % 7) as f32 * 30.0;
    }
    let made = run(rows.view(), &tsne(&TsneParameters { metric: Metric::Cosine, ..quick() }));
    assert!(purity(made.coordinates.view(), 3) > 0.99, "lengths do not matter");
}

#[test]
fn new_points_land_in_their_group_whatever_else_is_placed() {
    let all = clusters(330, 6, 3);
    let (fixed, new) = (all.slice(s![..300, ..]), all.slice(s![300.., ..]));
    for dims in [2, 3] {
        let map = run(fixed, &tsne(&TsneParameters { dims, ..quick() })).coordinates;
        let watch = Watch::unattended();
        let parameters = PlacementParameters::default();
        let placed = place(fixed, map.view(), new, &parameters, &watch).unwrap();
        for (row, at) in placed.rows().into_iter().enumerate() {
            let square = |other: usize| (&map.row(other) - &at).mapv(|x| x * x).sum();
            let nearest = (0..300).min_by(|&a, &b| square(a).total_cmp(&square(b))).unwrap();
            assert_eq!(nearest % 3, row % 3, "new point {row} in {dims} dims");
        }
        let few = place(fixed, map.view(), new.slice(s![5..8, ..]), &parameters, &watch).unwrap();
        assert_eq!(few, placed.slice(s![5..8, ..]), "a place depends on nothing else that is placed");
        let none = place(fixed, map.view(), new.slice(s![..0, ..]), &parameters, &watch).unwrap();
        assert_eq!(none.dim(), (0, dims));
        let narrow = place(fixed, map.view(), Array2::zeros((2, 4)).view(), &parameters, &watch);
        assert_eq!(narrow, Err(ProjectionError::Width { found: 4, expected: 6 }));
    }
}

#[test]
fn random_places_to_start_from_give_another_map_as_good() {
    let rows = clusters(250, 6, 3);
    let random = run(rows.view(), &tsne(&TsneParameters { initialization: Initialization::Random, ..quick() }));
    assert!(purity(random.coordinates.view(), 3) > 0.98);
}
