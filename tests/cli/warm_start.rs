//! Training on new data from what an earlier run learned.

mod branches;
mod history;

use std::sync::Arc;

use idatlas::dataset::{self, DataRequest, Holdout};
use idatlas::engine::jobs::{Prepared, TrainRequest};
use idatlas::progress::Watch;
use idatlas::training::{BackendChoice, BackendKind, TrainControl, TrainEvent};

use super::*;

/// Training data of a later month: items 0 to 11 of the first, two new ones and a new brand.
fn later(data: &Data) -> (PathBuf, PathBuf) {
    let mut events = String::from("user_id,item_id,timestamp,session_id\n");
    for user in 20..60 {
        for step in 0..12 {
            let item = match (user * 5 + step * (1 + user % 3)) % 14 {
                12 => "new-1".to_owned(),
                13 => "new-2".to_owned(),
                known => format!("i{known}"),
            };
            let session = step / 4;
            events.push_str(&format!("u{user},{item},2024-02-{:02} 10:{step:02}:00,v{user}s{session}\n", session + 1));
        }
    }
    let mut items = String::from("item_id,brand_id,store_id,name\nnew-1,b1,s1,New 1\nnew-2,b7,,New 2\n");
    for item in 0..12 {
        items.push_str(&format!("i{item},b{},s{},Thing {item}\n", item % 3, item % 2));
    }
    let paths = (data.out("later-events.csv"), data.out("later-items.csv"));
    fs::write(&paths.0, events).unwrap();
    fs::write(&paths.1, items).unwrap();
    paths
}

fn train_from(data: &Data, events: &Path, items: Option<&Path>, out: &Path, more: &[&str]) -> Ran {
    let from = data.out("run");
    let mut arguments = vec!["train", "--events", text(events), "--from", text(&from), "--out", text(out)];
    if let Some(items) = items {
        arguments.extend(["--items", text(items)]);
    }
    arguments.extend(["--backend", "cpu", "--json"]);
    arguments.extend(more);
    idatlas(&arguments)
}

/// Each ID's vectors, by table and ID; target and context.
fn tables(run: &Path) -> idatlas::run::Run {
    idatlas::run::Run::read(run).unwrap()
}

fn row<'a>(run: &'a idatlas::run::Run, table: usize, id: &str) -> [ndarray::ArrayView1<'a, f32>; 2] {
    let row = run.types[table].vocabulary.index(id).unwrap_or_else(|| panic!("no {id}")) as usize;
    [run.model.target[table].row(row), run.model.context[table].row(row)]
}

/// A learning rate so small that no step shows in f32.
const STILL: [&str; 2] = ["--set", "learning_rate=1e-12"];

#[test]
fn what_was_learned_is_kept_bit_for_bit_and_new_items_stand_among_their_siblings() {
    let data = Data::new();
    data.train(&["--set", "epochs=3", "--set", "dims.item=12", "--set", "width_rule=paper"]).succeeded();
    let (events, items) = later(&data);
    let out = data.out("warm");
    let report = train_from(&data, &events, Some(&items), &out, &STILL).succeeded().json();
    let types = &report["from"]["types"];
    let expected = serde_json::json!({"type": "item", "kept": 24, "without_events": 12, "placed": 1, "random": 1});
    assert_eq!(types[0], expected, "{report}");
    assert_eq!(types[1]["random"], 1, "the new brand: {report}");
    assert_eq!(report["from"]["fresh_optimizer"], Value::Null);
    let (old, new) = (tables(&data.out("run")), tables(&out));
    for (k, id_type) in old.types.iter().enumerate() {
        for id in id_type.vocabulary.iter() {
            assert_eq!(row(&old, k, id), row(&new, k, id), "{} {id}", id_type.name);
        }
    }
    assert_eq!(old.model.transfer, new.model.transfer);
    assert_eq!(new.metadata.hyperparameters.window, old.metadata.hyperparameters.window);
    assert_eq!(new.metadata.from.as_ref().unwrap().data_hash, old.metadata.data.hash);
    // Item 20 has no event in the later month, yet its attributes and name are still known.
    let kept = new.types[0].vocabulary.index("i20").unwrap();
    assert_eq!(new.types[0].counts[kept as usize], 0);
    assert_eq!(new.attributes.ids[[kept as usize, 1]], new.types[1].vocabulary.index("b2").unwrap());
    assert!(
        new.descriptions(kept).contains(&("name".to_owned(), "Thing 20".to_owned())),
        "{:?}",
        new.descriptions(kept)
    );

    let mean = |side: usize, table: usize, attribute: &str| {
        let column = old.attributes.ids.column(table);
        let id = old.types[table].vocabulary.index(attribute).unwrap();
        let rows: Vec<_> = (0..column.len()).filter(|&item| column[item] == id).collect();
        let vectors = [&old.model.target[0], &old.model.context[0]][side];
        vectors.select(ndarray::Axis(0), &rows).mean_axis(ndarray::Axis(0)).unwrap()
    };
    for side in [0, 1] {
        let expected = (mean(side, 1, "b1") + mean(side, 2, "s1")) / 2.0;
        let distance = (&row(&new, 0, "new-1")[side] - &expected).iter().fold(0.0_f32, |most, d| most.max(d.abs()));
        assert!(distance < 1e-6, "side {side}: {distance}");
    }
    let moments =
        |run: &idatlas::run::Run| run.checkpoint.as_ref().unwrap().state.tensors["mean_square/target/0"].clone();
    assert_eq!(moments(&new)[kept as usize], moments(&old)[old.types[0].vocabulary.index("i20").unwrap() as usize]);
}

