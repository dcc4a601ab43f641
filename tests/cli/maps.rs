//! Claims about `project` beyond principal components.

use std::fs;

use super::{idatlas, sample_run, text};

/// ID, x and y of each row of a map written as CSV.
fn places(csv: &str) -> Vec<(String, [f64; 2])> {
    let rows = csv.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        // The label may hold commas; id comes first and the places follow it.
        let numbers: Vec<f64> = cells.iter().skip(1).filter_map(|cell| cell.parse().ok()).collect();
        let place = &numbers[numbers.len() - usize::from(csv.starts_with("id,label,x,y,trust")) - 2..];
        (cells[0].to_owned(), [place[0], place[1]])
    });
    rows.collect()
}

#[test]
fn umap_maps_a_table_and_a_listed_part_of_it() {
    let run = text(sample_run());
    let folder = tempfile::tempdir().unwrap();
    let (out, ids) = (folder.path().join("stores.csv"), folder.path().join("ids.txt"));
    let map = ["project", run, "--type", "store", "--method", "umap", "--epochs", "50", "--out", text(&out), "--json"];
    let report = idatlas(&map).succeeded().json();
    assert_eq!((report["method"].as_str(), report["iterations"].as_u64()), (Some("umap"), Some(50)), "{report}");
    assert!(report["kl_divergence"].is_null() && report["seconds"]["optimize"].is_f64(), "{report}");
    let all = places(&fs::read_to_string(&out).unwrap());
    assert_eq!(all.len(), 8);
    fs::write(&ids, "406\n367\n").unwrap();
    let part = idatlas(&[&map[..], &["--ids", text(&ids)]].concat()).succeeded().json();
    assert_eq!(part["rows"].as_u64(), Some(2));
    let listed: Vec<String> = places(&fs::read_to_string(&out).unwrap()).into_iter().map(|(id, _)| id).collect();
    assert_eq!(listed, ["406", "367"], "in the order of the list");
    fs::write(&ids, "406\n406\n").unwrap();
    idatlas(&[&map[..], &["--ids", text(&ids)]].concat()).refused(&["\"406\" is listed twice", "ids.txt"]);
    idatlas(&["project", run, "--type", "store", "--epochs", "5"]).refused(&["--epochs", "--method umap"]);
    idatlas(&["project", run, "--type", "store", "--method", "tsne", "--min-dist", "1"]).refused(&["--method umap"]);
    idatlas(&[&map[..], &["--neighbors", "1"]].concat()).refused(&["neighbors is 1", "at least 2"]);
}

#[test]
fn axes_run_from_one_id_to_another() {
    let run = text(sample_run());
    let folder = tempfile::tempdir().unwrap();
    let (out, ids) = (folder.path().join("stores.csv"), folder.path().join("ids.txt"));
    let map = ["project", run, "--type", "store", "--method", "axes", "--out", text(&out)];
    idatlas(&[&map[..], &["--x", "367", "406"]].concat()).succeeded();
    let places_of = |found: &[(String, [f64; 2])], id: &str| found.iter().find(|(own, _)| own == id).unwrap().1;
    let found = places(&fs::read_to_string(&out).unwrap());
    let (low, high) = (places_of(&found, "367"), places_of(&found, "406"));
    assert!(high[0] > 0.0 && (high[0] + low[0]).abs() < 1e-5, "0 is the middle: {low:?} {high:?}");
    fs::write(&ids, "367\n").unwrap();
    let other = folder.path().join("other.txt");
    fs::write(&other, "406\n").unwrap();
    idatlas(&[&map[..], &["--x-lists", text(&ids), text(&other)]].concat()).succeeded();
    assert_eq!(places(&fs::read_to_string(&out).unwrap()), found, "a list of one is one");
    idatlas(&[&map[..], &["--x", "367", "no-such-store"]].concat()).refused(&["no-such-store"]);
    idatlas(&[&map[..], &["--x", "367", "367"]].concat()).refused(&["the x axis", "same place"]);
    idatlas(&map).refused(&["--x FROM TO"]);
    idatlas(&["project", run, "--type", "store", "--x", "367", "406"]).refused(&["--x", "--method axes"]);
}

