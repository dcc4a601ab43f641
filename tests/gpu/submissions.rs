//! Claims about how steps reach the device.

use idatlas::gpu::{AdapterKind, GpuBackend};
use idatlas::objective::{Backend, Goal, Optimizer};

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
    let (fast, slow) = (run(AdapterKind::DiscreteGpu), run(AdapterKind::Cpu));
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

#[test]
fn a_pause_in_the_middle_of_a_step_hands_nothing_more_to_the_device_and_changes_nothing() {
    let Some(mut context) = context("pause in a step") else { return };
    context.adapter.kind = AdapterKind::Cpu;
    let submissions = |gpu: &GpuBackend| gpu.device_work().unwrap().submissions;
    let mut straight = WIDE.gpu(&context, Optimizer::AdagradRow);
    let mut paused = WIDE.gpu(&context, Optimizer::AdagradRow);
    for seed in 0..2 {
        straight.step(&WIDE.batch(seed), 0.01).unwrap();
        paused.step(&WIDE.batch(seed), 0.01).unwrap();
    }
    // Plans come from threads: the goal is the rest, so that there is a piece of a step for sure.
    for _piece in 0..3 {
        assert!(paused.advance(Goal::Rest).unwrap(), "the step has more than three pieces");
    }
    assert_eq!(paused.hold().unwrap().1, 0, "no step is done");
    let (held, begun) = (submissions(&paused), paused.device_work().unwrap().busy_seconds);
    assert!((1..8).contains(&held), "{held} submissions");
    std::thread::sleep(std::time::Duration::from_millis(30));
    assert_eq!(paused.hold().unwrap().1, 0);
    assert_eq!((submissions(&paused), paused.device_work().unwrap().busy_seconds), (held, begun), "work while paused");
    let (mut pieces, mut told) = (0, 0);
    while paused.advance(Goal::Rest).unwrap() {
        pieces += 1;
        if pieces % 5 == 0 {
            told += paused.hold().unwrap().1;
        }
    }
    told += paused.losses().unwrap().1;
    assert_eq!(told, 2, "each step is told once");
    assert!(submissions(&paused) > held + 4, "{} submissions, {held} before the pause", submissions(&paused));
    assert_eq!(straight.losses().unwrap().1, 2);
    assert!(straight.model().unwrap() == paused.model().unwrap(), "pauses change results");
    assert!(straight.state().unwrap() == paused.state().unwrap(), "pauses change states");
}

#[test]
fn losses_are_the_same_however_often_they_are_asked_for() {
    let Some(mut context) = context("losses in pieces") else { return };
    context.adapter.kind = AdapterKind::Cpu;
    let case = &CASES[4];
    let (mut at_once, mut often) = (case.gpu(&context, Optimizer::Sgd), case.gpu(&context, Optimizer::Sgd));
    let mut sum = 0.0;
    for seed in 0..6 {
        at_once.step(&case.batch(seed), 0.01).unwrap();
        often.step(&case.batch(seed), 0.01).unwrap();
        often.advance(Goal::Rest).unwrap();
        sum += often.hold().unwrap().0.total();
    }
    sum += often.losses().unwrap().0.total();
    let expected = at_once.losses().unwrap().0.total();
    assert!((sum - expected).abs() <= 1e-12 * expected, "{sum}, not {expected}");
}
