//! Claims about `evaluate`, end to end.

use std::fs;

use serde_json::Value;

use super::{Data, idatlas, text};

fn hit_rate(figures: &Value) -> f64 {
    figures["10"]["hit_rate"].as_f64().unwrap_or_else(|| panic!("no figures: {figures}"))
}

#[test]
fn the_hold_out_given_as_new_events_has_the_same_figures() {
    let data = Data::new();
    data.train(&["--set", "epochs=3"]).succeeded();
    let run = data.out("run");
    // The last of three sessions is what was held out.
    let all = fs::read_to_string(&data.events).unwrap();
    let held_out = all.lines().enumerate().filter(|(i, line)| *i == 0 || line.ends_with("s2")).map(|(_, line)| line);
    let new = data.out("new.csv");
    fs::write(&new, held_out.collect::<Vec<_>>().join("\n").replace("user_id,item_id", "who,what")).unwrap();
    let ours = idatlas(&["evaluate", text(&run), "--json"]).succeeded().json();
    let columns = ["--user-col", "who", "--item-col", "what"];
    let arguments = [&["evaluate", text(&run), "--events", text(&new), "--json"][..], &columns].concat();
    let theirs = idatlas(&arguments).succeeded().json();
    for key in ["next_item", "by_repeat", "by_segment", "baselines"] {
        assert_eq!(ours[key], theirs[key], "{key}");
    }
    assert_eq!(ours["protocol"]["queries"], 40);
    let protocol = &theirs["protocol"];
    assert_eq!((&protocol["events"], &protocol["unknown_users"]), (&160.into(), &0.into()), "{protocol}");
}

#[test]
fn users_and_items_that_a_run_does_not_know_are_counted() {
    let data = Data::new();
    data.train(&[]).succeeded();
    let new = data.out("new.csv");
    fs::write(&new, "user_id,item_id\nu1,i1\nnew,i2\nnew,i3\nu2,never\n").unwrap();
    let report = idatlas(&["evaluate", text(&data.out("run")), "--events", text(&new), "--json"]).succeeded().json();
    let protocol = &report["protocol"];
    let of = |key: &str| protocol[key].as_u64();
    assert_eq!((of("events"), of("unknown_users"), of("unknown_items")), (Some(4), Some(2), Some(1)), "{protocol}");
    assert_eq!(of("queries"), Some(1), "user u1 alone can be asked about: {protocol}");
    let missing = idatlas(&["evaluate", text(&data.out("run")), "--events", "no/such.csv"]);
    missing.refused(&["no/such.csv"]);
}

#[test]
fn hidden_items_are_not_trained_and_are_placed_by_their_attributes() {
    let data = Data::new();
    data.train(&["--hide-items", "0.3", "--set", "epochs=3"]).succeeded();
    let run = data.out("run");
    let about: Value = serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    assert_eq!(about["hyperparameters"]["hide_items"], 0.3);
    let report = idatlas(&["evaluate", text(&run), "--json"]).succeeded().json();
    let cold = &report["cold_start"];
    let (trained, hidden) = (report["protocol"]["candidates"].as_u64().unwrap(), cold["items"].as_u64().unwrap());
    assert_eq!(trained + hidden, 24, "every item is one or the other: {cold}");
    assert!(hidden > 0 && cold["queries"].as_u64() > Some(0) && cold["without_place"] == 0, "{cold}");
    for rule in [&cold["baselines"]["random"], &cold["baselines"]["popularity"]["brand"], cold] {
        assert!((0.0..=1.0).contains(&hit_rate(rule)), "{rule}");
    }
    assert_eq!(report["cold_start_reason"], Value::Null);

    data.train(&["--out", text(&data.out("all"))]).succeeded();
    let report = idatlas(&["evaluate", text(&data.out("all")), "--json"]).succeeded().json();
    assert_eq!(report["cold_start"], Value::Null);
    assert!(report["cold_start_reason"].as_str().unwrap().contains("--hide-items"), "{report}");
    data.train(&["--out", text(&data.out("third")), "--hide-items", "0.95"]).refused(&["hide_items", "0.9"]);
}

#[test]
fn attributes_have_an_auc_and_the_loss_its_held_out_part() {
    let data = Data::new();
    data.train(&["--set", "epochs=30"]).succeeded();
    let report = idatlas(&["evaluate", text(&data.out("run")), "--json"]).succeeded().json();
    for name in ["brand", "store"] {
        let auc = report["attribute_auc"][name].as_f64().unwrap();
        assert!((0.5..=1.0).contains(&auc), "{name} {auc}");
        assert_eq!(report["attribute_auc_ids"][name]["measured"], report["attribute_auc_ids"][name]["ids"]);
    }
    for loss in [&report["loss"], &report["loss"]["held_out"]] {
        let part = |name: &str| loss[name].as_f64().unwrap();
        let sum = part("pair") + part("struct") + part("reg");
        assert!((part("total") - sum).abs() < 1e-9 * sum, "{loss}");
    }
    let words = idatlas(&["evaluate", text(&data.out("run"))]).succeeded().stdout;
    for part in ["model", "popularity", "co-occurrence", "own history", "same brand", "AUC", "largest segments"] {
        assert!(words.contains(part), "no {part:?} in:\n{words}");
    }
    let widest = words.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 132, "{widest} characters wide:\n{words}");
}

#[test]
fn an_absurd_learning_rate_is_named_and_leaves_no_run() {
    let data = Data::new();
    let ran = data.train(&["--set", "learning_rate=1000000", "--set", "epochs=1000"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("lower learning_rate (it was 1000000)"), "{}", ran.stderr);
}

#[test]
fn first_time_purchases_are_ranked_among_what_is_new_to_the_user_if_that_is_asked_for() {
    let data = Data::new();
    data.train(&["--set", "epochs=3"]).succeeded();
    let run = data.out("run");
    let of = |kind: &str| idatlas(&["evaluate", text(&run), "--repeats", kind, "--json"]).succeeded().json();
    let (first_time, new) = (of("first-time"), of("new-to-user"));
    assert_eq!(new["protocol"]["repeats"], "new-to-user");
    assert_eq!(new["protocol"]["queries"], first_time["protocol"]["queries"]);
    assert_eq!(new["next_item"], first_time["by_repeat"]["new-to-user"]["next_item"]);
    // With fewer candidates before them they are found at least as often, and popular items that all have are gone.
    assert!(hit_rate(&new["next_item"]) >= hit_rate(&first_time["next_item"]), "{new}");
    let own = |report: &Value| hit_rate(&report["baselines"]["own_history"]);
    assert!(own(&new) > own(&first_time), "what the user has takes no place any more: {new}");
    let shown = idatlas(&["evaluate", text(&run)]).succeeded();
    assert!(shown.stdout.contains("new-to-user hit@10"), "{}", shown.stdout);
}

#[test]
fn by_the_others_only_what_a_user_has_taken_ranks_otherwise_than_by_the_context() {
    let data = Data::new();
    data.train(&["--set", "epochs=3"]).succeeded();
    let run = data.out("run");
    let of = |score: &str| idatlas(&["evaluate", text(&run), "--score", score, "--json"]).succeeded().json();
    let (context, others) = (of("context"), of("others"));
    assert_eq!(others["protocol"]["score"], "others");
    let figures = |report: &Value, kind: &str| report["by_repeat"][kind]["next_item"].clone();
    assert_eq!(figures(&others, "new-to-user"), figures(&context, "new-to-user"), "none of these is in a history");
    assert_eq!(others["baselines"], context["baselines"]);
    assert_ne!(figures(&others, "repeat"), figures(&context, "repeat"), "these are in histories");
}
