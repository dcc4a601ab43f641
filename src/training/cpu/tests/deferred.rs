//! Rows that wait for the steps that dense Adam owes them.

use super::*;

const STEPS: usize = 400;

#[test]
fn rows_that_wait_are_in_the_end_what_they_would_be_bit_for_bit() {
    for dims in [[100].as_slice(), &[20, 9, 5, 13]] {
        let mut random = Random(23);
        let problem = Problem::new(&mut random, 300, dims, true);
        let objective = objective(Optimizer::Adam, Structure::PerType, Regulariser::L2sq, 0.9);
        let fresh = |threads| CpuBackend::new(problem.model.clone(), problem.attributes.clone(), objective, threads);
        let (mut waiting, mut prompt) = (fresh(2), fresh(1));
        for step in 0..STEPS {
            let batch = problem.batch(&mut random, 3, NegativeKind::PerPair(1), 1);
            // A rate that falls, but for one step.
            let rate = if step == STEPS / 2 { 0.02 } else { 0.01 * (1.0 - step as f32 / STEPS as f32) };
            waiting.step(&batch, rate).unwrap();
            prompt.step(&batch, rate).unwrap();
            // All rows are asked for after each step, so that none waits.
            prompt.model().unwrap();
        }
        assert!(waiting.model().unwrap() == prompt.model().unwrap(), "{dims:?}: other model");
        let (state, expected) = (waiting.state().unwrap(), prompt.state().unwrap());
        assert!(state == expected, "{dims:?}: other state");
        let least = state.tensors["first_moment/target/0"].iter().map(|m| m.abs()).filter(|&m| m > 0.0);
        assert!(least.fold(1.0, f32::min) < 1e-12, "{dims:?}: no row waited until its moments were spent");
    }
}
