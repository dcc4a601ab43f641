//! The plans of epochs.

use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::progress::CancelToken;
use crate::training::sampling::{EpochPlan, Sampler};

/// Makes plans: of the next epoch while one is trained by a device of its own, else between the two.
pub(super) struct Plans<'scope, 'env> {
    threads: &'scope Scope<'scope, 'env>,
    sampler: Sampler,
    epochs: u32,
    cancel: CancelToken,
    /// The next epoch, as it is being planned.
    next: Option<(u32, ScopedJoinHandle<'scope, Option<EpochPlan>>)>,
}

impl<'scope, 'env> Plans<'scope, 'env> {
    pub(super) fn new(
        threads: &'scope Scope<'scope, 'env>,
        sampler: Sampler,
        epochs: u32,
        cancel: CancelToken,
    ) -> Self {
        Self { threads, sampler, epochs, cancel, next: None }
    }

    /// Whether no more plans are wanted.
    pub(super) fn are_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The plan of epoch `number`, made now by all cores; `None` after the last one, or if cancelled.
    pub(super) fn make(&self, number: u32) -> Option<EpochPlan> {
        if number < self.epochs { plan(&self.sampler, number, &self.cancel) } else { None }
    }

    /// The same, made while the epoch before was trained, if that was taken so, too.
    pub(super) fn take(&mut self, number: u32) -> Option<EpochPlan> {
        if number >= self.epochs {
            return None;
        }
        let made = self.next.take().filter(|(made, _)| *made == number);
        // Without a thread, or after a panic in it, the plan is made here, and a panic repeated.
        let plan = match made.map(|(_, planner)| planner.join()) {
            Some(Ok(plan)) => plan,
            _ => plan(&self.sampler, number, &self.cancel),
        }?;
        let next = number + 1;
        if next < self.epochs {
            let (sampler, cancel) = (self.sampler.clone(), self.cancel.clone());
            let planner = Builder::new()
                .name("idatlas-planner".to_owned())
                .spawn_scoped(self.threads, move || self::plan(&sampler, next, &cancel));
            self.next = planner.ok().map(|planner| (next, planner));
        }
        Some(plan)
    }
}

fn plan(sampler: &Sampler, epoch: u32, cancel: &CancelToken) -> Option<EpochPlan> {
    sampler.epoch_unless(epoch, &|| cancel.is_cancelled())
}
