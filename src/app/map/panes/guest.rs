//! Another run beside the one on show: its map lies over that of the active pane, and follows it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::{PaneId, Panes, tiles};
use crate::app::map::MapView;
use crate::app::state::{Place, WindowState};
use crate::engine::jobs::{BesideMap, BesideRequest};
use crate::engine::{Command, NoticeLevel, ProjectionRequest, RunsCommand};
use crate::projection::Places;
use crate::run::Run;

/// Maps of the other run that are kept.
const MOST_KEPT: usize = 16;

/// A run that is shown beside the one on show.
#[derive(Debug)]
pub struct Guest {
    /// The run.
    pub run: Arc<Run>,
    /// Its folder.
    pub path: PathBuf,
}

/// The maps of the other run, and what was asked for.
#[derive(Debug, Default)]
pub struct Besides {
    kept: Vec<Arc<BesideMap>>,
    asked: Option<(ProjectionRequest, u64)>,
    /// A row of the other run that was clicked, by its table.
    clicked: Option<(String, u32)>,
}

/// The map of the run on show by both runs.
#[derive(Debug, Clone)]
pub struct Other {
    /// By the other run.
    pub map: Arc<BesideMap>,
    /// By the run on show.
    pub own: Arc<Places>,
}

impl MapView {
    /// The rows of the run on show that are `rows` of this pane.
    pub fn in_first(&self, rows: &BTreeSet<u32>) -> BTreeSet<u32> {
        match (&self.guest, &self.beside) {
            (None, _) => rows.clone(),
            (Some(_), Some(beside)) => rows.iter().filter_map(|&row| beside.shared.first(row)).collect(),
            (Some(_), None) => BTreeSet::new(),
        }
    }

    /// The rows of this pane that are `rows` of the run on show.
    pub fn of_first(&self, rows: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
        match (&self.guest, &self.beside) {
            (None, _) => rows.into_iter().collect(),
            (Some(_), Some(beside)) => rows.into_iter().filter_map(|row| beside.shared.second(row)).collect(),
            (Some(_), None) => BTreeSet::new(),
        }
    }

    /// Whether the IDs lie where the other run has them.
    pub fn lies_as_other(&self) -> bool {
        let both = self.other.as_ref().zip(self.layout.as_ref());
        both.is_some_and(|(other, layout)| Arc::ptr_eq(&layout.places, &other.map.as_first))
    }

    /// Where row `row` lies by the run that is not seen now.
    pub fn other_end(&self, row: u32) -> Option<[f32; 2]> {
        let other = self.other.as_ref()?;
        if self.lies_as_other() { other.own.get(row) } else { other.map.as_first.get(row) }
    }
}

impl Panes {
    /// The run beside the one on show, if there is one.
    pub fn guest(&self) -> Option<&Arc<Guest>> {
        self.maps.iter().find_map(|map| map.guest.as_ref())
    }

    /// Shows `guest` beside the active pane, in the place of the one before.
    pub fn show_guest(&mut self, guest: Guest) {
        self.end_comparison();
        if !self.may_split() {
            let last = self.maps.iter().rev().map(|map| map.id).find(|id| *id != self.active);
            last.into_iter().for_each(|id| self.put_away(id));
        }
        self.remember_panes();
        let host = &self.maps[self.at_hand];
        let map = MapView {
            id: self.next,
            guest: Some(Arc::new(guest)),
            generation: host.generation,
            size_by: host.size_by.clone(),
            palettes: host.palettes.clone(),
            most_discs: host.most_discs,
            ..MapView::default()
        };
        self.next += 1;
        self.arrange(&tiles::split(self.arranged.kept(), self.active, map.id, true));
        self.maps.push(map);
        self.cameras.by_comparison = true;
    }

    /// Shows the run on show alone.
    pub fn end_comparison(&mut self) {
        let guests: Vec<PaneId> = self.maps.iter().filter(|map| map.guest.is_some()).map(|map| map.id).collect();
        for id in guests {
            self.put_away(id);
        }
        for map in &mut self.maps {
            map.other = None;
        }
        self.besides = Besides::default();
        self.cameras.by_comparison = false;
    }

