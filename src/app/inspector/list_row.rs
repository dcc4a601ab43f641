//! One line of a list of IDs.

use eframe::egui::{self, CornerRadius, Rect, Response, Sense, Ui, WidgetInfo, vec2};

use crate::app::icons::{self, Icon};
use crate::app::theme::{Palette, SMALL};
use crate::engine::NeighborRow;
use crate::numbers;

const ROW: f32 = 22.0;
const BAR: f32 = 56.0;

/// What a click on a line asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Click {
    /// To pin the ID.
    Pin,
    /// To compare the pinned ID with it.
    Compare,
}

/// One ID of a list with a bar behind a figure; `true` if it was clicked.
pub fn list_row(ui: &mut Ui, row: &NeighborRow, table: &str, share: Option<f32>, figure: &str) -> bool {
    line(ui, row, table, share, figure).0.clicked()
}

/// As [`list_row`], with a way to compare it with the pinned ID.
pub fn compared_row(ui: &mut Ui, row: &NeighborRow, table: &str, share: f32, figure: &str) -> Option<Click> {
    let palette = Palette::of(ui);
    let (response, right) = line(ui, row, table, Some(share), figure);
    let at = egui::pos2(right - BAR - 14.0, response.rect.center().y);
    let square = Rect::from_center_size(at, vec2(20.0, 20.0));
    let compare = ui.interact(square, response.id.with("compare"), Sense::click());
    let name = format!("Compare with {}", row.label.as_deref().unwrap_or(&row.id));
    compare.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, &name));
    if ui.rect_contains_pointer(response.rect) || compare.has_focus() {
        let near = compare.hovered() || compare.has_focus();
        ui.painter().rect_filled(square, CornerRadius::same(4), if near { palette.raised } else { palette.hairline });
        let ink = if near { palette.accent } else { palette.weak };
        icons::paint(ui.painter(), Icon::Compare, square.shrink(4.0), ink);
    }
    if compare.on_hover_text(name).clicked() {
        return Some(Click::Compare);
    }
    response.clicked().then_some(Click::Pin)
}

/// Draws a line; its response, and the right edge of its bar.
fn line(ui: &mut Ui, row: &NeighborRow, table: &str, share: Option<f32>, figure: &str) -> (Response, f32) {
    let palette = Palette::of(ui);
    let name = row.label.as_deref().unwrap_or(&row.id);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, name));
    if !ui.is_rect_visible(rect) {
        return (response, rect.right());
    }
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
    }
    let bar_room = if share.is_some() { BAR } else { 0.0 };
    let small = egui::FontId::proportional(SMALL);
    let figure = ui.painter().layout_no_wrap(figure.to_owned(), small, palette.weak);
    let figure_room = figure.size().x.max(36.0);
    let mut job =
        egui::text::LayoutJob::simple_singleline(name.to_owned(), egui::FontId::proportional(12.5), palette.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - bar_room - figure_room - 16.0);
    let text = ui.painter().layout_job(job);
    ui.painter().galley(egui::pos2(rect.left(), rect.center().y - text.size().y / 2.0), text, palette.text);
    let figure_at = egui::pos2(rect.right() - figure.size().x, rect.center().y - figure.size().y / 2.0);
    ui.painter().galley(figure_at, figure, palette.weak);
    let right = rect.right() - figure_room - 8.0;
    if let Some(share) = share {
        let ground = Rect::from_min_max(
            egui::pos2(right - bar_room, rect.center().y - 2.5),
            egui::pos2(right, rect.center().y + 2.5),
        );
        ui.painter().rect_filled(ground, CornerRadius::same(2), palette.hairline);
        let mut bar = ground;
        bar.set_width(ground.width() * share.clamp(0.0, 1.0));
        ui.painter().rect_filled(bar, CornerRadius::same(2), palette.accent);
    }
    let exact = if share.is_some() { format!("{}\n", row.score) } else { String::new() };
    let hint = format!("{name}\n{table} {}\n{exact}{}", row.id, numbers::counted(row.count, "event"));
    (response.on_hover_text(hint), right)
}
