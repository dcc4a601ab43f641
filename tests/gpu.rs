//! Claims about the GPU backend and the mirrors of its shaders, checked on whatever adapter there is.

use std::sync::OnceLock;

use idatlas::embedding::Model;
use idatlas::gpu::{GpuBackend, GpuContext, Inspection};
use idatlas::objective::{Backend, Batch, LossParts, Objective, Optimizer};
use idatlas::reference::ReferenceBackend;
use ndarray::Array2;

use crate::golden_files::{AdamExpectation, ObjectiveCase, Tables, objective_cases};

/// The one device that all tests share: opening it and compiling shaders takes long.
fn context(test: &str) -> Option<GpuContext> {
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
    for case in objective_cases() {
        let what = &case.name;
        let found = make(&case, case.objective).inspection(&case.batches[0]);
        assert_loss(what, found.loss, case.loss);
        let pairs = case.positive_logits.len();
        assert_all_close(&format!("{what}, positive logits"), &found.pair_logits[..pairs], &case.positive_logits);
        assert_all_close(&format!("{what}, negative logits"), &found.pair_logits[pairs..], &case.negative_logits);
        check_structural_logits(&case, &found.structure_logits);
        assert_tables(&format!("{what}, gradient"), &found.gradient, &case.gradient);
        assert_eq!(found.touched_target, case.touched_target, "{what}: touched target rows");
        assert_eq!(found.touched_context, case.touched_context, "{what}: touched context rows");
    }
}

/// The file has one logit a centre (or type); the backend has the centre's, then those of its structural negatives.
fn check_structural_logits(case: &ObjectiveCase, found: &[f32]) {
    let negatives = case.batches[0].struct_negatives_per_centre();
    let types = case.attributes.type_count();
    let has_attributes = |centre: usize| {
        let item = case.batches[0].centres[centre] as usize;
        (1..types).any(|k| case.attributes.ids[[item, k]] != idatlas::dataset::ItemAttributes::MISSING)
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
    for case in objective_cases() {
        for (optimizer, expected) in [(Optimizer::AdamLazy, &case.lazy), (Optimizer::Adam, &case.dense)] {
            let mut backend = make(&case, Objective { optimizer, ..case.objective });
            check_steps(&format!("{}, {optimizer:?}", case.name), &case, &mut *backend, expected);
        }
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
