//! The canvas: points, rings and labels, and what the pointer does to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{self, Color32, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo};
use eframe::emath::GuiRounding;

use super::camera::View;
use super::{MapView, draw, hover, labels};
use crate::app::state::WindowState;
use crate::app::theme::Palette;
use crate::numbers;
use crate::run::{Run, TableView};

/// How near the pointer must come to a point, in points of the screen.
const REACH: f32 = 9.0;
/// Selected points that get a ring each; more of them are seen well enough.
const MOST_RINGS: usize = 300;

/// What the pointer asked for.
enum Wish {
    Pin(u32),
    Toggle(u32),
    Select { rows: Vec<u32>, add: bool },
    Unselect,
}

/// Rows that stand out beside the selected ones.
struct Marked {
    pinned: Option<u32>,
    lit: BTreeSet<u32>,
}

/// Draws the map of the run on show into the room that is left, and does what the pointer asks.
pub fn show_canvas(ui: &mut Ui, state: &mut WindowState) -> Response {
    let now = ui.input(|input| input.time);
    let canvas = ui.available_rect_before_wrap().round_to_pixels(ui.pixels_per_point());
    let response = ui.allocate_rect(canvas, Sense::click_and_drag());
    let name = format!("Map of {}", numbers::plural(&state.map.table));
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Canvas, true, &name));
    ui.painter().rect_filled(canvas, 0.0, Palette::of(ui).canvas);
    let Some(run) = state.run.as_ref().map(|shown| Arc::clone(&shown.run)) else { return response };
    let Ok(table) = run.table(&state.map.table) else { return response };

    let marked = Marked {
        pinned: state.inspector.row_in(&state.map.table),
        lit: state.inspector.lit_rows(&state.map.table, &state.map.selection),
    };
    let map = &mut state.map;
    map.resize(canvas, now);
    map.refresh_colouring(&run, &table);
    map.refresh_scene(&table, ui.visuals().dark_mode, &marked.lit);
    let wish = map.steer(ui, canvas, &response, now);
    map.paint(ui, canvas, &run, &table, &marked, now);

    match wish {
        Some(Wish::Pin(row)) => {
            let table = state.map.table.clone();
            state.pin(&table, row);
        }
        Some(Wish::Toggle(row)) => {
            state.map.remember();
            if !state.map.selection.remove(&row) {
                state.map.selection.insert(row);
            }
            state.map.styles_changed();
        }
        Some(Wish::Select { rows, add }) => {
            state.map.remember();
            if !add {
                state.map.selection.clear();
            }
            state.map.selection.extend(rows);
            state.map.styles_changed();
        }
        Some(Wish::Unselect) => state.map.clear_selection(),
        None => {}
    }
    response
}

impl MapView {
    /// Fits the points when they or the canvas are new, as long as the user has not moved the view.
    fn resize(&mut self, canvas: Rect, now: f64) {
        let Some(layout) = &self.layout else {
            self.canvas = canvas;
            return;
        };
        let (low, high) = layout.grid.bounds();
        let wanted = (layout.since, canvas.size(), self.covered());
        if self.camera.follows && self.fitted != Some(wanted) {
            let resized = self.fitted.is_some_and(|(since, ..)| since == layout.since);
            self.camera.fit(canvas.size(), self.covered(), low, high, now);
            if resized {
                self.camera.arrive();
            }
            self.fitted = Some(wanted);
        }
        self.canvas = canvas;
    }

    /// What the pointer and the wheel do.
    fn steer(&mut self, ui: &Ui, canvas: Rect, response: &Response, now: f64) -> Option<Wish> {
        let modifiers = ui.input(|input| input.modifiers);
        let pointer = response.hover_pos();
        if let Some(at) = pointer.filter(|_| response.hovered()) {
            let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = (scroll * 0.004).exp() * pinch;
            if factor != 1.0 {
                self.camera.zoom_at(canvas, at, factor);
            }
        }
        if response.drag_started() {
            self.remember();
            if modifiers.shift {
                // Where the button went down; by now the pointer has moved on.
                self.rectangle = ui.input(|input| input.pointer.press_origin());
            }
        }
        if response.dragged() && self.rectangle.is_none() {
            self.camera.pan(response.drag_delta());
        }
        let (view, gliding) = self.camera.view(now);
        let (Some(view), Some(layout)) = (view, &self.layout) else { return None };
        if gliding || layout.blend(now) < 1.0 {
            ui.ctx().request_repaint();
        }
        if response.drag_stopped()
            && let (Some(start), Some(end)) = (self.rectangle.take(), response.interact_pointer_pos())
        {
            let (low, high) = view.map_rect(canvas, Rect::from_two_pos(start, end));
            let rows = layout.grid.within(&layout.positions, low, high, |row| self.is_shown(row));
            return Some(Wish::Select { rows, add: modifiers.command });
        }
        self.hovered = pointer.filter(|_| response.hovered() && self.rectangle.is_none()).and_then(|at| {
            let place = view.map_from_screen(canvas, at);
            layout.grid.nearest(&layout.positions, place, REACH / view.scale, |row| self.is_shown(row))
        });
        if response.double_clicked() && self.hovered.is_none() {
            self.fit(now);
            return None;
        }
        if response.clicked() {
            return Some(match self.hovered {
                Some(row) if modifiers.command => Wish::Toggle(row),
                Some(row) => Wish::Pin(row),
                None => Wish::Unselect,
            });
        }
        None
    }

