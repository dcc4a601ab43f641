//! What a trained run gives without training: vectors of users and new items, groups of users.

use super::*;

/// The rows of a CSV file by their ID: label, count, vector.
fn vectors_of(path: &Path) -> Vec<(String, Vec<f32>)> {
    let text = fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let mut fields = line.split(',');
        let id = fields.next().unwrap().to_owned();
        (id, fields.skip(2).map(|value| value.parse().unwrap()).collect())
    };
    text.lines().skip(1).map(row).collect()
}

fn export(run: &Path, table: &str, out: &Path) -> Vec<(String, Vec<f32>)> {
    idatlas(&["export", text(run), "--type", table, "--format", "csv", "--out", text(out)]).succeeded();
    vectors_of(out)
}

#[test]
fn users_of_the_training_events_get_their_trained_vectors() {
    let data = Data::new();
    data.train(&["--holdout", "none", "--set", "user_history=5"]).succeeded();
    let (run, out) = (data.out("run"), data.out("users.csv"));
    let report =
        idatlas(&["users", text(&run), "--events", text(&data.events), "--out", text(&out), "--json"]).succeeded();
    let report = report.json();
    assert_eq!((report["users"].as_u64(), report["history"].as_u64()), (Some(40), Some(5)), "{report}");
    assert_eq!(vectors_of(&out), export(&run, "user", &data.out("trained.csv")));
    let short = data.out("short.csv");
    idatlas(&["users", text(&run), "--events", text(&data.events), "--out", text(&short), "--history", "1"])
        .succeeded();
    assert_ne!(vectors_of(&short), vectors_of(&out));
}

#[test]
fn what_a_run_does_not_know_is_counted_and_left_out() {
    let data = Data::new();
    data.train(&[]).succeeded();
    let run = data.out("run");
    let events = data.out("today.csv");
    fs::write(&events, "who,what\nold,i3\nnew,i99\nold,i98\nold,i99\nold,i5\n").unwrap();
    let users = |out: &Path, columns: &[&str]| {
        let (run, events) = (text(&run), text(&events));
        let mut arguments = vec!["users", run, "--events", events, "--out", text(out), "--json"];
        arguments.extend(columns);
        idatlas(&arguments)
    };
    let columns = ["--user-col", "who", "--item-col", "what"];
    for name in ["a.csv", "a.tsv", "a.parquet", "a.npy", "a.safetensors"] {
        let ran = users(&data.out(name), &columns).succeeded();
        let report = ran.json();
        assert_eq!(report["unknown_items"], serde_json::json!({"items": 2, "events": 3, "first": "i99"}), "{name}");
        assert_eq!(report["users_left_out"], serde_json::json!({"users": 1, "first": "new"}), "{name}");
        assert!(ran.stderr.contains("i99") && ran.stderr.contains("\"new\""), "{}", ran.stderr);
        assert!(report["files"].as_array().unwrap().iter().all(|file| Path::new(file.as_str().unwrap()).is_file()));
    }
    let items = export(&run, "item", &data.out("items.csv"));
    let item = |id: &str| &items.iter().find(|(known, _)| known == id).unwrap().1;
    let mean: Vec<f32> = item("i3").iter().zip(item("i5")).map(|(a, b)| (a + b) / 2.0).collect();
    assert_eq!(vectors_of(&data.out("a.csv")), [("old".to_owned(), mean)]);

    users(&data.out("b.xlsx"), &columns).refused(&["xlsx", ".parquet", "b.xlsx"]);
    users(&data.out("b.csv"), &[]).refused(&["user_id", "today.csv"]);
    fs::write(&events, "who,what\nnew,i99\n").unwrap();
    users(&data.out("b.csv"), &columns).refused(&["No user", "--item-col"]);
    assert!(!data.out("b.csv").exists());
}

