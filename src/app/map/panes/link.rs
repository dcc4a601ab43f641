//! What is selected or pointed at in one pane, seen in the others: the IDs that belong to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{PaneId, Panes};
use crate::app::inspector::Asked;
use crate::app::map::MapView;
use crate::app::state::WindowState;
use crate::engine::{BelongingRequest, Command, JobKind, Question};
use crate::numbers;
use crate::run::{KeptLinks, Run, USER_TABLE};

/// Rows of each table that was asked for.
type Rows = Vec<Arc<[u32]>>;

/// How a pane was when it was last looked at.
#[derive(Debug, Clone)]
struct Seen {
    pane: PaneId,
    table: String,
    changes: u64,
    selection: BTreeSet<u32>,
}

impl Seen {
    fn of(map: &MapView) -> Self {
        Self { pane: map.id, table: map.table.clone(), changes: map.changes, selection: map.selection.clone() }
    }
}

/// What follows what.
#[derive(Debug, Default)]
pub struct Links {
    /// Whether each pane has a selection of its own.
    apart: bool,
    /// Whether what is pointed at is marked on its own pane alone.
    pointer_apart: bool,
    seen: Vec<Seen>,
    /// The pane in which something was selected last.
    source: Option<PaneId>,
    /// The pane that the others follow anew.
    anew: Option<PaneId>,
    selection: Asked<BelongingRequest, Rows>,
    pointed: Asked<BelongingRequest, Rows>,
}

impl Links {
    /// Has the other panes follow the selection of the pane in which something was selected last, else of `pane`.
    pub fn follow_anew(&mut self, pane: PaneId) {
        self.anew = self.source.or(Some(pane));
        self.selection = Asked::default();
    }

    /// Takes the selections as they are: nothing follows from them.
    pub fn settle(&mut self, maps: &[MapView]) {
        self.seen = maps.iter().map(Seen::of).collect();
        self.selection = Asked::default();
        (self.source, self.anew) = (None, None);
    }

    /// The pane whose selection the others are to follow, if one has changed.
    fn changed(&mut self, maps: &[MapView], active: PaneId) -> Option<PaneId> {
        let is_open = |id: &PaneId| maps.iter().any(|map| map.id == *id);
        let mut source = self.anew.take().map(|id| if is_open(&id) { id } else { active });
        let own_first = maps.iter().filter(|map| map.id == active).chain(maps.iter().filter(|map| map.id != active));
        for map in own_first {
            let Some(seen) = self.seen.iter().find(|seen| seen.pane == map.id) else {
                // A pane that was just opened follows.
                continue;
            };
            if seen.table != map.table && map.selection.is_empty() {
                source = source.or(self.source.filter(|id| *id != map.id));
                self.selection = Asked::default();
            } else if seen.changes != map.changes && seen.selection != map.selection {
                source = source.or(Some(map.id));
            }
        }
        source
    }
}

impl MapView {
    /// Selects what is `rows` of the run on show.
    fn follow_selection(&mut self, rows: impl IntoIterator<Item = u32>) {
        let selection = self.of_first(rows);
        if self.selection != selection {
            self.selection = selection;
            self.styles_changed();
        }
    }
}

impl Panes {
    /// Whether the panes follow each other's selections.
    pub fn has_linked_selections(&self) -> bool {
        !self.links.apart
    }

    /// Has panes follow each other's selections, or each have its own.
    pub fn link_selections(&mut self, linked: bool) {
        self.links.apart = !linked;
        if linked {
            self.links.follow_anew(self.active);
        }
    }

    /// Whether what is pointed at in one pane is marked in the others.
    pub fn has_linked_pointers(&self) -> bool {
        !self.links.pointer_apart
    }

    /// Has what is pointed at in one pane be marked in the others, or not.
    pub fn link_pointers(&mut self, linked: bool) {
        self.links.pointer_apart = !linked;
    }

    /// Which links there are, as they are kept.
    pub fn kept_links(&self) -> KeptLinks {
        KeptLinks {
            selections: self.has_linked_selections(),
            pointers: self.has_linked_pointers(),
            cameras: self.cameras.linked,
        }
    }

    /// Links the panes as they were when [`Self::kept_links`] said so.
    pub fn restore_links(&mut self, kept: KeptLinks) {
        (self.links.apart, self.links.pointer_apart) = (!kept.selections, !kept.pointers);
        self.link_cameras(kept.cameras);
    }

