//! Several maps side by side: which there are, which of them is the active one, and what they share.
//!
//! Each pane is a [`MapView`] with a table, an arrangement, colours and a view of its own. [`Panes`] derefs to the one at
//! hand: that is the active one, which inspector, legend and tools speak of; but while a pane is drawn, it is that one.

mod cameras;
mod changes;
mod dock;
mod guest;
mod link;
mod menu;
mod order;
mod restore;
mod steps;
mod tiles;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::MapView;
use crate::engine::jobs::{NamedRegion, PlacedType, RowGroups};
use crate::engine::{JobKind, ProjectionFrame, ProjectionResult, RegionsRequest, TypesRequest};
use crate::projection::{Contour, DensityGrid, DensityOf, Places};
use crate::run::{KeptPanel, KeptTiles, Run};

use cameras::Cameras;
use changes::Changes;
use guest::Besides;
use link::Links;
use steps::History;
use tiles::Arranged;

pub use changes::show as show_changes;
pub use guest::{Guest, Other};
pub use menu::split_button;
pub use order::Order;
pub use tiles::show;

/// Panes at most.
pub const MOST: usize = 4;
/// Closed panes that can be brought back.
const MOST_CLOSED: usize = 8;

/// Names a pane for as long as the window is open.
pub type PaneId = u32;

/// The maps side by side; one at least.
pub struct Panes {
    maps: Vec<MapView>,
    active: PaneId,
    /// Where the one stands that is meant now.
    at_hand: usize,
    next: PaneId,
    /// Closed ones, the last one at the end.
    closed: Vec<MapView>,
    arranged: Arranged,
    /// The panels that stand among the maps.
    docked: Vec<KeptPanel>,
    /// The panel that is to stand among them after this frame, or is to go back.
    docking: Option<(KeptPanel, bool)>,
    history: History,
    links: Links,
    cameras: Cameras,
    besides: Besides,
    changes: Changes,
}

impl Default for Panes {
    fn default() -> Self {
        Self {
            maps: vec![MapView::default()],
            active: 0,
            at_hand: 0,
            next: 1,
            closed: Vec::new(),
            arranged: Arranged::of(&KeptTiles::Pane(0)),
            docked: Vec::new(),
            docking: None,
            history: History::default(),
            links: Links::default(),
            cameras: Cameras::default(),
            besides: Besides::default(),
            changes: Changes::default(),
        }
    }
}

impl Deref for Panes {
    type Target = MapView;

    fn deref(&self) -> &MapView {
        &self.maps[self.at_hand]
    }
}

impl DerefMut for Panes {
    fn deref_mut(&mut self) -> &mut MapView {
        &mut self.maps[self.at_hand]
    }
}

impl MapView {
    /// Whether it is a map of the run on show.
    fn is_own(&self) -> bool {
        self.guest.is_none()
    }

    /// Gives `other` what all panes share.
    fn hand_to(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.memory, &mut other.memory);
        other.sets = Arc::clone(&self.sets);
        if other.palettes != self.palettes {
            other.palettes = self.palettes.clone();
            other.colouring = None;
            other.styles_changed();
        }
        (other.lasso, other.most_discs) = (self.lasso, self.most_discs);
    }
}

impl Panes {
    /// All of them, in the order in which they were opened.
    pub fn all(&self) -> &[MapView] {
        &self.maps
    }

    /// Whether there is more than one.
    pub fn are_several(&self) -> bool {
        self.maps.len() > 1
    }

    /// The pane that inspector, legend and tools speak of.
    pub fn active(&self) -> PaneId {
        self.active
    }

    /// Pane `id`, if it is open.
    pub fn pane(&self, id: PaneId) -> Option<&MapView> {
        self.maps.iter().find(|map| map.id == id)
    }

    /// Means pane `id` from now on, until [`Self::give_back`].
    fn take_in_hand(&mut self, id: PaneId) {
        let Some(next) = self.maps.iter().position(|map| map.id == id) else { return };
        if let Ok([from, to]) = self.maps.get_disjoint_mut([self.at_hand, next]) {
            from.hand_to(to);
        }
        self.at_hand = next;
    }

    /// Means the active pane again.
    fn give_back(&mut self) {
        self.take_in_hand(self.active);
    }

    /// Makes pane `id` the active one and brings it to the front; a pane of another run never is.
    pub fn activate(&mut self, id: PaneId) {
        if self.pane(id).is_some_and(MapView::is_own) {
            self.active = id;
            self.give_back();
            self.arranged.bring_forward(id);
        }
    }