#[test]
fn new_items_are_placed_by_their_attributes_and_trained_ones_stay() {
    let data = Data::new();
    data.train(&["--set", "epochs=5"]).succeeded();
    let (run, items, out) = (data.out("run"), data.out("new.csv"), data.out("new.out.csv"));
    fs::write(
        &items,
        "item_id,brand_id,store_id,colour_id,name\n\
         n1,b1,s1,red,New thing\ni3,b0,s1,red,Old thing\nn2,b9,s0,red,\nn3,b9,s9,red,\nn4,,,,\nn5,b8,s1,,\n",
    )
    .unwrap();
    let embed = |more: &[&str]| {
        let mut arguments = vec!["embed", text(&run), "--items", text(&items), "--json"];
        arguments.extend(more);
        idatlas(&arguments)
    };
    let ran = embed(&["--out", text(&out)]).succeeded();
    let report = ran.json();
    assert_eq!(
        (report["method"].as_str(), report["placed"].as_u64(), report["items"].as_u64()),
        (Some("centroid"), Some(3), Some(6)),
        "{report}"
    );
    assert_eq!(report["trained"], serde_json::json!([{"id": "i3", "line": 3}]));
    let without = serde_json::json!([{"id": "n3", "line": 5}, {"id": "n4", "line": 6}]);
    assert_eq!(report["without_vector"], without);
    let unknown = serde_json::json!([
        {"type": "brand", "ids": 2, "items": 3, "first": "b9", "first_line": 4},
        {"type": "store", "ids": 1, "items": 1, "first": "s9", "first_line": 5},
    ]);
    assert_eq!(report["unknown_ids"], unknown);
    assert_eq!(report["ignored_types"], serde_json::json!(["colour"]));
    assert!(ran.stderr.contains("b9") && ran.stderr.contains("line 4"), "{}", ran.stderr);

    let trained = export(&run, "item", &data.out("items.csv"));
    let placed = vectors_of(&out);
    assert_eq!(placed.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["n1", "i3", "n2", "n5"]);
    assert_eq!(placed[1], *trained.iter().find(|(id, _)| id == "i3").unwrap());
    let number = |id: &str| id[1..].parse::<u32>().unwrap();
    let mean = |is_in: &dyn Fn(u32) -> bool| {
        let rows: Vec<&Vec<f32>> = trained.iter().filter(|(id, _)| is_in(number(id))).map(|(_, row)| row).collect();
        (0..rows[0].len()).map(|d| rows.iter().map(|row| row[d]).sum::<f32>() / rows.len() as f32).collect::<Vec<_>>()
    };
    let (brand, store) = (mean(&|item| item % 3 == 1), mean(&|item| item % 2 == 1));
    for (d, value) in placed[0].1.iter().enumerate() {
        let expected = (brand[d] + store[d]) / 2.0;
        assert!((value - expected).abs() < 1e-6, "dimension {d}: {value}, expected {expected}");
    }
    let vectors = |more: &[&str]| {
        let out = data.out("other.csv");
        embed(&[more, &["--out", text(&out)]].concat()).succeeded();
        vectors_of(&out)
    };
    let (raw, centred) = (vectors(&["--method", "transfer"]), vectors(&["--method", "transfer", "--centred"]));
    assert_ne!(raw[0], placed[0]);
    let shift = |row: usize| raw[row].1.iter().zip(&centred[row].1).map(|(a, b)| b - a).collect::<Vec<f32>>();
    assert!(shift(0).iter().zip(shift(2)).all(|(a, b)| (a - b).abs() < 1e-6), "all new items move alike");
    assert_eq!(raw[1], centred[1], "a trained item does not move");

    let out = data.out("refused.csv");
    embed(&["--centred", "--out", text(&out)]).refused(&["--centred", "transfer"]);
    embed(&["--id-type", "brand=colour_id", "--out", text(&out)]).succeeded();
    fs::write(&items, "item_id,brand_id\nn1,b9\n").unwrap();
    embed(&["--out", text(&data.out("none.csv"))]).refused(&["brand", "store", "--id-type", "new.csv"]);
    fs::write(&items, "item_id,brand_id\nn1\n").unwrap();
    embed(&["--out", text(&data.out("none.csv"))]).refused(&["line 2", "new.csv"]);
    assert!(!data.out("none.csv").exists());
}

