//! The canvas: points, rings and labels, and what the pointer does to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{self, PointerButton, Rect, Response, Sense, Stroke, Ui, WidgetInfo};
use eframe::emath::GuiRounding;

use super::camera::{Pace, View};
use super::crowd::REST;
use super::hover::About;
use super::select::{Join, Outline};
use super::types::SeenMark;
use super::{MapView, draw, hover, labels, types_drawn};
use crate::app::frame_times::MapWork;
use crate::app::inspector::select_facet;
use crate::app::state::WindowState;
use crate::app::theme::Palette;
use crate::engine::{Command, Facet, Question, Subject};
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
    /// Look up the ID that a mark stands for.
    Open(SeenMark),
    /// Select its items.
    SelectItems(SeenMark, Join),
    Select {
        rows: Vec<u32>,
        join: Join,
    },
    Unselect,
}

/// Rows that stand out beside the selected ones.
struct Marked {
    pinned: Option<u32>,
    lit: BTreeSet<u32>,
    /// The pinned ID, of whichever type.
    subject: Option<Subject>,
    /// Where an item would lie that there is not.
    new: Option<Vec<f32>>,
}

/// Draws the map of the run on show into the room that is left, and does what the pointer asks.
pub fn show_canvas(ui: &mut Ui, state: &mut WindowState) -> Response {
    let now = ui.input(|input| input.time);
    let canvas = ui.available_rect_before_wrap().round_to_pixels(ui.pixels_per_point());
    let response = ui.allocate_rect(canvas, Sense::click_and_drag());
    let name = format!("Map of {}", numbers::plural(&state.map.table));
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Canvas, true, &name));
    ui.painter().rect_filled(canvas, 0.0, Palette::of(ui).canvas);
    let guest = state.map.guest.as_ref().map(|guest| Arc::clone(&guest.run));
    let Some(run) = guest.or_else(|| state.run.as_ref().map(|shown| Arc::clone(&shown.run))) else { return response };
    let Ok(table) = run.table(&state.map.table) else { return response };

    let lit = state.inspector.lit_rows(&state.map.table, &state.map.in_first(&state.map.selection));
    let mut marked = Marked {
        pinned: state.map.of_first(state.inspector.row_in(&state.map.table)).pop_first(),
        lit: state.map.of_first(lit),
        subject: state.inspector.pinned().next().cloned(),
        new: state.inspector.new_place().filter(|_| state.map.shows_items(&run)).map(<[f32]>::to_vec),
    };
    let lit = state.segments.lit_rows(&state.map.table);
    marked.lit.extend(state.map.of_first(lit));
    let training = state.is_training();
    // What another pane asked would be given up for this one.
    let waiting = state.map.others_wait();
    let map = &mut state.map;
    if map.refresh_orbit(now) {
        ui.ctx().request_repaint();
    }
    map.resize(canvas, now);
    map.refresh_colouring(&run, &table);
    map.refresh_sizing(&run, &table);
    map.refresh_scene(&table, ui.visuals().dark_mode, &marked.lit);
    let may_ask = !training && !waiting && map.guest.is_none();
    let questions = if may_ask { map.questions(&run) } else { [const { None }; 4] };
    let wish = map.steer(ui, (canvas, &*run, &table), &response, now);
    map.paint(ui, (canvas, now), (&*run, &table), &marked, &state.frames.map);

    state.outbox.extend(questions.into_iter().flatten().map(Command::Ask));
    match wish {
        Some(Wish::Pin(row)) => {
            if let Some(row) = state.map.clicked(row) {
                let table = state.map.table.clone();
                state.pin(&table, row);
            }
        }
        Some(Wish::Toggle(row)) => {
            state.map.remember();
            if !state.map.selection.remove(&row) {
                state.map.selection.insert(row);
            }
            state.map.styles_changed();
        }
        Some(Wish::Select { rows, join }) => {
            state.map.remember();
            join.apply(&mut state.map.selection, &rows);
            state.map.styles_changed();
        }
        Some(Wish::Open(mark)) => {
            if let Some(subject) = state.map.subject_of(mark) {
                state.inspector.pin(&subject.table, subject.row);
                state.ask_again();
            }
        }
        Some(Wish::SelectItems(mark, join)) => {
            if let Some(subject) = state.map.subject_of(mark) {
                select_facet(state, Facet::Id(subject), join);
            }
        }
        Some(Wish::Unselect) => state.map.clear_selection(),
        None => {}
    }
    response
}

impl MapView {
    /// What is to be asked of the engine for the layers of the map on show.
    fn questions(&mut self, run: &Run) -> [Option<Question>; 4] {
        let questions = [self.ask_regions(), self.ask_contours(), self.ask_overview(), self.ask_types(run)];
        self.waiting.extend(questions.iter().flatten().map(Question::job_kind));
        questions
    }

