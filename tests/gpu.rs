//! Claims about the GPU backend and the mirrors of its shaders, checked on whatever adapter there is.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and says what it skips")]

mod cases;
mod hyperparameters;
mod map_pictures;
mod split;
mod submissions;
mod throughput;
mod traffic;
mod tsne;

use std::sync::OnceLock;

use idatlas::dataset::ItemAttributes;
use idatlas::embedding::Model;
use idatlas::gpu::{GpuBackend, GpuContext, Inspection, adapters};
use idatlas::objective::{Backend, BackendError, Batch, LossParts, Objective, Optimizer};
use idatlas::reference::ReferenceBackend;
use idatlas::training::cpu::CpuBackend;
use idatlas::training::{Sampler, initialise};
use ndarray::Array2;

use cases::CASES;

use crate::golden_files::{AdamExpectation, ObjectiveCase, Tables, objective_cases};
use crate::training::fixture;

/// The one device that all tests share: opening it and compiling shaders takes long.
pub(crate) fn context(test: &str) -> Option<GpuContext> {
    static CONTEXT: OnceLock<Result<GpuContext, String>> = OnceLock::new();
    match CONTEXT.get_or_init(|| GpuContext::open(None).map_err(|error| error.to_string())) {
        Ok(context) => Some(context.clone()),
        Err(error) => {
            let required = ["CI", "IDATLAS_REQUIRE_GPU"].iter().any(|name| std::env::var_os(name).is_some());
            assert!(!required, "{test}: {error}");
            println!("skipped: no adapter ({test})");
            None
        }
    }
}

/// A backend that also shows logits and gradients.
trait Checked: Backend {
    fn inspection(&mut self, batch: &Batch) -> Inspection;
}

impl Checked for GpuBackend {
    fn inspection(&mut self, batch: &Batch) -> Inspection {
        self.inspect(batch).unwrap()
    }
}

impl Checked for ReferenceBackend {
    fn inspection(&mut self, batch: &Batch) -> Inspection {
        self.inspect(batch)
    }
}

type Make<'a> = &'a dyn Fn(&ObjectiveCase, Objective) -> Box<dyn Checked>;

fn on_gpu(context: &GpuContext) -> impl Fn(&ObjectiveCase, Objective) -> Box<dyn Checked> {
    |case, objective| Box::new(GpuBackend::new(context.clone(), &case.model, &case.attributes, objective).unwrap())
}

fn on_mirrors(case: &ObjectiveCase, objective: Objective) -> Box<dyn Checked> {
    Box::new(ReferenceBackend::new(&case.model, &case.attributes, objective).unwrap())
}

fn assert_close(what: &str, found: f64, expected: f64) {
    let tolerance = 1e-6 + 1e-4 * expected.abs();
    assert!((found - expected).abs() <= tolerance, "{what}: found {found}, expected {expected}");
}

fn assert_all_close(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}: lengths");
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        assert_close(&format!("{what} [{i}]"), f64::from(found), expected);
    }
}

fn assert_loss(what: &str, found: LossParts, expected: LossParts) {
    assert_close(&format!("{what}, pair loss"), found.pair, expected.pair);
    assert_close(&format!("{what}, structural loss"), found.structure, expected.structure);
    assert_close(&format!("{what}, regulariser"), found.regulariser, expected.regulariser);
}

fn assert_tables(what: &str, found: &Model, expected: &Tables) {
    let sets = [
        ("E", &found.target, &expected.target),
        ("C", &found.context, &expected.context),
        ("M", &found.transfer, &expected.transfer),
    ];
    for (name, found, expected) in sets {
        assert_eq!(found.len(), expected.len(), "{what}: number of {name}");
        for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
            let found: &Array2<f32> = found;
            assert_eq!(found.dim(), expected.dim(), "{what}: shape of {name}[{k}]");
            for ((at, &found), &expected) in found.indexed_iter().zip(expected) {
                assert_close(&format!("{what}, {name}[{k}]{at:?}"), f64::from(found), expected);
            }
        }
    }
}

