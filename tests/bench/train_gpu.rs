//! A training step of the GPU backend, on the adapter that comes first (or the one that `IDATLAS_ADAPTER` names a part of).
//!
//! `cargo bench --no-default-features --bench train_gpu`
//!
//! Batches are drawn and shaders compiled beforehand; a step is planned, uploaded, run and its loss read. Rates are pairs
//! a second.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]

#[path = "../gpu/cases.rs"]
#[allow(dead_code, reason = "the claims use the other cases")]
mod cases;

use std::sync::OnceLock;

use cases::MEASURED;
use divan::Bencher;
use divan::counter::ItemsCount;
use idatlas::gpu::GpuContext;
use idatlas::objective::{Backend, Optimizer};

/// Steps that are in flight together, as in training.
const STEPS: u64 = 4;

fn main() {
    match context() {
        Some(context) => println!("adapter: {}", context.adapter.name),
        None => println!("skipped: no adapter"),
    }
    divan::main();
}

fn context() -> Option<&'static GpuContext> {
    static CONTEXT: OnceLock<Option<GpuContext>> = OnceLock::new();
    CONTEXT.get_or_init(|| GpuContext::open(std::env::var("IDATLAS_ADAPTER").ok().as_deref()).ok()).as_ref()
}

#[divan::bench(args = [0, 1, 2], consts = [0, 1], sample_count = 5, sample_size = 1)]
fn steps<const OPTIMIZER: usize>(bencher: Bencher, case: usize) {
    let Some(context) = context() else { return };
    let case = &MEASURED[case];
    let optimizer = [Optimizer::AdagradRow, Optimizer::AdamLazy][OPTIMIZER];
    let mut gpu = case.gpu(context, optimizer);
    let batches: Vec<_> = (0..STEPS).map(|seed| case.batch(seed)).collect();
    let pairs: usize = batches.iter().map(|batch| batch.pair_count()).sum();
    let mut run = || {
        for batch in &batches {
            gpu.step(batch, 0.01).unwrap();
        }
        gpu.losses().unwrap()
    };
    run();
    bencher.counter(ItemsCount::new(pairs)).bench_local(run);
    println!("{}, {optimizer:?}: {:?}", case.name, gpu.device_work());
}
