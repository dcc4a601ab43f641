//! What can be undone on a map: selections, views, colours, what is hidden. The steps of all panes are kept together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::MapView;
use super::camera::{Pace, View};
use crate::picture::{ColourBy, Palettes, SizeBy};
use crate::projection::Orbit;
use crate::run::NamedSet;

/// What to go back to.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    table: String,
    selection: BTreeSet<u32>,
    view: Option<View>,
    colour_by: ColourBy,
    hidden: BTreeSet<u32>,
    sets: Arc<Vec<NamedSet>>,
    contours: bool,
    types: BTreeSet<String>,
    size_by: SizeBy,
    palettes: Palettes,
    orbit: Orbit,
    dims: usize,
}

impl Step {
    /// Whether it shows `table`.
    pub fn is_of_table(&self, table: &str) -> bool {
        self.table == table
    }

    /// Whether both show one table.
    pub fn is_of_table_of(&self, other: &Self) -> bool {
        self.table == other.table
    }
}

impl MapView {
    /// Keeps selection, view and colours as they are, before they change.
    pub fn remember(&mut self) {
        if self.before.is_none() {
            self.before = Some(self.step());
        }
    }

    /// How it is now.
    pub fn step(&self) -> Step {
        Step {
            table: self.table.clone(),
            selection: self.selection.clone(),
            view: self.camera.target(),
            colour_by: self.colour_by.clone(),
            hidden: self.hidden.clone(),
            sets: Arc::clone(&self.sets),
            contours: self.contours.shown,
            types: self.shown_types().clone(),
            size_by: self.size_by.clone(),
            palettes: self.palettes.clone(),
            orbit: self.orbit.target(),
            dims: self.dims,
        }
    }

    /// Shows it as it was.
    pub fn restore(&mut self, step: Step, now: f64) {
        self.selection = step.selection;
        self.set_colour_by(step.colour_by);
        self.hidden = step.hidden;
        self.sets = step.sets;
        self.contours.shown = step.contours;
        self.restore_types(step.types);
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