fn check_gradients(make: Make) {
    objective_cases().iter().for_each(|case| check_gradients_of(case, make));
}

fn check_gradients_of(case: &ObjectiveCase, make: Make) {
    let what = &case.name;
    let found = make(case, case.objective).inspection(&case.batches[0]);
    assert_loss(what, found.loss, case.loss);
    let pairs = case.positive_logits.len();
    assert_all_close(&format!("{what}, positive logits"), &found.pair_logits[..pairs], &case.positive_logits);
    assert_all_close(&format!("{what}, negative logits"), &found.pair_logits[pairs..], &case.negative_logits);
    check_structural_logits(case, &found.structure_logits);
    assert_tables(&format!("{what}, gradient"), &found.gradient, &case.gradient);
    assert_eq!(found.touched_target, case.touched_target, "{what}: touched target rows");
    assert_eq!(found.touched_context, case.touched_context, "{what}: touched context rows");
}

/// The file has one logit a centre (or type); the backend has the centre's, then those of its structural negatives.
fn check_structural_logits(case: &ObjectiveCase, found: &[f32]) {
    let negatives = case.batches[0].struct_negatives_per_centre();
    let types = case.attributes.type_count();
    let has_attributes = |centre: usize| {
        let item = case.batches[0].centres[centre] as usize;
        (1..types).any(|k| case.attributes.ids[[item, k]] != ItemAttributes::MISSING)
    };
    let expected: Vec<f64> = (0..case.struct_logits.len())
        .filter(|&centre| has_attributes(centre))
        .flat_map(|centre| case.struct_logits[centre].iter().flatten().copied())
        .collect();
    let positives: Vec<f32> = found.iter().copied().step_by(1 + negatives).collect();
    assert_all_close(&format!("{}, structural logits", case.name), &positives, &expected);
    assert_eq!(found.len(), expected.len() * (1 + negatives), "{}: structural terms", case.name);
}

fn check_adam(make: Make) {
    objective_cases().iter().for_each(|case| check_adam_of(case, make));
}

fn check_adam_of(case: &ObjectiveCase, make: Make) {
    for (optimizer, expected) in [(Optimizer::AdamLazy, &case.lazy), (Optimizer::Adam, &case.dense)] {
        let mut backend = make(case, Objective { optimizer, ..case.objective });
        check_steps(&format!("{}, {optimizer:?}", case.name), case, &mut *backend, expected);
    }
}

fn check_steps(what: &str, case: &ObjectiveCase, backend: &mut dyn Checked, expected: &AdamExpectation) {
    for (t, batch) in case.batches.iter().enumerate() {
        backend.step(batch, case.learning_rate).unwrap();
        let (loss, steps) = backend.losses().unwrap();
        assert_eq!(steps, 1, "{what}");
        assert_loss(&format!("{what}, before step {}", t + 1), loss, expected.loss_before_step[t]);
        if t == 0 {
            assert_tables(&format!("{what}, after 1"), &backend.model().unwrap(), &expected.after_1);
        }
    }
    assert_tables(&format!("{what}, after 3"), &backend.model().unwrap(), &expected.after_3);
}

#[test]
fn the_mirrors_give_the_golden_losses_logits_and_gradients() {
    check_gradients(&on_mirrors);
}

#[test]
fn the_mirrors_give_the_golden_adam_steps() {
    check_adam(&on_mirrors);
}

#[test]
fn the_gpu_gives_the_golden_losses_logits_and_gradients() {
    if let Some(context) = context("golden gradients") {
        check_gradients(&on_gpu(&context));
    }
}

#[test]
fn the_gpu_gives_the_golden_adam_steps() {
    if let Some(context) = context("golden Adam steps") {
        check_adam(&on_gpu(&context));
    }
}

const OPTIMIZERS: [Optimizer; 4] = [Optimizer::AdamLazy, Optimizer::Adam, Optimizer::AdagradRow, Optimizer::Sgd];

/// Every number within 1e-5 of the largest: sums of thousands of f32 in another order.
fn assert_same(what: &str, found: &[f32], expected: &[f32]) {
    assert_within(what, found, expected, 1e-5);
}

