//! A damaged folder is refused with the file's name, and never brings the program down.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use idatlas::embedding::Model;
use idatlas::run::{Run, RunError};
use serde_json::{Value, json};

use super::fixture::run;

const FILES: [&str; 10] = [
    "vectors.safetensors",
    "checkpoint.safetensors",
    "items.parquet",
    "curve.parquet",
    "holdout.parquet",
    "histories.parquet",
    "ids/item.parquet",
    "ids/brand.parquet",
    "ids/a%2Fb.parquet",
    "ids/user.parquet",
];

fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run().write(folder.path()).unwrap();
    folder
}

fn edit_json(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("run.json");
    let mut json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut json);
    fs::write(path, serde_json::to_vec(&json).unwrap()).unwrap();
}

/// Without fingerprints the files' contents alone must speak.
fn forget_fingerprints(folder: &Path) {
    edit_json(folder, |json| json["files"] = Value::Null);
}

fn message_of(folder: &Path) -> String {
    Run::read(folder).expect_err("the folder is damaged").to_string()
}

#[test]
fn a_newer_format_is_refused_by_name_before_anything_else_is_read() {
    let folder = written();
    fs::write(folder.path().join("run.json"), r#"{"format_version": 99, "types": {"new": "meaning"}}"#).unwrap();
    let error = Run::read(folder.path()).unwrap_err();
    assert!(matches!(error, RunError::NewerFormat { found: 99, known: 1, .. }), "{error:?}");
    fs::write(folder.path().join("run.json"), r#"{"format_version": 123456789012345}"#).unwrap();
    assert!(matches!(Run::read(folder.path()), Err(RunError::NewerFormat { .. })));
    for version in ["0", "-1", "1.5"] {
        fs::write(folder.path().join("run.json"), format!("{{\"format_version\": {version}}}")).unwrap();
        assert!(matches!(Run::read(folder.path()), Err(RunError::Damaged { .. })), "version {version}");
    }
}

#[test]
fn a_folder_without_run_json_is_no_run() {
    let empty = tempfile::tempdir().unwrap();
    for path in [empty.path().to_owned(), empty.path().join("nowhere")] {
        let error = Run::read(&path).unwrap_err();
        assert!(matches!(&error, RunError::NotARun { missing, .. } if missing == "run.json"), "{error:?}");
    }
}

#[test]
fn a_missing_file_is_named() {
    for file in FILES {
        let folder = written();
        fs::remove_file(folder.path().join(file)).unwrap();
        let message = message_of(folder.path());
        assert!(message.contains(file), "{file}: {message}");
    }
}

#[test]
fn one_changed_byte_or_a_cut_is_found_in_any_file() {
    let folder = written();
    for file in FILES {
        let path = folder.path().join(file);
        let whole = fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            let message = message_of(folder.path());
            assert!(message.contains("checksum") && message.contains(file), "{file}, byte {at}: {message}");
            fs::write(&path, &whole[..at]).unwrap();
            let message = message_of(folder.path());
            assert!(message.contains("bytes") && message.contains(file), "{file}, cut at {at}: {message}");
        }
        fs::write(&path, whole).unwrap();
    }
    Run::read(folder.path()).expect("all files are whole again");
}

#[test]
fn any_damage_without_fingerprints_is_an_error_or_other_values_but_no_panic() {
    let folder = written();
    forget_fingerprints(folder.path());
    Run::read(folder.path()).expect("a folder without fingerprints opens");
    // The reader's own asserts are turned into errors; their words need not fill the test's output.
    let hook = Arc::new(std::panic::take_hook());
    let (loud, here) = (Arc::clone(&hook), std::thread::current().id());
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() != here {
            loud(info);
        }
    }));
    let mut refused = 0;
    let mut fatal = Vec::new();
    for file in FILES.into_iter().chain(["run.json"]) {
        let path = folder.path().join(file);
        let whole = fs::read(&path).unwrap();
        let step = (whole.len() / 15).max(1);
        for at in (0..whole.len()).step_by(step) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            for bytes in [flipped.as_slice(), &whole[..at]] {
                fs::write(&path, bytes).unwrap();
                match std::panic::catch_unwind(|| Run::read(folder.path()).map(|_| ())) {
                    Ok(result) => refused += usize::from(result.is_err()),
                    Err(_) => fatal.push(format!("{file} at {at}")),
                }
            }
        }
        fs::write(&path, whole).unwrap();
    }
    std::panic::set_hook(Box::new(move |info| hook(info)));
    assert_eq!(fatal, [] as [String; 0], "places where damage brings the program down");
    assert!(refused > 100, "only {refused} damaged folders were refused");
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let folder = written();
    let path = folder.path().join("run.json");
    let mut bytes = fs::read(&path).unwrap();
    bytes[30] = 0xff;
    fs::write(&path, bytes).unwrap();
    assert!(message_of(folder.path()).contains("not UTF-8"));
}

