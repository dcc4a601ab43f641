//! The map as it was at an epoch that is kept.

use std::sync::Arc;

use super::MapView;
use super::arrangement::Arrangement;
use super::camera::Pace;
use crate::projection::Places;

impl MapView {
    /// Shows the points where they lay, moving there evenly within `seconds`.
    pub fn show_moment(&mut self, places: &Arc<Places>, seconds: f64, now: f64) {
        let Some(request) = self.request().cloned() else { return };
        let pace = if seconds > 0.0 { Pace::even(seconds) } else { Pace::AT_ONCE };
        let next = Arrangement::at(request, self.generation, Arc::clone(places), now, pace);
        self.arrange(next, now);
    }

    /// Goes back to the map that is wanted.
    pub fn leave_moment(&mut self, now: f64) {
        if let Some(request) = self.request().cloned() {
            self.want(request, now);
        }
    }
}
