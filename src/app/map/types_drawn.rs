//! How IDs of other types are drawn on a map of items, and where they are chosen.

use eframe::egui::{
    self, Color32, CornerRadius, FontId, Painter, Rect, RichText, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::MapView;
use super::labels;
use super::types::SeenMark;
use crate::app::controls::{emphasis, weak};
use crate::app::state::WindowState;
use crate::app::theme::{self, Palette, SMALL, semibold};
use crate::engine::Subject;
use crate::engine::jobs::{MOST_PLACED, PlacedType, mark_name};
use crate::numbers;
use crate::picture::{LONGEST_LABEL, mark_colour, shortened};
use crate::run::{Run, USER_TABLE};

/// A line of the legend, and what stands above all of them.
const ROW: f32 = 20.0;
const HEAD: f32 = 28.0;
/// Opacity of what is farthest on a map of three axes, and of all while something is selected.
const FAR: f32 = 0.35;
const STEPPED_BACK: f32 = 0.65;
/// Marks that names keep off; more of them leave no room for names.
const MOST_ROOMS: usize = 200;
/// Marks looked at for names.
const MOST_NAMED: usize = 600;

impl MapView {
    /// Draws the marks, and returns those that stand out: the one of `pinned` and the one that is hovered.
    pub fn paint_marks(&self, ui: &Ui, free: Rect, pinned: Option<&Subject>) -> Vec<SeenMark> {
        let painter = ui.painter_at(free);
        let palette = Palette::of(ui);
        let seen = self.marks();
        let strength = if self.selection.is_empty() { 1.0 } else { STEPPED_BACK };
        for mark in seen.iter().rev() {
            let Some(colour) = self.mark_colour(mark.kind, ui.visuals().dark_mode) else { continue };
            let depth = if self.is_solid() { FAR + (1.0 - FAR) * mark.nearness } else { 1.0 };
            paint_mark(&painter, mark, (colour, palette), strength * depth);
        }
        let is_pinned = |mark: &&SeenMark| {
            pinned.is_some_and(|pinned| {
                pinned.row == mark.row && self.placed_type(mark.kind).is_some_and(|placed| placed.table == pinned.table)
            })
        };
        let pinned = seen.iter().find(is_pinned).copied();
        let standing_out: Vec<SeenMark> = pinned.into_iter().chain(self.hovered_mark()).collect();
        for mark in &standing_out {
            painter.add(Shape::closed_line(mark.corners(3.5).to_vec(), Stroke::new(2.0, palette.strong)));
        }
        standing_out
    }

    /// Draws the names of marks, those of `first` before others, clear of what is `taken`, and returns the rooms that
    /// other names are to keep off.
    pub fn paint_mark_names(
        &self,
        ui: &Ui,
        run: &Run,
        (free, taken): (Rect, &[Rect]),
        first: &[SeenMark],
    ) -> Vec<Rect> {
        let painter = ui.painter_at(free);
        let palette = Palette::of(ui);
        let most = labels::most_of_marks(free.area(), self.camera.zoom());
        let mut rooms: Vec<Rect> = Vec::new();
        let rest = self.marks().iter().filter(|mark| !first.contains(mark)).take(MOST_NAMED);
        for mark in first.iter().chain(rest) {
            if rooms.len() >= most {
                break;
            }
            let table = self.placed_type(mark.kind).and_then(|placed| run.table(&placed.table).ok());
            let Some(table) = table else { continue };
            let text = shortened(&mark_name(&table, mark.row), LONGEST_LABEL);
            let galley = painter.layout_no_wrap(text, semibold(SMALL), palette.strong);
            let corner = mark.at + vec2(mark.radius + 4.0, -galley.size().y / 2.0);
            let room = Rect::from_min_size(corner, galley.size()).expand2(vec2(4.0, 1.0));
            let fits = free.contains_rect(room) && !taken.iter().chain(&rooms).any(|other| other.intersects(room));
            let id = ui.scope_id().with(("mark", table.name, mark.row));
            let shown = ui.ctx().animate_bool_with_time(id, fits, labels::FADE);
            if fits {
                rooms.push(room);
                labels::write(&painter, corner, &galley, (palette.strong, palette.canvas), shown);
            }
        }
        rooms.extend(self.marks().iter().take(MOST_ROOMS).map(SeenMark::room));
        rooms
    }

    fn mark_colour(&self, kind: usize, dark: bool) -> Option<Color32> {
        Some(theme::rgba(mark_colour(&self.palettes, self.placed_type(kind)?.type_index, dark)))
    }

    /// Room that the marks' meaning takes in the legend.
    pub fn types_height(&self) -> f32 {
        match self.placed_types().count() {
            0 => 0.0,
            count => HEAD + ROW * count as f32,
        }
    }
}

fn paint_mark(painter: &Painter, mark: &SeenMark, (colour, palette): (Color32, &Palette), strength: f32) {
    // The ground's colour around it keeps it apart from points of its own.
    let around = Stroke::new(3.0, palette.canvas.gamma_multiply(strength));
    painter.add(Shape::closed_line(mark.corners(1.0).to_vec(), around));
    let edge = Stroke::new(1.0, palette.strong.gamma_multiply(0.9 * strength));
    painter.add(Shape::convex_polygon(mark.corners(0.0).to_vec(), colour.gamma_multiply(strength), edge));
}

/// How an ID came to lie where it does.
pub fn about(placed: &PlacedType, row: u32) -> String {
    match &placed.items {
        Some(items) => {
            let items = items.get(row as usize).copied().unwrap_or(0);
            format!("at the mean of {}", numbers::counted(u64::from(items), "item"))
        }
        None => "at its own vector".to_owned(),
    }
}

/// What the marks mean, a line a type; a click takes its marks off the map.
pub fn legend(ui: &mut Ui, map: &mut MapView) {
    let palette = Palette::of(ui);
    let dark = ui.visuals().dark_mode;
    let lines: Vec<(usize, String, u64, usize)> = map
        .placed_types()
        .map(|(kind, placed)| (kind, placed.table.clone(), placed.rows().count() as u64, placed.of))
        .collect();
    if lines.is_empty() {
        return;
    }
    ui.add_space(10.0);
    ui.label(emphasis("Other types", SMALL).color(palette.weak));
    let mut off = None;
    for (kind, table, marks, of) in lines {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        let plural = numbers::plural(&table);
        let name = format!("Take {plural} off the map");
        response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, &name));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
        }
        let mark = SeenMark { kind, row: 0, at: pos2(rect.left() + 5.0, rect.center().y), radius: 5.0, nearness: 1.0 };
        if let Some(colour) = map.mark_colour(kind, dark) {
            ui.painter().add(Shape::convex_polygon(mark.corners(0.0).to_vec(), colour, Stroke::NONE));
        }
        let count = ui.painter().layout_no_wrap(numbers::short(marks), FontId::proportional(SMALL), palette.weak);
        let middle = |size: egui::Vec2| rect.center().y - size.y / 2.0;
        let words = ui.painter().layout_no_wrap(plural.clone(), FontId::proportional(SMALL), palette.text);
        ui.painter().galley(pos2(rect.left() + 16.0, middle(words.size())), words, palette.text);
        ui.painter().galley(pos2(rect.right() - count.size().x, middle(count.size())), count, palette.weak);
        let frequent = if marks < of as u64 && of > MOST_PLACED { "most frequent " } else { "" };
        let (marks, all) = (numbers::exact(marks), numbers::exact(of as u64));
        let hint = format!("{marks} {frequent}of {all} {plural}\nClick takes them off the map");
        if response.on_hover_text(hint).clicked() {
            off = Some(table);
        }
    }
    if let Some(table) = off {
        map.show_type(&table, false);
    }
}

/// The types that can be shown among the items, to be chosen from a menu.
pub fn entries(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let names = run.table_names();
    let [items, others @ ..] = names.as_slice() else { return };
    weak(ui, format!("Among the {}", numbers::plural(items)));
    let possible = state.map.shows_items(run);
    let mut changed = None;
    for name in others {
        let mut on = state.map.shown_types().contains(*name);
        let rows = run.table(name).map_or(0, |table| table.vocabulary.len());
        ui.horizontal(|ui| {
            let entry = egui::Checkbox::new(&mut on, numbers::plural(name));
            let hint = if *name == USER_TABLE {
                "Each at its own vector, which is one of items' space"
            } else {
                "Each at the mean of its items' vectors"
            };
            let why_not = format!("They lie on maps of {}; show that table first", numbers::plural(items));
            let response = ui.add_enabled(possible, entry).on_hover_text(hint).on_disabled_hover_text(why_not);
            if response.changed() {
                changed = Some(((*name).to_owned(), on));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(numbers::short(rows as u64)).size(SMALL).color(Palette::of(ui).weak));
            });
        });
    }
    if let Some((name, on)) = changed {
        state.map.show_type(&name, on);
    }
}
