//! The levers of a map that is being made.

use std::time::Duration;

use super::Method;
use crate::progress::{Levers, Watch};

/// The levers of a map that is being made, for another thread. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct ProjectionControl(Levers<Position>);

#[derive(Debug, Clone, Default)]
struct Position {
    paused: bool,
    stopped: bool,
    measured_every: Option<usize>,
    parameters: Option<Method>,
}

/// A paused map looks this often whether it is cancelled.
const LOOK: Duration = Duration::from_millis(10);

impl ProjectionControl {
    /// Holds the map after the iteration in flight.
    pub fn pause(&self) {
        self.0.change(|position| position.paused = true);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.0.change(|position| position.paused = false);
    }

    /// Ends the map after the iteration in flight, paused or not, and keeps it as it stands.
    pub fn stop(&self) {
        self.0.change(|position| position.stopped = true);
    }

    /// Goes on with other parameters from the next iteration on; see [`super::Tsne::change`] and
    /// [`super::Umap::change`] for those that can change. The method must be that of the map.
    pub fn set_parameters(&self, parameters: impl Into<Method>) {
        let parameters = parameters.into();
        self.0.change(|position| position.parameters = Some(parameters));
    }

    /// Has the divergence of a t-SNE measured every so many iterations, for who looks on; one measurement takes about as
    /// long as an iteration.
    pub fn measure_every(&self, iterations: usize) {
        self.0.change(|position| position.measured_every = Some(iterations.max(1)));
    }

    /// Whether the divergence is to be measured after `iteration` iterations.
    pub(super) fn is_measured_at(&self, iteration: usize) -> bool {
        self.0.position().measured_every.is_some_and(|every| iteration.is_multiple_of(every))
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.position().paused
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.position().stopped
    }

    /// Waits while paused, neither stopped nor cancelled nor given other parameters. Takes the new parameters.
    pub(super) fn wait(&self, watch: &Watch) -> Option<Method> {
        let idle = |position: &mut Position| {
            position.paused && !position.stopped && position.parameters.is_none() && !watch.is_cancelled()
        };
        self.0.wait_while_looking(LOOK, idle).parameters.take()
    }
}