    /// Makes the first pane of `table` the active one; `false` if there is none.
    pub fn activate_table(&mut self, table: &str) -> bool {
        let id = self.maps.iter().find(|map| map.table == table && map.is_own()).map(|map| map.id);
        id.inspect(|&id| self.activate(id)).is_some()
    }

    /// Makes the next pane the active one.
    pub fn activate_next(&mut self) {
        let own = |id: &PaneId| self.pane(*id).is_some_and(MapView::is_own);
        let order: Vec<PaneId> = self.arranged.order().into_iter().filter(own).collect();
        let here = order.iter().position(|&id| id == self.active).unwrap_or(0);
        if let Some(&id) = order.get((here + 1) % order.len().max(1)) {
            self.activate(id);
        }
    }

    /// Whether there is room for one more.
    pub fn may_split(&self) -> bool {
        self.maps.len() < MOST
    }

    /// Opens a pane of `table` beside the active one, on the map of it that was shown last, and makes it the active one.
    pub fn split(&mut self, run: &Run, table: &str, now: f64) {
        if !self.may_split() {
            return;
        }
        self.remember_panes();
        let from = &self.maps[self.at_hand];
        let beside = from.canvas.width() >= from.canvas.height();
        let mut map = MapView {
            id: self.next,
            kept: from.kept.clone(),
            generation: from.generation,
            groups: from.groups.clone(),
            size_by: from.size_by.clone(),
            palettes: from.palettes.clone(),
            sets: Arc::clone(&from.sets),
            lasso: from.lasso,
            most_discs: from.most_discs,
            colour_by: from.colour_by.clone(),
            ..MapView::default()
        };
        map.regions.shown = from.regions.shown;
        map.show_table(run, table);
        let request = map.last_request();
        map.want(request, now);
        self.next += 1;
        self.arrange(&tiles::split(self.arranged.kept(), self.active, map.id, beside));
        let (from, to) = (self.active, map.id);
        self.maps.push(map);
        self.links.follow_anew(from);
        self.activate(to);
    }

    /// Closes pane `id`; the last one of the run on show stays.
    pub fn close(&mut self, id: PaneId) {
        if !self.maps.iter().any(|map| map.id != id && map.is_own()) || self.pane(id).is_none() {
            return;
        }
        self.remember_panes();
        self.put_away(id);
    }

    /// Closes pane `id` without a word.
    fn put_away(&mut self, id: PaneId) {
        let own = |id: &PaneId| self.pane(*id).is_some_and(MapView::is_own);
        let order: Vec<PaneId> = self.arranged.order().into_iter().filter(own).collect();
        let beside = order.iter().position(|&other| other == id).unwrap_or(0);
        let next = order.get(beside.wrapping_sub(1)).or(order.get(beside + 1)).copied();
        if self.active == id
            && let Some(next) = next
        {
            self.activate(next);
        }
        let Some(at) = self.maps.iter().position(|map| map.id == id) else { return };
        let closed = self.maps.remove(at);
        if self.guest().is_none() {
            self.maps.iter_mut().for_each(|map| map.other = None);
        }
        self.closed.push(closed);
        if self.closed.len() > MOST_CLOSED {
            self.closed.remove(0);
        }
        self.at_hand = self.maps.iter().position(|map| map.id == self.active).unwrap_or(0);
        for map in &mut self.maps {
            map.pointed = Arc::default();
        }
        if let Some(rest) = tiles::without(self.arranged.kept(), &KeptTiles::Pane(id)) {
            self.arrange(&rest);
        }
    }

    /// Arranges the panes as they are arranged at first: in a row, three or four of them in two rows; no panel stands
    /// among them.
    pub fn reset_layout(&mut self) {
        let ids: Vec<PaneId> = self.maps.iter().map(|map| map.id).collect();
        self.arrange(&tiles::plain(&ids));
    }

    fn arrange(&mut self, tiles: &KeptTiles) {
        self.arranged = Arranged::of(tiles);
        self.docked = tiles.panels();
    }

    // What the engine tells is for all panes.

    /// Takes a new run, as [`MapView::take_run`].
    pub fn take_run(&mut self, run: &Run, generation: u64, same_ids: bool) {
        self.end_comparison();
        if !same_ids {
            self.history = History::default();
            self.closed.clear();
            self.links = Links::default();
        }
        for map in &mut self.maps {
            map.take_run(run, generation, same_ids);
        }
    }