    /// Fits the points when they or the canvas are new, as long as the user has not moved the view.
    fn resize(&mut self, canvas: Rect, now: f64) {
        let Some(layout) = &self.layout else {
            self.canvas = canvas;
            return;
        };
        let wanted = (layout.since, canvas.size(), self.covered());
        if self.camera.follows && self.fitted != Some(wanted) {
            let resized = self.fitted.is_some_and(|(since, ..)| since == layout.since);
            self.camera.fit(canvas.size(), self.covered(), layout.places.bounds(), now, layout.pace);
            if resized || layout.pace == Pace::AT_ONCE {
                self.camera.arrive();
            }
            self.fitted = Some(wanted);
        } else if self.fitted.is_none() {
            self.camera.size_up(canvas.size(), self.covered(), layout.places.bounds());
            self.fitted = Some(wanted);
        }
        self.canvas = canvas;
    }

    /// What the pointer and the wheel do.
    fn steer(
        &mut self,
        ui: &Ui,
        (canvas, run, table): (Rect, &Run, &TableView<'_>),
        response: &Response,
        now: f64,
    ) -> Option<Wish> {
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
                let start = ui.input(|input| input.pointer.press_origin());
                let lasso = self.lasso;
                self.outline =
                    start.map(|start| if lasso { Outline::Lasso(vec![start]) } else { Outline::Rectangle(start) });
            }
        }
        let turns = self.is_solid() && response.dragged_by(PointerButton::Primary);
        if response.dragged() {
            match (&mut self.outline, response.interact_pointer_pos()) {
                (Some(outline), Some(at)) => outline.follow(at),
                (Some(_), None) => {}
                (None, _) if turns => {
                    self.orbit.drag(response.drag_delta());
                    ui.ctx().request_repaint();
                }
                (None, _) => self.camera.pan(response.drag_delta()),
            }
        }
        let (view, gliding) = self.camera.view(now);
        let (Some(view), Some(layout)) = (view, &self.layout) else { return None };
        if gliding || layout.blend(now) < 1.0 {
            ui.ctx().request_repaint();
        }
        if response.drag_stopped()
            && let (Some(outline), Some(end)) = (self.outline.take(), response.interact_pointer_pos())
        {
            let rows = self.caught(view, canvas, &outline, end);
            return Some(Wish::Select { rows, join: Join::of(modifiers) });
        }
        let pointer = pointer.filter(|_| response.hovered() && self.outline.is_none());
        self.refresh_marks(run, canvas, view, pointer);
        let mark = self.hovered_mark();
        self.hovered = pointer.filter(|_| mark.is_none()).and_then(|at| {
            let place = view.map_from_screen(canvas, at);
            self.pointed_at(place, REACH / view.scale, view, table)
        });
        if response.double_clicked() && self.hovered.is_none() && mark.is_none() {
            self.fit(now);
            return None;
        }
        if response.clicked() {
            return Some(match (mark, self.hovered) {
                (Some(mark), _) if modifiers.command || modifiers.alt => Wish::SelectItems(mark, Join::of(modifiers)),
                (Some(mark), _) => Wish::Open(mark),
                (None, Some(row)) if modifiers.command => Wish::Toggle(row),
                (None, Some(row)) => Wish::Pin(row),
                (None, None) => Wish::Unselect,
            });
        }
        None
    }

    fn paint(
        &mut self,
        ui: &Ui,
        (canvas, now): (Rect, f64),
        (run, table): (&Run, &TableView<'_>),
        marked: &Marked,
        work: &Arc<MapWork>,
    ) {
        let (Some(view), _) = self.camera.view(now) else { return };
        let Marked { pinned, ref lit, ref subject, ref new } = *marked;
        let Some(blend) = self.layout.as_ref().map(|layout| layout.blend(now)) else { return };
        let (dark, pixels) = (ui.visuals().dark_mode, ui.pixels_per_point());
        let crowd = self.crowd(table, (view, canvas), (blend, pixels), dark, lit);
        let crowd = crowd.map(|crowd| self.thinned(crowd, view, now));
        if crowd.is_some_and(|crowd| crowd.thinning > 1) {
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(REST));
        }
        self.crowded = crowd;
        draw::paint_points(ui, canvas, (self.id, &self.scene), view, (self.radius_scale(), blend), crowd, work);
        let Some(layout) = &self.layout else { return };

        let palette = Palette::of(ui);
        let place = |row: u32| view.screen_from_map(canvas, layout.shown(row as usize, blend));
        let painter = ui.painter_at(canvas);
        if blend >= 1.0 {
            self.paint_contours(ui, &painter, canvas, view);
        }
        let ring = |row: u32, gap: f32, stroke: Stroke| {
            painter.circle_stroke(place(row), self.radius_on_screen(table, row) + gap, stroke);
        };
        let known = |row: &u32| layout.places.get(*row).is_some();
        if lit.len() <= MOST_RINGS {
            for row in lit.iter().filter(|row| known(row)) {
                ring(*row, 1.5, Stroke::new(1.0, palette.text.gamma_multiply(0.55)));
            }
        }
        if self.selection.len() <= MOST_RINGS {
            for row in self.selection.iter().filter(|row| known(row)) {
                ring(*row, 1.5, Stroke::new(1.5, palette.accent));
            }
        }
        if self.other.is_some() && self.selection.len() <= MOST_RINGS {
            for row in self.selection.iter().filter(|row| known(row)) {
                if let Some(end) = self.other_end(*row) {
                    let line = [place(*row), view.screen_from_map(canvas, end)];
                    painter.line_segment(line, Stroke::new(1.0, palette.accent.gamma_multiply(0.6)));
                }
            }
        }
        for row in self.pointed.iter().filter(|row| known(row)).take(MOST_RINGS) {
            ring(*row, 2.5, Stroke::new(2.0, palette.strong));
        }
        if let Some(row) = pinned.filter(known) {
            ring(row, 2.0, Stroke::new(2.0, palette.strong));
            ring(row, 5.0, Stroke::new(1.0, palette.strong.gamma_multiply(0.4)));
        }
        let stands_out = |row: u32| {
            known(&row)
                && self.is_shown(row)
                && ((self.selection.is_empty() && lit.is_empty())
                    || self.selection.contains(&row)
                    || lit.contains(&row))
        };
        let free = canvas.with_max_x(canvas.right() - self.covered());
        let candidates = self.label_candidates(view, canvas, stands_out);
        let mut taken = self.rooms_over(view, canvas);
        if blend >= 1.0 {
            let first = self.paint_marks(ui, free, subject.as_ref());
            self.paint_regions(ui, free, (canvas, view), &mut taken);
            let rooms = self.paint_mark_names(ui, run, (free, taken.as_slice()), &first);
            taken.extend(rooms);
        }
        let style = labels::Style { taken: &taken, pinned: pinned.filter(known), zoom: self.camera.zoom() };
        labels::paint(ui, free, table, place, |row| self.radius_on_screen(table, row), &candidates, style);
        if let Some(row) = self.hovered.filter(known) {
            ring(row, 2.5, Stroke::new(2.0, palette.strong));
            if let Some(pointer) = ui.ctx().pointer_hover_pos() {
                hover::show(ui, canvas, pointer, table, row, About::Colours(self.colouring.as_ref()));
            }
        }
        self.show_mark_card(ui, canvas, run);
        self.paint_axes(ui, &painter, canvas);
        if let Some((place, _)) = new.as_deref().and_then(|new| self.seen_place(new)) {
            paint_new_item(&painter, view.screen_from_map(canvas, place), palette);
        }
        self.paint_outline(ui, &painter, view, canvas);
    }

    /// The card of the mark that is hovered.
    fn show_mark_card(&self, ui: &Ui, canvas: Rect, run: &Run) {
        let Some((mark, pointer)) = self.hovered_mark().zip(ui.ctx().pointer_hover_pos()) else { return };
        let Some(placed) = self.placed_type(mark.kind) else { return };
        if let Ok(table) = run.table(&placed.table) {
            let about = types_drawn::about(placed, mark.row);
            hover::show(ui, canvas, pointer, &table, mark.row, About::Place(&about));
        }
    }

    /// Rows that may be labelled, the most frequent first: those in view where these are few enough to look at each.
    pub(super) fn label_candidates(&self, view: View, canvas: Rect, stands_out: impl Fn(u32) -> bool) -> Vec<u32> {
        let Some(layout) = &self.layout else { return Vec::new() };
        let (low, high) = view.map_rect(canvas, canvas);
        if layout.places.count_near(low, high) <= labels::LOOK_AT {
            layout.places.within(low, high, stands_out)
        } else {
            let rows = 0..layout.places.positions().len() as u32;
            rows.filter(|&row| stands_out(row)).take(labels::LOOK_AT).collect()
        }
    }

    /// Shows row `row` in the middle, near enough to tell it from others.
    pub fn centre_on(&mut self, row: u32, now: f64) {
        if let Some(place) = self.layout.as_ref().and_then(|layout| layout.places.get(row)) {
            self.look_at(place, now);
        }
    }

    /// Shows `place` in the middle, near enough to tell points apart.
    pub fn look_at(&mut self, place: [f32; 2], now: f64) {
        let (Some(layout), Some(view)) = (&self.layout, self.camera.target()) else { return };
        let (low, high) = layout.places.bounds();
        let fitting = View::fitting(self.canvas.size(), 0.0, low, high);
        self.camera.follows = false;
        self.camera.go_to(View { centre: place, scale: view.scale.max(fitting.scale * 3.0) }, now, Pace::CALM);
    }
}

/// A cross in a ring: nothing lies there yet.
fn paint_new_item(painter: &egui::Painter, at: egui::Pos2, palette: &Palette) {
    for (width, ink) in [(4.0, palette.canvas), (2.0, palette.accent)] {
        let stroke = Stroke::new(width, ink);
        painter.circle_stroke(at, 9.0, stroke);
        for (from, to) in [(5.0, 13.0), (-5.0, -13.0)] {
            painter.line_segment([at + egui::vec2(from, 0.0), at + egui::vec2(to, 0.0)], stroke);
            painter.line_segment([at + egui::vec2(0.0, from), at + egui::vec2(0.0, to)], stroke);
        }
    }
    let text = egui::FontId::proportional(crate::app::theme::SMALL);
    painter.text(at + egui::vec2(16.0, 0.0), egui::Align2::LEFT_CENTER, "new item", text, palette.strong);
}
