//! Pairs a second of the CPU backend alone: batches drawn, planned and stepped.
//!
//! `cargo bench --no-default-features --bench train_cpu -- EVENTS [ITEMS|-] [THREADS] [KEY=VALUE...]`
//!
//! Without an items file (`-`) the item is the only ID type. Keys are those of `--set`; the others are as in the preset
//! `default`. Batches are timed in each of ten rounds, as many together as are planned together; beside the rate of the
//! best round the sum of their least times is given, which other work on the machine disturbs less.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use idatlas::dataset::{Corpus, DataRequest, Holdout, load};
use idatlas::objective::{Batch, PlannedBatch};
use idatlas::progress::Watch;
use idatlas::training::{BackendChoice, BackendKind, Hyperparameters, Preset, Sampler, initialise, open_backend};

const ROUNDS: usize = 10;
const BATCHES: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds `--bench`; `cargo test --all-targets` calls without arguments.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some((events, rest)) = arguments.split_first() else {
        println!("skipped: names no events file");
        return Ok(());
    };
    let (settings, places): (Vec<&String>, Vec<&String>) = rest.iter().partition(|argument| argument.contains('='));
    let items = places.first().filter(|items| items.as_str() != "-").map(PathBuf::from);
    let threads = places.get(1).map_or(Ok(0), |threads| threads.parse())?;

    let request = DataRequest { events: vec![PathBuf::from(events)], items, ..DataRequest::default() };
    let mut hyperparameters = Hyperparameters::preset(Preset::Default);
    for (key, value) in settings.into_iter().filter_map(|setting| setting.split_once('=')) {
        hyperparameters.set(key, value)?;
    }
    let dataset = Arc::new(load(&request, &Watch::unattended())?);
    let corpus = Arc::new(Corpus::new(dataset, hyperparameters.corpus_settings(Holdout::None)?)?);
    let checked = hyperparameters.check(&corpus)?;
    let sampler = Sampler::new(Arc::clone(&corpus), checked.clone());
    let epoch = sampler.epoch(0);
    let batches = epoch.batch_count().min(BATCHES);
    let mut batch = Batch::default();
    let (mut drawing, mut pairs) = (Duration::ZERO, 0);
    for index in 0..batches {
        let begun = Instant::now();
        epoch.fill(index, &mut batch);
        drawing += begun.elapsed();
        pairs += batch.pair_count();
    }

    let choice = BackendChoice { kind: BackendKind::Cpu, adapter: None, threads };
    let mut backend = open_backend(&choice, &corpus, &checked, &initialise(&corpus, &checked))?;
    let at_once = backend.planner().map_or(1, |planner| planner.count());
    let mut planned: Vec<PlannedBatch> = (0..at_once).map(|_| PlannedBatch::default()).collect();
    let mut least = vec![Duration::MAX; batches.div_ceil(at_once)];
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let round = Instant::now();
        for (first, least) in (0..batches).step_by(at_once).zip(&mut least) {
            let begun = Instant::now();
            let planned = &mut planned[..at_once.min(batches - first)];
            if let Some(planner) = backend.planner() {
                planner.plan(planned, &|place, batch| epoch.fill(first + place, batch));
            }
            for batch in planned {
                backend.step_planned(batch, 0.02)?;
            }
            *least = begun.elapsed().min(*least);
        }
        backend.losses()?;
        best = best.min(round.elapsed());
    }
    let rate = |time: Duration| pairs as f64 / time.as_secs_f64() / 1e6;
    println!(
        "{}: {} types of {:?} dimensions, {} items, {} batches, {pairs} pairs",
        backend.name(),
        corpus.types.len(),
        checked.dims(),
        corpus.attributes.item_count(),
        batches,
    );
    println!(
        "million pairs a second: best round {:.2}, least time of each batch {:.2}; drawing the batches {:.2}",
        rate(best),
        rate(least.iter().sum()),
        rate(drawing)
    );
    Ok(())
}
