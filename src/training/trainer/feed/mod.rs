//! Where batches come from: made ahead for a device that computes by itself, or between two steps by the threads that
//! compute, so that no other thread takes their cores from them.

mod ahead;
mod between;
mod plans;

use std::io;
use std::thread::Scope;

use self::ahead::Ahead;
use self::between::Between;
use self::plans::Plans;
use crate::objective::{Backend, PlannedBatch};
use crate::progress::CancelToken;
use crate::training::sampling::{EpochPlan, Sampler};

/// What comes next.
#[derive(Debug)]
pub(super) enum Fed {
    /// A batch.
    Batch {
        /// The batch.
        batch: PlannedBatch,
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

impl EpochSize {
    fn of(number: u32, plan: &EpochPlan) -> Self {
        Self { number, batches: plan.batch_count() as u64, pairs: plan.pair_count() }
    }
}

/// Which batches are wanted.
pub(super) struct Wanted {
    /// The first epoch, and its first batch.
    pub(super) from: (u32, u64),
    /// The epoch after the last.
    pub(super) epochs: u32,
    /// Memory of a batch.
    pub(super) batch_bytes: u64,
}

/// Batches in their order, wherever they are made.
pub(super) enum Feed<'scope, 'env> {
    /// On a thread of their own.
    Ahead(Ahead),
    /// By the backend's threads.
    Between(Box<Between<'scope, 'env>>),
}

impl<'scope, 'env> Feed<'scope, 'env> {
    /// The feed that suits `backend`.
    ///
    /// Its threads end when all batches are made, when this is dropped, or (within milliseconds) when `cancel` is.
    pub(super) fn start(
        threads: &'scope Scope<'scope, 'env>,
        sampler: Sampler,
        wanted: &Wanted,
        backend: &mut dyn Backend,
        cancel: CancelToken,
    ) -> io::Result<Self> {
        let &Wanted { from, epochs, batch_bytes } = wanted;
        let plans = Plans::new(threads, sampler, epochs, cancel);
        match backend.planner() {
            Some(_) => Ok(Self::Between(Box::new(Between::new(plans, from)))),
            None => Ahead::start(threads, plans, from, batch_bytes).map(Self::Ahead),
        }
    }

    /// The next batch or epoch end; `None` at the end of all epochs or once `stopped`.
    pub(super) fn next(&mut self, backend: &mut dyn Backend, stopped: impl Fn() -> bool) -> Option<Fed> {
        match self {
            Self::Ahead(ahead) => ahead.next(stopped),
            Self::Between(between) => between.next(backend),
        }
    }

    /// Gives a batch's buffers back.
    pub(super) fn recycle(&mut self, batch: PlannedBatch) {
        match self {
            Self::Ahead(ahead) => ahead.recycle(batch),
            Self::Between(between) => between.recycle(batch),
        }
    }
}
