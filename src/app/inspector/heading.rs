//! What is pinned, by name, with its kind and how often it occurs.

use eframe::egui::{self, Align, Layout, RichText, Ui};

use super::{Inspector, Wish, text};
use crate::app::controls::{emphasis, icon_button};
use crate::app::icons::Icon;
use crate::app::theme::{Palette, SMALL};
use crate::engine::Subject;
use crate::numbers;
use crate::run::Run;

/// Draws the heading of `subject`.
pub fn show(ui: &mut Ui, inspector: &mut Inspector, run: &Run, subject: &Subject, wish: &mut Option<Wish>) {
    let palette = Palette::of(ui);
    let Ok(table) = run.table(&subject.table) else { return };
    if subject.row as usize >= table.vocabulary.len() {
        return;
    }
    let id = table.vocabulary.id(subject.row);
    let label = table.label(subject.row);
    ui.horizontal_top(|ui| {
        ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
            if icon_button(ui, Icon::Copy, "Copy as text").clicked()
                && let Some(answer) = &inspector.answer
            {
                ui.ctx().copy_text(text::of_inspection(answer));
            }
            let (back, forth) = inspector.trail.ways();
            if forth && icon_button(ui, Icon::Forward, "Forth to the ID after").clicked() {
                *wish = Some(Wish::Forth);
            }
            if back && icon_button(ui, Icon::Back, "Back to the ID before").clicked() {
                *wish = Some(Wish::Back);
            }
            ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add(
                    egui::Label::new(emphasis(label.unwrap_or(id), 15.0).color(palette.strong)).wrap().selectable(true),
                );
                let kind = if label.is_some() { format!("{} {id}", subject.table) } else { subject.table.clone() };
                ui.add(egui::Label::new(RichText::new(kind).size(SMALL).color(palette.weak)).wrap().selectable(true));
                let count = table.counts.get(subject.row as usize).copied().unwrap_or(0);
                ui.label(RichText::new(numbers::counted(count, "event")).size(SMALL).color(palette.weak));
            });
        });
    });
}
