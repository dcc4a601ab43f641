//! The attributes of an item, each a way to its own map.

use eframe::egui::{self, RichText, Sense, Ui, WidgetInfo};

use super::Wish;
use crate::app::controls::{fact, fact_row, hairline, section};
use crate::app::theme::Palette;
use crate::engine::{Inspection, Subject};

/// Draws the attributes of what is pinned, if it has any.
pub fn show(ui: &mut Ui, answer: &Inspection, wish: &mut Option<Wish>) {
    if answer.attributes.is_empty() {
        return;
    }
    section(ui, "Attributes");
    ui.spacing_mut().item_spacing.y = 2.0;
    for (name, value, subject) in &answer.attributes {
        match subject {
            Some(subject) => link_row(ui, name, value, subject, wish),
            None => fact(ui, name, value, Some(value)),
        }
    }
    ui.add_space(8.0);
    hairline(ui);
    ui.add_space(4.0);
}

/// An attribute that has a map of its own.
fn link_row(ui: &mut Ui, name: &str, value: &str, subject: &Subject, wish: &mut Option<Wish>) {
    fact_row(ui, name, |ui| {
        let link = ui
            .add(egui::Label::new(RichText::new(value).color(Palette::of(ui).accent)).truncate().sense(Sense::click()));
        link.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, value));
        let link = link.on_hover_cursor(egui::CursorIcon::PointingHand);
        if link.on_hover_text(format!("Go to {} {value}", subject.table)).clicked() {
            *wish = Some(Wish::Pin(subject.table.clone(), subject.row));
        }
    });
}
