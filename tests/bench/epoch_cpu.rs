//! A training step and an epoch of the CPU backend, batches drawn as training draws them.
//!
//! `cargo bench --no-default-features --bench epoch_cpu`, on the data that `measured_data` names. Arguments are
//! divan's. For the rate of the steps alone on large data see `train_cpu`.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod measured_data;

use std::error::Error;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use idatlas::dataset::{Corpus, Holdout};
use idatlas::objective::{Backend, Batch};
use idatlas::training::{BackendChoice, BackendKind, Hyperparameters, Preset, Sampler, initialise, open_backend};

const LEARNING_RATE: f32 = 0.02;

fn main() {
    divan::main();
}

/// Draws one batch and takes the step.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn step(bencher: Bencher<'_, '_>) {
    let Some((sampler, mut backend)) = prepared() else { return };
    let epoch = sampler.epoch(0);
    let mut batch = Batch::default();
    epoch.fill(0, &mut batch);
    bencher.counter(ItemsCount::new(batch.pair_count())).bench_local(|| {
        epoch.fill(0, &mut batch);
        backend.step(&batch, LEARNING_RATE)
    });
}

/// Plans an epoch, draws all of its batches and takes the steps.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn epoch(bencher: Bencher<'_, '_>) {
    let Some((sampler, mut backend)) = prepared() else { return };
    let mut batch = Batch::default();
    bencher.counter(ItemsCount::new(sampler.epoch(0).pair_count())).bench_local(|| {
        let epoch = sampler.epoch(0);
        for index in 0..epoch.batch_count() {
            epoch.fill(index, &mut batch);
            backend.step(&batch, LEARNING_RATE)?;
        }
        backend.losses()
    });
}

fn prepared() -> Option<(Sampler, Box<dyn Backend>)> {
    let dataset = Arc::new(measured_data::dataset()?);
    let prepare = || -> Result<_, Box<dyn Error>> {
        let hyperparameters = Hyperparameters::preset(Preset::Default);
        let corpus = Arc::new(Corpus::new(dataset, hyperparameters.corpus_settings(Holdout::None)?)?);
        let checked = hyperparameters.check(&corpus)?;
        let choice = BackendChoice { kind: BackendKind::Cpu, adapter: None, threads: 0 };
        let backend = open_backend(&choice, &corpus, &checked, &initialise(&corpus, &checked))?;
        Ok((Sampler::new(corpus, checked), backend))
    };
    prepare().map_err(|error| println!("skipped: {error}")).ok()
}
