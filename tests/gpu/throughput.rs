//! Measurements, left out of ordinary runs: `cargo test --test claims -- --ignored --nocapture throughput`.

use idatlas::gpu::layout::Layout;
use idatlas::gpu::plan::{PackedPlan, Planner};
use idatlas::gpu::traffic::{BatchCounts, ExpectedBatch, Meter, Traffic};
use idatlas::objective::{Backend, Batch, Optimizer};

use super::cases::MEASURED;
use super::context;

/// A measurement, not a claim.
#[test]
#[ignore = "a measurement"]
fn steps() {
    let Some(context) = context("throughput") else { return };
    for case in &MEASURED {
        let mut gpu = case.gpu(&context, Optimizer::AdamLazy);
        let batches: Vec<Batch> = (0..4).map(|seed| case.batch(seed)).collect();
        let pairs: usize = batches.iter().map(Batch::pair_count).sum();
        // The first round compiles the shaders and grows the buffers.
        for _round in 0..3 {
            let start = std::time::Instant::now();
            for batch in &batches {
                gpu.step(batch, 0.01).unwrap();
            }
            gpu.losses().unwrap();
            let seconds = start.elapsed().as_secs_f64();
            println!("{}: {:.3} M pairs/s", case.name, pairs as f64 / seconds / 1e6);
        }
        println!("{:?}", gpu.device_work());
    }
}

/// The table of BENCHMARKS.md: bytes a pair by pass, expected of evenly drawn batches.
#[test]
#[ignore = "a measurement"]
fn bytes_per_pair() {
    for (case, group, struct_logits) in [(&MEASURED[0], 1.0, 0.0), (&MEASURED[1], 8.0, 0.0), (&MEASURED[2], 1.0, 6.0)] {
        let negatives = if group > 1.0 { 8.0 } else { 16.0 };
        let batch = ExpectedBatch {
            centres: case.centres as f64,
            contexts: 8.0,
            negatives,
            group,
            struct_centres: case.struct_centres() as f64,
            struct_negatives: case.struct_negatives as f64,
            struct_logits,
        };
        let layout = Layout::of(&case.model());
        for optimizer in [Optimizer::AdagradRow, Optimizer::AdamLazy] {
            let counts = BatchCounts::expected(&layout, &batch);
            println!("{}, {optimizer:?}", case.name);
            let mut all = Traffic::default();
            for (pass, traffic) in Meter::new(&layout, optimizer).step(&counts) {
                let each = traffic * (1.0 / counts.pairs);
                println!("| `{pass}` | {:.0} | {:.0} |", each.read, each.written);
                all = all + each;
            }
            println!("| all | {:.0} | {:.0} | sum {:.0}", all.read, all.written, all.total());
        }
    }
}

/// A measurement, not a claim.
#[test]
#[ignore = "a measurement"]
fn plans() {
    for case in &MEASURED {
        let (model, objective) = (case.model(), case.objective(Optimizer::AdamLazy));
        let mut planner = Planner::new(Layout::of(&model), &case.attributes(), &objective);
        let mut packed = PackedPlan::default();
        let batches: Vec<Batch> = (0..8).map(|seed| case.batch(seed)).collect();
        let fastest = batches.iter().map(|batch| {
            let start = std::time::Instant::now();
            let plan = planner.plan(batch, true);
            packed.pack(planner.layout(), &plan);
            start.elapsed().as_secs_f64()
        });
        let fastest = fastest.fold(f64::INFINITY, f64::min);
        let (pairs, words) = (batches[0].pair_count(), packed.words.len());
        println!("{}: {:.2} ms a batch, {pairs} pairs, {words} words", case.name, fastest * 1e3);
    }
}