#[test]
fn a_runs_own_items_file_places_all_items_where_they_are() {
    let data = Data::new();
    data.train(&[]).succeeded();
    let (run, out) = (data.out("run"), data.out("same.csv"));
    let items = run.join("items.parquet");
    let report =
        idatlas(&["embed", text(&run), "--items", text(&items), "--item-col", "id", "--out", text(&out), "--json"]);
    let report = report.succeeded().json();
    assert_eq!(
        (report["placed"].as_u64(), report["absent_types"].clone()),
        (Some(0), serde_json::json!([])),
        "{report}"
    );
    let mut trained = export(&run, "item", &data.out("items.csv"));
    let mut placed = vectors_of(&out);
    trained.sort_by(|a, b| a.0.cmp(&b.0));
    placed.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(placed, trained);
}

#[test]
fn users_of_one_taste_make_a_group_with_what_is_typical_of_it() {
    // Even users buy items 0 to 11, odd users items 12 to 23; every third event is of item 5, which all buy.
    let mut events = String::from("user_id,item_id,timestamp\n");
    for user in 0..40 {
        for step in 0..20 {
            let own = 12 * (user % 2) + (user * 5 + step * 7) % 12;
            let item = if step % 3 == 0 { 5 } else { own };
            events.push_str(&format!("u{user},i{item},2024-01-01 10:{step:02}:00\n"));
        }
    }
    let mut items = String::from("item_id,brand_id,name\n");
    (0..24).for_each(|item| items.push_str(&format!("i{item},b{},Thing {item}\n", item / 12)));
    let data = Data::of(&events, &items);
    data.train(&["--set", "epochs=20", "--holdout", "none"]).succeeded();
    let (run, out) = (data.out("run"), data.out("groups.csv"));
    let report = idatlas(&["groups", text(&run), "-k", "2", "--out", text(&out), "--json"]).succeeded().json();
    assert_eq!(report["users"], 40);
    let groups = report["groups"].as_array().unwrap();
    assert_eq!(groups.iter().map(|group| group["users"].as_u64()).collect::<Vec<_>>(), [Some(20), Some(20)]);
    let members = fs::read_to_string(&out).unwrap();
    for (number, group) in (1..).zip(groups) {
        let of = |user: u32| members.lines().any(|line| line == format!("u{user},{number}"));
        let taste = u32::from(of(1));
        assert!((0..40).all(|user| of(user) == (user % 2 == taste)), "group {number}: {members}");
        let typical: Vec<u32> = group["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap()[1..].parse().unwrap())
            .collect();
        assert!(!typical.is_empty() && typical.iter().all(|&item| item / 12 == taste && item != 5), "{typical:?}");
        assert!(group["items"].as_array().unwrap().iter().all(|row| row["lift"].as_f64().unwrap() > 1.0));
        if taste == 1 {
            assert_eq!(group["attributes"]["brand"][0]["id"], "b1");
        }
    }
    let again = idatlas(&["groups", text(&run), "-k", "2", "--json", "--threads", "1"]).succeeded().json();
    assert_eq!(again["groups"], report["groups"]);
    assert_eq!((again["inertia"].as_f64(), report["starts"].as_u64()), (report["inertia"].as_f64(), Some(8)));
    // Of 40 vectors of length 1.
    assert!((0.0..40.0).contains(&report["inertia"].as_f64().unwrap()), "{report}");
    let one = |seed| {
        let arguments = ["groups", text(&run), "-k", "9", "--starts", "1", "--seed", seed, "--json"];
        idatlas(&arguments).succeeded().json()["inertia"].as_f64().unwrap()
    };
    let eight = idatlas(&["groups", text(&run), "-k", "9", "--json"]).succeeded().json();
    assert!(eight["inertia"].as_f64().unwrap() <= one("1"), "the first of the eight starts is that of one");
    assert_ne!(one("1"), one("2"));
    idatlas(&["groups", text(&run), "--starts", "0"]).refused(&["--starts", "1"]);
    idatlas(&["groups", text(&run), "-k", "2", "--out", text(&data.out("groups.parquet"))]).succeeded();
    idatlas(&["groups", text(&run), "-k", "41"]).refused(&["41 groups", "40 vectors", "-k"]);
    idatlas(&["groups", text(&run), "--out", text(&data.out("groups.npy"))]).refused(&[".csv", "groups.npy"]);
}
