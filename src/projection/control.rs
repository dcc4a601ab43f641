//! The levers of a map that is being made.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::TsneParameters;
use crate::progress::Watch;

/// The levers of a map that is being made, for another thread. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct ProjectionControl(Arc<Levers>);

#[derive(Debug, Default)]
struct Levers {
    position: Mutex<Position>,
    moved: Condvar,
}

#[derive(Debug, Clone, Default)]
struct Position {
    paused: bool,
    stopped: bool,
    parameters: Option<TsneParameters>,
}

/// A paused map looks this often whether it is cancelled.
const LOOK: Duration = Duration::from_millis(10);

impl ProjectionControl {
    /// Holds the map after the iteration in flight.
    pub fn pause(&self) {
        self.change(|position| position.paused = true);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.change(|position| position.paused = false);
    }

    /// Ends the map after the iteration in flight, paused or not, and keeps it as it stands.
    pub fn stop(&self) {
        self.change(|position| position.stopped = true);
    }

    /// Goes on with other parameters from the next iteration on; see [`super::Tsne::change`] for those that can change.
    pub fn set_parameters(&self, parameters: TsneParameters) {
        self.change(|position| position.parameters = Some(parameters));
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.position().paused
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.position().stopped
    }

    /// Waits while paused, neither stopped nor cancelled nor given other parameters. Takes the new parameters.
    pub(super) fn wait(&self, watch: &Watch) -> Option<TsneParameters> {
        let mut position = self.position();
        while position.paused && !position.stopped && position.parameters.is_none() && !watch.is_cancelled() {
            position = self.0.moved.wait_timeout(position, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        position.parameters.take()
    }

    fn change(&self, change: impl FnOnce(&mut Position)) {
        change(&mut self.position());
        self.0.moved.notify_all();
    }

    fn position(&self) -> MutexGuard<'_, Position> {
        // Each change is one assignment, so a poisoned position is still a valid one.
        self.0.position.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
