//! Maps of three axes: from which side they are seen, and the choice between two axes and three.

use std::sync::Arc;

use eframe::egui::{
    Align2, Button, Color32, CornerRadius, FontId, Frame, Margin, Painter, Rect, RichText, Stroke, Ui, Vec2, vec2,
};

use super::MapView;
use super::camera::{Pace, View};
use crate::app::projection::Chosen;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::engine::{Command, ProjectionRequest};
use crate::projection::{Orbit, growth, pointed_at};
use crate::run::TableView;

/// Radians that a map is turned by for each point of the screen that it is dragged.
const SPEED: f32 = 0.008;
/// How opaque the farthest points are by the nearest.
const FAR: f32 = 0.3;
/// Length of the axes in the corner.
const AXIS: f32 = 22.0;

/// The side that a map of three axes is seen from, with what moves it.
#[derive(Debug, Clone, Default)]
pub struct OrbitView {
    orbit: Orbit,
    /// From, to, since, pace.
    glide: Option<(Orbit, Orbit, f64, Pace)>,
}

impl OrbitView {
    /// The side at `now`, and whether it moves on.
    pub fn seen_from(&mut self, now: f64) -> (Orbit, bool) {
        if let Some((from, to, since, pace)) = self.glide {
            let part = pace.part(since, now);
            self.orbit = if part >= 1.0 { to } else { from.mix(to, part) };
            if part >= 1.0 {
                self.glide = None;
            }
        }
        (self.orbit, self.glide.is_some())
    }

    /// The side where it is or where it glides to.
    pub fn target(&self) -> Orbit {
        self.glide.map_or(self.orbit, |(_, to, ..)| to)
    }

    /// Turns by a drag of `delta` points of the screen.
    pub fn drag(&mut self, delta: Vec2) {
        self.orbit = self.target().moved(delta.x * SPEED, delta.y * SPEED);
        self.glide = None;
    }

    /// Glides to `orbit`.
    pub fn go_to(&mut self, orbit: Orbit, now: f64, pace: Pace) {
        if self.target() != orbit {
            let (from, _) = self.seen_from(now);
            self.glide = Some((from, orbit, now, pace));
        }
    }

    /// Sees from `orbit` at once.
    pub fn set(&mut self, orbit: Orbit) {
        *self = Self { orbit, glide: None };
    }
}

impl MapView {
    /// Whether the map on show has three axes.
    pub fn is_solid(&self) -> bool {
        self.layout.as_ref().is_some_and(|layout| layout.solid.is_some())
    }

    /// Brings the places of a map of three axes to where they are seen from now; `true` as long as that moves.
    pub fn refresh_orbit(&mut self, now: f64) -> bool {
        let Some(layout) = self.layout.as_mut() else { return false };
        let Some(solid) = &layout.solid else { return false };
        let (orbit, moves) = self.orbit.seen_from(now);
        if layout.seen_from != orbit {
            let seen = solid.seen_from(orbit);
            (layout.places, layout.nearness, layout.seen_from) = (Arc::new(seen.places), seen.nearness, orbit);
            self.turns += 1;
        }
        moves
    }

    /// The row that the pointer is over, at `at` on the map: on a map of three axes the one in front.
    pub fn pointed_at(&self, at: [f32; 2], reach: f32, view: View, table: &TableView<'_>) -> Option<u32> {
        let layout = self.layout.as_ref()?;
        let shown = |row: u32| self.is_shown(row);
        if layout.solid.is_none() {
            return layout.places.nearest(at, reach, shown);
        }
        let radius = |row: u32| self.radius_on_screen(table, row) / view.scale;
        pointed_at(&layout.places, &layout.nearness, (at, reach), radius, shown)
    }

    /// How much larger row `row` is drawn for how near it is, and how opaque.
    pub fn depth_of(&self, row: u32) -> (f32, f32) {
        let near = self.layout.as_ref().and_then(|layout| layout.nearness.get(row as usize));
        near.map_or((1.0, 1.0), |&near| (growth(near), FAR + (1.0 - FAR) * near))
    }

