//! The bar at the top: menus, the run on show, and the way to any ID.

use std::sync::Arc;

use eframe::egui::{self, Align, Button, Layout, RichText, ThemePreference, Ui};

use super::branch_panel;
use super::controls::{icon_button, tag};
use super::icons::Icon;
use super::map::entries_of_types as map_types;
use super::shortcuts::{self, Action};
use super::state::WindowState;
use super::theme::{Palette, SMALL};
use crate::engine::Command;

/// Room for the word before the name of the run, and some ground between it and the menus.
const BEFORE_NAME: f32 = 44.0;

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    egui::MenuBar::new().ui(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let run = state.run.is_some() && !state.is_training();
        let map = state.map.has_points();
        let is_saved = state.run.as_ref().is_some_and(|shown| shown.path.is_some());
        ui.menu_button("File", |ui| {
            ui.set_min_width(200.0);
            entry(ui, state, "Open files…", Action::OpenFiles, true);
            entry(ui, state, "Open a run…", Action::OpenRun, true);
            entry(ui, state, "Open a packed run…", Action::OpenPacked, true);
            if ui.button("Load the sample").clicked() {
                state.send(Command::LoadSample);
            }
            ui.separator();
            let can_branch = branch_panel::hindrance(state).is_none();
            entry(ui, state, "Branch the run…", Action::Branch, can_branch);
            entry(ui, state, "Save the run…", Action::Save, run);
            entry(ui, state, "Pack the run as a zip", Action::Pack, run && is_saved);
            entry(ui, state, "Export vectors…", Action::Export, run);
            entry(ui, state, "Export the picture…", Action::Picture, map);
            ui.separator();
            if ui.button("Quit").clicked() {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
            }
        });
        ui.menu_button("Edit", |ui| {
            ui.set_min_width(200.0);
            entry(ui, state, "Undo", Action::Undo, map);
            entry(ui, state, "Redo", Action::Redo, map);
            ui.separator();
            entry(ui, state, "Invert the selection", Action::Invert, map);
            entry(ui, state, "Clear the selection", Action::Escape, !state.map.selection.is_empty());
            entry(ui, state, "Find IDs", Action::Find, state.run.is_some());
        });
        ui.menu_button("View", |ui| {
            ui.set_min_width(180.0);
            entry(ui, state, "Fit the map", Action::Fit, map);
            entry(ui, state, "Go to the selection", Action::FitSelection, !state.map.selection.is_empty());
            entry(ui, state, "Names of regions", Action::Regions, map);
            entry(ui, state, "Density lines", Action::Contours, map);
            entry(ui, state, "Overview", Action::Overview, map);
            other_types(ui, state, map);
            entry(ui, state, "Three axes or two", Action::Dims, map);
            ui.separator();
            let several = state.map.are_several();
            entry(ui, state, "Split the map", Action::Split, map && state.map.may_split());
            entry(ui, state, "Close this map", Action::ClosePane, several);
            entry(ui, state, "Reset the layout", Action::ResetLayout, true);
            ui.separator();
            entry(ui, state, "Frame times", Action::FrameTimes, true);
            ui.separator();
            let now = ui.ctx().options(|options| options.theme_preference);
            for (name, theme) in [
                ("Light", ThemePreference::Light),
                ("Dark", ThemePreference::Dark),
                ("As the system", ThemePreference::System),
            ] {
                if ui.radio(now == theme, name).clicked() {
                    ui.ctx().set_theme(theme);
                }
            }
            ui.separator();
            for (name, factor) in [("Larger", 1.1), ("Smaller", 1.0 / 1.1)] {
                if ui.button(name).clicked() {
                    ui.ctx().set_zoom_factor((ui.ctx().zoom_factor() * factor).clamp(0.5, 3.0));
                }
            }
        });
        ui.menu_button("Help", |ui| {
            entry(ui, state, "Keyboard and pointer", Action::Sheet, true);
            if ui.button("Welcome page").clicked() {
                state.welcome = true;
            }
            ui.separator();
            ui.label(RichText::new(concat!("ID Atlas ", env!("CARGO_PKG_VERSION"))).weak());
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| right(ui, state));
    });
}

/// Which IDs of other types lie among the items.
fn other_types(ui: &mut Ui, state: &mut WindowState, map: bool) {
    let Some(run) = state.run.as_ref().map(|shown| Arc::clone(&shown.run)).filter(|_| map) else {
        ui.add_enabled(false, Button::new("IDs of other types"));
        return;
    };
    ui.menu_button("IDs of other types", |ui| {
        ui.set_min_width(180.0);
        map_types(ui, state, &run);
    });
}

fn entry(ui: &mut Ui, state: &mut WindowState, name: &str, action: Action, enabled: bool) {
    let keys = shortcuts::keys(ui.ctx(), action);
    let why_not = shortcuts::hindrance(state, action);
    let mut entry = ui.add_enabled(enabled && why_not.is_none(), Button::new(name).shortcut_text(keys));
    if let Some(why_not) = why_not {
        entry = entry.on_disabled_hover_text(why_not);
    }
    if entry.clicked() {
        let ctx = ui.ctx().clone();
        shortcuts::perform(&ctx, state, action);
    }
}

/// The way to everything.
fn search(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    let keys = shortcuts::keys(ui.ctx(), Action::Palette);
    let field = Button::new(RichText::new("Search or command").size(SMALL).color(palette.weak))
        .right_text(RichText::new(keys).size(SMALL).color(palette.weak))
        .fill(palette.canvas)
        .stroke(egui::Stroke::new(1.0, palette.hairline))
        .min_size(egui::vec2(232.0, 24.0));
    let framed = |ui: &mut Ui| {
        ui.spacing_mut().button_padding = egui::vec2(10.0, 3.0);
        ui.add(field).clicked()
    };
    if ui.scope(framed).inner {
        state.palette.open();
    }
    ui.add_space(8.0);
}

fn right(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    let dark = ui.visuals().dark_mode;
    let name = if dark { "Light theme" } else { "Dark theme" };
    if icon_button(ui, Icon::Theme, name).clicked() {
        ui.ctx().set_theme(if dark { ThemePreference::Light } else { ThemePreference::Dark });
    }
    if icon_button(ui, Icon::Keyboard, "Keyboard and pointer (?)").clicked() {
        state.shortcuts_shown = true;
    }
    search(ui, state);
    if let Some(shown) = &state.run {
        if state.is_training() {
            tag(ui, "in training", palette.accent);
        } else if shown.is_unsaved() {
            tag(ui, "not saved", palette.warning);
        }
        let name = RichText::new(&shown.run.metadata.name).color(palette.strong);
        // A long name gives way to the menus and to the word before it.
        let room = (ui.available_width() - BEFORE_NAME).max(0.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            ui.add(egui::Label::new(name).truncate());
        });
        ui.label(RichText::new("run").color(palette.weak));
    }
}
