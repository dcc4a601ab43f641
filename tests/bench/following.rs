//! What a map costs a training that it follows, and how often it comes: 50,000 items by their principal components.
//!
//! `cargo bench --no-default-features --bench following -- [SECONDS] [TURNS]`
//!
//! One training lasts all the time; the map follows it in every second slice of SECONDS, so that whatever else disturbs the
//! machine disturbs both alike. A turn is a slice with and one without, and who begins changes. Rates are by the engine's
//! own count of pairs; what is lost is told of each turn by itself, since rates drift more between turns than within one.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use idatlas::dataset::{DataRequest, Holdout};
use idatlas::engine::jobs::TrainRequest;
use idatlas::engine::{Command, Engine, Event, ProjectionRequest};
use idatlas::training::{BackendChoice, BackendKind, Hyperparameters, Preset};

#[path = "../noise.rs"]
mod noise;

const ITEMS: u32 = 50_000;
const EVENTS: u32 = 400_000;

/// Pairs and maps a second, and the longest wait for a map in seconds.
#[derive(Default)]
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
    let seconds = numbers.next().map_or(Ok(4.0), |text| text.parse::<f64>())?;
    let turns = numbers.next().map_or(Ok(15), |text| text.parse::<usize>())?.max(1);

    let folder = tempfile::tempdir()?;
    let engine = Engine::start(|| {});
    engine.send(Command::Load(data(folder.path())?));
    until(&engine, |event| matches!(event, Event::DatasetLoaded(_)).then_some(()))?;
    begin(&engine)?;
    let mut all = Vec::new();
    for turn in 1..=turns {
        let (mut without, mut with) = (Pace::default(), Pace::default());
        for follows in if turn % 2 == 1 { [false, true] } else { [true, false] } {
            *(if follows { &mut with } else { &mut without }) = slice(&engine, follows, seconds)?;
        }
        println!(
            "turn {turn}: {:.0} pairs/s without a map, {:.0} with one, {:.1} % lost; {:.2} maps/s, at most {:.2} s apart",
            without.pairs,
            with.pairs,
            (1.0 - with.pairs / without.pairs) * 100.0,
            with.maps,
            with.longest,
        );
        all.push((without, with));
    }
    engine.send(Command::Stop);
    let median = |of: &dyn Fn(&(Pace, Pace)) -> f64| {
        let mut values: Vec<f64> = all.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "median of {turns} turns of twice {seconds} s: {:.1} % lost; {:.2} maps/s, at most {:.2} s apart; load {}",
        median(&|(without, with)| (1.0 - with.pairs / without.pairs) * 100.0),
        median(&|(_, with)| with.maps),
        median(&|(_, with)| with.longest),
        load_average(),
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

/// Starts a training that outlasts the benchmark.
fn begin(engine: &Engine) -> Result<(), Box<dyn Error>> {
    let mut hyperparameters = Hyperparameters::preset(Preset::Default);
    hyperparameters.set("epochs", "100000")?;
    hyperparameters.set("evaluate_every", "0")?;
    let backend = BackendChoice { kind: BackendKind::Cpu, ..BackendChoice::default() };
    let name = "followed".to_owned();
    engine.send(Command::Train(TrainRequest { hyperparameters, holdout: Holdout::None, backend, name }));
    until(engine, |event| matches!(event, Event::RunReady { in_training: true, .. }).then_some(()))?;
    while pairs(engine) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Pairs trained so far.
fn pairs(engine: &Engine) -> u64 {
    engine.live().training.map_or(0, |training| training.pairs)
}

/// The pace of the training over some seconds.
fn slice(engine: &Engine, follows: bool, seconds: f64) -> Result<Pace, Box<dyn Error>> {
    let map = ProjectionRequest::pca("item".to_owned(), 2);
    engine.send(Command::FollowTraining(follows.then(|| map.clone())));
    let (began, first) = (Instant::now(), pairs(engine));
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
    let (took, trained) = (began.elapsed().as_secs_f64(), pairs(engine) - first);
    Ok(Pace { pairs: trained as f64 / took, maps: f64::from(maps) / took, longest: longest.as_secs_f64() })
}

/// Events of which every item has some, and items with two attributes, as CSV.
fn data(folder: &Path) -> Result<DataRequest, Box<dyn Error>> {
    let (mut events, mut items) =
        (String::from("user_id,item_id,timestamp,session_id\n"), String::from("item_id,brand_id,store_id\n"));
    let mut bits = noise::bits(1);
    for item in 0..ITEMS {
        writeln!(items, "i{item},b{},s{}", item % 500, item % 40)?;
    }
    for event in 0..EVENTS {
        let (user, item) = (event / 20, ((bits() >> 33) as u32 + event) % ITEMS);
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
