//! Claims about the golden numbers: the CPU backend reproduces every objective file.
#![allow(clippy::unwrap_used, reason = "a claim that cannot be checked fails")]

use std::collections::BTreeSet;

use idatlas::embedding::Model;
use idatlas::objective::{AdamConstants, Backend, LossParts, Objective, Optimizer};
use idatlas::training::cpu::CpuBackend;
use ndarray::Array2;

use crate::golden_files::{AdamExpectation, ObjectiveCase, Tables, objective_cases};

// golden/README.md: f32 against float64.
const RELATIVE: f64 = 1e-4;
const ABSOLUTE: f64 = 1e-6;

/// Logits of about a thousand amplify rounding; there only overflow would be a fault.
fn is_saturated(case: &ObjectiveCase) -> bool {
    case.name == "huge_logits"
}

/// Where the largest violation of the tolerances is, or nothing.
fn first_difference(what: &str, found: &[Array2<f32>], expected: &[Array2<f64>]) -> Option<String> {
    assert_eq!(found.len(), expected.len(), "{what}");
    found.iter().zip(expected).enumerate().find_map(|(k, (found, expected))| {
        assert_eq!(found.dim(), expected.dim(), "{what}[{k}]");
        let mut pairs = found.indexed_iter().zip(expected);
        pairs.find_map(|((at, &found), &expected)| {
            let wrong = (f64::from(found) - expected).abs() > ABSOLUTE + RELATIVE * expected.abs() || found.is_nan();
            wrong.then(|| format!("{what}[{k}]{at:?}: {found}, expected {expected}"))
        })
    })
}

fn assert_tables(what: &str, found: &Model, expected: &Tables) {
    let differences: Vec<_> = [
        first_difference("target", &found.target, &expected.target),
        first_difference("context", &found.context, &expected.context),
        first_difference("transfer", &found.transfer, &expected.transfer),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(differences.is_empty(), "{what}: {differences:?}");
}

fn assert_loss(what: &str, found: LossParts, expected: LossParts) {
    let parts = [
        ("pair", found.pair, expected.pair),
        ("structure", found.structure, expected.structure),
        ("regulariser", found.regulariser, expected.regulariser),
    ];
    for (part, found, expected) in parts {
        let close = (found - expected).abs() <= ABSOLUTE + 1e-5 * expected.abs();
        assert!(close, "{what}, {part}: {found}, expected {expected}");
    }
}

fn backend(case: &ObjectiveCase, objective: Objective, threads: usize) -> CpuBackend {
    CpuBackend::new(case.model.clone(), case.attributes.clone(), objective, threads)
}

/// Adam with beta1 = 0 remembers the gradient itself as its first moment.
fn gradient(case: &ObjectiveCase) -> Model {
    let adam = AdamConstants { beta1: 0.0, ..case.objective.adam };
    let mut backend = backend(case, Objective { adam, ..case.objective }, 1);
    backend.step(&case.batches[0], case.learning_rate).unwrap();
    let state = backend.state().unwrap();
    let tables = |side: &str, first: usize, shapes: &[Array2<f32>]| {
        let table = |(k, like): (usize, &Array2<f32>)| {
            let values = state.tensors[&format!("first_moment/{side}/{}", k + first)].clone();
            Array2::from_shape_vec(like.dim(), values).unwrap()
        };
        shapes.iter().enumerate().map(table).collect()
    };
    Model {
        target: tables("target", 0, &case.model.target),
        context: tables("context", 0, &case.model.context),
        transfer: tables("transfer", 1, &case.model.transfer),
    }
}

#[test]
fn the_cpu_reproduces_every_loss() {
    for case in objective_cases() {
        let mut backend = backend(&case, case.objective, 2);
        backend.step(&case.batches[0], case.learning_rate).unwrap();
        let (loss, steps) = backend.losses().unwrap();
        assert_eq!(steps, 1);
        assert_loss(&case.name, loss, case.loss);
        assert_eq!(backend.losses().unwrap(), (LossParts::default(), 0), "losses are handed out once");
    }
}

#[test]
fn the_cpu_reproduces_every_gradient() {
    for case in objective_cases() {
        assert_tables(&case.name, &gradient(&case), &case.gradient);
    }
}

#[test]
fn small_gradients_keep_their_relative_precision_on_the_cpu() {
    let case = objective_cases().into_iter().find(|case| case.name == "tiny_weights").unwrap();
    let found = gradient(&case);
    for (k, (found, expected)) in found.target.iter().zip(&case.gradient.target).enumerate() {
        for ((at, &found), &expected) in found.indexed_iter().zip(expected) {
            let error = (f64::from(found) - expected).abs();
            assert!(error <= 1e-5 * expected.abs() + 1e-12, "target {k} {at:?}: {found}, expected {expected}");
        }
    }
}

#[test]
fn a_lazy_step_on_the_cpu_moves_the_touched_rows_and_no_others() {
    for case in objective_cases() {
        let mut backend = backend(&case, case.objective, 2);
        backend.step(&case.batches[0], case.learning_rate).unwrap();
        let model = backend.model().unwrap();
        let sides = [
            ("target", &case.model.target, &model.target, &case.touched_target, &case.gradient.target),
            ("context", &case.model.context, &model.context, &case.touched_context, &case.gradient.context),
        ];
        for (side, before, after, touched, gradient) in sides {
            for k in 0..before.len() {
                let may: BTreeSet<u32> = touched[k].iter().copied().collect();
                for row in 0..before[k].nrows() {
                    let moved = before[k].row(row) != after[k].row(row);
                    // Below this an Adam step may round to nothing.
                    let must = gradient[k].row(row).iter().any(|g| g.abs() > 1e-6);
                    let name = &case.name;
                    assert!(!moved || may.contains(&(row as u32)), "{name}: {side} {k}, row {row} moved");
                    assert!(moved || !must, "{name}: {side} {k}, row {row} stayed");
                }
            }
        }
    }
}

fn assert_three_steps(case: &ObjectiveCase, optimizer: Optimizer, expected: &AdamExpectation) {
    let mut backend = backend(case, Objective { optimizer, ..case.objective }, 2);
    for (step, batch) in case.batches.iter().enumerate() {
        let what = format!("{} with {optimizer:?}, step {}", case.name, step + 1);
        backend.step(batch, case.learning_rate).unwrap();
        let (loss, _) = backend.losses().unwrap();
        let model = backend.model().unwrap();
        if is_saturated(case) {
            assert!(loss.is_finite(), "{what}: {loss:?}");
            let finite = |tables: &[Array2<f32>]| tables.iter().flatten().all(|value| value.is_finite());
            assert!(finite(&model.target) && finite(&model.context) && finite(&model.transfer), "{what}: {model:?}");
            continue;
        }
        assert_loss(&what, loss, expected.loss_before_step[step]);
        match step {
            0 => assert_tables(&what, &model, &expected.after_1),
            2 => assert_tables(&what, &model, &expected.after_3),
            _ => {}
        }
    }
}

#[test]
fn the_cpu_reproduces_dense_adam() {
    for case in objective_cases() {
        assert_three_steps(&case, Optimizer::Adam, &case.dense);
    }
}

#[test]
fn the_cpu_reproduces_lazy_adam() {
    for case in objective_cases() {
        assert_three_steps(&case, Optimizer::AdamLazy, &case.lazy);
    }
}
