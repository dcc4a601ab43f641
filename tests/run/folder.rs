//! A run folder is the run.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, TimeUnit, UInt64Type};
use idatlas::embedding::user_vector;
use idatlas::objective::LossParts;
use idatlas::run::{Checkpoint, Run, RunError, RunMetadata};
use idatlas::training::{BestEpoch, Patience, Query, Repeats, held_out_queries};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use safetensors::SafeTensors;

use super::fixture::{bits, corpus, run, run_with_time};

fn assert_same(ours: &Run, theirs: &Run) {
    assert_eq!(ours.metadata, theirs.metadata);
    for (a, b) in ours.types.iter().zip(theirs.types.iter()) {
        assert_eq!(a.name, b.name);
        assert_eq!(a.vocabulary, b.vocabulary, "IDs of {}", a.name);
        assert_eq!((&a.counts, &a.items, &a.labels), (&b.counts, &b.items, &b.labels), "columns of {}", a.name);
    }
    assert_eq!(ours.attributes.ids, theirs.attributes.ids);
    assert_eq!(bits(&ours.attributes.weights), bits(&theirs.attributes.weights), "weights");
    assert_eq!(ours.items.rows, theirs.items.rows);
    assert_eq!(ours.items.row_of_item, theirs.items.row_of_item);
    let tables = |run: &Run| -> Vec<_> {
        let model = &run.model;
        model.target.iter().chain(&model.context).chain(&model.transfer).map(|t| (t.dim(), bits(t))).collect()
    };
    assert_eq!(tables(ours), tables(theirs), "the model, bit for bit");
    assert_eq!(ours.users, theirs.users);
    assert_eq!(ours.histories, theirs.histories);
    assert_eq!(ours.baskets, theirs.baskets);
    assert_eq!(ours.curve, theirs.curve);
    assert_eq!((&ours.holdout, ours.has_time), (&theirs.holdout, theirs.has_time));
    let checkpoint = |run: &Run| {
        let Checkpoint { state, position, patience } = run.checkpoint.as_deref().cloned().unwrap_or_default();
        let tensors: Vec<_> = state.tensors.into_iter().map(|(name, values)| (name, bits(&values))).collect();
        (state.step, tensors, position, patience, run.checkpoint.is_some())
    };
    assert_eq!(checkpoint(ours), checkpoint(theirs), "the checkpoint, bit for bit");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.path().is_dir() {
                true => self::names(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")).collect(),
                false => vec![name],
            }
        })
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_read_is_what_was_written() {
    for has_time in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/run");
        let run = run_with_time(has_time);
        run.write(&path).unwrap();
        assert_same(&Run::read(&path).unwrap(), &run);
        assert_eq!(RunMetadata::read(&path).unwrap(), run.metadata);
    }
}

#[test]
fn equal_runs_are_equal_files_and_nothing_else_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    run().write(&one).unwrap();
    run().write(&two).unwrap();
    let files = names(&one);
    assert_eq!(
        files,
        [
            "baskets.parquet",
            "checkpoint.safetensors",
            "curve.parquet",
            "histories.parquet",
            "holdout.parquet",
            "ids/a%2Fb.parquet",
            "ids/brand.parquet",
            "ids/item.parquet",
            "ids/user.parquet",
            "items.parquet",
            "run.json",
            "vectors.safetensors",
        ]
    );
    for file in files {
        assert_eq!(fs::read(one.join(&file)).unwrap(), fs::read(two.join(&file)).unwrap(), "{file}");
    }
}

#[cfg(unix)]
#[test]
fn all_files_may_be_read_by_those_who_may_read_any_new_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    run().write(&path).unwrap();
    fs::write(folder.path().join("new"), "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    for file in names(&path) {
        assert_eq!(mode(&path.join(&file)), mode(&folder.path().join("new")), "{file}");
    }
}