/// Every number within `share` of the largest.
fn assert_within(what: &str, found: &[f32], expected: &[f32], share: f32) {
    assert_eq!(found.len(), expected.len(), "{what}: lengths");
    let largest = expected.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - expected).abs();
        let tolerance = share * largest + 1e-7;
        assert!(difference <= tolerance, "{what} [{i}]: found {found}, expected {expected}, largest {largest}");
    }
}

fn flat(model: &Model) -> impl Iterator<Item = Vec<f32>> {
    let tables = [&model.target, &model.context, &model.transfer];
    tables.into_iter().flatten().map(|table| table.iter().copied().collect())
}

fn assert_same_training(what: &str, gpu: &mut GpuBackend, mirrors: &mut ReferenceBackend) {
    for (i, (found, expected)) in flat(&gpu.model().unwrap()).zip(flat(&mirrors.model().unwrap())).enumerate() {
        assert_same(&format!("{what}, table {i}"), &found, &expected);
    }
    let (found, expected) = (gpu.state().unwrap(), mirrors.state().unwrap());
    assert_eq!(found.step, expected.step, "{what}");
    assert!(found.tensors.keys().eq(expected.tensors.keys()), "{what}: {:?}", found.tensors.keys());
    for (name, expected) in &expected.tensors {
        assert_same(&format!("{what}, {name}"), &found.tensors[name], expected);
    }
}

#[test]
fn each_kernel_of_the_gradient_equals_its_mirror() {
    let Some(context) = context("kernels against mirrors") else { return };
    for case in &CASES {
        let found = case.gpu(&context, Optimizer::Sgd).inspect(&case.batch(0)).unwrap();
        let expected = case.mirrors(Optimizer::Sgd).inspect(&case.batch(0));
        assert!(found.buffers.keys().eq(expected.buffers.keys()));
        for (slot, expected) in &expected.buffers {
            assert_same(&format!("{}, {slot:?}", case.name), &found.buffers[slot], expected);
        }
        assert_close(&format!("{}, loss", case.name), found.loss.total(), expected.loss.total());
    }
}

#[test]
fn each_optimiser_equals_its_mirror() {
    let Some(context) = context("optimisers against mirrors") else { return };
    for case in &CASES {
        for optimizer in OPTIMIZERS {
            let what = format!("{}, {optimizer:?}", case.name);
            let (mut gpu, mut mirrors) = (case.gpu(&context, optimizer), case.mirrors(optimizer));
            for seed in 0..3 {
                gpu.step(&case.batch(seed), 0.01).unwrap();
                mirrors.step(&case.batch(seed), 0.01).unwrap();
            }
            let (found, expected) = (gpu.losses().unwrap(), mirrors.losses().unwrap());
            assert_loss(&what, found.0, expected.0);
            assert_eq!(found.1, expected.1, "{what}: steps");
            assert_same_training(&what, &mut gpu, &mut mirrors);
        }
    }
}

#[test]
fn gradients_without_a_step_leave_model_and_losses_alone() {
    let Some(context) = context("inspection") else { return };
    let case = &CASES[2];
    let mut gpu = case.gpu(&context, Optimizer::AdamLazy);
    gpu.step(&case.batch(0), 0.01).unwrap();
    let before = (gpu.model().unwrap(), gpu.state().unwrap());
    let gradient = gpu.inspect(&case.batch(1)).unwrap().gradient;
    assert!(flat(&gradient).flatten().any(|value| value != 0.0));
    assert_eq!((gpu.model().unwrap(), gpu.state().unwrap()), before);
    assert_eq!(gpu.losses().unwrap().1, 1);
}

#[test]
fn two_runs_are_bit_identical() {
    let Some(context) = context("two runs") else { return };
    for case in [&CASES[3], &CASES[5]] {
        for optimizer in OPTIMIZERS {
            let run = || {
                let mut gpu = case.gpu(&context, optimizer);
                for seed in 0..4 {
                    gpu.step(&case.batch(seed), 0.01).unwrap();
                }
                (gpu.losses().unwrap(), gpu.model().unwrap(), gpu.state().unwrap())
            };
            assert!(run() == run(), "{}, {optimizer:?}: two runs differ", case.name);
        }
    }
}

