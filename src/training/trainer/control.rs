//! The trainer's levers.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::progress::Levers;
use crate::training::PinnedId;

/// The trainer's levers, for another thread. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct TrainControl(Levers<Position>);

#[derive(Debug, Clone, Default)]
struct Position {
    paused: bool,
    stopped: bool,
    snapshot: bool,
    pinned: Arc<BTreeSet<PinnedId>>,
}

/// What the trainer is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Go on.
    Train,
    /// Copy the model for the observer, then ask again.
    Snapshot,
    /// Wait with [`TrainControl::wait`], then ask again.
    Pause,
    /// End.
    Stop,
}

impl TrainControl {
    /// Holds the training after what is being computed: the batch on the CPU, some milliseconds of it on a GPU.
    pub fn pause(&self) {
        self.0.change(|position| position.paused = true);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.0.change(|position| position.paused = false);
    }

    /// Ends the training cleanly after the batch in flight, paused or not; what was learned is kept.
    pub fn stop(&self) {
        self.0.change(|position| position.stopped = true);
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.position().paused
    }

    /// Whether [`Self::stop`] was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.position().stopped
    }

    /// Asks for a [`TrainEvent::Snapshot`](super::TrainEvent::Snapshot) as soon as possible (for the live map), paused
    /// or not.
    pub fn request_snapshot(&self) {
        self.0.change(|position| position.snapshot = true);
    }

    /// Has the neighbourhoods of these IDs looked at by themselves from the next measurement on.
    pub fn pin(&self, ids: impl IntoIterator<Item = PinnedId>) {
        let ids = Arc::new(ids.into_iter().collect());
        self.0.change(|position| position.pinned = ids);
    }

    /// The IDs that are looked at by themselves.
    pub(super) fn pinned(&self) -> Arc<BTreeSet<PinnedId>> {
        Arc::clone(&self.0.position().pinned)
    }

    /// What the trainer is to do next. Takes a request for a snapshot.
    pub(super) fn wish(&self) -> Wish {
        let mut position = self.0.position();
        if position.stopped {
            Wish::Stop
        } else if std::mem::take(&mut position.snapshot) {
            Wish::Snapshot
        } else if position.paused {
            Wish::Pause
        } else {
            Wish::Train
        }
    }

    /// Waits while there is nothing to do but to pause.
    pub(super) fn wait(&self) {
        let idle = |position: &mut Position| position.paused && !position.stopped && !position.snapshot;
        drop(self.0.wait_while(idle));
    }
}