fn model(run: &mut Run) -> &mut Model {
    Arc::make_mut(&mut run.model)
}

#[test]
fn files_that_contradict_each_other_are_refused_with_the_reason() {
    type Change = fn(&mut Run);
    let cases: [(&str, Change); 8] = [
        ("The tensor \"target/brand\" has shape [3, 3], it should have [2, any]", |run| {
            model(run).target[1] = ndarray::Array2::zeros((3, 3));
        }),
        ("The tensor \"context/item\" has shape [4, 5], it should have [4, 4]", |run| {
            model(run).context[0] = ndarray::Array2::zeros((4, 5));
        }),
        ("The tensor \"transfer/brand\" has shape [3, 4], it should have [4, 3]", |run| {
            model(run).transfer[0] = ndarray::Array2::zeros((3, 4));
        }),
        ("The tensor \"target/user\" has shape [2, 4]", |run| {
            run.users.vectors = ndarray::Array2::zeros((2, 4)).into();
        }),
        ("There is no item in row 4, there are 4", |run| Arc::make_mut(&mut run.histories).items[1] = 4),
        ("The trained item \"lamp\" is missing", |run| {
            Arc::make_mut(&mut run.types)[0].vocabulary =
                Arc::new(["lamp", "pan", "spoon", "pot 1"].into_iter().collect());
        }),
        ("which is not in the list of IDs", |run| {
            Arc::make_mut(&mut run.types)[1].vocabulary = Arc::new(["acme", "other"].into_iter().collect());
        }),
        ("The run has no ID type", |run| run.metadata.types.clear()),
    ];
    for (reason, change) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut run = run();
        change(&mut run);
        run.write(folder.path()).unwrap();
        let message = message_of(folder.path());
        assert!(message.contains(reason), "expected {reason:?}, got {message}");
    }
}

#[test]
fn a_type_without_its_column_or_tensor_is_refused() {
    let folder = written();
    edit_json(folder.path(), |json| json["types"] = json!(["item", "brand", "a/b", "store"]));
    assert!(message_of(folder.path()).contains("ids/store.parquet is missing"));
    fs::copy(folder.path().join("ids/brand.parquet"), folder.path().join("ids/store.parquet")).unwrap();
    assert!(message_of(folder.path()).contains("The tensor \"target/store\" is missing"));
    let folder = tempfile::tempdir().unwrap();
    let mut run = run();
    let column = run.items.rows.schema().index_of("a/b").unwrap();
    run.items.rows.remove_column(column);
    run.write(folder.path()).unwrap();
    assert!(message_of(folder.path()).contains("The column \"a/b\" is missing"));
}

#[test]
fn an_id_that_stands_in_a_list_twice_is_refused() {
    let folder = written();
    forget_fingerprints(folder.path());
    let rows = arrow::array::RecordBatch::try_from_iter([
        ("id", Arc::new(arrow::array::StringArray::from(vec!["acme", "acme"])) as arrow::array::ArrayRef),
        ("count", Arc::new(arrow::array::Int64Array::from(vec![1, 2]))),
        ("items", Arc::new(arrow::array::Int64Array::from(vec![1, 2]))),
        ("label", Arc::new(arrow::array::StringArray::from(vec![None::<&str>, None]))),
    ])
    .unwrap();
    let write = |rows: &arrow::array::RecordBatch| {
        let file = fs::File::create(folder.path().join("ids/brand.parquet")).unwrap();
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, rows.schema(), None).unwrap();
        writer.write(rows).unwrap();
        writer.close().unwrap();
    };
    write(&rows);
    assert!(message_of(folder.path()).contains("\"acme\" stands in it twice"), "{}", message_of(folder.path()));
    write(&rows.slice(0, 1));
    let one_short = message_of(folder.path());
    assert!(one_short.contains("The tensor \"target/brand\" has shape [2, 3], it should have [1, any]"), "{one_short}");
}

#[test]
fn another_format_of_the_same_numbers_still_opens() {
    // What pandas writes after reading: signed integers, large strings.
    let folder = written();
    forget_fingerprints(folder.path());
    let texts = arrow::array::LargeStringArray::from(vec!["acme", "zeta"]);
    let columns: BTreeMap<&str, arrow::array::ArrayRef> = BTreeMap::from([
        ("id", Arc::new(texts) as arrow::array::ArrayRef),
        ("count", Arc::new(arrow::array::Int64Array::from(vec![10, 9]))),
        ("items", Arc::new(arrow::array::Int64Array::from(vec![2, 1]))),
        ("label", Arc::new(arrow::array::NullArray::new(2))),
    ]);
    let rows = arrow::array::RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )
    .unwrap();
    let file = fs::File::create(folder.path().join("ids/brand.parquet")).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, rows.schema(), None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    let run = Run::read(folder.path()).unwrap();
    assert_eq!(run.types[1].counts, [10, 9]);
}