#[test]
fn training_restored_in_its_middle_goes_on_bit_identically() {
    let Some(context) = context("restore") else { return };
    let case = &CASES[3];
    for optimizer in OPTIMIZERS {
        let mut whole = case.gpu(&context, optimizer);
        for seed in 0..2 {
            whole.step(&case.batch(seed), 0.01).unwrap();
        }
        let saved = (whole.model().unwrap(), whole.state().unwrap());
        let mut resumed = case.gpu(&context, optimizer);
        resumed.restore(&saved.0, &saved.1).unwrap();
        assert_eq!((resumed.model().unwrap(), resumed.state().unwrap()), saved, "{optimizer:?}: as restored");
        for backend in [&mut whole, &mut resumed] {
            for seed in 2..4 {
                backend.step(&case.batch(seed), 0.01).unwrap();
            }
        }
        assert!(whole.model().unwrap() == resumed.model().unwrap(), "{optimizer:?}: models differ");
        assert!(whole.state().unwrap() == resumed.state().unwrap(), "{optimizer:?}: states differ");
    }
}

#[test]
fn a_state_of_another_model_is_refused() {
    let Some(context) = context("state mismatch") else { return };
    let (case, other) = (&CASES[2], &CASES[3]);
    let mut gpu = case.gpu(&context, Optimizer::AdamLazy);
    let state = gpu.state().unwrap();
    let error = gpu.restore(&other.model(), &state).unwrap_err().to_string();
    assert!(error.contains("its types have [200, 1, 5, 130] IDs, not [65, 2]"), "{error}");
    let error = gpu.restore(&case.model(), &Default::default()).unwrap_err().to_string();
    assert!(error.contains("it has no first_moment/target/0"), "{error}");
}

#[test]
fn dispatches_folded_into_two_dimensions_compute_the_same() {
    let Some(context) = context("folded dispatches") else { return };
    let mut narrow = context.clone();
    narrow.adapter.max_workgroups_per_dimension = 3;
    for case in [&CASES[3], &CASES[5]] {
        for optimizer in [Optimizer::AdamLazy, Optimizer::AdagradRow] {
            let run = |context: &GpuContext| {
                let mut gpu = case.gpu(context, optimizer);
                gpu.step(&case.batch(0), 0.01).unwrap();
                (gpu.losses().unwrap(), gpu.model().unwrap())
            };
            assert!(run(&narrow) == run(&context), "{}, {optimizer:?}: folding changes results", case.name);
        }
    }
}

#[test]
fn losses_of_more_steps_than_the_device_keeps_are_all_counted() {
    let Some(context) = context("many losses") else { return };
    let case = &CASES[0];
    let (mut gpu, mut mirrors) = (case.gpu(&context, Optimizer::Sgd), case.mirrors(Optimizer::Sgd));
    for seed in 0..300 {
        gpu.step(&case.batch(seed), 0.1).unwrap();
        mirrors.step(&case.batch(seed), 0.1).unwrap();
    }
    let (found, expected) = (gpu.losses().unwrap(), mirrors.losses().unwrap());
    assert_eq!((found.1, expected.1), (300, 300));
    assert_loss("300 steps", found.0, expected.0);
    assert_eq!(gpu.losses().unwrap(), (LossParts::default(), 0), "each loss is told once");
}

#[test]
fn an_unknown_adapter_is_refused_by_the_names_of_those_there_are() {
    let error = GpuContext::open(Some("no such adapter")).unwrap_err().to_string();
    assert!(error.contains("No adapter is called \"no such adapter\""), "{error}");
    for adapter in adapters() {
        assert!(error.contains(&adapter.name), "{error} does not name {}", adapter.name);
    }
}

