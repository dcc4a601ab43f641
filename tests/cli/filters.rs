//! Claims about the language of filters, and about `--where`.

use idatlas::run::Run;
use idatlas::run::filter::{Filter, is_filter, suggestions};
use proptest::prelude::*;

use super::*;

fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| Run::read(sample_run()).unwrap())
}

fn rows(table: &str, text: &str) -> Vec<u32> {
    let columns = run().filter_columns(table).unwrap();
    let filter = Filter::parse(text, &columns).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    filter.rows(run(), table).unwrap()
}

/// Items by what the test itself says of store, label and count.
fn items(means: impl Fn(Option<&str>, Option<&str>, u64) -> bool) -> Vec<u32> {
    let table = run().table("item").unwrap();
    let store = run().types.iter().position(|own| own.name == "store").unwrap();
    let of_item = |row: u32| run().attributes.ids[[row as usize, store]];
    let id = |row: u32| (of_item(row) != u32::MAX).then(|| run().types[store].vocabulary.id(of_item(row)));
    let all = 0..table.vocabulary.len() as u32;
    all.filter(|&row| means(id(row), table.label(row), table.counts[row as usize])).collect()
}

#[test]
fn comparisons_mean_what_they_say() {
    let milk = |label: Option<&str>| label.is_some_and(|label| label.to_lowercase().contains("milk"));
    assert_eq!(rows("item", "store = 367"), items(|store, _, _| store == Some("367")));
    assert_eq!(rows("item", "count >= 10"), items(|_, _, count| count >= 10));
    assert_eq!(rows("item", "label ~ MILK"), items(|_, label, _| milk(label)));
    assert_eq!(rows("item", "label !~ milk"), items(|_, label, _| label.is_some() && !milk(label)));
    assert_eq!(rows("item", "label is missing"), items(|_, label, _| label.is_none()));
    assert_eq!(
        rows("item", "store in (367, \"406\") and not (count < 20 or label ~ '^m')"),
        items(|store, label, count| {
            let begins = label.is_some_and(|label| label.to_lowercase().starts_with('m'));
            matches!(store, Some("367" | "406")) && !(count < 20 || begins)
        })
    );
    assert_eq!(
        rows("item", "count = 3 or store = 367 and count > 50"),
        items(|store, _, count| count == 3 || (store == Some("367") && count > 50)),
        "and binds closer than or"
    );
    let carried = run().attributes.ids.column(run().types.iter().position(|own| own.name == "store").unwrap());
    let stores = run().table("store").unwrap().vocabulary.len() as u32;
    let many: Vec<u32> = (0..stores).filter(|&own| carried.iter().filter(|id| **id == own).count() > 400).collect();
    assert_eq!(rows("store", "items > 400"), many);
}

#[test]
fn faults_name_the_place_and_what_is_right() {
    let columns = run().filter_columns("item").unwrap();
    let fault = |text: &str, place: &str, words: &str| {
        let fault = Filter::parse(text, &columns).unwrap_err();
        assert_eq!(&text[fault.at.clone()], place, "{text}: {fault}");
        assert!(fault.message.contains(words), "{text}: {fault}");
    };
    fault("stroe = 1", "stroe", "name one of id, label, count");
    fault("count > many", "many", "no number");
    fault("count >", "", "a value is missing at the end");
    fault("label > 3", ">", "compared by = or ~");
    fault("count ~ 3", "~", "holds numbers");
    fault("label ~ '('", "'('", "no regular expression");
    fault("count = 3 store = 1", "store", "`and` or `or`");
    fault("(count = 3", "(", "not closed");
    fault("count = 3)", ")", "closes nothing");
    fault("label = \"milk", "\"milk", "not closed");
    fault("store in 367", "367", "(one, another)");
    fault("count 3", "3", "compare count by");
}

#[test]
fn a_text_to_look_for_is_no_filter_and_columns_are_completed() {
    let columns = run().filter_columns("item").unwrap();
    for text in ["oat milk", "69", "834117@31782", "store 367", "milk, 1 GA"] {
        assert!(!is_filter(text, &columns), "{text}");
    }
    for text in ["store = 367", "count>3", "not count > 3", "label is missing", "stroe = 3"] {
        assert!(is_filter(text, &columns), "{text}");
    }
    assert_eq!(suggestions("count > 3 and sto", &columns), (14..17, vec!["store"]));
    assert!(suggestions("count > sto", &columns).1.is_empty(), "a value is no column");
}

#[test]
fn export_and_summarize_take_a_filter() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("some.csv");
    let text_of = |filter: &'static str| {
        ["export", text(sample_run()), "--type", "item", "--where", filter, "--format", "csv", "--out"]
    };
    let export = |filter| idatlas(&[&text_of(filter)[..], &[text(&out)]].concat());
    export("store = 367 and count >= 10").succeeded();
    let written = fs::read_to_string(&out).unwrap();
    let expected = items(|store, _, count| store == Some("367") && count >= 10);
    assert_eq!(written.lines().count(), expected.len() + 1);
    let summary = ["summarize", text(sample_run()), "--where", "store = 367", "--json"];
    let summary = idatlas(&summary).succeeded().json();
    assert_eq!(summary["items"].as_u64(), Some(items(|store, _, _| store == Some("367")).len() as u64));
    export("count >").refused(&["a value is missing", "count >\n         ^"]);
    export("count > 1000000").refused(&["No ID of type item"]);
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "[a-z0-9 =!<>~()\\[\\],\"'\\\\é]{0,40}") {
        let columns = run().filter_columns("item").unwrap();
        let _ = (is_filter(&text, &columns), suggestions(&text, &columns));
        match Filter::parse(&text, &columns) {
            Ok(filter) => prop_assert!(filter.rows(run(), "item").is_ok()),
            Err(fault) => prop_assert!(text.get(fault.at.clone()).is_some(), "{fault:?} in {text:?}"),
        }
    }
}
