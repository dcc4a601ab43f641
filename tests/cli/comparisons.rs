//! `compare`: hyperparameters, metrics and neighbourhoods of two runs.

use super::*;

#[test]
fn two_runs_differ_in_what_was_set_and_agree_with_themselves() {
    let data = Data::new();
    data.train(&["--set", "epochs=2"]).succeeded();
    let first = data.out("run");
    let second = data.out("second");
    fs::rename(&first, &second).unwrap();
    data.train(&["--set", "epochs=3", "--set", "dims.item=6"]).succeeded();
    let (first, second) = (text(&first), text(&second));

    let report = idatlas(&["compare", first, second, "-k", "3", "--changed", "2", "--json"]).succeeded().json();
    let keys: Vec<&str> =
        report["hyperparameters"].as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap()).collect();
    assert!(keys.contains(&"epochs") && keys.contains(&"dims.item"), "{keys:?}");
    assert!(!keys.contains(&"seed") && !keys.contains(&"optimizer"), "what is the same is left out: {keys:?}");
    let epochs = report["hyperparameters"].as_array().unwrap().iter().find(|row| row["key"] == "epochs").unwrap();
    assert_eq!(epochs["values"], serde_json::json!(["3", "2"]));
    let items = &report["neighbor_overlap"][0];
    assert_eq!((items["type"].as_str(), items["k"].as_u64()), (Some("item"), Some(3)));
    let overlap = items["overlap"].as_f64().unwrap();
    assert!((0.0..1.0).contains(&overlap), "{overlap}");
    let changed = items["changed"].as_array().unwrap();
    assert_eq!(changed.len(), 2);
    assert!(changed[0]["overlap"].as_f64() <= changed[1]["overlap"].as_f64() && changed[0]["lost"].is_string());

    let same = idatlas(&["compare", first, first, "--json"]).succeeded().json();
    assert!(same["hyperparameters"].as_array().unwrap().is_empty());
    let overlaps = same["neighbor_overlap"].as_array().unwrap();
    assert!(overlaps.iter().all(|of| of["overlap"].is_null() || of["overlap"] == 1.0), "{overlaps:?}");

    let words = idatlas(&["compare", first, second]).succeeded().stdout;
    assert!(words.contains("epochs") && words.contains("hit rate at 10") && words.contains("overlap"), "{words}");
}

#[test]
fn what_cannot_be_compared_is_refused_by_name() {
    let run = text(sample_run());
    idatlas(&["compare", run]).refused(&["RUN"]);
    idatlas(&["compare", run, "no-such-folder"]).refused(&["no-such-folder"]);
    idatlas(&["compare", run, run, "--type", "brnad"]).refused(&["brnad", "brand"]);
}
