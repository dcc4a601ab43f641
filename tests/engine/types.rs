//! IDs of other types on a map of items.

use std::sync::Arc;

use idatlas::dataset::ItemAttributes;
use idatlas::engine::jobs::{self, PlacedType};
use idatlas::engine::{EngineError, MapOnShow, ProjectionRequest, TypesRequest};
use idatlas::progress::{CancelToken, Watch};
use idatlas::projection::{Axes, Direction, Method, Places, ProjectionControl};
use idatlas::run::Run;
use ndarray::Array2;

use crate::run::fixture::run;

const TYPES: [&str; 3] = ["brand", "a/b", "user"];

fn made(run: &Run, request: &ProjectionRequest) -> Array2<f32> {
    let (control, watch) = (ProjectionControl::default(), Watch::unattended());
    jobs::project(run, request, &control, &watch, &mut |_| {}).unwrap().coordinates.as_ref().clone()
}

fn on_map(run: &Run, request: &ProjectionRequest, map: &Array2<f32>) -> TypesRequest {
    let rows = run.table(&request.table).unwrap().vocabulary.len();
    let places = Places::of_map(map.view(), request.settings.rows.as_deref(), rows);
    let map = MapOnShow { request: Arc::new(request.clone()), places: Arc::new(places) };
    TypesRequest { map, types: TYPES.map(str::to_owned).to_vec() }
}

fn linear(dims: usize) -> [ProjectionRequest; 2] {
    let pca = ProjectionRequest::pca("item".to_owned(), dims);
    let mut axes = pca.clone();
    let direction = |from: u32, to: u32| Direction { from: [from].into(), to: [to].into() };
    let directions = [direction(0, 1), direction(2, 1), direction(3, 0)].into_iter().take(dims).collect();
    axes.settings.method = Method::Axes(Axes { directions, metric: idatlas::neighbors::Metric::Euclidean });
    [pca, axes]
}

/// The items of each ID of the table, by the catalogue; of users the last ones that their vectors are of.
fn items_of(run: &Run, table: &str, row: u32) -> Vec<usize> {
    match run.table(table).unwrap().type_index {
        Some(k) => {
            let ids = run.attributes.ids.column(k);
            ids.iter()
                .enumerate()
                .filter(|(_, id)| **id == row && row != ItemAttributes::MISSING)
                .map(|(i, _)| i)
                .collect()
        }
        None => {
            let history = run.history(row as usize);
            let last = history.len().saturating_sub(run.metadata.hyperparameters.user_history as usize);
            history[last..].iter().map(|&item| item as usize).collect()
        }
    }
}

#[test]
fn on_linear_maps_ids_lie_at_the_mean_of_their_items() {
    let run = run();
    for request in [linear(2), linear(3)].concat() {
        let map = made(&run, &request);
        let found = jobs::place_types(&run, &on_map(&run, &request, &map), &Watch::unattended()).unwrap();
        assert_eq!(found.iter().map(|placed| placed.table.as_str()).collect::<Vec<_>>(), TYPES);
        let mut compared = 0;
        for placed in &found {
            assert_eq!(placed.places.dim(), (placed.of, request.settings.dims));
            for row in 0..placed.of as u32 {
                let items = items_of(&run, &placed.table, row);
                let is_placed = placed.rows().any(|other| other == row);
                assert_eq!(is_placed, !items.is_empty(), "{} {row}", placed.table);
                for axis in (0..request.settings.dims).filter(|_| is_placed) {
                    let mean = items.iter().map(|&item| map[[item, axis]]).sum::<f32>() / items.len() as f32;
                    let place = placed.places[[row as usize, axis]];
                    assert!((place - mean).abs() < 2e-4, "{} {row}: {place}, its items' mean is {mean}", placed.table);
                    compared += 1;
                }
            }
        }
        assert!(compared > 8, "{compared} coordinates were compared");
    }
}

#[test]
fn other_types_say_of_what_they_are_the_mean_and_how_they_were_placed() {
    let run = run();
    let [request, _] = linear(2);
    let map = made(&run, &request);
    let found = jobs::place_types(&run, &on_map(&run, &request, &map), &Watch::unattended()).unwrap();
    assert_eq!(found[0].items.as_deref(), Some(&[2, 1][..]), "acme has two items, zeta one");
    assert_eq!(found[2].items, None, "users lie at their own vectors");
    let words = |method: &Method| jobs::placed_in_words(&found, method);
    assert_eq!(words(&Method::Pca), "brands and a/bs at the mean of their items, users at their own vectors");
    assert!(words(&Method::Umap(idatlas::projection::UmapParameters::default())).contains("nearest"));
    assert_eq!(jobs::placed_in_words(&[] as &[PlacedType], &Method::Pca), "");
}

#[test]
fn a_map_of_something_else_has_no_other_types_and_a_question_that_is_given_up_ends() {
    let run = run();
    let mut request = ProjectionRequest::pca("brand".to_owned(), 2);
    let map = Array2::zeros((run.table("brand").unwrap().vocabulary.len(), 2));
    assert_eq!(jobs::place_types(&run, &on_map(&run, &request, &map), &Watch::unattended()).unwrap(), []);
    "item".clone_into(&mut request.table);
    let given_up = CancelToken::default();
    given_up.cancel();
    let watch = Watch::new(given_up, |_| {});
    let items = made(&run, &request);
    let ended = jobs::place_types(&run, &on_map(&run, &request, &items), &watch);
    assert!(matches!(ended, Err(EngineError::Cancelled)), "{ended:?}");
}
