//! Claims about the names of a map's dense regions.

use std::sync::Arc;

use idatlas::engine::jobs::{BesideRequest, NamedRegion, name_regions, project, project_beside};
use idatlas::engine::{ProjectionRequest, RegionsRequest};
use idatlas::progress::Watch;
use idatlas::projection::{Places, ProjectionControl};
use idatlas::run::Run;
use idatlas::summary::CatalogueProfile;
use ndarray::Array2;

use super::*;

/// Evenly spread over a disc of radius 1: the golden angle, in an order that has nothing to do with the rows.
fn scattered(row: u32, rows: u32) -> [f32; 2] {
    let i = (u64::from(row) * 1_000_003 % u64::from(rows)) as f32;
    let (angle, reach) = (i * 2.399_963, (i / rows as f32).sqrt());
    [reach * angle.cos(), reach * angle.sin()]
}

fn named(run: &Run, places: Places) -> Vec<NamedRegion> {
    let request = RegionsRequest { table: "item".to_owned(), places: Arc::new(places) };
    name_regions(run, &CatalogueProfile::of(run), &request, &Watch::unattended()).unwrap()
}

#[test]
fn a_region_is_named_by_the_store_whose_items_lie_there() {
    let run = Run::read(sample_run()).unwrap();
    let store = run.types.iter().position(|own| own.name == "store").unwrap();
    let ids = run.attributes.ids.column(store);
    let rows = ids.len() as u32;
    let place = |row: u32| {
        let [x, y] = scattered(row, rows);
        [x + 5.0 * ids[row as usize] as f32, y]
    };
    let found = named(&run, Places::new((0..rows).map(place).collect()));
    stand_for_their_stores(&run, store, &found, |id| [5.0 * id, 0.0]);
}

#[test]
fn regions_that_lie_behind_each_other_in_space_have_names_of_their_own() {
    let run = Run::read(sample_run()).unwrap();
    let store = run.types.iter().position(|own| own.name == "store").unwrap();
    let ids = run.attributes.ids.column(store);
    let rows = ids.len();
    let map = Array2::from_shape_fn((rows, 3), |(row, axis)| match axis {
        2 => 5.0 * ids[row] as f32 + scattered(row as u32 + 7, rows as u32)[0],
        _ => scattered(row as u32, rows as u32)[axis],
    });
    let found = named(&run, Places::of_map(map.view(), None, rows));
    stand_for_their_stores(&run, store, &found, |id| [0.0, 0.0, 5.0 * id]);
}

/// Each store has a region that stands where its items do.
fn stand_for_their_stores<const D: usize>(
    run: &Run,
    store: usize,
    found: &[NamedRegion],
    place: impl Fn(f32) -> [f32; D],
) {
    let stores = run.type_table(store);
    let names: Vec<&str> = found.iter().map(|region| region.name.as_str()).collect();
    let all: Vec<String> = (0..8).map(|id| format!("store {}", stores.vocabulary.id(id))).collect();
    assert_eq!(names.len(), all.len(), "{names:?}");
    for (id, name) in all.iter().enumerate() {
        let region = found.iter().find(|region| region.name == *name).unwrap_or_else(|| panic!("{name}: {names:?}"));
        assert_eq!((region.type_name.as_str(), region.share), ("store", 1.0));
        let off = region.place.iter().zip(place(id as f32)).map(|(at, expected)| (at - expected).abs());
        assert!(off.fold(0.0, f32::max) < 1.0, "{name} stands at {:?}", region.place);
        assert_eq!(region.place.len(), D);
    }
}

#[test]
fn a_map_without_order_has_no_names() {
    let run = Run::read(sample_run()).unwrap();
    let rows = run.table("item").unwrap().vocabulary.len() as u32;
    assert_eq!(named(&run, Places::new((0..rows).map(|row| scattered(row, rows)).collect())), []);
}

#[test]
fn the_map_of_another_run_comes_with_the_names_of_its_regions() {
    let run = Run::read(sample_run()).unwrap();
    let store = run.types.iter().position(|own| own.name == "store").unwrap();
    let ids = run.attributes.ids.column(store);
    let (rows, stores) = (ids.len() as u32, run.types[store].vocabulary.len() as f32);
    // Vectors whose principal components set the stores apart.
    let mut model = run.model.as_ref().clone();
    for (row, mut vector) in model.target[0].rows_mut().into_iter().enumerate() {
        let (angle, near) = (std::f32::consts::TAU * ids[row] as f32 / stores, scattered(row as u32, rows));
        vector.fill(0.0);
        (vector[0], vector[1]) = (20.0 * angle.cos() + near[0], 20.0 * angle.sin() + near[1]);
    }
    let (first, second) = (run.with_model(Arc::new(model.clone())), Arc::new(run.with_model(Arc::new(model))));
    let request = ProjectionRequest::pca("item".to_owned(), 2);
    let watch = Watch::unattended();
    let made = project(&first, &request, &ProjectionControl::default(), &watch, &mut |_| {}).unwrap();
    let wanted = BesideRequest { run: Arc::clone(&second), request, onto: made.coordinates };
    let beside = project_beside(&first, &wanted, &watch).unwrap();
    let request = RegionsRequest { table: "item".to_owned(), places: Arc::clone(&beside.places) };
    let alone = name_regions(&second, &CatalogueProfile::of(&second), &request, &watch).unwrap();
    assert_eq!(*beside.regions, alone[..]);
    assert!(!alone.is_empty(), "the claim says nothing where there is no name");
}
