//! Lines of equal density over the points: of all that are shown or, where something is selected, of the selection.

use std::sync::Arc;

use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, Ui};

use super::MapView;
use super::asked_density::AskedDensity;
use super::camera::View;
use crate::app::theme::Palette;
use crate::engine::Question;
use crate::picture::contour_strength;
use crate::projection::{Contour, DensityOf};

/// Why a map of three axes has none.
pub const WHY_FLAT: &str = "Density lines lie in the plane of a flat map; a cloud of three axes has none (D shows two)";

/// Whether density lines are on show, and those of the map on show.
#[derive(Debug, Clone, Default)]
pub struct Contours {
    /// Whether they are on show.
    pub shown: bool,
    density: AskedDensity,
    found: Option<Arc<[Contour]>>,
}

impl MapView {
    /// The rows on the map that the legend does not hide, rising; `None`: it hides none.
    pub(super) fn shown_rows(&self) -> Option<Arc<[u32]>> {
        let places = &self.layout.as_ref()?.places;
        let rows = 0..places.positions().len() as u32;
        let is_shown = |row: &u32| self.is_shown(*row) && places.get(*row).is_some();
        (!self.hidden.is_empty()).then(|| rows.filter(is_shown).collect())
    }

    /// The points whose density is seen: all that are shown or, where something is selected, what of that is shown. `None`
    /// before there is a map, and where it has three axes.
    pub fn density_of(&self) -> Option<DensityOf> {
        let places = &self.layout.as_ref().filter(|layout| layout.solid.is_none())?.places;
        let selected = || self.selection.iter().copied().filter(|&row| self.is_shown(row)).collect();
        let rows = if self.selection.is_empty() { self.shown_rows() } else { Some(selected()) };
        Some(DensityOf { places: Arc::clone(places), rows })
    }

    /// Shows density lines or does not, from now on.
    pub fn show_contours(&mut self, shown: bool) {
        self.remember();
        self.contours.shown = shown;
    }

    /// What is to be asked for the density lines of what is seen now.
    pub fn ask_contours(&mut self) -> Option<Question> {
        if !self.contours.shown || !self.is_done() || self.is_solid() {
            return None;
        }
        if !self.contours.density.has_to_look(&self.layout.as_ref()?.places, self.changes) {
            return None;
        }
        let wanted = self.density_of()?;
        // Lines of the same map stay until others are there.
        if !self.contours.density.is_on(&wanted.places) {
            self.contours.found = None;
        }
        self.contours.density.want(wanted).map(Question::Contours)
    }

    /// Takes density lines, if they are those that were asked for last.
    pub fn take_contours(&mut self, of: &DensityOf, found: Arc<[Contour]>) {
        if self.contours.density.is(of) {
            self.contours.found = Some(found);
        }
    }

    /// How many density lines are on show.
    pub fn contour_count(&self) -> usize {
        self.shown_contours().len()
    }

    fn shown_contours(&self) -> &[Contour] {
        let of_now = self.layout.as_ref().is_some_and(|layout| self.contours.density.is_on(&layout.places));
        self.contours.found.as_deref().filter(|_| of_now && self.contours.shown).unwrap_or_default()
    }

    /// Draws the density lines.
    pub fn paint_contours(&self, ui: &Ui, painter: &Painter, canvas: Rect, view: View) {
        let palette = Palette::of(ui);
        let ink = if self.selection.is_empty() { palette.strong } else { palette.accent };
        for contour in self.shown_contours() {
            let corners: Vec<Pos2> = contour.corners.iter().map(|&at| view.screen_from_map(canvas, at)).collect();
            if !Rect::from_points(&corners).intersects(canvas) {
                continue;
            }
            // The ground's colour on both sides keeps a hairline apart from points of its own.
            painter.add(Shape::closed_line(corners.clone(), Stroke::new(2.5, palette.canvas.gamma_multiply(0.45))));
            let colour = ink.gamma_multiply(contour_strength(contour.share));
            painter.add(Shape::closed_line(corners, Stroke::new(1.0, colour)));
        }
    }
}