#[test]
fn a_map_is_a_start_and_a_ground_for_others() {
    let run = text(sample_run());
    let folder = tempfile::tempdir().unwrap();
    let [first, second, ids] = ["first.parquet", "second.csv", "ids.txt"].map(|name| folder.path().join(name));
    let listed = folder.path().join("brands.csv");
    idatlas(&["export", run, "--type", "brand", "--format", "csv", "--out", text(&listed)]).succeeded();
    let brands = fs::read_to_string(&listed).unwrap();
    let brands: Vec<&str> = brands.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    fs::write(&ids, brands[..brands.len() - 5].join("\n")).unwrap();
    let tsne = ["project", run, "--type", "brand", "--method", "tsne"];
    let before = folder.path().join("before.csv");
    for out in [&first, &before] {
        let more = ["--iterations", "60", "--ids", text(&ids), "--out", text(out)];
        idatlas(&[&tsne[..], &more].concat()).succeeded();
    }
    let onto = ["--onto", text(&first), "--out", text(&second), "--json"];
    let report = idatlas(&[&tsne[..], &onto].concat()).succeeded().json();
    assert_eq!((report["rows"].as_u64(), report["placed"].as_u64()), (Some(brands.len() as u64), Some(5)), "{report}");
    let placed = places(&fs::read_to_string(&second).unwrap());
    assert!(placed.iter().map(|(id, _)| id.as_str()).eq(brands.iter().copied()), "in the order of the table");
    let fixed: Vec<_> =
        placed.into_iter().filter(|(id, _)| !brands[brands.len() - 5..].contains(&id.as_str())).collect();
    assert_eq!(fixed, places(&fs::read_to_string(&before).unwrap()), "what was there stays");
    idatlas(&[&tsne[..], &onto, &["--ids", text(&ids)]].concat()).refused(&["shows", "already", "ids.txt"]);
    idatlas(&[&tsne[..], &onto, &["--theta", "0.5"]].concat()).refused(&["--theta", "--onto"]);
    idatlas(&["project", run, "--type", "brand", "--onto", text(&first)]).refused(&["--onto", "--method tsne"]);

    let no_step = ["--start", text(&first), "--ids", text(&ids), "--out", text(&second), "--iterations", "0"];
    idatlas(&[&tsne[..], &no_step].concat()).succeeded();
    assert_eq!(places(&fs::read_to_string(&second).unwrap()), fixed, "a map of no iterations is its start");
    let lacking = ["--start", text(&first), "--out", text(&second)];
    idatlas(&[&tsne[..], &lacking].concat()).refused(&[brands[brands.len() - 5], "does not show", "first.parquet"]);
    idatlas(&["project", run, "--type", "brand", "--start", text(&first)]).refused(&["--start", "--method umap"]);
}

#[test]
fn a_tsne_of_compute_shaders_is_as_good_as_the_one_of_the_cpu() {
    let run = text(sample_run());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("map.csv");
    let map =
        ["project", run, "--type", "brand", "--method", "tsne", "--iterations", "300", "--out", text(&out), "--json"];
    let cpu = idatlas(&[&map[..], &["--backend", "cpu"]].concat()).succeeded().json();
    assert!(cpu["adapter"].is_null(), "{cpu}");
    let gpu = idatlas(&[&map[..], &["--backend", "gpu"]].concat()).succeeded().json();
    assert!(gpu["adapter"].as_str().is_some_and(|name| !name.is_empty()), "{gpu}");
    let divergence = |report: &serde_json::Value| report["kl_divergence"].as_f64().unwrap();
    let (ours, theirs) = (divergence(&gpu), divergence(&cpu));
    assert!((ours / theirs - 1.0).abs() < 0.1, "{ours} on the GPU, {theirs} on the CPU");
    idatlas(&[&map[..], &["--backend", "gpu", "--adapter", "no such"]].concat()).refused(&["no such"]);
    idatlas(&["project", run, "--type", "brand", "--backend", "gpu"]).refused(&["--backend", "--method tsne"]);
}