#[test]
fn a_failed_device_is_an_error_and_no_panic() {
    if context("failed device").is_none() {
        return;
    }
    // A device of its own: this one is destroyed.
    let context = GpuContext::open(None).unwrap();
    let case = &CASES[1];
    let mut gpu = case.gpu(&context, Optimizer::Sgd);
    gpu.step(&case.batch(0), 0.1).unwrap();
    context.device.destroy();
    let result = gpu.step(&case.batch(1), 0.1).and_then(|()| gpu.model().map(|_| ()));
    assert!(matches!(result, Err(BackendError::DeviceLost { .. })), "{result:?}");
}

/// Both backends sum in f32 in their own order; a few dozen steps let that grow.
fn assert_same_models(what: &str, gpu: &Model, cpu: &Model, tolerance: f32) {
    for (table, (gpu, cpu)) in flat(gpu).zip(flat(cpu)).enumerate() {
        for (i, (gpu, cpu)) in gpu.iter().zip(&cpu).enumerate() {
            assert!((gpu - cpu).abs() <= tolerance, "{what}, table {table} [{i}]: gpu {gpu}, cpu {cpu}");
        }
    }
}

#[test]
fn the_cpu_backend_and_the_gpu_backend_take_the_same_steps() {
    let Some(context) = context("CPU against GPU") else { return };
    for case in &CASES {
        for optimizer in OPTIMIZERS {
            let what = format!("{}, {optimizer:?}", case.name);
            let mut gpu = case.gpu(&context, optimizer);
            let mut cpu = CpuBackend::new(case.model(), case.attributes(), case.objective(optimizer), 2);
            for seed in 0..3 {
                gpu.step(&case.batch(seed), 0.01).unwrap();
                cpu.step(&case.batch(seed), 0.01).unwrap();
            }
            assert_loss(&what, gpu.losses().unwrap().0, cpu.losses().unwrap().0);
            assert_same_models(&what, &gpu.model().unwrap(), &cpu.model().unwrap(), 1e-5);
            let (found, expected) = (gpu.state().unwrap(), cpu.state().unwrap());
            assert!(found.tensors.keys().eq(expected.tensors.keys()), "{what}: {:?}", found.tensors.keys());
            for (name, expected) in &expected.tensors {
                // The CPU backend's exponential is an approximation.
                assert_within(&format!("{what}, {name}"), &found.tensors[name], expected, 1e-4);
            }
        }
    }
}

#[test]
fn one_corpus_and_one_seed_give_the_same_vectors_on_both_backends() {
    let Some(context) = context("one corpus on both backends") else { return };
    let corpus = fixture::ring(60, 20, 30);
    for (sharing, optimizer) in [("pair", "adam-lazy"), ("window", "adagrad-row"), ("group:8", "adagrad-row")] {
        let set = [("negative_sharing", sharing), ("optimizer", optimizer), ("batch_size", "32")];
        let values = fixture::checked(&corpus, &set);
        let model = initialise(&corpus, &values);
        let objective = values.objective();
        let mut gpu = GpuBackend::new(context.clone(), &model, &corpus.attributes, objective).unwrap();
        let mut cpu = CpuBackend::new(model.clone(), corpus.attributes.clone(), objective, 2);
        let sampler = Sampler::new(std::sync::Arc::clone(&corpus), values);
        let batches = [fixture::batches(&sampler, 0), fixture::batches(&sampler, 1)].concat();
        assert!(batches.len() > 24, "{} steps are not a few dozen", batches.len());
        for batch in &batches {
            gpu.step(batch, 0.01).unwrap();
            cpu.step(batch, 0.01).unwrap();
        }
        let what = format!("{sharing}, {optimizer}");
        assert_loss(&what, gpu.losses().unwrap().0, cpu.losses().unwrap().0);
        let (gpu, cpu) = (gpu.model().unwrap(), cpu.model().unwrap());
        assert_same_models(&what, &gpu, &cpu, 1e-3);
        let moved = flat(&cpu).flatten().zip(flat(&model).flatten()).filter(|(now, start)| (now - start).abs() > 1e-2);
        assert!(moved.count() > 100, "{what}: training hardly moved anything");
    }
}
