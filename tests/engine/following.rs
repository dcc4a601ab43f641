//! The map that follows a training, and what it costs.
#![allow(clippy::print_stdout, reason = "what is measured is told, and what is skipped")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use idatlas::dataset::{DataRequest, Holdout};
use idatlas::engine::jobs::TrainRequest;
use idatlas::engine::{Command, Engine, Event, ProjectionRequest, ProjectionResult, Subject};
use idatlas::projection::{Method, ProjectionSettings, TsneParameters};
use idatlas::training::{BackendChoice, BackendKind, Hyperparameters, Preset};
use ndarray::Array2;

const PATIENCE: Duration = Duration::from_secs(120);

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

/// Pairs a second and maps a second of `seconds` of training that a map of principal components follows or not.
fn pace(engine: &Engine, follow: bool, seconds: f64) -> (f64, f64) {
    let request = ProjectionRequest::pca("item".to_owned(), 2);
    engine.send(Command::FollowTraining(follow.then(|| request.clone())));
    let request_of_training = train_request(&[("epochs", "100000"), ("evaluate_every", "0")]);
    engine.send(Command::Train(TrainRequest { holdout: Holdout::None, ..request_of_training }));
    until(engine, |event| {
        matches!(event, Event::RunReady { ref run, .. } if run.metadata.epochs_done == 0.0).then_some(())
    });
    let pairs = || engine.live().training.map_or(0, |training| training.pairs);
    while pairs() == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let (began, first) = (Instant::now(), pairs());
    let mut maps = 0;
    while began.elapsed().as_secs_f64() < seconds {
        match engine.poll() {
            Some(event) => maps += u32::from(map_of(event, &request).is_some()),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    let (took, trained) = (began.elapsed().as_secs_f64(), pairs() - first);
    engine.send(Command::Stop);
    until(engine, |event| {
        matches!(event, Event::RunReady { ref run, .. } if run.metadata.epochs_done > 0.0).then_some(())
    });
    (trained as f64 / took, f64::from(maps) / took)
}

/// 50,000 items, each of which is taken; as CSV.
fn many_items(folder: &std::path::Path) -> DataRequest {
    let (mut events, mut items) =
        (String::from("user_id,item_id,timestamp,session_id\n"), String::from("item_id,brand_id,store_id\n"));
    let mut state = 1_u64;
    for item in 0..50_000_u32 {
        writeln!(items, "i{item},b{},s{}", item % 500, item % 40).unwrap();
    }
    for event in 0..400_000_u32 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (user, item) = (event / 20, ((state >> 33) as u32 + event) % 50_000);
        writeln!(events, "u{user},i{item},{},u{user}s{}", 1_700_000_000 + event, event % 20 / 5).unwrap();
    }
    let (events_file, items_file) = (folder.join("events.csv"), folder.join("items.csv"));
    std::fs::write(&events_file, events).unwrap();
    std::fs::write(&items_file, items).unwrap();
    DataRequest { events: vec![events_file], items: Some(items_file), ..DataRequest::default() }
}

#[test]
#[ignore = "measures for two minutes: cargo test --test claims -- --ignored --nocapture 50_000"]
fn a_map_of_50_000_items_follows_every_second_for_less_than_a_tenth_of_the_pace() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(|| {});
    engine.send(Command::Load(many_items(folder.path())));
    until(&engine, |event| matches!(event, Event::DatasetLoaded(_)).then_some(()));
    let (mut with, mut without, mut refreshes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        without.push(pace(&engine, false, 12.0).0);
        let (pairs, maps) = pace(&engine, true, 12.0);
        with.push(pairs);
        refreshes.push(maps);
    }
    let median = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[1]
    };
    let (with, without, refreshes) = (median(&mut with), median(&mut without), median(&mut refreshes));
    let lost = 1.0 - with / without;
    println!(
        "without a map {without:.0} pairs/s, with one {with:.0}: {:.1} % lost; {refreshes:.2} maps/s",
        lost * 100.0
    );
    assert!(refreshes >= 1.0, "{refreshes} maps a second");
    assert!(lost < 0.1, "{lost} of the pace is lost");
}
