//! Selecting: by a rectangle or a line drawn around points, added, taken away, turned around.

use std::collections::BTreeSet;

use eframe::egui::{self, Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui};

use super::MapView;
use super::camera::{Pace, View};
use crate::app::theme::Palette;
use crate::numbers;
use crate::picture::Colouring;

/// A line that is drawn gets a corner this many points after the last one.
const STEP: f32 = 3.0;

/// What happens to the rows that were caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// They are the selection.
    Replace,
    /// They are selected too.
    Add,
    /// They are not selected any more.
    Take,
    /// Of what was selected they alone still are.
    Common,
}

impl Join {
    /// What the keys ask for that are held down beside Shift.
    pub fn of(modifiers: egui::Modifiers) -> Self {
        if modifiers.command {
            Self::Add
        } else if modifiers.alt {
            Self::Take
        } else {
            Self::Replace
        }
    }

    /// Does it.
    pub fn apply(self, selection: &mut BTreeSet<u32>, rows: &[u32]) {
        match self {
            Self::Replace => *selection = rows.iter().copied().collect(),
            Self::Add => selection.extend(rows),
            Self::Take => selection.retain(|row| rows.binary_search(row).is_err()),
            Self::Common => selection.retain(|row| rows.binary_search(row).is_ok()),
        }
    }
}

/// A shape that is being drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Outline {
    /// From corner to corner.
    Rectangle(Pos2),
    /// Along the pointer's way.
    Lasso(Vec<Pos2>),
}

impl Outline {
    /// Follows the pointer.
    pub fn follow(&mut self, pointer: Pos2) {
        if let Self::Lasso(corners) = self
            && corners.last().is_none_or(|last| last.distance(pointer) >= STEP)
        {
            corners.push(pointer);
        }
    }
}

impl MapView {
    /// The rows in `outline` with the pointer at `end`, in order; hidden ones are left out.
    pub fn caught(&self, view: View, canvas: Rect, outline: &Outline, end: Pos2) -> Vec<u32> {
        let Some(layout) = &self.layout else { return Vec::new() };
        let shown = |row| self.is_shown(row);
        match outline {
            Outline::Rectangle(start) => {
                let (low, high) = view.map_rect(canvas, Rect::from_two_pos(*start, end));
                layout.places.within(low, high, shown)
            }
            Outline::Lasso(corners) => {
                let corners: Vec<[f32; 2]> =
                    corners.iter().chain([&end]).map(|&corner| view.map_from_screen(canvas, corner)).collect();
                layout.places.inside(&corners, shown)
            }
        }
    }

    /// Draws the shape with the number of points in it.
    pub fn paint_outline(&self, ui: &Ui, painter: &Painter, view: View, canvas: Rect) {
        let (Some(outline), Some(pointer)) = (&self.outline, ui.ctx().pointer_latest_pos()) else { return };
        let accent = Palette::of(ui).accent;
        let at = match outline {
            Outline::Rectangle(start) => {
                let rect = Rect::from_two_pos(*start, pointer).intersect(canvas);
                painter.rect(rect, 2.0, tinted(accent), Stroke::new(1.0, accent), StrokeKind::Inside);
                rect.left_top()
            }
            Outline::Lasso(corners) => {
                let corners: Vec<Pos2> = corners.iter().copied().chain([pointer]).collect();
                painter.add(Shape::closed_line(corners.clone(), Stroke::new(1.5, accent)));
                Rect::from_points(&corners).left_top()
            }
        };
        let count = self.caught(view, canvas, outline, pointer).len();
        let font = egui::TextStyle::Small.resolve(ui.style());
        painter.text(at + egui::vec2(4.0, -3.0), Align2::LEFT_BOTTOM, numbers::exact(count as u64), font, accent);
    }

    /// Selects what is not selected, of what is on the map and not hidden.
    pub fn invert_selection(&mut self) {
        let Some(layout) = &self.layout else { return };
        let rows = 0..layout.places.positions().len() as u32;
        let others = rows
            .filter(|&row| layout.places.get(row).is_some() && self.is_shown(row) && !self.selection.contains(&row));
        let others: BTreeSet<u32> = others.collect();
        self.remember();
        self.selection = others;
        self.styles_changed();
    }

    /// Selects `rows`, adds them or takes them away; they ascend.
    pub fn select_rows(&mut self, rows: &[u32], join: Join) {
        self.remember();
        join.apply(&mut self.selection, rows);
        self.styles_changed();
    }

    /// Selects what the search found.
    pub fn select_found(&mut self) {
        if !self.search.found().is_empty() {
            self.remember();
            self.selection = self.search.found().iter().copied().collect();
            self.styles_changed();
        }
    }

    /// Selects the points of `classes` of `colouring`, adds them or takes them away.
    pub fn select_classes(&mut self, colouring: &Colouring, classes: &BTreeSet<u32>, join: Join) {
        let own = (0..).zip(&colouring.classes).filter(|(_, class)| classes.contains(class));
        let rows: Vec<u32> = own.map(|(row, _)| row).collect();
        self.remember();
        join.apply(&mut self.selection, &rows);
        self.styles_changed();
    }

    /// Shows the selected points alone, as large as they fit.
    pub fn fit_selection(&mut self, now: f64) {
        let Some(layout) = &self.layout else { return };
        let places = self.selection.iter().filter_map(|&row| layout.places.get(row));
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for place in places {
            for axis in 0..2 {
                low[axis] = low[axis].min(place[axis]);
                high[axis] = high[axis].max(place[axis]);
            }
        }
        if low[0] > high[0] {
            return;
        }
        // One point has no extent: it is shown with a twentieth of the map around it.
        let (whole_low, whole_high) = layout.places.bounds();
        for axis in 0..2 {
            let least = (whole_high[axis] - whole_low[axis]) / 20.0;
            let lacking = ((least - (high[axis] - low[axis])) / 2.0).max(0.0);
            (low[axis], high[axis]) = (low[axis] - lacking, high[axis] + lacking);
        }
        let view = View::fitting(self.canvas.size(), self.covered(), low, high);
        self.remember();
        self.camera.follows = false;
        self.camera.go_to(view, now, Pace::CALM);
    }
}

fn tinted(colour: Color32) -> Color32 {
    colour.gamma_multiply(0.12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_caught_replaces_adds_or_is_taken_away() {
        let after = |join: Join| {
            let mut selection = BTreeSet::from([1, 2, 3]);
            join.apply(&mut selection, &[2, 9]);
            selection.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(after(Join::Replace), [2, 9]);
        assert_eq!(after(Join::Add), [1, 2, 3, 9]);
        assert_eq!(after(Join::Take), [1, 3]);
        assert_eq!(after(Join::Common), [2]);
    }
}
