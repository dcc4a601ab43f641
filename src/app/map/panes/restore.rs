//! The panes as they are kept beside a run.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{PaneId, Panes, tiles};
use crate::app::map::{ColourBy, MapView};
use crate::run::{KeptPane, KeptTiles, KeptView, Run};

impl MapView {
    fn kept_pane(&self) -> KeptPane {
        let (size_by_count, size_by) = self.kept_size();
        KeptPane {
            table: self.table.clone(),
            colour_by: self.colour_by.name().to_owned(),
            size_by_count,
            size_by,
            types: self.shown_types().iter().cloned().collect(),
            view: self.own_view().map(|view| KeptView { centre: view.centre, scale: view.scale }),
        }
    }

    fn restore_pane(&mut self, run: &Run, kept: &KeptPane) {
        self.show_table(run, &kept.table);
        self.want(self.last_request(), 0.0);
        let choices = ColourBy::choices(run, &kept.table, false, false);
        if let Some(by) = choices.into_iter().find(|by| by.name() == kept.colour_by) {
            self.set_colour_by(by);
        }
        self.restore_size(run, kept.size_by_count, &kept.size_by);
        self.restore_types(kept.types.iter().cloned().collect());
        if let Some(view) = kept.view {
            self.see(view);
        }
    }
}

impl Panes {
    /// The panes by place, how they are arranged, and the place of the active one, if there are several.
    pub fn kept(&self) -> (Vec<KeptPane>, Option<KeptTiles>, usize) {
        // The other run of a comparison is not kept.
        let own: Vec<&MapView> = self.maps.iter().filter(|map| map.is_own()).collect();
        if own.len() < 2 && self.docked.is_empty() {
            return (Vec::new(), None, 0);
        }
        let place = |id: PaneId| own.iter().position(|map| map.id == id).unwrap_or(0);
        let mut others = self.maps.iter().filter(|map| !map.is_own());
        let tiles =
            others.try_fold(self.arranged.kept(), |tiles, other| tiles::without(tiles, &KeptTiles::Pane(other.id)));
        let tiles = tiles.map(|tiles| tiles.renamed(&|id| place(id) as u32));
        (own.iter().map(|map| map.kept_pane()).collect(), tiles, place(self.active))
    }

    /// Shows the panes that were kept, as far as `run` has their tables; none or one is one pane.
    pub fn restore(&mut self, run: &Run, panes: &[KeptPane], tiles: Option<&KeptTiles>, active: usize) {
        let known: Vec<&KeptPane> =
            panes.iter().filter(|pane| run.table(&pane.table).is_ok()).take(super::MOST).collect();
        let whole = known.len() == panes.len();
        self.end_comparison();
        while self.maps.len() > known.len().max(1) {
            let last = self.maps.iter().rev().map(|map| map.id).find(|id| *id != self.active);
            let Some(last) = last else { break };
            self.put_away(last);
        }
        self.closed.clear();
        if known.is_empty() || (known.len() == 1 && tiles.is_none_or(|tiles| tiles.panels().is_empty())) {
            return;
        }
        while self.maps.len() < known.len() {
            let from = &self.maps[self.at_hand];
            let map = MapView {
                id: self.next,
                kept: from.kept.clone(),
                generation: from.generation,
                most_discs: from.most_discs,
                ..MapView::default()
            };
            self.next += 1;
            self.maps.push(map);
        }
        for (map, kept) in self.maps.iter_mut().zip(&known) {
            map.restore_pane(run, kept);
        }
        let ids: Vec<PaneId> = self.maps.iter().map(|map| map.id).collect();
        let places: BTreeSet<u32> = tiles.map(|tiles| tiles.panes().into_iter().collect()).unwrap_or_default();
        let fits = whole
            && tiles.is_some_and(|tiles| tiles.panes().len() == ids.len())
            && places.iter().copied().eq(0..ids.len() as u32);
        let arranged = match tiles.filter(|_| fits) {
            Some(tiles) => tiles.clone().renamed(&|place| ids[place as usize]),
            None => tiles::plain(&ids),
        };
        self.arrange(&arranged);
        self.activate(ids.get(active).copied().unwrap_or(ids[0]));
        self.links.settle(&self.maps);
        self.links.follow_anew(self.active);
    }

    /// A number that is another one after what is seen has changed.
    pub fn seen_changes(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.active.hash(&mut hasher);
        for map in &self.maps {
            (map.id, map.seen_changes()).hash(&mut hasher);
        }
        if self.are_several() || !self.docked.is_empty() {
            format!("{:?}", (self.arranged.kept(), self.kept_links())).hash(&mut hasher);
        }
        hasher.finish()
    }
}
