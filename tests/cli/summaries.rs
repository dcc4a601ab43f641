//! `summarize` against counts made from the exported files.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use idatlas::run::Run;
use idatlas::summary::CatalogueProfile;

use super::*;
use crate::noise;

fn summary(arguments: &[&str]) -> Value {
    let run = text(sample_run());
    let all: Vec<&str> = ["summarize", run, "--json"].into_iter().chain(arguments.iter().copied()).collect();
    idatlas(&all).succeeded().json()
}

#[test]
fn the_shares_of_a_store_are_those_counted_from_items_parquet() {
    let run = Run::read(sample_run()).unwrap();
    let column = |name: &str| run.items.rows.column_by_name(name).unwrap().as_string::<i32>().clone();
    let (stores, brands) = (column("store"), column("brand"));
    let (mut inside, mut of_all, mut items) = (BTreeMap::new(), BTreeMap::new(), 0);
    for &row in &run.items.row_of_item {
        let row = row as usize;
        let in_store = stores.is_valid(row) && stores.value(row) == "367";
        items += usize::from(in_store);
        if brands.is_valid(row) {
            *of_all.entry(brands.value(row)).or_insert(0_u64) += 1;
            *inside.entry(brands.value(row)).or_insert(0_u64) += u64::from(in_store);
        }
    }
    inside.retain(|_, count| *count > 0);
    let found = summary(&["--type", "store", "--id", "367", "--top", "10000"]);
    assert_eq!(found["items"].as_u64(), Some(items as u64));
    let types = found["attributes"].as_array().unwrap();
    assert!(types.iter().all(|of| of["type"] != "store"), "that a store's items are in it says nothing");
    let listed = types.iter().find(|of| of["type"] == "brand").unwrap()["ids"].as_array().unwrap();
    let listed: BTreeMap<&str, (u64, u64)> = listed
        .iter()
        .map(|row| {
            (row["id"].as_str().unwrap(), (row["items"].as_u64().unwrap(), row["catalogue_items"].as_u64().unwrap()))
        })
        .collect();
    let expected: BTreeMap<&str, (u64, u64)> = inside.iter().map(|(&id, &count)| (id, (count, of_all[id]))).collect();
    assert_eq!(listed, expected);
    let nearest = found["nearest"].as_object().unwrap();
    assert!(nearest["store"].as_array().unwrap().iter().all(|row| row["id"] != "367"), "it is not its own neighbour");
    assert!(
        nearest.values().all(|rows| !rows.as_array().unwrap().is_empty()),
        "every table has nearest IDs: {nearest:?}"
    );
}

#[test]
fn a_planted_store_ranks_first_among_random_items() {
    let run = Run::read(sample_run()).unwrap();
    let store = run.types.iter().position(|id_type| id_type.name == "store").unwrap();
    let row = run.types[store].vocabulary.index("367").unwrap();
    let in_store = (0..).zip(run.attributes.ids.column(store)).filter(|(_, id)| **id == row);
    let planted: Vec<String> =
        in_store.map(|(item, _)| run.types[0].vocabulary.id(item).to_owned()).step_by(13).collect();
    assert!(planted.len() > 30, "{}", planted.len());
    let random = (0..60).map(|i| run.types[0].vocabulary.id(i * 47).to_owned());
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("ids.txt");
    fs::write(&list, random.chain(planted).collect::<Vec<_>>().join("\n")).unwrap();
    let found = summary(&["--ids", text(&list)]);
    let first = &found["over_represented"][0];
    assert_eq!((first["type"].as_str(), first["id"].as_str()), (Some("store"), Some("367")));
    assert!(first["p_adjusted"].as_f64() < Some(1e-6), "{first}");
}

#[test]
fn random_items_have_a_significant_id_in_no_more_than_one_case_in_twenty() {
    let run = Run::read(sample_run()).unwrap();
    let profile = CatalogueProfile::of(&run);
    let all = run.types[0].vocabulary.len() as u64;
    let mut bits = noise::bits(7);
    let mut draw = || ((bits() >> 33) % all) as u32;
    let cases = 400;
    let significant = (0..cases).filter(|case| {
        let items: Vec<u32> = (0..20 + case % 200).map(|_| draw()).collect();
        let found = profile.summarize(&run, &items, None, 0);
        found.over_represented.iter().any(|one| one.adjusted <= 0.05)
    });
    let significant = significant.count();
    assert!(significant * 20 <= cases, "{significant} of {cases}");
}

#[test]
fn an_impossible_summary_is_refused_by_name() {
    let run = text(sample_run());
    idatlas(&["summarize", run]).refused(&["--id"]);
    idatlas(&["summarize", run, "--type", "brnad", "--id", "69"]).refused(&["brnad", "brand"]);
    idatlas(&["summarize", run, "--type", "brand", "--id", "no-such"]).refused(&["no-such"]);
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("ids.txt");
    fs::write(&list, "\n").unwrap();
    idatlas(&["summarize", run, "--ids", text(&list)]).refused(&["empty"]);
    fs::write(&list, "834117@31782\nnope\n").unwrap();
    idatlas(&["summarize", run, "--ids", text(&list)]).refused(&["nope", "line 2"]);
    idatlas(&["summarize", run, "--type", "brand", "--id", "69", "--significance", "2"]).refused(&["0 to 1"]);
}
