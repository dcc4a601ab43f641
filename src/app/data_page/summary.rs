//! What was understood of the loaded files, and what is odd or wrong in them.

use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};

use crate::app::controls::{card, figure, hairline, primary_button, row_with_right, section, tag, weak};
use crate::app::state::{Place, WindowState};
use crate::app::theme::{Palette, SMALL};
use crate::dataset::{Dataset, Severity};
use crate::numbers;

/// Draws what is loaded: counts, ID types, problems.
pub fn show(ui: &mut Ui, state: &mut WindowState, dataset: &Dataset) {
    let palette = Palette::of(ui);
    card(ui, |ui| {
        row_with_right(
            ui,
            |ui| section(ui, "Loaded"),
            |ui| {
                if primary_button(ui, "Go to Train", true).clicked() {
                    state.go(Place::Train);
                }
            },
        );
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 36.0;
            let figures = [
                (dataset.events.len(), "events"),
                (dataset.events.user_count(), "users"),
                (dataset.session_count, "sessions"),
                (dataset.catalogue.item_count(), "items"),
            ];
            for (count, name) in figures {
                figure(ui, &numbers::short(count as u64), name, &numbers::exact(count as u64));
            }
        });
        ui.add_space(6.0);
        hairline(ui);
        egui::Grid::new("types").num_columns(4).min_row_height(18.0).spacing(vec2(28.0, 4.0)).show(ui, |ui| {
            weak(ui, "ID type");
            weak(ui, "Column");
            for title in ["IDs", "Missing"] {
                right(ui, RichText::new(title).size(SMALL).color(palette.weak));
            }
            ui.end_row();
            for id_type in &dataset.catalogue.id_types {
                ui.label(RichText::new(&id_type.name).color(palette.strong));
                ui.label(RichText::new(&id_type.column).color(palette.weak));
                right(ui, RichText::new(numbers::exact(id_type.vocabulary.len() as u64)));
                let missing = RichText::new(numbers::exact(id_type.missing));
                right(ui, if id_type.missing == 0 { missing.color(palette.weak) } else { missing });
                ui.end_row();
            }
        });
    });
    problems(ui, dataset);
}

/// A figure at the right edge of its cell, so that figures stand under each other.
fn right(ui: &mut Ui, text: RichText) {
    ui.allocate_ui_with_layout(vec2(72.0, 18.0), Layout::right_to_left(Align::Center), |ui| ui.label(text));
}

fn problems(ui: &mut Ui, dataset: &Dataset) {
    let palette = Palette::of(ui);
    card(ui, |ui| {
        section(ui, "Problems found");
        if dataset.problems.is_empty() {
            weak(ui, "None: every row was understood.");
        }
        for problem in &dataset.problems {
            let (mark, colour) = match problem.severity {
                Severity::Error => ("error", palette.error),
                Severity::Warning => ("warning", palette.warning),
                Severity::Note => ("note", palette.weak),
            };
            ui.horizontal_top(|ui| {
                ui.allocate_ui_with_layout(vec2(64.0, 20.0), Layout::left_to_right(Align::Min), |ui| {
                    ui.set_min_width(64.0);
                    tag(ui, mark, colour);
                });
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    ui.add(egui::Label::new(&problem.message).wrap().selectable(true));
                    let place = problem.first_line.map_or(String::new(), |line| format!(", first in line {line}"));
                    let file = problem
                        .file
                        .file_name()
                        .map_or(String::new(), |name| format!(" of {}", name.to_string_lossy()));
                    weak(ui, format!("{} times{place}{file}", numbers::exact(problem.count)));
                });
            });
        }
    });
}
