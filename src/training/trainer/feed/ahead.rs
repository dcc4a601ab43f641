//! Batches made ahead of the backend, on a thread of their own.

use std::io;
use std::thread::{Builder, Scope};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{EpochSize, Fed, Plans};
use crate::objective::{Batch, PlannedBatch};
use crate::training::sampling::EpochPlan;

/// The receiving end: batches in their order.
#[derive(Debug)]
pub(in crate::training::trainer) struct Ahead {
    fed: Receiver<Fed>,
    spent: Sender<Batch>,
}

/// Memory for batches made ahead.
const AHEAD_BYTES: u64 = 64 << 20;

impl Ahead {
    /// Starts to make the batches from `from` (epoch, batch) to the end of the last epoch.
    ///
    /// The thread ends when all are made, when this is dropped, or (within milliseconds) when the plans are cancelled.
    pub(super) fn start<'scope, 'env>(
        threads: &'scope Scope<'scope, 'env>,
        plans: Plans<'scope, 'env>,
        from: (u32, u64),
        batch_bytes: u64,
    ) -> io::Result<Self> {
        let ahead = (AHEAD_BYTES / batch_bytes.max(1)).clamp(2, 32) as usize;
        let (sender, fed) = bounded(ahead);
        let (spent, reuse) = bounded(ahead + 2);
        let kitchen = Kitchen { plans, sender, reuse };
        Builder::new().name("idatlas-sampler".to_owned()).spawn_scoped(threads, move || kitchen.work(from))?;
        Ok(Self { fed, spent })
    }

    /// The next batch or epoch end; `None` at the end of all epochs or once `stopped`.
    pub(super) fn next(&self, stopped: impl Fn() -> bool) -> Option<Fed> {
        loop {
            match self.fed.recv_timeout(Duration::from_millis(10)) {
                Ok(fed) => return Some(fed),
                Err(RecvTimeoutError::Timeout) if !stopped() => {}
                Err(_) => return None,
            }
        }
    }

    /// Gives a batch's buffers back.
    pub(super) fn recycle(&self, batch: PlannedBatch) {
        // A full or closed channel only means that the buffers are not needed.
        drop(self.spent.try_send(batch.into_batch()));
    }
}

/// The making end.
struct Kitchen<'scope, 'env> {
    plans: Plans<'scope, 'env>,
    sender: Sender<Fed>,
    reuse: Receiver<Batch>,
}

impl Kitchen<'_, '_> {
    fn work(mut self, from: (u32, u64)) {
        let (mut number, mut first) = from;
        while let Some(plan) = self.plans.take(number) {
            if !self.feed(number, &plan, first) {
                return;
            }
            (number, first) = (number + 1, 0);
        }
    }

    /// Whether all batches could be handed out.
    fn feed(&self, number: u32, plan: &EpochPlan, first: u64) -> bool {
        let epoch = EpochSize::of(number, plan);
        for index in first..epoch.batches {
            let mut batch = self.reuse.try_recv().unwrap_or_else(|_none_spent_yet| Batch::default());
            plan.fill(index as usize, &mut batch);
            let batch = PlannedBatch::new(batch);
            if self.plans.are_cancelled() || self.sender.send(Fed::Batch { batch, index, epoch }).is_err() {
                return false;
            }
        }
        self.sender.send(Fed::EpochEnd(epoch)).is_ok()
    }
}
