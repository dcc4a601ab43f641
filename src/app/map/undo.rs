//! What can be undone on the map: selections, views, colours, what is hidden.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::MapView;
use super::camera::{Pace, View};
use crate::picture::{ColourBy, Palettes, SizeBy};
use crate::projection::Orbit;
use crate::run::NamedSet;

/// Steps kept.
const MOST: usize = 100;

/// What to go back to.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    table: String,
    selection: BTreeSet<u32>,
    view: Option<View>,
    colour_by: ColourBy,
    hidden: BTreeSet<u32>,
    sets: Arc<Vec<NamedSet>>,
    contours: bool,
    size_by: SizeBy,
    palettes: Palettes,
    orbit: Orbit,
    dims: usize,
}

/// Steps back and forth.
#[derive(Debug, Clone, Default)]
pub struct History {
    back: Vec<Step>,
    forth: Vec<Step>,
}

impl MapView {
    /// Keeps selection, view and colours as they are, before they change.
    pub fn remember(&mut self) {
        let step = self.step();
        if self.history.back.last() != Some(&step) {
            self.history.back.push(step);
            self.history.forth.clear();
            if self.history.back.len() > MOST {
                self.history.back.remove(0);
            }
        }
    }

    /// Goes back one step. Steps of other tables are passed over.
    pub fn undo(&mut self, now: f64) {
        while let Some(step) = self.history.back.pop() {
            let here = self.step();
            if step.table == self.table && step != here {
                self.history.forth.push(here);
                self.restore(step, now);
                return;
            }
        }
    }

    /// Goes forth again.
    pub fn redo(&mut self, now: f64) {
        while let Some(step) = self.history.forth.pop() {
            let here = self.step();
            if step.table == self.table && step != here {
                self.history.back.push(here);
                self.restore(step, now);
                return;
            }
        }
    }

    fn step(&self) -> Step {
        Step {
            table: self.table.clone(),
            selection: self.selection.clone(),
            view: self.camera.target(),
            colour_by: self.colour_by.clone(),
            hidden: self.hidden.clone(),
            sets: Arc::clone(&self.sets),
            contours: self.contours.shown,
            size_by: self.size_by.clone(),
            palettes: self.palettes.clone(),
            orbit: self.orbit.target(),
            dims: self.dims,
        }
    }

    fn restore(&mut self, step: Step, now: f64) {
        self.selection = step.selection;
        self.set_colour_by(step.colour_by);
        self.hidden = step.hidden;
        self.sets = step.sets;
        self.contours.shown = step.contours;
        self.size_points_by(step.size_by);
        self.palettes = step.palettes;
        self.orbit.go_to(step.orbit, now, Pace::CALM);
        self.restore_dims(step.dims, now);
        if let Some(view) = step.view {
            self.camera.follows = false;
            self.camera.go_to(view, now, Pace::CALM);
        }
        self.styles_changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_come_back_in_order_and_go_forth_again() {
        let mut map = MapView { table: "item".to_owned(), ..MapView::default() };
        for row in 0..3 {
            map.remember();
            map.selection = std::iter::once(row).collect();
        }
        map.undo(0.0);
        assert_eq!(map.selection, BTreeSet::from([1]));
        map.undo(0.0);
        map.undo(0.0);
        assert!(map.selection.is_empty());
        map.undo(0.0);
        map.redo(0.0);
        assert_eq!(map.selection, BTreeSet::from([0]));
        map.remember();
        map.selection.clear();
        map.redo(0.0);
        assert!(map.selection.is_empty(), "a new step ends what could be redone");
    }

    #[test]
    fn steps_of_another_table_are_passed_over() {
        let mut map = MapView { table: "brand".to_owned(), ..MapView::default() };
        map.selection = BTreeSet::from([7]);
        map.remember();
        map.table = "item".to_owned();
        map.selection = BTreeSet::from([1]);
        map.undo(0.0);
        assert_eq!(map.selection, BTreeSet::from([1]));
    }
}
