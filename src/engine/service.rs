//! The engine's thread and its jobs.

use std::sync::Arc;

use super::{Command, Event, Live, LiveView};

/// Runs commands on named threads and tells what happened.
pub struct Engine {
    live: Arc<Live>,
}

impl Engine {
    /// Starts the engine; `wake` is called after each event or newer live value (it must return quickly).
    #[must_use]
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> Self {
        wake();
        todo!()
    }

    /// Asks for something; never waits.
    pub fn send(&self, command: Command) {
        todo!("{command:?}")
    }

    /// The next event, if there is one; never waits.
    #[must_use]
    pub fn poll(&self) -> Option<Event> {
        todo!()
    }

    /// The newest live values.
    #[must_use]
    pub fn live(&self) -> LiveView {
        self.live.view()
    }
}
