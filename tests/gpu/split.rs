//! Claims about tables and plans that exceed a binding: split over several, they train as one does.

use idatlas::embedding::Model;
use idatlas::gpu::layout::Layout;
use idatlas::gpu::plan::{PackedPlan, Planner};
use idatlas::gpu::{GpuBackend, GpuContext};
use idatlas::objective::{Backend, BackendError, Objective, Optimizer};

use super::cases::{self, CASES, Case};
use super::{OPTIMIZERS, assert_same_training, check_adam_of, check_gradients_of, context, on_gpu};
use crate::golden_files::objective_cases;

/// More than a device of few bindings offers would leave nothing to split.
const BINDINGS: usize = 64;

/// `context` with bindings so small that the target tables of `model` take three or four.
fn narrowed(context: &GpuContext, model: &Model) -> GpuContext {
    let numbers: usize = model.target.iter().map(|table| table.nrows() * table.ncols().next_multiple_of(4)).sum();
    let part_bytes = (4 * numbers as u64).next_power_of_two() / 4;
    context.narrowed(part_bytes, BINDINGS)
}

#[test]
fn split_tables_give_the_golden_gradients_and_steps() {
    let Some(context) = context("golden files, split") else { return };
    for case in objective_cases() {
        if ["basic_k3", "struct_per_type"].iter().any(|name| case.name.contains(name)) {
            let narrow = narrowed(&context, &case.model);
            check_gradients_of(&case, &on_gpu(&narrow));
            check_adam_of(&case, &on_gpu(&narrow));
        }
    }
}

#[test]
fn split_and_whole_tables_train_bit_identically() {
    let Some(context) = context("split against whole") else { return };
    for (case, optimizers) in [(&CASES[1], &OPTIMIZERS[..1]), (&CASES[4], &OPTIMIZERS[..])] {
        let narrow = narrowed(&context, &case.model());
        for &optimizer in optimizers {
            let run = |context: &GpuContext| {
                let mut gpu = case.gpu(context, optimizer);
                for seed in 0..2 {
                    gpu.step(&case.batch(seed), 0.01).unwrap();
                }
                (gpu.losses().unwrap(), gpu.model().unwrap(), gpu.state().unwrap())
            };
            assert!(run(&narrow) == run(&context), "{}, {optimizer:?}: splitting changes results", case.name);
        }
    }
}

#[test]
fn split_training_restored_in_its_middle_goes_on_bit_identically() {
    let Some(context) = context("split restore") else { return };
    let case = &CASES[4];
    let narrow = narrowed(&context, &case.model());
    let mut whole = case.gpu(&context, Optimizer::AdamLazy);
    whole.step(&case.batch(0), 0.01).unwrap();
    let mut split = case.gpu(&narrow, Optimizer::AdamLazy);
    split.restore(&whole.model().unwrap(), &whole.state().unwrap()).unwrap();
    for backend in [&mut whole, &mut split] {
        backend.step(&case.batch(1), 0.01).unwrap();
    }
    assert!(whole.model().unwrap() == split.model().unwrap() && whole.state().unwrap() == split.state().unwrap());
}

#[test]
fn what_exceeds_all_bindings_of_a_shader_is_refused_with_the_figures() {
    let Some(context) = context("bindings") else { return };
    let case = cases::WIDE;
    let refusal = |part_bytes: u64, objective: Objective| {
        let narrow = context.narrowed(part_bytes, 15);
        match GpuBackend::new(narrow, &case.model(), &case.attributes(), objective).err() {
            Some(BackendError::OutOfMemory { needed_mib, available_mib, device }) => {
                (needed_mib, available_mib, device)
            }
            other => panic!("expected OutOfMemory, got {other:?}"),
        }
    };
    // 1,000 rows of 400 bytes; table and both moments share the 15 - 1 - 5 bindings beside plan and sums.
    let (needed_mib, available_mib, device) = refusal(64 << 10, case.objective(Optimizer::AdamLazy));
    assert_eq!((needed_mib, available_mib), (1, 0));
    assert!(device.contains("Target") && device.contains("15 bindings in a shader"), "{device}");
    // Half as many parts fit, and plain descent keeps nothing beside the table.
    let kept = |part_bytes, optimizer| {
        let narrow = context.narrowed(part_bytes, 15);
        GpuBackend::new(narrow, &case.model(), &case.attributes(), case.objective(optimizer)).is_ok()
    };
    assert!(kept(256 << 10, Optimizer::AdamLazy) && kept(64 << 10, Optimizer::Sgd));
}

#[test]
fn a_batch_that_exceeds_all_bindings_is_refused_with_the_figures() {
    let Some(context) = context("memory of a batch") else { return };
    let mut gpu = cases::WIDE.gpu(&context.narrowed(16 << 10, BINDINGS), Optimizer::Sgd);
    let result = gpu.step(&cases::WIDE.batch(0), 0.1).and_then(|()| gpu.losses().map(|_| ()));
    match result {
        Err(BackendError::OutOfMemory { needed_mib, available_mib, device }) => {
            assert!(needed_mib > available_mib, "{needed_mib} MiB of {available_mib} on {device}");
        }
        other => panic!("expected OutOfMemory, got {other:?}"),
    }
}

#[test]
fn split_and_whole_plans_train_bit_identically_and_as_the_mirrors() {
    let Some(context) = context("split plans") else { return };
    for (case, optimizer) in [(&CASES[4], Optimizer::AdamLazy), (&CASES[5], Optimizer::Adam)] {
        let run = |context: &GpuContext| {
            let mut gpu = case.gpu(context, optimizer);
            for seed in 0..3 {
                gpu.step(&case.batch(seed), 0.01).unwrap();
            }
            (gpu.losses().unwrap(), gpu.model().unwrap(), gpu.state().unwrap())
        };
        // Some plans of the case fill seven parts, some eight.
        let words = (0..3).map(|seed| plan_words(case, seed)).max().unwrap_or(0) as u64;
        let part_bytes = (4 * words).next_power_of_two() / 8;
        assert!(run(&context.narrowed_plan(part_bytes)) == run(&context), "{}: splitting changes results", case.name);
        let mut gpu = case.gpu(&context.narrowed_plan(part_bytes), optimizer);
        let mut mirrors = case.mirrors(optimizer);
        for seed in 0..3 {
            gpu.step(&case.batch(seed), 0.01).unwrap();
            mirrors.step(&case.batch(seed), 0.01).unwrap();
        }
        assert_same_training(case.name, &mut gpu, &mut mirrors);
    }
}

fn plan_words(case: &Case, seed: u64) -> usize {
    let layout = Layout::of(&case.model());
    let mut planner = Planner::new(layout.clone(), &case.attributes(), &case.objective(Optimizer::Adam));
    let mut packed = PackedPlan::default();
    packed.pack(&layout, &planner.plan(&case.batch(seed), true));
    packed.words.len()
}

#[test]
fn a_plan_that_exceeds_all_bindings_is_refused_with_the_figures() {
    let Some(context) = context("memory of a plan") else { return };
    let mut gpu = cases::WIDE.gpu(&context.narrowed_plan(1 << 14), Optimizer::Sgd);
    let result = gpu.step(&cases::WIDE.batch(0), 0.1).and_then(|()| gpu.losses().map(|_| ()));
    match result {
        Err(BackendError::OutOfMemory { needed_mib, available_mib, device }) => {
            assert!(needed_mib > available_mib, "{needed_mib} MiB of {available_mib} on {device}");
            assert!(device.contains("the plan of a batch in parts"), "{device}");
        }
        other => panic!("expected OutOfMemory, got {other:?}"),
    }
}
