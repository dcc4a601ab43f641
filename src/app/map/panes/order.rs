//! Which maps are asked for, and when: of each kind the engine makes one at a time, so that panes wait for each other.

use super::Panes;
use crate::app::map::MapView;
use crate::app::state::WindowState;
use crate::engine::{Command, JobKind, ProjectionRequest};

/// How far the map that a pane wants has been ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// It is to be asked for.
    #[default]
    Due,
    /// It was asked for.
    Placed,
    /// It will not come.
    Failed,
}

impl MapView {
    /// Whether a map of `kind` is wanted and is not there.
    fn lacks(&self, kind: JobKind) -> bool {
        self.is_own() && self.request().is_some_and(|wanted| wanted.job_kind() == kind) && !self.is_done()
    }
}

impl Panes {
    /// The map of `request` is asked for: others of its kind that are being made are given up, and asked for again.
    pub fn place(&mut self, request: &ProjectionRequest) {
        for map in &mut self.maps {
            if map.is_own() && map.request() == Some(request) {
                map.ordered = Order::Placed;
            } else if map.ordered == Order::Placed && map.lacks(request.job_kind()) {
                map.ordered = Order::Due;
            }
        }
    }

    /// The first map that is to be asked for, of a kind of which none is being made.
    fn due(&self, is_busy: impl Fn(JobKind) -> bool) -> Option<ProjectionRequest> {
        let placed = |kind| self.maps.iter().any(|map| map.ordered == Order::Placed && map.lacks(kind));
        let due = self.maps.iter().filter(|map| map.is_own() && map.ordered == Order::Due && !map.is_done());
        due.filter_map(MapView::request)
            .find(|wanted| !placed(wanted.job_kind()) && !is_busy(wanted.job_kind()))
            .cloned()
    }

    /// No map of `kind` is being made any more: panes that wait for one go back to what they showed before.
    pub fn maps_ended(&mut self, kind: JobKind, now: f64) {
        for map in &mut self.maps {
            if map.ordered == Order::Placed && map.lacks(kind) {
                map.abandon(now);
            }
        }
    }
}

impl WindowState {
    /// Asks for the map that the pane at hand wants.
    pub fn ask_for_map(&mut self, request: ProjectionRequest) {
        self.map.place(&request);
        self.outbox.push(Command::Project(request));
    }

    /// Asks for the next map that a pane lacks. While a training runs, the map of the active pane alone follows it.
    pub fn ask_for_maps(&mut self) {
        if self.run.is_none() || self.is_training() {
            return;
        }
        let asked = |kind| {
            self.outbox.iter().any(|command| matches!(command, Command::Project(request) if request.job_kind() == kind))
        };
        if let Some(request) = self.map.due(|kind| self.job(kind).is_some() || asked(kind)) {
            self.ask_for_map(request);
        }
    }
}
