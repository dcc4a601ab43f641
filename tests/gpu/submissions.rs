//! Claims about how steps reach the device.

use idatlas::objective::{Backend, Optimizer};

use super::cases::{CASES, WIDE};
use super::context;

#[test]
fn small_steps_are_put_together_and_every_pair_is_counted() {
    let Some(context) = context("small steps") else { return };
    let case = &CASES[0];
    let mut gpu = case.gpu(&context, Optimizer::Sgd);
    let batches: Vec<_> = (0..200).map(|seed| case.batch(seed)).collect();
    for batch in &batches {
        gpu.step(batch, 0.1).unwrap();
    }
    assert_eq!(gpu.losses().unwrap().1, 200);
    let work = gpu.device_work().unwrap();
    assert!((1..200).contains(&work.submissions), "{work:?}");
    assert_eq!(work.pairs, batches.iter().map(|batch| batch.pair_count() as u64).sum::<u64>());
    assert!(work.bytes_per_pair().unwrap() > 0.0 && work.busy_seconds > 0.0, "{work:?}");
    assert!((0.0..=1.0).contains(&work.host_wait().unwrap()), "{work:?}");
}

#[test]
fn large_steps_are_cut_and_cutting_changes_nothing() {
    let Some(context) = context("large steps") else { return };
    // An adapter that claims to be a slow one starts with small submissions, cut within passes.
    let run = |kind| {
        let mut context = context.clone();
        context.adapter.kind = kind;
        let mut gpu = WIDE.gpu(&context, Optimizer::AdagradRow);
        gpu.step(&WIDE.batch(0), 0.01).unwrap();
        let losses = gpu.losses().unwrap();
        (losses, gpu.model().unwrap(), gpu.device_work().unwrap().submissions)
    };
    let (fast, slow) = (run(idatlas::gpu::AdapterKind::DiscreteGpu), run(idatlas::gpu::AdapterKind::Cpu));
    assert!(slow.2 > 8 && slow.2 > fast.2, "{} and {} submissions", slow.2, fast.2);
    assert!((fast.0, fast.1) == (slow.0, slow.1), "cutting changes results");
}

#[test]
fn holding_ends_what_has_begun_and_loses_no_step() {
    let Some(context) = context("hold") else { return };
    let case = &CASES[3];
    let (mut straight, mut held) = (case.gpu(&context, Optimizer::AdamLazy), case.gpu(&context, Optimizer::AdamLazy));
    let mut steps = 0;
    for seed in 0..6 {
        straight.step(&case.batch(seed), 0.01).unwrap();
        held.step(&case.batch(seed), 0.01).unwrap();
        let counted = held.hold().unwrap().1;
        steps += counted;
        assert!(steps <= seed + 1, "step {seed}: {steps} steps told");
    }
    assert_eq!(steps + held.losses().unwrap().1, 6);
    assert!(straight.model().unwrap() == held.model().unwrap(), "pauses change results");
}
