//! Batches made ahead of the backend, on a thread of their own.

use std::io;
use std::thread::{Builder, Scope, scope};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::objective::{Batch, Negatives};
use crate::progress::CancelToken;
use crate::training::sampling::{EpochPlan, Sampler};

/// What comes next.
#[derive(Debug)]
pub(super) enum Fed {
    /// A batch.
    Batch {
        /// The batch.
        batch: Batch,
        /// Its number in its epoch.
        index: u64,
        /// Its epoch.
        epoch: EpochSize,
    },
    /// All batches of an epoch were handed out.
    EpochEnd(EpochSize),
}

/// How large an epoch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EpochSize {
    /// Its number, from 0.
    pub(super) number: u32,
    /// Its batches.
    pub(super) batches: u64,
    /// Its pairs.
    pub(super) pairs: u64,
}

/// The receiving end: batches in their order.
#[derive(Debug)]
pub(super) struct Feed {
    fed: Receiver<Fed>,
    spent: Sender<Batch>,
}

/// Memory for batches made ahead.
const AHEAD_BYTES: u64 = 64 << 20;

impl Feed {
    /// Starts to make the batches from `from` (epoch, batch) to the end of epoch `epochs` - 1.
    ///
    /// The thread ends when all are made, when this is dropped, or (within milliseconds) when `cancel` is.
    pub(super) fn start<'scope>(
        threads: &'scope Scope<'scope, '_>,
        sampler: Sampler,
        from: (u32, u64),
        epochs: u32,
        batch_bytes: u64,
        cancel: CancelToken,
    ) -> io::Result<Self> {
        let ahead = (AHEAD_BYTES / batch_bytes.max(1)).clamp(2, 32) as usize;
        let (sender, fed) = bounded(ahead);
        let (spent, reuse) = bounded(ahead + 2);
        let kitchen = Kitchen { sampler, epochs, cancel, sender, reuse };
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
    pub(super) fn recycle(&self, batch: Batch) {
        // A full or closed channel only means that the buffers are not needed.
        drop(self.spent.try_send(batch));
    }
}

/// The making end.
struct Kitchen {
    sampler: Sampler,
    epochs: u32,
    cancel: CancelToken,
    sender: Sender<Fed>,
    reuse: Receiver<Batch>,
}

impl Kitchen {
    fn work(&self, from: (u32, u64)) {
        let mut made = None;
        for number in from.0..self.epochs {
            let Some(plan) = made.take().flatten().or_else(|| self.plan(number)) else { return };
            let first = if number == from.0 { from.1 } else { 0 };
            let next = number + 1;
            let fed_all = scope(|threads| {
                // The next epoch is planned while this one is fed, so that none begins with a wait.
                let planner = (next < self.epochs).then(|| {
                    let name = "idatlas-planner".to_owned();
                    Builder::new().name(name).spawn_scoped(threads, || self.plan(next))
                });
                let fed_all = self.feed(number, &plan, first);
                // Without a thread, or after a panic in it, the plan is made above, and a panic repeated there.
                made = planner.and_then(Result::ok).map(|planner| planner.join().unwrap_or(None));
                fed_all
            });
            if !fed_all {
                return;
            }
        }
    }

    fn plan(&self, epoch: u32) -> Option<EpochPlan> {
        self.sampler.epoch_unless(epoch, &|| self.cancel.is_cancelled())
    }

    /// Whether all batches could be handed out.
    fn feed(&self, number: u32, plan: &EpochPlan, first: u64) -> bool {
        let epoch = EpochSize { number, batches: plan.batch_count() as u64, pairs: plan.pair_count() };
        for index in first..epoch.batches {
            let mut batch = self.reuse.try_recv().unwrap_or_else(|_none_spent_yet| empty_batch());
            plan.fill(index as usize, &mut batch);
            if self.cancel.is_cancelled() || self.sender.send(Fed::Batch { batch, index, epoch }).is_err() {
                return false;
            }
        }
        self.sender.send(Fed::EpochEnd(epoch)).is_ok()
    }
}

fn empty_batch() -> Batch {
    Batch {
        centres: Vec::new(),
        context_offsets: Vec::new(),
        contexts: Vec::new(),
        negatives: Negatives::PerPair { per_pair: 0, items: Vec::new() },
        struct_negatives: Vec::new(),
    }
}
