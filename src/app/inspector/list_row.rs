//! One line of a list of IDs.

use eframe::egui::{self, CornerRadius, Rect, Sense, Ui, WidgetInfo, vec2};

use crate::app::theme::{Palette, SMALL};
use crate::engine::NeighborRow;
use crate::numbers;

const ROW: f32 = 22.0;

/// One ID of a list with a bar behind a figure; `true` if it was clicked.
pub fn list_row(ui: &mut Ui, row: &NeighborRow, table: &str, share: Option<f32>, figure: &str) -> bool {
    let palette = Palette::of(ui);
    let name = row.label.as_deref().unwrap_or(&row.id);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, name));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
    }
    let bar_room = if share.is_some() { 56.0 } else { 0.0 };
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
    if let Some(share) = share {
        let right = rect.right() - figure_room - 8.0;
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
    response
        .on_hover_text(format!("{name}\n{table} {}\n{exact}{}", row.id, numbers::counted(row.count, "event")))
        .clicked()
}
