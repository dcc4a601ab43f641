//! The map that follows a training. What it costs is measured by tests/bench/following.rs.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use idatlas::dataset::{DataRequest, Holdout};
use idatlas::engine::jobs::TrainRequest;
use idatlas::engine::{Command, Engine, Event, ProjectionRequest, ProjectionResult, Subject};
use idatlas::projection::{Method, ProjectionSettings, TsneParameters};
use idatlas::training::{BackendChoice, BackendKind, Hyperparameters, Preset};
use ndarray::Array2;

use crate::noise;

const PATIENCE: Duration = Duration::from_secs(120);

/// Items of which a map follows.
const ITEMS: u32 = 10_000;

fn until<T>(engine: &Engine, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match engine.poll() {
            Some(event) => {
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    panic!("the event did not come");
}

fn train_request(values: &[(&str, &str)]) -> TrainRequest {
    let mut hyperparameters = Hyperparameters::preset(Preset::Default);
    for (key, value) in values {
        hyperparameters.set(key, value).unwrap();
    }
    let backend = BackendChoice { kind: BackendKind::Cpu, ..BackendChoice::default() };
    TrainRequest { hyperparameters, holdout: Holdout::LastSession, backend, name: "followed".to_owned() }
}

fn tsne(iterations: usize) -> ProjectionRequest {
    let method = Method::Tsne(TsneParameters { iterations, ..TsneParameters::default() });
    let settings = ProjectionSettings { method, dims: 2, ..ProjectionSettings::default() };
    ProjectionRequest { table: "brand".to_owned(), settings }
}

fn map_of(event: Event, wanted: &ProjectionRequest) -> Option<ProjectionResult> {
    match event {
        Event::ProjectionReady(result, _) if result.request == *wanted => Some(*result),
        _ => None,
    }
}

/// Root mean square of how far points are from those of `other`, as a share of how far they are from their middle.
fn moved(map: &Array2<f32>, other: &Array2<f32>) -> f64 {
    let square = |values: &Array2<f32>| values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
    (square(&(map - other)) / square(map)).sqrt()
}

#[test]
fn a_map_follows_the_training_by_t_sne_from_frame_to_frame() {
    let engine = Engine::start(|| {});
    engine.send(Command::LoadSample);
    until(&engine, |event| matches!(event, Event::DatasetLoaded(_)).then_some(()));
    let request = tsne(10);
    engine.send(Command::FollowTraining(Some(request.clone())));
    let values = [("epochs", "1000"), ("dims.item", "8"), ("window", "1"), ("evaluate_users", "20")];
    engine.send(Command::Train(train_request(&values)));
    let maps: Vec<ProjectionResult> = (0..4).map(|_| until(&engine, |event| map_of(event, &request))).collect();
    engine.send(Command::PinForTraining(vec![Subject { table: "item".to_owned(), row: 0 }]));
    let pinned = Instant::now();
    while engine.live().curve.iter().all(|point| point.churn.is_none_or(|churn| churn.pinned_jaccard_at_10.is_none())) {
        assert!(pinned.elapsed() < PATIENCE, "the pinned item is not looked at");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(engine.live().segments.is_some_and(|segments| !segments.types.is_empty()));
    engine.send(Command::Stop);
    until(&engine, |event| {
        matches!(event, Event::RunReady { ref run, .. } if run.metadata.epochs_done > 0.0).then_some(())
    });
    assert_eq!(maps[0].iterations, Some(150), "the first one begins with early exaggeration");
    assert!(maps[1..].iter().all(|map| map.iterations == Some(10)));
    let steps: Vec<f64> = maps.windows(2).map(|pair| moved(&pair[1].coordinates, &pair[0].coordinates)).collect();
    assert!(steps.iter().all(|step| step.is_finite() && *step < 0.6), "points jump from frame to frame: {steps:?}");
}

/// `ITEMS` items, each of which is taken; as CSV.
fn many_items(folder: &std::path::Path) -> DataRequest {
    let (mut events, mut items) =
        (String::from("user_id,item_id,timestamp,session_id\n"), String::from("item_id,brand_id,store_id\n"));
    let mut bits = noise::bits(1);
    for item in 0..ITEMS {
        writeln!(items, "i{item},b{},s{}", item % 50, item % 40).unwrap();
    }
    for event in 0..8 * ITEMS {
        // Sessions hold items of one part of the catalogue, so that there is something to learn.
        let (user, session) = (event / 20, event / 5);
        let item = (session % 8) * (ITEMS / 8) + (((bits() >> 33) as u32 + event) % (ITEMS / 8));
        writeln!(events, "u{user},i{item},{},s{session}", 1_700_000_000 + event).unwrap();
    }
    let (events_file, items_file) = (folder.join("events.csv"), folder.join("items.csv"));
    std::fs::write(&events_file, events).unwrap();
    std::fs::write(&items_file, items).unwrap();
    DataRequest { events: vec![events_file], items: Some(items_file), ..DataRequest::default() }
}

#[test]
fn a_map_of_many_items_keeps_coming_while_they_train_with_rows_and_directions_kept() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(|| {});
    engine.send(Command::Load(many_items(folder.path())));
    until(&engine, |event| matches!(event, Event::DatasetLoaded(_)).then_some(()));
    let request = ProjectionRequest::pca("item".to_owned(), 2);
    for sitting in 0..2 {
        engine.send(Command::FollowTraining(Some(request.clone())));
        let values = [("epochs", "100000"), ("dims.item", "16"), ("evaluate_every", "0")];
        engine.send(Command::Train(TrainRequest { holdout: Holdout::None, ..train_request(&values) }));
        let (run, begun) = until(&engine, |event| match event {
            Event::RunReady { run, generation, in_training: true, .. } => Some((run, generation)),
            _ => None,
        });
        let models = engine.live().models;
        let maps: Vec<ProjectionResult> = (0..6).map(|_| until(&engine, |event| map_of(event, &request))).collect();
        assert!(engine.live().models > models, "the run on show has taken models");
        engine.send(Command::Stop);
        until(&engine, |event| matches!(event, Event::RunReady { in_training: false, .. }).then_some(()));
        for map in &maps {
            assert_eq!(map.generation, begun, "sitting {sitting}: a map of another run");
            assert_eq!(map.coordinates.dim(), (run.types[0].vocabulary.len(), 2), "a row an item");
            assert!(map.coordinates.iter().all(|place| place.is_finite()));
        }
        // The first of them show noise, whose axes turn as it is learned away.
        let steps: Vec<f64> = maps.windows(2).map(|pair| moved(&pair[1].coordinates, &pair[0].coordinates)).collect();
        assert!(steps[2..].iter().all(|step| *step < 1.0), "mirrored or turned from frame to frame: {steps:?}");
    }
}
