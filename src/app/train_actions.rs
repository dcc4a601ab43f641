//! What can be done on the train page: train, pause, stop, train on from the run on show.

use eframe::egui::{self, RichText, Ui, vec2};

use super::branch_panel;
use super::controls::{primary_button, weak};
use super::state::WindowState;
use super::theme::{Palette, SMALL};
use crate::engine::Command;
use crate::numbers;

/// Draws the buttons.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    ui.horizontal(|ui| {
        if state.is_training() {
            let paused = state.live.training.as_ref().is_some_and(|training| training.paused);
            if paused {
                if primary_button(ui, "Resume", true).clicked() {
                    state.send(Command::Resume);
                }
            } else if ui.add(egui::Button::new("Pause").min_size(vec2(88.0, 30.0))).clicked() {
                state.send(Command::Pause);
            }
            let stop = egui::Button::new("Stop").min_size(vec2(88.0, 30.0));
            if ui.add(stop).on_hover_text("Ends the training and keeps what was learned").clicked() {
                state.send(Command::Stop);
            }
            branch_button(ui, state);
        } else {
            let ready = state.dataset.is_some() && state.train.is_valid();
            if primary_button(ui, "Train", ready).clicked() {
                state.start_training();
            }
            if !state.train.is_valid() {
                weak(ui, "A value above is not valid.");
            } else if let Some(dataset) = &state.dataset {
                weak(ui, format!("on {}", numbers::counted(dataset.events.len() as u64, "event")));
            } else {
                weak(ui, "Load data to train again.");
            }
        }
    });
    if !state.is_training() && state.dataset.is_some() && state.run.is_some() {
        ui.add_space(6.0);
        train_on(ui, state);
        ui.add_space(6.0);
        branch_button(ui, state);
    }
}

/// The way on with other hyperparameters, without what was learned being lost.
fn branch_button(ui: &mut Ui, state: &mut WindowState) {
    let why_not = branch_panel::hindrance(state);
    let button = egui::Button::new("Branch…").min_size(vec2(88.0, 30.0));
    let hint = "Goes on from here with other hyperparameters, as a run of its own (Ctrl+B)";
    let response = ui.add_enabled(why_not.is_none(), button).on_hover_text(hint);
    if response.on_disabled_hover_text(why_not.unwrap_or_default()).clicked() {
        branch_panel::open(state);
    }
}

/// The way on from the run on show with the loaded data, which may be newer ones.
fn train_on(ui: &mut Ui, state: &mut WindowState) {
    let Some(name) = state.run.as_ref().map(|shown| shown.run.metadata.name.clone()) else { return };
    let saved = state.start_of_training().is_some();
    let ready = saved && state.train.is_valid();
    let hint = format!(
        "IDs that {name} knows keep their vectors, new items start where items like them lie, and all are trained on \
         with the loaded data"
    );
    let why_not =
        if saved { "A value above is not valid" } else { "Save the run first; then it can be trained on from" };
    let button = egui::Button::new("Train on from this run").min_size(vec2(88.0, 30.0));
    ui.horizontal(|ui| {
        if ui.add_enabled(ready, button).on_hover_text(hint).on_disabled_hover_text(why_not).clicked() {
            state.train_on();
        }
        ui.add(egui::Label::new(RichText::new(name).size(SMALL).color(Palette::of(ui).weak)).truncate());
    });
}
