//! How a training goes: curves, hit rates by attribute ID, and the map that follows it.

use std::sync::Arc;

use eframe::egui::{self, Align, Frame, Layout, Margin, Panel, RichText, Ui};

use super::controls::{empty_state, section};
use super::icons::Icon;
use super::state::{Place, WindowState};
use super::theme::{Palette, SMALL};
use super::{curves, map, segments, while_training};
use crate::numbers;

/// Width from which bars have room beside the curves.
const WIDE: f32 = 600.0;

/// Draws it.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let curve = Arc::clone(&state.live.curve);
    let from_run = state.run.as_ref().map(|shown| Arc::clone(&shown.run));
    let shown = match (&from_run, curve.is_empty(), state.is_training()) {
        (Some(run), true, false) => run.curve.as_slice(),
        _ => curve.as_slice(),
    };
    let epochs = state.live.training.as_ref().map(|training| training.epochs);
    let with_map = state.map.has_points();
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin { left: 18, right: 18, top: 16, bottom: 10 });
    let height = ui.available_height() * if with_map { 0.5 } else { 1.0 };
    state.map.legend_shown = false;
    segments::ask(state);
    if ui.available_width() >= WIDE && (segments::has_any(state) || segments::instead(state).is_some()) {
        let frame = Frame::new().fill(palette.panel).inner_margin(Margin { left: 14, right: 12, top: 16, bottom: 10 });
        Panel::right("segments").resizable(true).default_size(252.0).size_range(200.0..=360.0).frame(frame).show(
            ui,
            |ui| {
                segments::show(ui, state);
            },
        );
    }
    if with_map {
        Panel::bottom("live map")
            .resizable(true)
            .default_size(height)
            .size_range(140.0..=height * 1.6)
            .frame(Frame::new())
            .show(ui, |ui| {
                map::show_canvas(ui, state);
            });
    }
    frame.show(ui, |ui| {
        heading(ui, state);
        if shown.is_empty() {
            let (title, hint) = if state.is_training() {
                ("The first steps are being taken", "The curves appear in a moment.")
            } else {
                ("Nothing is trained yet", "Press Train: the loss curves and the moving map appear here.")
            };
            empty_state(ui, Icon::Train, title, hint, |_| {});
        } else {
            let measured = from_run.as_ref().filter(|_| !state.is_training());
            let baselines = measured.and_then(|run| run.metadata.metrics.as_ref()).map(|metrics| &metrics.baselines);
            curves::show(ui, shown, epochs, baselines);
        }
    });
}

fn heading(ui: &mut Ui, state: &mut WindowState) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if state.map.has_points() && ui.button("Open the map").clicked() {
                state.go(Place::Map);
            }
            while_training::method_switch(ui, state);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title(ui, state));
        });
    });
}

/// Whose curves they are, on what it trains, and what is kept of it.
fn title(ui: &mut Ui, state: &WindowState) {
    let Some(training) = &state.live.training else { return section(ui, "Loss") };
    section(ui, &format!("Loss of {}", training.name));
    let kept = training.kept.map(|(frames, size)| format!("keeps {frames} epochs, {}", numbers::bytes(size)));
    let about: Vec<&str> = kept.iter().map(String::as_str).chain([training.backend.as_str()]).collect();
    let (about, palette) = (about.join(" · "), Palette::of(ui));
    let text = RichText::new(&about).size(SMALL).color(palette.weak);
    ui.add(egui::Label::new(text).truncate()).on_hover_text(about);
}