    fn follow_selections(&mut self, generation: u64, now: f64) {
        let source = self.links.changed(&self.maps, self.active).filter(|_| !self.links.apart);
        if let Some(at) = source.and_then(|id| self.maps.iter().position(|map| map.id == id)) {
            let from = &self.maps[at];
            let (id, table, selection) = (from.id, from.table.clone(), from.in_first(&from.selection));
            let others = self.maps.iter_mut().filter(|map| map.id != id);
            for map in others.filter(|map| map.table == table || selection.is_empty()) {
                // What follows at once is undone with what it follows from.
                if map.selection != map.of_first(selection.iter().copied()) {
                    map.remember();
                }
                map.follow_selection(selection.iter().copied());
            }
            let rows = selection.into_iter().collect();
            let wanted = self.request(&table, rows, false);
            self.links.selection.want(wanted, generation, now);
            self.links.source = source;
        }
        self.links.seen = self.maps.iter().map(Seen::of).collect();
    }

    fn follow_pointer(&mut self, generation: u64, now: f64) {
        let in_first = |map: &MapView| map.in_first(&BTreeSet::from([map.hovered?])).pop_first();
        let maps: &[MapView] = if self.links.pointer_apart { &[] } else { self.maps.as_slice() };
        let pointed = maps.iter().find_map(|map| Some((map.id, map.table.clone(), in_first(map)?)));
        let wanted = pointed.as_ref().and_then(|(_, table, row)| self.request(table, [*row].into(), true));
        self.links.pointed.want(wanted, generation, now);
        let found = self.links.pointed.question().zip(self.links.pointed.answer());
        for map in &mut self.maps {
            let rows: Arc<[u32]> = match &pointed {
                Some((pane, table, row)) if map.table == *table && map.id != *pane => [*row].into(),
                Some((pane, ..)) if map.id != *pane => {
                    let at = found.and_then(|(request, _)| request.to.iter().position(|table| *table == map.table));
                    at.zip(found).and_then(|(at, (_, rows))| rows.get(at).cloned()).unwrap_or_default()
                }
                _ => Arc::default(),
            };
            map.pointed = if map.is_own() { rows } else { map.of_first(rows.iter().copied()).into_iter().collect() };
        }
    }

    /// What is to be asked for to follow `rows` of `table` in the panes of other tables.
    fn request(&self, table: &str, rows: Arc<[u32]>, pointed: bool) -> Option<BelongingRequest> {
        let others: BTreeSet<&String> =
            self.maps.iter().map(|map| &map.table).filter(|other| *other != table).collect();
        if rows.is_empty() || others.is_empty() {
            return None;
        }
        Some(BelongingRequest { from: table.to_owned(), rows, to: others.into_iter().cloned().collect(), pointed })
    }

    /// Takes what belongs to what is selected or pointed at.
    pub fn take_belonging(&mut self, request: &BelongingRequest, generation: u64, rows: Rows) {
        let rows = Arc::new(rows);
        if request.pointed {
            return self.links.pointed.take(request, generation, rows);
        }
        self.links.selection.take(request, generation, rows);
        let Some(found) = self.links.selection.answer().cloned() else { return };
        let source = self.links.source;
        for map in self.maps.iter_mut().filter(|map| Some(map.id) != source) {
            let Some(at) = request.to.iter().position(|table| *table == map.table) else { continue };
            map.follow_selection(found[at].iter().copied());
            self.links.seen.retain(|seen| seen.pane != map.id);
            self.links.seen.push(Seen::of(map));
        }
    }

    /// What belongs to what is selected or pointed at cannot be told.
    pub fn belonging_failed(&mut self, kind: JobKind, message: &str) {
        match kind {
            JobKind::Link => self.links.selection.fail(message),
            JobKind::PointOut => self.links.pointed.fail(message),
            _ => {}
        }
    }

    /// How what is selected in the pane at hand came to be, if it follows another pane.
    pub fn followed(&self, run: &Run) -> Option<String> {
        if self.links.apart || self.links.source == Some(self.id) {
            return None;
        }
        let source = self.pane(self.links.source?)?;
        if source.selection.is_empty() || source.table == self.table {
            return None;
        }
        let item = run.types.first().map_or("", |id_type| id_type.name.as_str());
        let whose = match source.selection.len() {
            1 => format!("the selected {}", source.table),
            count => format!("the {} selected {}", numbers::exact(count as u64), numbers::plural(&source.table)),
        };
        let own = numbers::counted(self.selection.len() as u64, &self.table);
        let words = match (source.table.as_str(), self.table.as_str()) {
            (from, USER_TABLE) if from == item => format!("{own} took one of {whose}"),
            (_, USER_TABLE) => format!("{own} took an item of {whose}"),
            (USER_TABLE, to) if to == item => format!("{own} that {whose} took"),
            (USER_TABLE, _) => format!("{own} of items that {whose} took"),
            (from, to) if from == item || to == item => format!("{own} of {whose}"),
            _ => format!("{own} with items of {whose}"),
        };
        Some(words)
    }
}