#[test]
fn the_files_are_laid_out_as_the_contract_says() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    run.write(folder.path()).unwrap();

    let bytes = fs::read(folder.path().join("vectors.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut found: Vec<_> = tensors.iter().map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec())).collect();
    found.sort();
    let expected: [(&str, &[usize]); 9] = [
        ("context/a/b", &[1, 1]),
        ("context/brand", &[2, 3]),
        ("context/item", &[4, 4]),
        ("target/a/b", &[1, 1]),
        ("target/brand", &[2, 3]),
        ("target/item", &[4, 4]),
        ("target/user", &[3, 4]),
        ("transfer/a/b", &[4, 1]),
        ("transfer/brand", &[4, 3]),
    ];
    assert_eq!(found, expected.map(|(name, shape)| (name.to_owned(), shape.to_vec())));
    let brand = tensors.tensor("target/brand").unwrap();
    let second_row = f32::from_le_bytes(brand.data()[3 * 4..][..4].try_into().unwrap());
    assert_eq!(second_row, run.model.target[1][[1, 0]], "rows lie one behind the other");

    let columns = |file: &str| {
        let file = fs::File::open(folder.path().join(file)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let batch = reader.map(Result::unwrap).next().unwrap();
        let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        (names.join(" "), batch)
    };
    let (names, items) = columns("ids/item.parquet");
    assert_eq!(names, "id count items label");
    assert_eq!(items.column(0).as_string::<i32>().value(3), "pot 1");
    assert_eq!(items.column(1).as_primitive::<UInt64Type>().values(), &[9, 5, 5, 1]);
    assert_eq!(columns("ids/user.parquet").0, "id count");
    let (names, items) = columns("items.parquet");
    assert_eq!(names, "id brand a/b title brand_", "a descriptive column never hides an ID type");
    assert_eq!(items.num_rows(), 5, "items without events are there too");
    let curve = "step epoch pairs seconds loss_total loss_pair loss_struct loss_reg hit_rate_at_10 ndcg_at_10 \
                 held_out_loss_total held_out_loss_pair held_out_loss_struct held_out_loss_reg neighbor_jaccard_at_10 \
                 neighbor_jaccard_at_10_pinned";
    assert_eq!(columns("curve.parquet").0, curve);
    let (names, holdout) = columns("holdout.parquet");
    assert_eq!(names, "user item time session repeat");
    let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(holdout.column(2).data_type(), &micros);

    let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join("run.json")).unwrap()).unwrap();
    let keys = "format_version program_version hyperparameters seed backend adapter data timings metrics";
    for key in keys.split(' ') {
        assert!(json.get(key).is_some(), "run.json has {key}");
    }
    assert_eq!(json["seed"], u64::MAX);
    assert_eq!(json["metrics"]["next_item"]["10"]["hit_rate"], 0.5);
}

#[test]
fn users_are_those_with_a_history_and_their_vectors_are_means() {
    let run = run();
    let users: Vec<&str> = run.users.vocabulary.iter().collect();
    assert_eq!(users, ["u1", "007", "u\"2"]);
    assert_eq!(run.users.counts, [5, 2, 1]);
    assert_eq!(run.history(0), [2, 3, 0], "the last three");
    let expected = user_vector(run.model.target[0].view(), &[0, 1, 2, 3, 0], 3);
    assert_eq!(run.users.vectors.row(0), expected);
}

#[test]
fn queries_pair_histories_with_held_out_trained_items() {
    let run = run();
    let (queries, untrained) = run.queries(Repeats::All);
    let query = |user, history: &[u32], target, repeat| Query {
        user,
        history: history.to_vec(),
        targets: vec![target],
        repeats: vec![repeat],
        own: Vec::new(),
    };
    // The item held out that user 0 took in training too is another one than the one that was never trained.
    let (first, second, third) = (query(0, &[2, 3, 0], 0, true), query(1, &[2, 2], 3, false), query(2, &[1], 0, false));
    assert_eq!(queries, [first.clone(), second.clone(), third.clone()]);
    assert_eq!(held_out_queries(&corpus(true), 3), queries, "a corpus asks what its run asks");
    assert_eq!(untrained, 1, "one event held out is on an item that was never bought in training");
    assert_eq!(run.queries(Repeats::Repeat).0, [first]);
    assert_eq!(run.queries(Repeats::FirstTime).0, [second, third]);
}

#[test]
fn tables_and_rows_are_found_by_name_and_what_is_unknown_is_explained() {
    let run = run();
    assert_eq!(run.table_names(), ["item", "brand", "a/b", "user"]);
    assert_eq!(run.table("brand").unwrap().type_index, Some(1));
    assert_eq!(run.table("user").unwrap().vectors.dim(), (3, 4));
    assert_eq!(run.row("item", "spoon").unwrap(), 2);
    let message = |result: Result<u32, RunError>| result.unwrap_err().to_string();
    assert_eq!(
        message(run.row("store", "x")),
        "There is no ID type \"store\" in this run; it has item, brand, a/b, user"
    );
    let near = message(run.row("brand", "acmee"));
    assert!(near.ends_with("among the trained IDs; did you mean \"acme\"?"), "{near}");
    let untrained = message(run.row("item", "never"));
    assert!(untrained.contains("too few training events"), "{untrained}");
    assert!(message(run.row("user", "nobody at all")).ends_with("among the trained IDs"));
}