    /// Takes a map that is done, as [`MapView::take_projection`]; whether a pane shows it.
    pub fn take_projection(&mut self, result: ProjectionResult, places: Arc<Places>, passing: bool, now: f64) -> bool {
        let result = Arc::new(result);
        let mut shown = false;
        for map in self.maps.iter_mut().filter(|map| map.is_own()) {
            shown |= map.take_projection(Arc::clone(&result), Arc::clone(&places), passing, now);
        }
        shown
    }

    /// Takes a frame of a map that is being made.
    pub fn take_frame(&mut self, frame: &ProjectionFrame, now: f64) {
        for map in self.maps.iter_mut().filter(|map| map.is_own()) {
            map.take_frame(frame, now);
        }
    }

    /// Takes the groups of a table.
    pub fn take_groups(&mut self, groups: &Arc<RowGroups>) {
        for map in &mut self.maps {
            map.take_groups(Arc::clone(groups));
        }
    }

    /// Takes the names of regions.
    pub fn take_regions(&mut self, request: &RegionsRequest, found: &Arc<[NamedRegion]>) {
        for map in &mut self.maps {
            map.take_regions(request, Arc::clone(found));
        }
    }

    /// Takes density lines.
    pub fn take_contours(&mut self, of: &DensityOf, found: &Arc<[Contour]>) {
        for map in &mut self.maps {
            map.take_contours(of, Arc::clone(found));
        }
    }

    /// Takes an overview.
    pub fn take_overview(&mut self, of: &DensityOf, found: Option<&Arc<DensityGrid>>) {
        for map in &mut self.maps {
            map.take_overview(of, found.cloned());
        }
    }

    /// Takes where other types lie.
    pub fn take_types(&mut self, request: &TypesRequest, found: &Arc<[PlacedType]>) {
        for map in &mut self.maps {
            map.take_types(request, Arc::clone(found));
        }
    }

    /// Takes a map that was kept with the run.
    pub fn take_kept(&mut self, result: ProjectionResult, places: &Arc<Places>) {
        let result = Arc::new(result);
        for map in self.maps.iter_mut().filter(|map| map.is_own()) {
            map.take_kept(Arc::clone(&result), Arc::clone(places));
        }
    }

    /// Whether another pane than the one at hand waits for what is drawn beside its points.
    pub fn others_wait(&self) -> bool {
        self.maps.iter().any(|map| map.id != self.id && !map.waiting.is_empty())
    }

    /// No question of `kind` is being answered any more.
    pub fn layer_ended(&mut self, kind: JobKind) {
        for map in &mut self.maps {
            map.waiting.remove(&kind);
        }
    }

    /// Takes the rows that a filter means.
    pub fn take_filtered(&mut self, table: &str, rows: &Arc<Vec<u32>>) {
        for map in &mut self.maps {
            map.search.answer(table, Arc::clone(rows));
        }
    }

    /// No filter is being worked out any more.
    pub fn filter_ended(&mut self) {
        for map in &mut self.maps {
            map.search.ended();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn with_panes(tables: &[&str]) -> Panes {
        let mut panes = Panes::default();
        tables[0].clone_into(&mut panes.table);
        for table in &tables[1..] {
            let map = MapView { id: panes.next, table: (*table).to_owned(), ..MapView::default() };
            panes.arranged = Arranged::of(&tiles::split(panes.arranged.kept(), panes.active, map.id, true));
            panes.next += 1;
            panes.maps.push(map);
        }
        panes
    }

    #[test]
    fn what_is_meant_is_the_active_pane_but_while_another_one_is_drawn() {
        let mut panes = with_panes(&["item", "brand"]);
        assert_eq!(panes.table, "item");
        panes.take_in_hand(1);
        panes.selection = BTreeSet::from([3]);
        panes.lasso = true;
        panes.give_back();
        assert!(panes.selection.is_empty() && panes.lasso, "the shape of selections is shared, the selection is not");
        assert!(panes.activate_table("brand") && !panes.activate_table("store"));
        assert_eq!((panes.table.as_str(), panes.selection.len()), ("brand", 1));
        panes.activate_next();
        assert_eq!(panes.table, "item");
    }

    #[test]
    fn a_closed_pane_comes_back_and_the_last_one_stays() {
        let mut panes = with_panes(&["item", "brand"]);
        panes.activate(1);
        panes.close(1);
        assert_eq!((panes.all().len(), panes.table.as_str()), (1, "item"));
        panes.close(0);
        assert_eq!(panes.all().len(), 1);
        panes.undo(0.0);
        assert_eq!((panes.all().len(), panes.table.as_str()), (2, "brand"));
        panes.redo(0.0);
        assert_eq!((panes.all().len(), panes.table.as_str()), (1, "item"));
    }
}
