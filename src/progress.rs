//! How long work reports where it stands and learns that it is no longer wanted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where a piece of long work stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What is being done, in words for people: "Reading events".
    pub stage: String,
    /// How much is done, in `unit`.
    pub done: u64,
    /// How much there is, in `unit`; `None` while unknown.
    pub total: Option<u64>,
    /// What is counted: "rows", "pairs", "bytes".
    pub unit: &'static str,
}

/// Asks work to stop. Clones share one flag; once set it stays set.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks everything that holds a clone to stop at its next check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::cancel`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Who watches a piece of work: it may cancel, and it hears of progress.
#[derive(Clone)]
pub struct Watch {
    cancel: CancelToken,
    observer: Arc<dyn Fn(Progress) + Send + Sync>,
}

impl Watch {
    /// A watch that cancels through `cancel` and hands each report to `observer`.
    /// `observer` is called from worker threads and must return quickly.
    pub fn new(cancel: CancelToken, observer: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { cancel, observer: Arc::new(observer) }
    }

    /// A watch that never cancels and drops reports: for tests and small work.
    #[must_use]
    pub fn unattended() -> Self {
        Self::new(CancelToken::default(), |_| {})
    }

    /// Whether the work should stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// A watch that is cancelled as this one is, and drops reports: for a part of the work.
    #[must_use]
    pub fn quiet(&self) -> Self {
        Self::new(self.cancel.clone(), |_| {})
    }

    /// Reports that `done` of `total` `unit` of `stage` are done.
    pub fn report(&self, stage: &str, done: u64, total: Option<u64>, unit: &'static str) {
        (self.observer)(Progress { stage: stage.to_owned(), done, total, unit });
    }
}

/// Levers of a piece of work, set by one thread and read by another. Clones share their position.
#[derive(Debug, Default)]
pub(crate) struct Levers<P>(Arc<(Mutex<P>, Condvar)>);

impl<P> Clone for Levers<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P> Levers<P> {
    /// Moves them and wakes whoever waits. `change` is one assignment, so that a panic leaves a valid position.
    pub(crate) fn change(&self, change: impl FnOnce(&mut P)) {
        change(&mut self.position());
        self.0.1.notify_all();
    }

    /// Where they stand.
    pub(crate) fn position(&self) -> MutexGuard<'_, P> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while `idle`; returns where they stand then.
    pub(crate) fn wait_while(&self, idle: impl FnMut(&mut P) -> bool) -> MutexGuard<'_, P> {
        self.0.1.wait_while(self.position(), idle).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while `idle`, which is asked at least every `spacing`; returns where they stand then.
    pub(crate) fn wait_while_looking(
        &self,
        spacing: Duration,
        mut idle: impl FnMut(&mut P) -> bool,
    ) -> MutexGuard<'_, P> {
        let mut position = self.position();
        while idle(&mut position) {
            position = self.0.1.wait_timeout(position, spacing).unwrap_or_else(PoisonError::into_inner).0;
        }
        position
    }
}