#[test]
fn training_on_moves_what_has_events_and_nothing_else() {
    let data = Data::new();
    data.train(&["--preset", "paper", "--set", "dims.item=12", "--set", "dims.brand=4"]).succeeded();
    let (events, _) = later(&data);
    let out = data.out("warm");
    // Without an items file the earlier run says which attributes its items have.
    let report = train_from(&data, &events, None, &out, &["--set", "epochs=2"]).succeeded().json();
    assert_eq!(report["from"]["types"][0]["random"], 2, "nothing is known of the new items: {report}");
    let (old, new) = (tables(&data.out("run")), tables(&out));
    assert_ne!(row(&old, 0, "i3"), row(&new, 0, "i3"));
    assert_ne!(row(&old, 1, "b1"), row(&new, 1, "b1"));
    for id in (12..24).map(|item| format!("i{item}")) {
        assert_eq!(row(&old, 0, &id), row(&new, 0, &id), "{id} has no event, so it stays where it is");
    }
    let store = train_from(&data, &events, None, &data.out("other"), &["--set", "optimizer=adagrad-row"]);
    assert!(store.succeeded().json()["from"]["fresh_optimizer"].as_str().unwrap().contains("another optimizer"));
}

#[test]
fn widths_must_be_those_of_the_earlier_run() {
    let data = Data::new();
    data.train(&["--set", "dims.item=12", "--set", "dims.brand=5"]).succeeded();
    let (events, items) = later(&data);
    let out = data.out("warm");
    train_from(&data, &events, Some(&items), &out, &["--set", "dims.brand=6"]).refused(&[
        "dims.brand = 6",
        "5 dimensions",
        "set dims.brand = 5",
    ]);
    train_from(&data, &events, Some(&items), &out, &["--resume", text(&data.out("run"))]).refused(&["--resume"]);
    assert!(!out.exists());
    train_from(&data, &events, Some(&items), &out, &["--preset", "fast"]).succeeded();
    assert_eq!(tables(&out).model.dims()[..2], [12, 5]);
}

#[test]
fn a_warm_started_run_goes_on_where_it_was_stopped() {
    let data = Data::new();
    data.train(&["--set", "epochs=2"]).succeeded();
    let (events, items) = later(&data);
    let (whole, half) = (data.out("whole"), data.out("half"));
    train_from(&data, &events, Some(&items), &whole, &["--set", "epochs=4"]).succeeded();

    let request = DataRequest { events: vec![events.clone()], items: Some(items.clone()), ..DataRequest::default() };
    let dataset = Arc::new(dataset::load(&request, &Watch::unattended()).unwrap());
    let mut hyperparameters = tables(&data.out("run")).metadata.hyperparameters;
    hyperparameters.epochs = 4;
    let request = TrainRequest {
        hyperparameters,
        holdout: Holdout::LastSession,
        backend: BackendChoice { kind: BackendKind::Cpu, ..BackendChoice::default() },
        name: "half".to_owned(),
    };
    let prepared = Prepared::starting_from(&data.out("run"), &dataset, &request, 0.0).unwrap();
    let control = TrainControl::default();
    let stopped = prepared.train(&control, &Watch::unattended(), &mut |event| {
        if matches!(event, TrainEvent::EpochDone(2)) {
            control.stop();
        }
    });
    let stopped = stopped.unwrap();
    assert_eq!(stopped.metadata.epochs_done, 2.0);
    stopped.write(&half).unwrap();

    let resume = ["train", "--events", text(&events), "--items", text(&items), "--resume", text(&half)];
    idatlas(&[&resume[..], &["--backend", "cpu"]].concat()).succeeded();
    let vectors = |run: &Path| fs::read(run.join("vectors.safetensors")).unwrap();
    assert!(vectors(&whole) == vectors(&half), "the resumed run differs");
    assert!(tables(&half).metadata.from.is_some());
}
