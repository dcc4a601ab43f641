//! Planning in advance and moving rows at once change nothing but the time.

use super::*;
use crate::objective::PlannedBatch;
use crate::training::cpu::plan::{Manner, Planning, StepPlan};

#[test]
fn steps_of_planned_batches_give_the_same_bits() {
    for (optimizer, dims) in
        [(Optimizer::AdagradRow, [40].as_slice()), (Optimizer::AdamLazy, &[40]), (Optimizer::AdagradRow, &[20, 9])]
    {
        let mut random = Random(21);
        let problem = Problem::new(&mut random, 90, dims, true);
        let objective = objective(optimizer, Structure::PerType, Regulariser::L2sq, 0.9);
        let fresh = || CpuBackend::new(problem.model.clone(), problem.attributes.clone(), objective, 2);
        let (mut one, mut other) = (fresh(), fresh());
        let mut planned: Vec<PlannedBatch> = (0..2).map(|_| PlannedBatch::default()).collect();
        for round in 0..3 {
            // Of sizes that differ, so that a plan's memory serves a smaller batch after a larger one.
            let batches = [200 - 60 * round, 40 + 50 * round]
                .map(|n| problem.batch(&mut random, n, NegativeKind::Shared(8, 5), 1));
            let planner = other.planner().expect("the CPU plans");
            planner.plan(&mut planned, &|place, batch| batch.clone_from(&batches[place]));
            for (batch, planned) in batches.iter().zip(&planned) {
                one.step(batch, 0.05).unwrap();
                other.step_planned(planned, 0.05).unwrap();
            }
        }
        let what = format!("{optimizer:?}, {dims:?}");
        assert!(one.model().unwrap() == other.model().unwrap(), "{what}: other model");
        assert!(one.state().unwrap() == other.state().unwrap(), "{what}: other state");
        assert_eq!(one.losses().unwrap(), other.losses().unwrap(), "{what}");
    }
}

#[test]
fn rows_moved_at_once_end_where_they_end_when_all_are_moved_together() {
    let mut lines = 0;
    for (instructions, negatives) in Instructions::all().into_iter().flat_map(|instructions| {
        [NegativeKind::Shared(8, 5), NegativeKind::PerPair(2)].map(|negatives| (instructions, negatives))
    }) {
        let mut random = Random(31);
        let problem = Problem::new(&mut random, 400, &[44], true);
        let objective = objective(Optimizer::AdagradRow, Structure::PerType, Regulariser::L2sq, 0.9);
        let fresh = || CpuBackend::with(instructions, problem.model.clone(), problem.attributes.clone(), objective, 3);
        let (mut at_once, mut together) = (fresh(), fresh());
        for _ in 0..3 {
            let batch = problem.batch(&mut random, 150, negatives, 0);
            let plan = |backend: &mut CpuBackend, manner| {
                let (planning, scratch, _) = backend.planning();
                let mut plan = StepPlan::default();
                Planning { manner, ..planning }.plan(&batch, &mut plan, &mut scratch[0].planning);
                plan
            };
            let planned = plan(&mut at_once, Manner::AtOnce);
            let repeated = planned.context.repeated.entry_count();
            assert!(repeated > 0 && repeated < planned.units.entry_items.len(), "some rows are moved alone, some not");
            at_once.take_step(Manner::AtOnce, &batch, &planned, 0.05);
            lines += planned.units.units.iter().filter(|unit| unit.reach > 0).count();
            let planned = plan(&mut together, Manner::Together);
            together.take_step(Manner::Together, &batch, &planned, 0.05);
        }
        let what = format!("{}, {negatives:?}", instructions.name());
        assert!(at_once.model().unwrap() == together.model().unwrap(), "{what}: other model");
        assert!(at_once.state().unwrap() == together.state().unwrap(), "{what}: other state");
        // Of a line the cells that add up to the loss may stand in another order.
        let [at_once, together] = [at_once, together].map(|mut backend| backend.losses().unwrap().0.total());
        assert!((at_once - together).abs() <= 1e-6 * together, "{what}: loss {at_once}, {together}");
    }
    assert!(lines > 0, "some units are lines");
}
