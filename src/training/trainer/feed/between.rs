//! Batches made between two steps, by the threads that compute them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{EpochSize, Fed, Plans, empty_batch};
use crate::objective::{Backend, Batch};
use crate::training::sampling::EpochPlan;

/// Makes as many batches at once as there are threads.
pub(in crate::training::trainer) struct Between<'scope, 'env> {
    plans: Plans<'scope, 'env>,
    plan: Option<EpochPlan>,
    /// Epoch and batch that come next.
    at: (u32, u64),
    made: VecDeque<Batch>,
    spent: Vec<Batch>,
}

impl<'scope, 'env> Between<'scope, 'env> {
    pub(super) fn new(plans: Plans<'scope, 'env>, from: (u32, u64)) -> Self {
        Self { plans, plan: None, at: from, made: VecDeque::new(), spent: Vec::new() }
    }

    pub(super) fn next(&mut self, backend: &mut dyn Backend) -> Option<Fed> {
        let (number, index) = self.at;
        if self.plan.is_none() {
            self.plan = Some(self.plans.take(number)?);
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

    pub(super) fn recycle(&mut self, batch: Batch) {
        self.spent.push(batch);
    }

    /// Makes the batches from `first` on, of the plan's `batches`.
    fn make(&mut self, backend: &mut dyn Backend, first: u64, batches: u64) {
        let Some(plan) = &self.plan else { return };
        let threads = backend.threads();
        let count = threads.as_ref().map_or(1, |threads| threads.count() as u64).min(batches - first);
        let to_fill: Vec<_> = (0..count).map(|_| Mutex::new(self.spent.pop().unwrap_or_else(empty_batch))).collect();
        let next = AtomicUsize::new(0);
        let fill = |_thread: usize| {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(batch) = to_fill.get(number) else { return };
                plan.fill(first as usize + number, &mut batch.lock().unwrap_or_else(PoisonError::into_inner));
            }
        };
        match threads {
            Some(threads) => threads.run(&fill),
            None => fill(0),
        }
        let filled = to_fill.into_iter().map(|batch| batch.into_inner().unwrap_or_else(PoisonError::into_inner));
        self.made.extend(filled);
    }
}
