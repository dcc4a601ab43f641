//! Panes that show the same map are seen alike, if that is wished.

use super::{PaneId, Panes};
use crate::app::map::camera::View;

/// How the panes were seen in the last frame.
#[derive(Debug, Clone, Default)]
pub struct Cameras {
    /// Whether they move together.
    pub linked: bool,
    /// Whether they do while two runs are compared, though it was not asked for.
    pub by_comparison: bool,
    seen: Vec<(PaneId, Option<View>)>,
}

impl Panes {
    /// Whether cameras move together where panes show the same map.
    pub fn has_linked_cameras(&self) -> bool {
        self.cameras.linked || self.cameras.by_comparison
    }

    /// Has cameras move together, or alone.
    pub fn link_cameras(&mut self, linked: bool) {
        (self.cameras.linked, self.cameras.by_comparison) = (linked, false);
        self.cameras.seen.clear();
    }

    /// Shows the same part of the same map in each pane: that of the pane that was moved.
    pub fn move_cameras(&mut self, now: f64) {
        if !self.has_linked_cameras() || !self.are_several() {
            return;
        }
        let before = |id: PaneId| self.cameras.seen.iter().find(|(other, _)| *other == id).map(|(_, view)| *view);
        let mut moved = self.maps.iter().filter(|map| before(map.id) != Some(map.camera.target()));
        let active = self.maps.iter().find(|map| map.id == self.active && before(map.id) != Some(map.camera.target()));
        if let Some(source) = active.or_else(|| moved.next()).map(|map| map.id)
            && let Some(at) = self.maps.iter().position(|map| map.id == source)
        {
            let camera = self.maps[at].camera.clone();
            for other in 0..self.maps.len() {
                if other != at && self.maps[other].shows_the_map_of(&self.maps[at]) {
                    let map = &mut self.maps[other];
                    map.camera.see_as(&camera, now);
                    if camera.follows {
                        map.fitted = None;
                    }
                }
            }
        }
        self.cameras.seen = self.maps.iter().map(|map| (map.id, map.camera.target())).collect();
    }
}
