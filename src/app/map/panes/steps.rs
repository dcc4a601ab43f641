//! Steps back and forth over all panes: what one of them shows, which of them are open.

use super::{Order, PaneId, Panes};
use crate::app::map::undo::Step;
use crate::run::KeptTiles;

/// Steps kept.
const MOST: usize = 100;

/// What to go back to.
#[derive(Debug, Clone, PartialEq)]
struct Whole {
    maps: Vec<(PaneId, Step)>,
    active: PaneId,
    tiles: KeptTiles,
}

impl Whole {
    fn ids(&self) -> impl Iterator<Item = PaneId> + '_ {
        self.maps.iter().map(|(id, _)| *id)
    }

    /// Whether going from `here` to this one changes anything; what a pane showed of another table is passed over.
    fn changes(&self, here: &Self) -> bool {
        let differs = |id: PaneId, step: &Step| {
            here.maps.iter().any(|(other, now)| *other == id && now.is_of_table_of(step) && now != step)
        };
        !self.ids().eq(here.ids()) || self.maps.iter().any(|(id, step)| differs(*id, step))
    }
}

/// Steps back and forth.
#[derive(Debug, Clone, Default)]
pub struct History {
    back: Vec<Whole>,
    forth: Vec<Whole>,
}

impl Panes {
    /// Keeps everything as it was before the changes of this frame, if there were any.
    pub fn collect_steps(&mut self) {
        if self.maps.iter().any(|map| map.before.is_some()) {
            self.remember_panes();
        }
    }

    /// Keeps everything as it is, before panes are opened or closed.
    pub(super) fn remember_panes(&mut self) {
        let step = self.whole();
        if self.history.back.last() != Some(&step) {
            self.history.back.push(step);
            if self.history.back.len() > MOST {
                self.history.back.remove(0);
            }
        }
        self.history.forth.clear();
    }

    /// Goes back one step.
    pub fn undo(&mut self, now: f64) {
        self.travel(|history| (&mut history.back, &mut history.forth), now);
    }

    /// Goes forth again.
    pub fn redo(&mut self, now: f64) {
        self.travel(|history| (&mut history.forth, &mut history.back), now);
    }

    /// Goes to the last step of the first list that changes anything; the way back is kept in the second.
    fn travel(&mut self, lists: fn(&mut History) -> (&mut Vec<Whole>, &mut Vec<Whole>), now: f64) {
        self.collect_steps();
        while let Some(step) = lists(&mut self.history).0.pop() {
            let here = self.whole();
            if step.changes(&here) {
                lists(&mut self.history).1.push(here);
                self.go_to_step(step, now);
                return;
            }
        }
    }

    fn whole(&mut self) -> Whole {
        let step = |map: &mut crate::app::map::MapView| (map.id, map.before.take().unwrap_or_else(|| map.step()));
        let mut maps: Vec<(PaneId, Step)> = self.maps.iter_mut().map(step).collect();
        maps.sort_by_key(|(id, _)| *id);
        Whole { maps, active: self.active, tiles: self.arranged.kept() }
    }

    fn go_to_step(&mut self, step: Whole, now: f64) {
        let wanted: Vec<PaneId> = step.ids().collect();
        let open: Vec<PaneId> = self.maps.iter().map(|map| map.id).collect();
        for id in wanted.iter().filter(|id| !open.contains(id)) {
            if let Some(at) = self.closed.iter().position(|map| map.id == *id) {
                let mut map = self.closed.remove(at);
                map.ordered = if map.is_done() { Order::Placed } else { Order::Due };
                self.maps.push(map);
            }
        }
        if open.iter().any(|id| !wanted.contains(id)) || wanted.iter().any(|id| !open.contains(id)) {
            if self.pane(step.active).is_some() {
                self.activate(step.active);
            }
            for id in open.into_iter().filter(|id| !wanted.contains(id)) {
                self.put_away(id);
            }
            if step.ids().all(|id| self.pane(id).is_some()) {
                self.arrange(&step.tiles);
            }
        }
        for (id, step) in step.maps {
            if let Some(map) = self.maps.iter_mut().find(|map| map.id == id)
                && step.is_of_table(&map.table)
                && step != map.step()
            {
                map.restore(step, now);
            }
        }
        self.links.settle(&self.maps);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn selections_come_back_in_order_and_go_forth_again() {
        let mut panes = Panes::default();
        "item".clone_into(&mut panes.table);
        for row in 0..3 {
            panes.remember();
            panes.selection = std::iter::once(row).collect();
            panes.collect_steps();
        }
        panes.undo(0.0);
        assert_eq!(panes.selection, BTreeSet::from([1]));
        panes.undo(0.0);
        panes.undo(0.0);
        assert!(panes.selection.is_empty());
        panes.undo(0.0);
        panes.redo(0.0);
        assert_eq!(panes.selection, BTreeSet::from([0]));
        panes.remember();
        panes.selection.clear();
        panes.redo(0.0);
        assert!(panes.selection.is_empty(), "a new step ends what could be redone");
    }

    #[test]
    fn steps_of_another_table_are_passed_over() {
        let mut panes = Panes::default();
        "brand".clone_into(&mut panes.table);
        panes.selection = BTreeSet::from([7]);
        panes.remember();
        panes.collect_steps();
        "item".clone_into(&mut panes.table);
        panes.selection = BTreeSet::from([1]);
        panes.undo(0.0);
        assert_eq!(panes.selection, BTreeSet::from([1]));
    }
}
