//! The first page: three doors - the sample, my files, a recent run.

use eframe::egui::{
    self, Button, CornerRadius, Direction, Frame, Layout, Margin, RichText, ScrollArea, Sense, Stroke, Ui, UiBuilder,
    vec2,
};

use super::controls::{emphasis, progress_line, weak};
use super::dialogs::Purpose;
use super::icons::{self, Icon};
use super::state::{Place, WindowState};
use super::theme::{BODY, Palette, SMALL};
use crate::engine::{Command, JobKind};

const DOOR: egui::Vec2 = vec2(272.0, 256.0);
const GAP: f32 = 20.0;
/// Recent runs on the third door.
const RECENT: usize = 4;

/// Draws the page.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let across = (((ui.available_width() - 48.0 + GAP) / (DOOR.x + GAP)) as usize).clamp(1, 3);
        let width = across as f32 * DOOR.x + (across as f32 - 1.0) * GAP;
        let rows = 3usize.div_ceil(across) as f32;
        let height = rows * (DOOR.y + GAP) + 130.0;
        let top = ((ui.available_height() - height) * 0.42).max(24.0);
        let left = ((ui.available_width() - width) * 0.5).max(12.0);
        ui.add_space(top);
        let area = egui::Rect::from_min_size(ui.cursor().min + vec2(left, 0.0), vec2(width, height));
        ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
            ui.label(emphasis("ID Atlas", 30.0).color(palette.strong));
            ui.add_space(-4.0);
            let about = "One vector for every ID of your logs and catalogue, and maps of where they lie.";
            ui.label(RichText::new(about).size(14.0).color(palette.weak));
            ui.add_space(22.0);
            egui::Grid::new("doors").num_columns(across).spacing(vec2(GAP, GAP)).show(ui, |ui| {
                for door in 0..3 {
                    match door {
                        0 => sample(ui, state),
                        1 => files(ui, state),
                        _ => recent(ui, state),
                    }
                    if (door + 1) % across == 0 {
                        ui.end_row();
                    }
                }
            });
            ui.add_space(10.0);
            weak(ui, "Data files and run folders can be dropped anywhere on this window.");
        });
        ui.add_space(top);
    });
}

/// A door: an icon, a title, what is behind it, and the way in.
fn door(ui: &mut Ui, icon: Icon, title: &str, about: &str, add_contents: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.hairline))
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::same(20))
        .show(ui, |ui| {
            ui.set_min_size(DOOR - vec2(42.0, 42.0));
            ui.set_max_width(DOOR.x - 42.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 6.0;
                let (rect, _) = ui.allocate_exact_size(vec2(30.0, 30.0), Sense::hover());
                icons::paint(ui.painter(), icon, rect.shrink(3.0), palette.accent);
                ui.add_space(6.0);
                ui.label(emphasis(title, 16.0).color(palette.strong));
                ui.add(egui::Label::new(RichText::new(about).color(palette.weak)).wrap());
                ui.add_space(8.0);
                add_contents(ui);
            });
        });
}

fn wide_button(ui: &mut Ui, text: &str, primary: bool, enabled: bool) -> bool {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), 34.0);
    let button = if primary {
        Button::new(emphasis(text, BODY).color(palette.on_accent)).fill(palette.accent).stroke(Stroke::NONE)
    } else {
        Button::new(RichText::new(text).color(palette.strong))
    };
    let button = button.corner_radius(CornerRadius::same(6)).min_size(size);
    ui.allocate_ui_with_layout(size, Layout::centered_and_justified(Direction::LeftToRight), |ui| {
        ui.add_enabled(enabled, button)
    })
    .inner
    .clicked()
}

fn sample(ui: &mut Ui, state: &mut WindowState) {
    let about = "Purchases of 327 households in 8 stores: 3,151 items with product, store, brand and category. Loads at once, trains in seconds.";
    let loading = state.job(JobKind::Load).is_some();
    door(ui, Icon::Play, "The sample", about, |ui| {
        if wide_button(ui, "Try the sample", true, !loading) {
            state.send(Command::LoadSample);
        }
        if loading {
            progress_line(ui, None, ui.available_width());
        } else {
            weak(ui, "The Complete Journey, © 84.51°, CC0");
        }
    });
}

fn files(ui: &mut Ui, state: &mut WindowState) {
    let about = "Events with a user and an item in each row, and the items with their attributes. CSV, Parquet, Arrow or JSON lines.";
    door(ui, Icon::File, "My files", about, |ui| {
        if wide_button(ui, "Open my files…", false, true) {
            state.go(Place::Data);
            state.dialogs.ask(ui.ctx(), Purpose::Events, "");
        }
        weak(ui, "You see what each column means before anything is loaded.");
    });
}

fn recent(ui: &mut Ui, state: &mut WindowState) {
    let runs: Vec<_> = state.recent.runs().iter().take(RECENT).cloned().collect();
    let about = if runs.is_empty() {
        "A trained run with its vectors, curves and maps. Runs you save or open are listed here."
    } else {
        "Runs you opened lately."
    };
    door(ui, Icon::Clock, "A run", about, |ui| {
        if wide_button(ui, "Open a run…", false, true) {
            state.go(Place::Runs);
            state.dialogs.ask(ui.ctx(), Purpose::OpenRun, "");
        }
        ui.spacing_mut().item_spacing.y = 2.0;
        for run in runs {
            let name = egui::Button::new(RichText::new(&run.name).size(12.5))
                .right_text(RichText::new(&run.when).size(SMALL).weak())
                .frame_when_inactive(false)
                .truncate()
                .min_size(vec2(ui.available_width(), 22.0));
            if ui.add(name).on_hover_text(format!("{}\n{}", run.about, run.path.display())).clicked() {
                state.send(Command::OpenRun(run.path));
            }
        }
    });
}
