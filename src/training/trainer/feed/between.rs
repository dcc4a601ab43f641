//! Batches made between two steps, by the threads that compute them.

use std::collections::VecDeque;

use super::{EpochSize, Fed, Plans};
use crate::objective::{Backend, PlannedBatch};
use crate::training::sampling::EpochPlan;

/// Makes as many batches at once as there are threads.
pub(in crate::training::trainer) struct Between<'scope, 'env> {
    plans: Plans<'scope, 'env>,
    plan: Option<EpochPlan>,
    /// Epoch and batch that come next.
    at: (u32, u64),
    made: VecDeque<PlannedBatch>,
    spent: Vec<PlannedBatch>,
}

impl<'scope, 'env> Between<'scope, 'env> {
    pub(super) fn new(plans: Plans<'scope, 'env>, from: (u32, u64)) -> Self {
        Self { plans, plan: None, at: from, made: VecDeque::new(), spent: Vec::new() }
    }

    pub(super) fn next(&mut self, backend: &mut dyn Backend) -> Option<Fed> {
        let (number, index) = self.at;
        if self.plan.is_none() {
            self.plan = Some(self.plans.make(number)?);
        }
        let epoch = EpochSize::of(number, self.plan.as_ref()?);
        if index >= epoch.batches {
            self.plan = None;
            self.at = (number + 1, 0);
            return Some(Fed::EpochEnd(epoch));
        }
        if self.made.is_empty() {
            self.make(backend, index, epoch.batches);
        }
        let batch = self.made.pop_front()?;
        self.at.1 += 1;
        Some(Fed::Batch { batch, index, epoch })
    }

    pub(super) fn recycle(&mut self, batch: PlannedBatch) {
        self.spent.push(batch);
    }

    /// Makes the batches from `first` on, of the plan's `batches`.
    fn make(&mut self, backend: &mut dyn Backend, first: u64, batches: u64) {
        let (Some(plan), Some(planner)) = (&self.plan, backend.planner()) else { return };
        let count = (planner.count() as u64).min(batches - first);
        let mut made: Vec<_> = (0..count).map(|_| self.spent.pop().unwrap_or_default()).collect();
        planner.plan(&mut made, &|place, batch| plan.fill(first as usize + place, batch));
        self.made.extend(made);
    }
}