#[test]
fn a_run_replaces_a_run_with_its_maps_but_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run();
    run.write(folder.path()).unwrap();
    fs::create_dir(folder.path().join("projections")).unwrap();
    fs::write(folder.path().join("projections/item-pca.parquet"), "old").unwrap();
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    run.checkpoint = None;
    run.metadata.name = "second".to_owned();
    run.write(folder.path()).unwrap();
    assert_same(&Run::read(folder.path()).unwrap(), &run);
    let files = names(folder.path());
    assert!(files.contains(&"notes.txt".to_owned()), "{files:?}");
    let stale =
        |file: &&String| file.starts_with("projections") || file.starts_with("checkpoint") || file.starts_with('.');
    assert_eq!(files.iter().find(stale), None);
}

#[test]
fn a_folder_that_holds_something_else_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "years of work").unwrap();
    let refused = run().write(folder.path());
    assert!(matches!(refused, Err(RunError::Occupied(_))), "{refused:?}");
    assert_eq!(names(folder.path()), ["thesis.tex"]);
    let lists = tempfile::tempdir().unwrap();
    fs::create_dir(lists.path().join("ids")).unwrap();
    fs::write(lists.path().join("ids/mine.parquet"), "mine").unwrap();
    assert!(matches!(run().write(lists.path()), Err(RunError::Occupied(_))));
    let file = folder.path().join("thesis.tex");
    assert!(matches!(run().write(&file), Err(RunError::Io { .. })));
}

#[test]
fn a_type_called_as_the_table_of_users_is_refused() {
    let mut run = run();
    Arc::make_mut(&mut run.types)[1].name = "user".to_owned();
    let folder = tempfile::tempdir().unwrap();
    let refused = run.write(&folder.path().join("run"));
    assert!(matches!(refused, Err(RunError::RepeatedTable(_))), "{refused:?}");
    assert_eq!(names(folder.path()), [] as [String; 0]);
}

#[test]
fn figures_that_are_no_numbers_come_back_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run();
    run.metadata.timings.pairs_per_second = f64::INFINITY;
    run.write(folder.path()).unwrap();
    assert!(Run::read(folder.path()).unwrap().metadata.timings.pairs_per_second.is_nan());
}

/// [`run`] with a best epoch that it is not of itself (`apart`), or is.
fn run_with_patience(apart: bool) -> Run {
    let mut run = run();
    let mut model = (*run.model).clone();
    let checkpoint = Arc::make_mut(run.checkpoint.as_mut().unwrap());
    let mut state = checkpoint.state.clone();
    if apart {
        model.target[0].fill(0.25);
        state.step = 41;
        state.tensors.values_mut().flatten().for_each(|value| *value *= 3.0);
    }
    let best = BestEpoch {
        // Most readers of JSON are off in its last digit.
        score: 0.123_456_789_012_345_68 + f64::EPSILON / 16.0,
        model: Arc::new(model),
        state: Arc::new(state),
        epochs: 3,
        pairs: u64::MAX,
        seconds: 1.5,
        epoch_loss: Some(LossParts { pair: 1.5, structure: 0.25, regulariser: 0.0 }.into()),
    };
    checkpoint.patience = Some(Patience { epochs_without_better: 2, best: Some(best) });
    run
}

#[test]
fn what_early_stop_has_counted_comes_back_with_its_best_epoch() {
    for apart in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let run = run_with_patience(apart);
        run.write(folder.path()).unwrap();
        assert_eq!(folder.path().join("best.safetensors").exists(), apart, "tables are not kept twice");
        assert_same(&Run::read(folder.path()).unwrap(), &run);
        // A run without it leaves nothing behind.
        self::run().write(folder.path()).unwrap();
        assert!(!folder.path().join("best.safetensors").exists());
        assert_same(&Run::read(folder.path()).unwrap(), &self::run());
    }
}

#[test]
fn a_run_that_lost_its_best_epoch_says_so() {
    let folder = tempfile::tempdir().unwrap();
    run_with_patience(true).write(folder.path()).unwrap();
    fs::remove_file(folder.path().join("best.safetensors")).unwrap();
    let message = Run::read(folder.path()).unwrap_err().to_string();
    assert!(message.contains("best.safetensors"), "{message}");
}
