//! What two items share and where they differ.

use eframe::egui::{self, RichText, Sense, Ui, WidgetInfo, vec2};

use crate::app::controls::{hairline, row_with_right, section, weak};
use crate::app::inspector::Wish;
use crate::app::theme::{Palette, SMALL};
use crate::engine::Subject;
use crate::engine::jobs::AttributePair;

/// Draws the shared ones, then those that differ.
pub fn show(ui: &mut Ui, attributes: &[AttributePair], wish: &mut Option<Wish>) {
    let shared = attributes.iter().filter(|pair| pair.is_shared()).count();
    row_with_right(
        ui,
        |ui| section(ui, "Attributes"),
        |ui| drop(weak(ui, format!("{shared} shared, {} differ", attributes.len() - shared))),
    );
    ui.spacing_mut().item_spacing.y = 4.0;
    for pair in attributes.iter().filter(|pair| pair.is_shared()) {
        line(ui, pair, wish);
    }
    for pair in attributes.iter().filter(|pair| !pair.is_shared()) {
        line(ui, pair, wish);
    }
    ui.add_space(8.0);
    hairline(ui);
    ui.add_space(4.0);
}

/// A name, then one value for both or one for each, side by side.
fn line(ui: &mut Ui, pair: &AttributePair, wish: &mut Option<Wish>) {
    let palette = Palette::of(ui);
    let name_room = 76.0_f32.min(ui.available_width() * 0.3);
    let room = ui.available_width() - name_room - 8.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.spacing_mut().interact_size.y = 16.0;
        cell(ui, name_room, &pair.name, palette.weak, None, wish);
        if pair.is_shared() {
            value(ui, room, pair.values[0].as_ref(), true, wish);
        } else {
            for side in &pair.values {
                value(ui, (room - 8.0) / 2.0, side.as_ref(), false, wish);
            }
        }
    });
}

fn value(ui: &mut Ui, room: f32, value: Option<&(String, Option<Subject>)>, shared: bool, wish: &mut Option<Wish>) {
    let palette = Palette::of(ui);
    match value {
        None => cell(ui, room, "-", palette.weak, None, wish),
        Some((text, subject)) => {
            let ink = if shared { palette.accent } else { palette.text };
            cell(ui, room, text, ink, subject.as_ref(), wish);
        }
    }
}

fn cell(ui: &mut Ui, room: f32, text: &str, ink: egui::Color32, subject: Option<&Subject>, wish: &mut Option<Wish>) {
    ui.allocate_ui_with_layout(vec2(room, 16.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_min_width(room);
        let sense = if subject.is_some() { Sense::click() } else { Sense::hover() };
        let label = ui.add(egui::Label::new(RichText::new(text).size(SMALL).color(ink)).truncate().sense(sense));
        let Some(subject) = subject else { return drop(label.on_hover_text(text)) };
        label.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, text));
        let label = label.on_hover_cursor(egui::CursorIcon::PointingHand);
        if label.on_hover_text(format!("Go to {} {text}", subject.table)).clicked() {
            *wish = Some(Wish::Pin(subject.table.clone(), subject.row));
        }
    });
}
