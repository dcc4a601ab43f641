//! Claims about files that do not read, or not whole.

use std::fs;

use serde_json::Value;

use super::{Data, names_in};

#[test]
fn bad_files_are_refused_by_file_and_line_and_leave_nothing() {
    let good = fs::read_to_string(Data::new().events).unwrap();
    let with_line_3 = |line: &str| {
        let mut lines: Vec<&str> = good.lines().collect();
        lines[2] = line;
        lines.join("\n")
    };
    let lonely = "user_id,item_id,timestamp\nu1,i1,2024-01-01\nu2,i2,2024-01-02\n";
    let cases: [(&str, String, &[&str]); 5] = [
        ("a short row", with_line_3("u0,i1"), &["line 3", "events.csv"]),
        ("an unreadable time", with_line_3("u0,i1,yesterday,u0s0"), &["yesterday", "3", "events.csv"]),
        ("an empty file", String::new(), &["no rows", "events.csv"]),
        ("a heading alone", "user_id,item_id,timestamp\n".to_owned(), &["no rows", "events.csv"]),
        ("no sequence of two", lonely.to_owned(), &["two"]),
    ];
    for (what, events, parts) in cases {
        let data = Data::of(&events, "item_id,brand_id\ni1,b1\ni2,b1\n");
        let ran = data.train(&[]);
        eprintln!("{what}: {}", ran.stderr);
        ran.refused(parts);
        assert_eq!(names_in(data.folder.path()), ["events.csv", "items.csv"], "{what}");
    }
}

#[test]
fn bad_rows_are_all_counted_by_inspect_and_left_out_on_request() {
    let mut events = fs::read_to_string(Data::new().events).unwrap();
    events.push_str("u1,i1,yesterday,s\nu1,i1\nu1,i1,tomorrow,s\n");
    let data = Data::of(&events, "item_id,brand_id\ni0,b0\ni1,b1\n");
    let inspected = data.inspect();
    assert_eq!(inspected.code, Some(2), "{}", inspected.stderr);
    let report = inspected.json();
    let problems = report["problems"].as_array().unwrap();
    let found = |kind: &str| problems.iter().find(|problem| problem["kind"] == kind).unwrap_or(&Value::Null);
    assert_eq!(
        (found("unreadable-time")["count"].as_u64(), found("unreadable-time")["first_line"].as_u64()),
        (Some(2), Some(482))
    );
    assert_eq!(
        (found("column-count")["count"].as_u64(), found("column-count")["first_line"].as_u64()),
        (Some(1), Some(483))
    );
    assert_eq!(found("unknown-item")["count"].as_u64(), Some(22), "{report}");

    data.train(&[]).refused(&["--skip-bad-rows", "events.csv"]);
    let trained = data.train(&["--skip-bad-rows"]).succeeded();
    assert!(trained.stderr.contains("warning: "), "{}", trained.stderr);
    assert!(data.out("run/run.json").is_file());
}

#[test]
fn items_unknown_to_the_items_file_are_a_warning() {
    let data = Data::new();
    fs::write(&data.items, "item_id,brand_id\ni0,b0\n").unwrap();
    let trained = data.train(&[]).succeeded();
    assert!(trained.stderr.contains("warning: "), "{}", trained.stderr);
    trained.json();
}
