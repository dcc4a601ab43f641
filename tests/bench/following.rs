//! What a map costs a training that it follows, and how often it comes: 50,000 items by their principal components.
//!
//! `cargo bench --no-default-features --bench following -- [SECONDS] [TURNS]`
//!
//! A training with the map and one without take turns, so that other work on the machine disturbs both alike. The rate of a
//! turn is that of its training while it lasts, by the engine's own count of pairs.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use idatlas::dataset::{DataRequest, Holdout};
use idatlas::engine::jobs::TrainRequest;
use idatlas::engine::{Command, Engine, Event, ProjectionRequest};
use idatlas::training::{BackendChoice, BackendKind, Hyperparameters, Preset};

const ITEMS: u32 = 50_000;
const EVENTS: u32 = 400_000;

/// Pairs and maps a second, and the longest wait for a map in seconds.
struct Pace {
    pairs: f64,
    maps: f64,
    longest: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds `--bench`; `cargo test --all-targets` calls without arguments.
    let called: Vec<String> = std::env::args().skip(1).collect();
    if !called.iter().any(|argument| argument == "--bench") {
        println!("skipped: it measures for minutes; cargo bench runs it");
        return Ok(());
    }
    let mut numbers = called.iter().filter(|argument| *argument != "--bench");
    let seconds = numbers.next().map_or(Ok(12.0), |text| text.parse::<f64>())?;
    let turns = numbers.next().map_or(Ok(5), |text| text.parse::<usize>())?.max(1);

    let folder = tempfile::tempdir()?;
    let engine = Engine::start(|| {});
    engine.send(Command::Load(data(folder.path())?));
    until(&engine, |event| matches!(event, Event::DatasetLoaded(_)).then_some(()))?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for turn in 1..=turns {
        // Who begins changes too: what warms up or slows down over a turn falls on both.
        for follows in if turn % 2 == 1 { [false, true] } else { [true, false] } {
            let pace = pace(&engine, follows, seconds)?;
            let words = if follows { "with a map   " } else { "without a map" };
            println!(
                "turn {turn} {words} {:>9.0} pairs/s  {:.2} maps/s, at most {:.2} s apart; load {}",
                pace.pairs,
                pace.maps,
                pace.longest,
                load_average()
            );
            if follows { &mut with } else { &mut without }.push(pace);
        }
    }
    let median = |paces: &[Pace], of: fn(&Pace) -> f64| {
        let mut values: Vec<f64> = paces.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (alone, followed) = (median(&without, |pace| pace.pairs), median(&with, |pace| pace.pairs));
    println!(
        "median of {turns} turns of {seconds} s: {alone:.0} pairs/s without a map, {followed:.0} with one, {:.1} % lost; \
         {:.2} maps/s, at most {:.2} s apart",
        (1.0 - followed / alone) * 100.0,
        median(&with, |pace| pace.maps),
        median(&with, |pace| pace.longest),
    );
    Ok(())
}

/// The first event that `wanted` finds something in; what the engine complains of ends the benchmark.
fn until<T>(engine: &Engine, mut wanted: impl FnMut(Event) -> Option<T>) -> Result<T, Box<dyn Error>> {
    loop {
        match engine.poll() {
            Some(Event::Notice { message, .. }) => return Err(message.into()),
            Some(event) => {
                if let Some(found) = wanted(event) {
                    return Ok(found);
                }
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Trains for `seconds`.
fn pace(engine: &Engine, follows: bool, seconds: f64) -> Result<Pace, Box<dyn Error>> {
    let map = ProjectionRequest::pca("item".to_owned(), 2);
    engine.send(Command::FollowTraining(follows.then(|| map.clone())));
    let mut hyperparameters = Hyperparameters::preset(Preset::Default);
    hyperparameters.set("epochs", "100000")?;
    hyperparameters.set("evaluate_every", "0")?;
    let backend = BackendChoice { kind: BackendKind::Cpu, ..BackendChoice::default() };
    let name = "followed".to_owned();
    engine.send(Command::Train(TrainRequest { hyperparameters, holdout: Holdout::None, backend, name }));
    until(engine, |event| matches!(event, Event::RunReady { in_training: true, .. }).then_some(()))?;
    let pairs = || engine.live().training.map_or(0, |training| training.pairs);
    while pairs() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (began, first) = (Instant::now(), pairs());
    let (mut maps, mut last, mut longest) = (0_u32, began, Duration::ZERO);
    while began.elapsed().as_secs_f64() < seconds {
        match engine.poll() {
            Some(Event::ProjectionReady(result, _)) if result.request == map => {
                maps += 1;
                longest = longest.max(last.elapsed());
                last = Instant::now();
            }
            Some(Event::Notice { message, .. }) => return Err(message.into()),
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    let (took, trained) = (began.elapsed().as_secs_f64(), pairs() - first);
    engine.send(Command::Stop);
    until(engine, |event| matches!(event, Event::RunReady { in_training: false, .. }).then_some(()))?;
    Ok(Pace { pairs: trained as f64 / took, maps: f64::from(maps) / took, longest: longest.as_secs_f64() })
}

/// Events of which every item has some, and items with two attributes, as CSV.
fn data(folder: &Path) -> Result<DataRequest, Box<dyn Error>> {
    let (mut events, mut items) =
        (String::from("user_id,item_id,timestamp,session_id\n"), String::from("item_id,brand_id,store_id\n"));
    let mut state = 1_u64;
    for item in 0..ITEMS {
        writeln!(items, "i{item},b{},s{}", item % 500, item % 40)?;
    }
    for event in 0..EVENTS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (user, item) = (event / 20, ((state >> 33) as u32 + event) % ITEMS);
        writeln!(events, "u{user},i{item},{},u{user}s{}", 1_700_000_000 + event, event % 20 / 5)?;
    }
    let (events_file, items_file) = (folder.join("events.csv"), folder.join("items.csv"));
    std::fs::write(&events_file, events)?;
    std::fs::write(&items_file, items)?;
    Ok(DataRequest { events: vec![events_file], items: Some(items_file), ..DataRequest::default() })
}

/// Processes that wanted a processor over the last minute, on average; a word where the system does not say.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}
