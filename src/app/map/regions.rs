//! Names of the map's dense regions, larger than those of points; they fade as one zooms in.

use std::sync::Arc;

use eframe::egui::{Color32, Pos2, Rect, Ui, vec2};

use super::MapView;
use super::camera::View;
use crate::app::theme::{Palette, semibold};
use crate::engine::jobs::NamedRegion;
use crate::engine::{Question, RegionsRequest};
use crate::picture::shortened;
use crate::projection::Places;

/// Size of the letters.
const SIZE: f32 = 15.0;
/// How far one is zoomed in where names begin to fade, and where they are gone.
const FADING: std::ops::Range<f32> = 2.5..6.0;
/// Opacity of the name of the farthest region of a map of three axes.
const FAR: f32 = 0.4;
/// Characters of the longest name.
const LONGEST: usize = 28;

/// Whether regions are named, and the names of the map on show.
#[derive(Debug, Clone)]
pub struct Regions {
    /// Whether their names are on show.
    pub shown: bool,
    /// The map that was asked about.
    asked: Option<Arc<Places>>,
    found: Option<Arc<[NamedRegion]>>,
}

impl Default for Regions {
    fn default() -> Self {
        Self { shown: true, asked: None, found: None }
    }
}

impl Regions {
    /// Takes names that came with a map.
    pub fn give(&mut self, places: &Arc<Places>, found: &Arc<[NamedRegion]>) {
        (self.asked, self.found) = (Some(Arc::clone(places)), Some(Arc::clone(found)));
    }
}

impl MapView {
    /// What is to be asked about the regions of the map on show, once it is done.
    pub fn ask_regions(&mut self) -> Option<Question> {
        if !self.regions.shown || !self.is_done() {
            return None;
        }
        let places = self.layout.as_ref()?.base();
        if self.regions.asked.as_ref().is_some_and(|asked| Arc::ptr_eq(asked, places)) {
            return None;
        }
        (self.regions.asked, self.regions.found) = (Some(Arc::clone(places)), None);
        Some(Question::Regions(RegionsRequest { table: self.table.clone(), places: Arc::clone(places) }))
    }

    /// Takes the names of regions, if they are those of the map on show.
    pub fn take_regions(&mut self, request: &RegionsRequest, found: Arc<[NamedRegion]>) {
        if self.regions.asked.as_ref().is_some_and(|asked| Arc::ptr_eq(asked, &request.places)) {
            self.regions.found = Some(found);
        }
    }

    /// The names of the regions on show, largest first.
    pub fn region_names(&self) -> Vec<String> {
        self.named_regions().iter().map(|region| region.name.clone()).collect()
    }

    fn named_regions(&self) -> &[NamedRegion] {
        let of_now = self.layout.as_ref().zip(self.regions.asked.as_ref());
        let of_now = of_now.is_some_and(|(layout, asked)| Arc::ptr_eq(layout.base(), asked));
        self.regions.found.as_deref().filter(|_| of_now && self.regions.shown).unwrap_or_default()
    }

    /// Draws the names clear of what is `taken`, and adds the rooms that they take.
    pub fn paint_regions(&self, ui: &Ui, free: Rect, (canvas, view): (Rect, View), taken: &mut Vec<Rect>) {
        let zoom = self.camera.zoom();
        let strength = 1.0 - ((zoom - FADING.start) / (FADING.end - FADING.start)).clamp(0.0, 1.0);
        // A selection is what is looked at; the names step back.
        let strength = strength * if self.selection.is_empty() { 1.0 } else { 0.45 };
        if strength <= 0.0 {
            return;
        }
        let palette = Palette::of(ui);
        let painter = ui.painter_at(free);
        for region in self.named_regions() {
            let text = shortened(&region.name, LONGEST);
            let galley = painter.layout_no_wrap(text, semibold(SIZE), palette.strong);
            let Some((place, nearness)) = self.seen_place(&region.place) else { continue };
            let corner = view.screen_from_map(canvas, place) - galley.size() / 2.0;
            let room = Rect::from_min_size(corner, galley.size()).expand2(vec2(6.0, 3.0));
            if !free.contains_rect(room) || taken.iter().any(|other| other.intersects(room)) {
                continue;
            }
            taken.push(room);
            // On a map of three axes what is far steps back.
            let strength = strength * (FAR + (1.0 - FAR) * nearness);
            halo(&painter, corner, &galley, palette.canvas.gamma_multiply(0.9 * strength));
            painter.galley_with_override_text_color(corner, galley, palette.strong.gamma_multiply(strength));
        }
    }
}

/// The ground's colour around letters, so that they can be read over points.
fn halo(painter: &eframe::egui::Painter, corner: Pos2, galley: &Arc<eframe::egui::Galley>, colour: Color32) {
    for (x, y) in [(-1.5, 0.0), (1.5, 0.0), (0.0, -1.5), (0.0, 1.5), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (1.0, -1.0)]
    {
        painter.galley_with_override_text_color(corner + vec2(x, y), Arc::clone(galley), colour);
    }
}
