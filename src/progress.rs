//! How long work reports where it stands and learns that it is no longer wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

    /// Reports that `done` of `total` `unit` of `stage` are done.
    pub fn report(&self, stage: &str, done: u64, total: Option<u64>, unit: &'static str) {
        (self.observer)(Progress { stage: stage.to_owned(), done, total, unit });
    }
}