    /// Draws where the three axes point to, in the corner above the caption.
    pub fn paint_axes(&self, ui: &Ui, painter: &Painter, canvas: Rect) {
        let Some(layout) = self.layout.as_ref().filter(|layout| layout.solid.is_some()) else { return };
        let palette = Palette::of(ui);
        let middle = canvas.left_bottom() + vec2(12.0 + AXIS + 10.0, -(44.0 + AXIS));
        let mut axes = [0, 1, 2].map(|axis| {
            let unit = [0, 1, 2].map(|other| if other == axis { 1.0 } else { 0.0 });
            (layout.seen_from.seen(unit), ["1", "2", "3"][axis])
        });
        axes.sort_by(|(a, _), (b, _)| a[2].total_cmp(&b[2]));
        for ([right, up, near], name) in axes {
            let ink = palette.text.gamma_multiply(0.65 + 0.35 * near);
            let tip = vec2(right, -up) * AXIS;
            painter.line_segment([middle, middle + tip], Stroke::new(1.25, ink));
            let beyond = middle + tip + vec2(right, -up) * 8.0;
            painter.text(beyond, Align2::CENTER_CENTER, name, FontId::proportional(SMALL), ink);
        }
    }
}

/// Shows the table by the method of the map on show on `dims` axes: at once where that takes moments or was made before,
/// else what it takes is asked for.
pub fn set_dims(state: &mut WindowState, dims: usize) {
    let training = state.is_training();
    let Some(shown) = state.map.request().cloned() else { return };
    if state.map.dims == dims {
        return;
    }
    state.map.remember();
    state.map.dims = dims;
    let chosen = Chosen::of(&shown.settings.method);
    if training {
        let request = ProjectionRequest::pca(shown.table, dims);
        state.show_map(request.clone());
        state.outbox.push(Command::FollowTraining(Some(request)));
    } else if let Some(request) = state.map.kept_request(chosen).cloned() {
        state.show_map(request);
    } else if chosen.unfolds() {
        state.projection.chosen = chosen;
        state.projection.open = true;
        state.map.close_list();
    } else {
        let mut request = shown;
        (request.settings.dims, request.settings.start) = (dims, None);
        state.show_map(request);
    }
}

/// The choice in the toolbar.
pub fn choice(ui: &mut Ui, state: &mut WindowState, widest: usize) {
    let palette = Palette::of(ui);
    let ground = Frame::new().fill(palette.hairline).corner_radius(CornerRadius::same(6)).inner_margin(Margin::same(2));
    let mut picked = None;
    ground.show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding.x = 4.0;
        ui.spacing_mut().interact_size.y = 22.0;
        ui.horizontal(|ui| {
            let hints = ["Two axes (D)", "Three axes: drag turns the map, right drag moves it (D)"];
            for (dims, hint) in [2, 3].into_iter().zip(hints) {
                let on = state.map.dims == dims;
                let (fill, ink) =
                    if on { (palette.raised, palette.strong) } else { (Color32::TRANSPARENT, palette.weak) };
                let button = Button::new(RichText::new(format!("{dims}D")).color(ink))
                    .selected(on)
                    .fill(fill)
                    .stroke(Stroke::NONE)
                    .corner_radius(CornerRadius::same(5))
                    .min_size(vec2(30.0, 22.0));
                let response = ui.add_enabled(dims <= widest, button).on_hover_text(hint);
                if response.on_disabled_hover_text("The vectors of this table have two dimensions alone").clicked() {
                    picked = Some(dims);
                }
            }
        });
    });
    if let Some(dims) = picked {
        set_dims(state, dims);
    }
}

/// Shows three axes instead of two, or two instead of three.
pub fn switch_dims(state: &mut WindowState) {
    let run = state.run.as_ref().map(|shown| Arc::clone(&shown.run));
    let widest = run.and_then(|run| Some(run.table(&state.map.table).ok()?.vectors.ncols())).unwrap_or(0);
    let dims = if state.map.dims == 2 { 3 } else { 2 };
    if dims <= widest && state.map.has_points() {
        set_dims(state, dims);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_that_is_glided_to_is_reached_and_a_drag_ends_the_glide() {
        let mut view = OrbitView::default();
        let there = Orbit { turn: -1.0, tilt: 0.1 };
        view.go_to(there, 1.0, Pace::CALM);
        assert!(view.seen_from(1.1).1 && view.target() == there);
        assert_eq!(view.seen_from(2.0), (there, false));
        view.go_to(Orbit::default(), 3.0, Pace::CALM);
        view.drag(vec2(10.0, 0.0));
        let (orbit, moves) = view.seen_from(3.1);
        assert!(!moves && (orbit.turn - Orbit::default().turn - 10.0 * SPEED).abs() < 1e-6, "{orbit:?}");
    }
}