impl WindowState {
    /// Has the panes follow each other.
    pub fn follow_panes(&mut self, ctx: &eframe::egui::Context) {
        let Some(generation) = self.run.as_ref().map(|shown| shown.generation) else { return };
        let now = self.now;
        self.map.follow_selections(generation, now);
        self.map.follow_pointer(generation, now);
        self.map.move_cameras(now);
        let links = &mut self.map.links;
        let due = [links.selection.due(now), links.pointed.due(now)];
        let rest = [links.selection.rest(now), links.pointed.rest(now)].into_iter().flatten().min_by(f64::total_cmp);
        self.outbox.extend(due.into_iter().flatten().map(|request| Command::Ask(Question::Belonging(request))));
        if let Some(rest) = rest {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::map::panes::tiles::{self, Arranged};

    fn two_panes(tables: [&str; 2]) -> Panes {
        let mut panes = Panes::default();
        tables[0].clone_into(&mut panes.table);
        panes.maps.push(MapView { id: 1, table: tables[1].to_owned(), ..MapView::default() });
        panes.arranged = Arranged::of(&tiles::plain(&[0, 1]));
        panes.follow_selections(1, 0.0);
        panes
    }

    fn select(panes: &mut Panes, pane: usize, rows: &[u32], now: f64) -> Option<BelongingRequest> {
        panes.maps[pane].selection = rows.iter().copied().collect();
        panes.maps[pane].styles_changed();
        panes.follow_selections(1, now);
        panes.links.selection.due(now + 1.0)
    }

    #[test]
    fn what_belongs_to_a_selection_is_selected_in_the_other_pane_and_asks_for_nothing_back() {
        let mut panes = two_panes(["item", "brand"]);
        let request = select(&mut panes, 0, &[4, 5], 1.0).expect("another table is on show");
        assert_eq!(
            (request.from.as_str(), &*request.rows, &*request.to),
            ("item", &[4, 5][..], &["brand".to_owned()][..])
        );
        panes.take_belonging(&request, 1, vec![[2].into()]);
        assert_eq!(panes.maps[1].selection, BTreeSet::from([2]));
        panes.follow_selections(1, 3.0);
        assert_eq!(panes.links.selection.due(9.0), None);
        let back = select(&mut panes, 1, &[7], 10.0).expect("the other pane was selected in");
        assert_eq!((back.from.as_str(), &*back.rows), ("brand", &[7][..]));
        panes.take_belonging(&request, 1, vec![[3].into()]);
        assert_eq!(panes.maps[1].selection, BTreeSet::from([7]), "a late answer is dropped");
    }

    #[test]
    fn panes_of_one_table_select_alike_at_once_and_nothing_selected_is_nothing_everywhere() {
        let mut panes = two_panes(["item", "item"]);
        assert_eq!(select(&mut panes, 1, &[3], 1.0), None);
        assert_eq!(panes.maps[0].selection, BTreeSet::from([3]));
        let mut panes = two_panes(["item", "brand"]);
        panes.maps[1].selection = BTreeSet::from([9]);
        panes.follow_selections(1, 1.0);
        select(&mut panes, 0, &[1], 2.0);
        assert_eq!(select(&mut panes, 0, &[], 4.0), None);
        assert!(panes.maps[1].selection.is_empty());
    }

    #[test]
    fn panes_that_are_not_linked_keep_to_themselves() {
        let mut panes = two_panes(["item", "item"]);
        panes.link_selections(false);
        assert_eq!(select(&mut panes, 0, &[3], 1.0), None);
        assert!(panes.maps[1].selection.is_empty());
        panes.maps[0].hovered = Some(3);
        panes.follow_pointer(1, 1.0);
        assert_eq!(panes.maps[1].pointed(), [3]);
        panes.link_pointers(false);
        panes.follow_pointer(1, 2.0);
        assert!(panes.maps[1].pointed().is_empty());
        let links = panes.kept_links();
        assert_eq!(links, KeptLinks { selections: false, pointers: false, cameras: false });
        let mut other = two_panes(["item", "item"]);
        assert_eq!(other.kept_links(), KeptLinks::default());
        other.restore_links(links);
        assert_eq!(other.kept_links(), links);
    }
}
