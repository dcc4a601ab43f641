//! The whole map, small, in a corner of the canvas while a part of it is seen: a click or a drag moves the view.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, ColorImage, CornerRadius, Rect, Sense, Stroke, StrokeKind, TextureHandle, TextureOptions, Ui,
    WidgetInfo, pos2, vec2,
};

use super::MapView;
use super::asked_density::AskedDensity;
use super::camera::View;
use crate::app::state::WindowState;
use crate::app::theme::Palette;
use crate::engine::Question;
use crate::projection::{DensityGrid, DensityOf};

/// The longer side of the map in points of the screen, and the room around it.
const SIDE: f32 = 148.0;
const ROOM: f32 = 6.0;
const LEAST_SIDE: f32 = 64.0;
/// Width of a canvas that it leaves enough of.
const LEAST_CANVAS: f32 = 320.0;
/// Distance from the canvas' edges.
const GAP: f32 = 12.0;
/// Room that the bar of the selection takes.
const BAR: egui::Vec2 = vec2(552.0, 50.0);
/// Height of the line at the foot of the canvas.
const CAPTION: f32 = 28.0;
/// How opaque a cell with one point is.
const FAINT: f32 = 0.16;

/// Why a map of three axes has none.
pub const WHY_FLAT: &str = "The overview is of a flat map; a cloud of three axes is turned instead (D shows two)";

/// Whether the overview is on show, and what it shows.
#[derive(Clone)]
pub struct Overview {
    /// Whether it is on show while a part of the map is seen.
    pub shown: bool,
    density: AskedDensity,
    grid: Option<Arc<DensityGrid>>,
    /// The grid as a picture, and whether it is one for dark ground.
    picture: Option<(TextureHandle, bool)>,
}

impl Default for Overview {
    fn default() -> Self {
        Self { shown: true, density: AskedDensity::default(), grid: None, picture: None }
    }
}

impl MapView {
    /// What is to be asked for the overview of the map on show, once it is done.
    pub fn ask_overview(&mut self) -> Option<Question> {
        if !self.overview.shown || !self.is_done() || self.is_solid() {
            return None;
        }
        let places = &self.layout.as_ref()?.places;
        if !self.overview.density.has_to_look(places, self.changes) {
            return None;
        }
        let wanted = DensityOf { places: Arc::clone(places), rows: self.shown_rows() };
        self.overview.density.want(wanted).map(Question::Overview)
    }

    /// Takes an overview, if it is the one that was asked for last.
    pub fn take_overview(&mut self, of: &DensityOf, found: Option<Arc<DensityGrid>>) {
        if self.overview.density.is(of) {
            (self.overview.grid, self.overview.picture) = (found, None);
        }
    }

    /// The grid of the map on show, if it is to be seen: a part of the map lies outside of `canvas`.
    fn overview_grid(&self, view: View, canvas: Rect) -> Option<Arc<DensityGrid>> {
        let layout = self.layout.as_ref()?;
        let of_now = self.overview.density.is_on(&layout.places);
        let has_room = canvas.width() >= LEAST_CANVAS;
        let (low, high) = view.map_rect(canvas, canvas);
        let (least, most) = layout.places.bounds();
        let is_whole = (0..2).all(|axis| low[axis] <= least[axis] && most[axis] <= high[axis]);
        self.overview.grid.clone().filter(|_| self.overview.shown && has_room && of_now && !is_whole)
    }

    /// The parts of `canvas` that something lies over and names keep off: the overview, the bar of the selection, and
    /// the line that says how the map came about.
    pub fn rooms_over(&self, view: View, canvas: Rect) -> Vec<Rect> {
        let bar = !self.selection.is_empty();
        let overview = self.overview_grid(view, canvas).map(|grid| ground(canvas, &grid, bar));
        let bar = bar.then(|| canvas.with_min_x(canvas.right() - BAR.x).with_max_y(canvas.top() + BAR.y));
        let caption = canvas.with_min_y(canvas.bottom() - CAPTION);
        overview.into_iter().chain(bar).chain([caption]).collect()
    }

    /// Whether the overview is seen.
    pub fn overview_is_seen(&self) -> bool {
        self.camera.target().is_some_and(|view| self.overview_grid(view, self.canvas).is_some())
    }
}

/// Places on the map to the overview and back.
struct Fit {
    /// Where the grid is drawn.
    picture: Rect,
    low: [f32; 2],
    /// Points of the screen a unit of the map.
    scale: f32,
}

impl Fit {
    fn new(ground: Rect, grid: &DensityGrid) -> Self {
        let cell = (ground.width() - 2.0 * ROOM) / grid.wide as f32;
        let cell = cell.min((ground.height() - 2.0 * ROOM) / grid.tall as f32);
        let picture = Rect::from_center_size(ground.center(), vec2(grid.wide as f32, grid.tall as f32) * cell);
        Self { picture, low: grid.low, scale: cell / grid.side }
    }

    fn screen_from_map(&self, at: [f32; 2]) -> egui::Pos2 {
        let corner = self.picture.left_bottom();
        pos2(corner.x + (at[0] - self.low[0]) * self.scale, corner.y - (at[1] - self.low[1]) * self.scale)
    }

    fn map_from_screen(&self, at: egui::Pos2) -> [f32; 2] {
        let offset = at - self.picture.left_bottom();
        [self.low[0] + offset.x / self.scale, self.low[1] - offset.y / self.scale]
    }
}