    /// Has the maps of the other run show what the active pane shows; the map that is to be asked for.
    fn follow_host(&mut self, now: f64) -> Option<BesideRequest> {
        let guest = Arc::clone(self.guest()?);
        let at = self.maps.iter().position(|map| map.id == self.active)?;
        let host = &self.maps[at];
        let (table, by, sized) = (host.table.clone(), host.colour_by.clone(), host.size_by.clone());
        let done = host.result().cloned();
        guest.run.table(&table).ok()?;
        for map in self.maps.iter_mut().filter(|map| map.guest.is_some()) {
            if map.table != table {
                map.show_table(&guest.run, &table);
            }
            map.set_colour_by(by.clone());
            if map.size_by != sized {
                map.size_points_by(sized.clone());
            }
        }
        let done = done?;
        let fits =
            |map: &&Arc<BesideMap>| map.result.request == done.request && map.result.generation == done.generation;
        let Some(beside) = self.besides.kept.iter().find(fits).cloned() else {
            let asked = (done.request.clone(), done.generation);
            if self.besides.asked.as_ref() == Some(&asked) {
                return None;
            }
            self.besides.asked = Some(asked);
            return Some(BesideRequest {
                run: Arc::clone(&guest.run),
                request: done.request.clone(),
                onto: Arc::clone(&done.coordinates),
            });
        };
        let mut arrived = false;
        for map in self.maps.iter_mut().filter(|map| map.guest.is_some()) {
            if map.beside.as_ref().is_none_or(|shown| !Arc::ptr_eq(shown, &beside)) {
                map.beside = Some(Arc::clone(&beside));
                map.show_other(Arc::new(beside.result.clone()), Arc::clone(&beside.places), now);
                map.regions.give(&beside.places, &beside.regions);
                arrived = true;
            }
        }
        let host = &mut self.maps[at];
        if host.other.as_ref().is_none_or(|other| !Arc::ptr_eq(&other.map, &beside)) {
            host.other = host.layout.as_ref().map(|layout| Other { map: beside, own: Arc::clone(&layout.places) });
        }
        if arrived {
            self.links.follow_anew(self.active);
        }
        None
    }

    /// Takes a map of the other run.
    pub fn take_beside(&mut self, map: Arc<BesideMap>) {
        self.besides.kept.retain(|kept| kept.result.request != map.result.request);
        self.besides.kept.push(map);
        if self.besides.kept.len() > MOST_KEPT {
            self.besides.kept.remove(0);
        }
    }

    /// Lets the points of the active map move to where the other run has them, or back.
    pub fn change_places(&mut self, now: f64) {
        let as_other = self.lies_as_other();
        let Some(other) = self.other.clone() else { return };
        let Some(result) = self.result().cloned() else { return };
        let places = if as_other { other.own } else { Arc::clone(&other.map.as_first) };
        self.show_other(result, places, now);
        self.styles_changed();
    }

    /// A row of the pane at hand was clicked; `None` if that is one of the other run: the ID is pinned after this frame.
    pub fn clicked(&mut self, row: u32) -> Option<u32> {
        if self.guest.is_none() {
            return Some(row);
        }
        self.besides.clicked = Some((self.table.clone(), row));
        None
    }
}

impl WindowState {
    /// Shows two runs by their maps, the run on show at the left.
    pub fn compare_maps(&mut self, pair: [PathBuf; 2]) {
        let on_show = self.run.as_ref().and_then(|shown| shown.path.clone());
        let [first, second] = pair;
        if on_show.as_ref() == Some(&second) {
            self.beside = Some([second, first]);
        } else {
            self.beside = Some([first, second]);
        }
        self.open_beside();
        if let Some([first, _]) = self.beside.clone().filter(|[first, _]| on_show.as_ref() != Some(first)) {
            self.replace_run(vec![Command::OpenRun(first)]);
        }
    }

    /// Opens the run that is wanted beside the one on show, once that is there.
    pub fn open_beside(&mut self) {
        let on_show = self.run.as_ref().and_then(|shown| shown.path.as_ref());
        if let Some([first, second]) = &self.beside
            && on_show == Some(first)
        {
            let second = second.clone();
            self.send(Command::Runs(RunsCommand::OpenBeside(second)));
        }
    }

    /// Takes the run that was opened beside the one on show.
    pub fn take_guest(&mut self, run: Arc<Run>, path: PathBuf) {
        let Some(shown) = self.run.as_ref() else { return };
        if self.beside.as_ref().is_none_or(|[first, second]| shown.path.as_ref() != Some(first) || *second != path) {
            return;
        }
        self.beside = None;
        if run.table_names().into_iter().all(|table| shown.run.table(table).is_err()) {
            let words = format!("{} and the run on show have no table in common", run.metadata.name);
            return self.notices.tell(NoticeLevel::Warning, words);
        }
        self.map.show_guest(Guest { run, path });
        self.go(Place::Map);
    }

    /// Has the maps of the other run follow.
    pub fn follow_guest(&mut self) {
        if self.is_training() {
            return;
        }
        if let Some(request) = self.map.follow_host(self.now) {
            self.send(Command::ProjectBeside(Box::new(request)));
        }
        let Some((table, row)) = self.map.besides.clicked.take() else { return };
        let guest = self.map.maps.iter().find(|map| map.guest.is_some() && map.table == table);
        let own = guest.and_then(|map| map.beside.as_ref()?.shared.first(row));
        match (own, self.map.guest()) {
            (Some(own), _) => self.pin(&table, own),
            (None, Some(guest)) => {
                let id = guest.run.table(&table).map_or(String::new(), |table| table.vocabulary.id(row).to_owned());
                self.notices.tell(NoticeLevel::Info, format!("The run on show has no {table} {id}"));
            }
            (None, None) => {}
        }
    }
}
