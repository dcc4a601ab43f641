//! One epoch's plan, and its batches: windows and negatives, no training.
//!
//! `cargo bench --no-default-features --bench sampling`, on the data that `measured_data` names. Arguments are divan's.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod measured_data;

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use idatlas::dataset::{Corpus, Holdout};
use idatlas::objective::Batch;
use idatlas::training::{Hyperparameters, Preset, Sampler};

const PRESETS: [&str; 2] = ["paper", "default"];

fn main() {
    divan::main();
}

/// Shuffles the events and lays out the sequences of an epoch.
#[divan::bench(args = PRESETS, sample_count = 10, sample_size = 1)]
fn plan(bencher: Bencher<'_, '_>, preset: &str) {
    let Some(sampler) = sampler(preset) else { return };
    bencher.counter(ItemsCount::new(sampler.epoch(0).centre_count())).bench(|| sampler.epoch(0));
}

/// Draws all batches of an epoch, one after the other.
#[divan::bench(args = PRESETS, sample_count = 5, sample_size = 1)]
fn batches(bencher: Bencher<'_, '_>, preset: &str) {
    let Some(sampler) = sampler(preset) else { return };
    let epoch = sampler.epoch(0);
    let mut batch = Batch::default();
    bencher.counter(ItemsCount::new(epoch.pair_count())).bench_local(|| {
        for index in 0..epoch.batch_count() {
            epoch.fill(index, divan::black_box(&mut batch));
        }
    });
}

fn sampler(preset: &str) -> Option<Sampler> {
    let dataset = Arc::new(measured_data::dataset()?);
    let preset = if preset == "paper" { Preset::Paper } else { Preset::Default };
    let hyperparameters = Hyperparameters::preset(preset);
    let settings = hyperparameters.corpus_settings(Holdout::None).map_err(|error| println!("skipped: {error}")).ok()?;
    let corpus = Arc::new(Corpus::new(dataset, settings).map_err(|error| println!("skipped: {error}")).ok()?);
    let checked = hyperparameters.check(&corpus).map_err(|error| println!("skipped: {error}")).ok()?;
    Some(Sampler::new(corpus, checked))
}
