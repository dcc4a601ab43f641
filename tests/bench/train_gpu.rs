//! A training step of the GPU backend, on the adapter that comes first (or the one that `IDATLAS_ADAPTER` names a part of).
//!
//! `cargo bench --no-default-features --bench train_gpu`
//!
//! Batches are drawn and shaders compiled beforehand; a step is planned, uploaded, run and its loss read. Rates are pairs
//! a second. Behind them stands what the device did: the bandwidth that was achieved, as `run.json` has it, and the share
//! of the time in which it waited for the host. A software adapter gets small batches, whose rates mean nothing beside
//! those of a card.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]

#[path = "../gpu/cases.rs"]
#[allow(dead_code, reason = "the claims use the other cases")]
mod cases;

use std::sync::{Mutex, OnceLock};

use cases::{Case, MEASURED};
use divan::Bencher;
use divan::counter::ItemsCount;
use idatlas::gpu::GpuContext;
use idatlas::objective::{Backend, Optimizer};

/// Steps that are in flight together, as in training.
const STEPS: u64 = 4;

/// Centres of a batch on a software adapter.
const FEW_CENTRES: usize = 64;

/// What the devices did, to be told behind the rates.
static WORK: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn main() {
    match context() {
        Some(context) => println!("adapter: {} ({})", context.adapter.name, context.adapter.driver),
        None => println!("skipped: no adapter"),
    }
    divan::main();
    for line in WORK.lock().unwrap().iter() {
        println!("{line}");
    }
}

fn context() -> Option<&'static GpuContext> {
    static CONTEXT: OnceLock<Option<GpuContext>> = OnceLock::new();
    CONTEXT.get_or_init(|| GpuContext::open(std::env::var("IDATLAS_ADAPTER").ok().as_deref()).ok()).as_ref()
}

#[divan::bench(args = [0, 1, 2], consts = [0, 1], sample_count = 5, sample_size = 1)]
fn steps<const OPTIMIZER: usize>(bencher: Bencher, case: usize) {
    let Some(context) = context() else { return };
    let case = &MEASURED[case];
    let centres = if context.adapter.is_hardware() { case.centres } else { FEW_CENTRES };
    let case = Case { centres, ..*case };
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
    let work = gpu.device_work().unwrap();
    WORK.lock().unwrap().push(format!(
        "{}, {centres} centres, {optimizer:?}: {:.0} bytes a pair, {:.2} GB a second, {:.0} % waiting for the host, \
         longest submission {:.1} ms",
        case.name,
        work.bytes_per_pair().unwrap_or(0.0),
        work.bytes / work.active_seconds.max(1e-9) / 1e9,
        100.0 * work.host_wait().unwrap_or(0.0),
        1e3 * work.longest_submission,
    ));
}
