//! Claims about `pack` and `unpack`.

use std::fs;

use super::{idatlas, sample_run, text};

#[test]
fn a_run_is_packed_unpacked_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let [packed, back] = ["run.zip", "back"].map(|name| folder.path().join(name));
    let report = idatlas(&["pack", text(sample_run()), "--out", text(&packed), "--json"]).succeeded().json();
    assert_eq!(report["out"].as_str(), Some(text(&packed)));
    idatlas(&["unpack", text(&packed), "--out", text(&back)]).succeeded();
    assert_eq!(fs::read(back.join("run.json")).unwrap(), fs::read(sample_run().join("run.json")).unwrap());
    let near = |run: &str| idatlas(&["neighbors", run, "--type", "store", "--id", "367", "--json"]).succeeded().json();
    assert_eq!(near(text(&back))["neighbors"], near(text(sample_run()))["neighbors"]);
    idatlas(&["unpack", text(&packed), "--out", text(&back)]).refused(&["not empty", "back"]);
    idatlas(&["unpack", text(&back.join("run.json"))]).refused(&["zip file", "run.json"]);
    idatlas(&["pack", text(folder.path())]).refused(&["run.json is missing"]);
}