/// Draws the overview into the upper left corner of `canvas` and does what the pointer asks.
pub fn show(ui: &Ui, canvas: Rect, state: &mut WindowState) {
    let map: &mut MapView = &mut state.map;
    let Some(view) = map.camera.target() else { return };
    let Some(grid) = map.overview_grid(view, canvas) else { return };
    let ground = ground(canvas, &grid, !map.selection.is_empty());
    let fit = Fit::new(ground, &grid);
    let seen = seen_part(map, view, canvas, &fit);
    let response = ui.interact(ground, ui.scope_id().with("map overview"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Image, true, "Overview of the map"));
    let begun = response.drag_started() || response.clicked();
    if begun {
        map.remember();
    }
    let pressed = ui.input(|input| input.pointer.press_origin()).or_else(|| response.interact_pointer_pos());
    if let Some(at) = pressed.filter(|at| begun && !seen.contains(*at)) {
        map.camera.centre_at(fit.map_from_screen(at));
    } else if response.dragged() {
        let delta = response.drag_delta() / fit.scale;
        map.camera.centre_at([view.centre[0] + delta.x, view.centre[1] - delta.y]);
    }
    let Some(view) = map.camera.target() else { return };
    paint(ui, map, ground, &fit, &grid, seen_part(map, view, canvas, &fit));
    response.on_hover_cursor(egui::CursorIcon::Move);
}

/// The ground: as wide and as tall as the map needs, below the bar of the selection where both have no room.
fn ground(canvas: Rect, grid: &DensityGrid, bar: bool) -> Rect {
    let cell = SIDE / grid.wide.max(grid.tall) as f32;
    let size = vec2(grid.wide as f32, grid.tall as f32) * cell + vec2(2.0 * ROOM, 2.0 * ROOM);
    let size = size.max(vec2(LEAST_SIDE, LEAST_SIDE)).round();
    let below = if bar && canvas.width() < size.x + BAR.x + 2.0 * GAP { BAR.y } else { 0.0 };
    Rect::from_min_size(canvas.left_top() + vec2(GAP, GAP + below), size)
}

/// The part of the map that is seen, on the overview.
fn seen_part(map: &MapView, view: View, canvas: Rect, fit: &Fit) -> Rect {
    let free = canvas.with_max_x(canvas.right() - map.covered());
    let (low, high) = view.map_rect(canvas, free);
    Rect::from_two_pos(fit.screen_from_map(low), fit.screen_from_map(high))
}

fn paint(ui: &Ui, map: &mut MapView, ground: Rect, fit: &Fit, grid: &DensityGrid, seen: Rect) {
    let (palette, dark) = (Palette::of(ui), ui.visuals().dark_mode);
    if map.overview.picture.as_ref().is_none_or(|(_, of_dark)| *of_dark != dark) {
        let picture = ui.ctx().load_texture("map overview", image(grid, palette.text), TextureOptions::LINEAR);
        map.overview.picture = Some((picture, dark));
    }
    let painter = ui.painter_at(ground);
    painter.rect_filled(ground, CornerRadius::same(6), palette.panel.gamma_multiply(0.94));
    if let Some((picture, _)) = &map.overview.picture {
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(picture.id(), fit.picture, whole, Color32::WHITE);
    }
    // However near one looks, the part that is seen stays large enough to be seen itself.
    let seen = Rect::from_center_size(seen.center(), seen.size().max(vec2(6.0, 6.0))).intersect(ground.shrink(1.0));
    if seen.is_positive() {
        let stroke = Stroke::new(1.5, palette.accent);
        painter.rect(seen, 1.0, palette.accent.gamma_multiply(0.12), stroke, StrokeKind::Inside);
    }
    painter.rect_stroke(ground, CornerRadius::same(6), Stroke::new(1.0, palette.hairline), StrokeKind::Inside);
}

/// A pixel a cell: the more points by magnitude, the more of `ink`.
fn image(grid: &DensityGrid, ink: Color32) -> ColorImage {
    let most = grid.cells.iter().copied().fold(0.0, f32::max).ln_1p().max(f32::MIN_POSITIVE);
    let rows = (0..grid.tall).rev().flat_map(|y| (0..grid.wide).map(move |x| y * grid.wide + x));
    let pixel = |cell: usize| {
        let points = grid.cells[cell];
        let strength = FAINT * points.min(1.0) + (0.9 - FAINT) * points.ln_1p() / most;
        ink.gamma_multiply(strength)
    };
    ColorImage::new([grid.wide, grid.tall], rows.map(pixel).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_on_the_overview_is_the_place_on_the_map_it_stands_for() {
        let grid = DensityGrid::count(&[[-3.0, 2.0], [5.0, 6.0]], 120, 4).unwrap();
        let canvas = Rect::from_min_size(pos2(100.0, 50.0), vec2(900.0, 600.0));
        let fit = Fit::new(ground(canvas, &grid, false), &grid);
        for at in [[-3.0, 2.0], [5.0, 6.0], [1.0, 3.0]] {
            let there = fit.map_from_screen(fit.screen_from_map(at));
            assert!((0..2).all(|axis| (there[axis] - at[axis]).abs() < 1e-3), "{at:?} came back as {there:?}");
            assert!(fit.picture.contains(fit.screen_from_map(at)));
        }
        assert!(fit.screen_from_map([0.0, 2.0]).y > fit.screen_from_map([0.0, 6.0]).y, "up is up");
    }

    #[test]
    fn cells_with_more_points_are_stronger_and_the_highest_row_comes_first() {
        let points: Vec<[f32; 2]> = std::iter::repeat_n([0.0, 0.0], 50).chain([[10.0, 10.0]]).collect();
        let image = image(&DensityGrid::count(&points, 10, 0).unwrap(), Color32::WHITE);
        let alpha = |x: usize, y: usize| image.pixels[y * image.size[0] + x].a();
        assert!(alpha(0, 9) > 200 && alpha(9, 0) > 20 && alpha(9, 0) < 120 && alpha(0, 0) == 0);
    }
}
