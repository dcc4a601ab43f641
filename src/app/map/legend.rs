//! What the colours mean; a click hides or shows, a double click leaves one alone.

use eframe::egui::{
    self, Align, CornerRadius, Frame, Layout, Margin, Rect, RichText, Sense, Stroke, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::MapView;
use super::colour::{Amounts, ColourBy, LegendEntry, slot_colour};
use super::select::Join;
use crate::app::controls::emphasis;
use crate::app::theme::{self, Palette, SMALL};
use crate::numbers;

const WIDTH: f32 = 196.0;
/// What the legend covers at the right edge of the canvas.
pub const ROOM: f32 = WIDTH + 20.0;
const ROW: f32 = 20.0;

/// Draws the legend in the lower right corner of `canvas`.
pub fn show(ui: &mut Ui, canvas: Rect, map: &mut MapView) {
    let Some(colouring) = &map.colouring else { return };
    // The amounts of the points are not for the legend.
    let (by, entries, amounts) = (colouring.by.clone(), colouring.entries.clone(), colouring.amounts.clone());
    let lines = match by {
        ColourBy::Nothing => return,
        ColourBy::Count | ColourBy::Trust | ColourBy::Column(_) => 2,
        ColourBy::Type(_) | ColourBy::Group => entries.len(),
    };
    let height = (lines as f32 * ROW + 46.0).min(canvas.height() - 24.0);
    let rect = Rect::from_min_size(canvas.right_bottom() - vec2(WIDTH + 12.0, height + 12.0), vec2(WIDTH, height));
    if rect.width() > canvas.width() || height < 60.0 {
        return;
    }
    // The canvas below must not take what is meant for the legend.
    ui.interact(rect, ui.scope_id().with("legend ground"), Sense::click_and_drag());
    let palette = Palette::of(ui);
    ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt("legend"), |ui| {
        Frame::new()
            .fill(palette.panel.gamma_multiply(0.94))
            .stroke(Stroke::new(1.0, palette.hairline))
            .corner_radius(CornerRadius::same(8))
            .inner_margin(Margin { left: 10, right: 10, top: 8, bottom: 8 })
            .show(ui, |ui| {
                ui.set_min_size(rect.size() - vec2(20.0, 16.0));
                ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
                ui.horizontal(|ui| {
                    ui.label(emphasis(heading(&by), SMALL).color(palette.weak));
                    if !map.hidden.is_empty() {
                        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                            if ui.link(RichText::new("Show all").size(SMALL)).clicked() {
                                map.hidden.clear();
                                map.styles_changed();
                            }
                        });
                    }
                });
                ui.add_space(4.0);
                match &amounts {
                    Some(amounts) => ramp(ui, amounts),
                    None => {
                        egui::ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
                            for entry in &entries {
                                entry_row(ui, map, entry, &entries);
                            }
                        });
                    }
                }
            });
    });
}

fn heading(by: &ColourBy) -> String {
    match by {
        ColourBy::Count => "Events".to_owned(),
        ColourBy::Trust => "Nearest vectors that are near here".to_owned(),
        by => by.name().to_owned(),
    }
}

fn entry_row(ui: &mut Ui, map: &mut MapView, entry: &LegendEntry, entries: &[LegendEntry]) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let hidden = map.hidden.contains(&entry.slot);
    response.widget_info(|| WidgetInfo::selected(egui::accesskit::Role::CheckBox, true, !hidden, &entry.name));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
    }
    let colour = slot_colour(entry.slot, ui.visuals().dark_mode);
    let dot = egui::pos2(rect.left() + 5.0, rect.center().y);
    if hidden {
        ui.painter().circle_stroke(dot, 4.0, Stroke::new(1.2, colour));
    } else {
        ui.painter().circle_filled(dot, 4.5, colour);
    }
    let ink = if hidden { palette.weak } else { palette.text };
    let count =
        ui.painter().layout_no_wrap(numbers::short(entry.points), egui::FontId::proportional(SMALL), palette.weak);
    let name_room = rect.width() - 18.0 - count.size().x - 6.0;
    let mut job = egui::text::LayoutJob::simple_singleline(entry.name.clone(), egui::FontId::proportional(SMALL), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(name_room);
    let name = ui.painter().layout_job(job);
    ui.painter().galley(egui::pos2(rect.left() + 16.0, rect.center().y - name.size().y / 2.0), name, ink);
    ui.painter().galley(
        egui::pos2(rect.right() - count.size().x, rect.center().y - count.size().y / 2.0),
        count,
        palette.weak,
    );
    let hint = format!(
        "{}: {}\nClick hides or shows, double click leaves it alone,\nCtrl + click selects, Shift + click adds to the selection",
        entry.name,
        numbers::counted(entry.points, "point")
    );
    let response = response.on_hover_text(hint);
    let modifiers = ui.input(|input| input.modifiers);
    if response.clicked() && (modifiers.command || modifiers.shift) {
        map.select_slot(entry.slot, if modifiers.shift { Join::Add } else { Join::Replace });
    } else if response.double_clicked() {
        map.hidden = entries.iter().map(|other| other.slot).filter(|&slot| slot != entry.slot).collect();
        map.styles_changed();
    } else if response.clicked() {
        if !map.hidden.remove(&entry.slot) {
            map.hidden.insert(entry.slot);
        }
        map.styles_changed();
    }
}

/// The ramp of amounts with its ends.
fn ramp(ui: &mut Ui, amounts: &Amounts) {
    let palette = Palette::of(ui);
    let dark = ui.visuals().dark_mode;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 10.0), Sense::hover());
    let steps = 48;
    for step in 0..steps {
        let share = step as f32 / (steps - 1) as f32;
        let left = rect.left() + rect.width() * step as f32 / steps as f32;
        let piece =
            Rect::from_min_size(egui::pos2(left, rect.top()), vec2(rect.width() / steps as f32 + 0.5, rect.height()));
        ui.painter().rect_filled(piece, 0.0, theme::amount(share, dark));
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(amounts.least.as_str()).size(SMALL).color(palette.weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(amounts.most.as_str()).size(SMALL).color(palette.weak));
        });
    });
}