    fn paint(&mut self, ui: &Ui, canvas: Rect, run: &Run, table: &TableView<'_>, marked: &Marked, now: f64) {
        let (Some(view), _) = self.camera.view(now) else { return };
        let Some(layout) = &self.layout else { return };
        let Marked { pinned, ref lit } = *marked;
        let blend = layout.blend(now);
        draw::paint_points(ui, canvas, &self.scene, view, self.radius_scale(), blend);

        let palette = Palette::of(ui);
        let place = |row: u32| view.screen_from_map(canvas, layout.shown(row as usize, blend));
        let painter = ui.painter_at(canvas);
        let ring = |row: u32, gap: f32, stroke: Stroke| {
            painter.circle_stroke(place(row), self.radius_on_screen(table, row) + gap, stroke);
        };
        let known = |row: &u32| (*row as usize) < layout.positions.len();
        for row in lit.iter().filter(|row| known(row)) {
            ring(*row, 1.5, Stroke::new(1.0, palette.text.gamma_multiply(0.55)));
        }
        if self.selection.len() <= MOST_RINGS {
            for row in self.selection.iter().filter(|row| known(row)) {
                ring(*row, 1.5, Stroke::new(1.5, palette.accent));
            }
        }
        if let Some(row) = pinned.filter(known) {
            ring(row, 2.0, Stroke::new(2.0, palette.strong));
            ring(row, 5.0, Stroke::new(1.0, palette.strong.gamma_multiply(0.4)));
        }
        let stands_out = |row: u32| {
            self.is_shown(row) && (self.selection.is_empty() || self.selection.contains(&row) || lit.contains(&row))
        };
        let free = canvas.with_max_x(canvas.right() - self.covered());
        labels::paint(ui, free, table, place, |row| self.radius_on_screen(table, row), stands_out, pinned);
        if let Some(row) = self.hovered.filter(known) {
            ring(row, 2.5, Stroke::new(2.0, palette.strong));
            if let Some(pointer) = ui.ctx().pointer_hover_pos() {
                hover::show(ui, canvas, pointer, run, table, row, self.colouring.as_ref());
            }
        }
        if let (Some(start), Some(end)) = (self.rectangle, ui.ctx().pointer_latest_pos()) {
            let rect = Rect::from_two_pos(start, end).intersect(canvas);
            painter.rect(rect, 2.0, tinted(palette.accent), Stroke::new(1.0, palette.accent), StrokeKind::Inside);
            let (low, high) = view.map_rect(canvas, rect);
            let count = layout.grid.within(&layout.positions, low, high, |row| self.is_shown(row)).len();
            let font = egui::TextStyle::Small.resolve(ui.style());
            painter.text(
                rect.left_top() + egui::vec2(4.0, -3.0),
                egui::Align2::LEFT_BOTTOM,
                numbers::exact(count as u64),
                font,
                palette.accent,
            );
        }
    }

    /// Shows row `row` in the middle, near enough to tell it from others.
    pub fn centre_on(&mut self, row: u32, now: f64) {
        let Some(layout) = &self.layout else { return };
        let (Some(&position), Some(view)) = (layout.positions.get(row as usize), self.camera.target()) else { return };
        let (low, high) = layout.grid.bounds();
        let fitting = View::fitting(self.canvas.size(), 0.0, low, high);
        self.camera.follows = false;
        self.camera.go_to(View { centre: position, scale: view.scale.max(fitting.scale * 3.0) }, now);
    }
}

fn tinted(colour: Color32) -> Color32 {
    colour.gamma_multiply(0.12)
}
