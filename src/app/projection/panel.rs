//! The panel at the left of the map.

use eframe::egui::{self, Align, Layout, RichText, ScrollArea, Ui, vec2};

use super::axes_form;
use super::{Chosen, ProjectionPanel, begins_anew, form, method_name, outcome};
use crate::app::controls::{
    choice, emphasis, hairline, icon_button, primary_button, progress_line, section, segmented, weak,
};
use crate::app::icons::Icon;
use crate::app::state::WindowState;
use crate::app::theme::{BODY, Palette};
use crate::engine::{Command, JobKind, ProjectionFrame};
use crate::numbers;
use crate::projection::{Method, TsneParameters, UmapParameters};
use crate::run::{Run, TableView};

/// Iterations that a finished map goes on for.
const MORE: usize = 250;

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &mut WindowState, run: &Run, table: &TableView<'_>) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.label(emphasis("Projection", BODY).color(palette.strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close the projection panel").clicked() {
                state.projection.open = false;
            }
        });
    });
    ScrollArea::vertical().auto_shrink([false, false]).id_salt("projection").show(ui, |ui| {
        let hints = [
            "The two directions in which vectors differ most",
            "Neighbours stay neighbours; takes iterations",
            "Neighbours stay neighbours, clusters are tighter; takes epochs",
            "Directions from some IDs to others",
        ];
        let taken = Chosen::ALL.iter().position(|chosen| *chosen == state.projection.chosen);
        if let Some(picked) = segmented(ui, &Chosen::ALL.map(Chosen::name), &hints, taken) {
            state.projection.chosen = Chosen::ALL[picked];
        }
        ui.add_space(4.0);
        match state.projection.chosen {
            Chosen::Pca => {}
            Chosen::Tsne => form::tsne(ui, &mut state.projection),
            Chosen::Umap => form::umap(ui, &mut state.projection),
            Chosen::Axes => axes_form::show(ui, state, run, table),
        }
        form::shared(ui, &mut state.projection, state.map.selection.len());
        ui.add_space(4.0);
        let rows = state.projection.rows(&state.map.selection).map_or(table.vocabulary.len(), |rows| rows.len());
        let possible = form::forecast(ui, &state.projection, rows, table.vectors.ncols());
        ui.add_space(4.0);
        actions(ui, state, possible);
        if let Some(result) = state.map.result().cloned() {
            ui.add_space(8.0);
            hairline(ui);
            ui.add_space(4.0);
            outcome::show(ui, &mut state.map, &result);
            go_on(ui, state);
        }
    });
}

fn actions(ui: &mut Ui, state: &mut WindowState, possible: bool) {
    if state.is_training() {
        weak(ui, "While a training runs the map follows it, by PCA or t-SNE as the toolbar says.");
        return;
    }
    match state.live.projection.clone() {
        Some(frame) => running(ui, state, &frame, possible),
        None if state.job(JobKind::Unfold).is_some() => preparing(ui, state),
        None => {
            let request = state.projection.request(&state.map);
            let shown = state.map.request() == Some(&request) && state.map.is_done();
            if shown {
                weak(ui, "This is the map on show.");
            } else if primary_button(ui, "Make the map", possible).clicked() {
                begin(state);
            }
        }
    }
}

/// Asks for the map of the form.
fn begin(state: &mut WindowState) {
    let request = state.projection.request(&state.map);
    state.projection.running = Some(state.projection.method());
    state.show_map(request);
}

/// Neighbours are being found: there are no frames yet.
fn preparing(ui: &mut Ui, state: &mut WindowState) {
    let Some(id) = state.job(JobKind::Unfold).map(|job| job.id) else { return };
    let stage = state.live.progress.get(&id).map_or("Preparing", |progress| progress.stage.as_str()).to_owned();
    weak(ui, stage);
    progress_line(ui, None, ui.available_width());
    if ui.button("Cancel").clicked() {
        state.send(Command::Cancel(id));
    }
}

fn running(ui: &mut Ui, state: &mut WindowState, frame: &ProjectionFrame, possible: bool) {
    section(ui, &format!("{} of {}", name_of(frame), numbers::plural(&frame.request.table)));
    weak(ui, phase(frame));
    progress_line(ui, Some(frame.iteration as f32 / frame.iterations.max(1) as f32), ui.available_width());
    ui.horizontal_wrapped(|ui| {
        levers(ui, state, frame);
        let Some(old) = state.projection.running.clone() else { return };
        let new = state.projection.method();
        if Chosen::of(&new) == Chosen::of(&old) && old != new && possible {
            let hint = if begins_anew(&old, &new) {
                "Begins anew from where the points are: neighbours are weighed differently"
            } else {
                "Goes on with these parameters"
            };
            if ui.button("Apply").on_hover_text(hint).clicked() {
                apply(state, frame, &old);
            }
        }
    });
    if *frame.request != state.map.request().cloned().unwrap_or_else(|| frame.request.as_ref().clone())
        && ui.link("Watch it").clicked()
    {
        watch(state, frame);
    }
}

/// Pause, resume, stop, from left to right wherever they stand.
pub fn levers(ui: &mut Ui, state: &mut WindowState, frame: &ProjectionFrame) {
    let mut order: [fn(&mut Ui, &mut WindowState, &ProjectionFrame); 2] = [pause_or_resume, stop];
    if ui.layout().prefer_right_to_left() {
        order.reverse();
    }
    for lever in order {
        lever(ui, state, frame);
    }
}

fn pause_or_resume(ui: &mut Ui, state: &mut WindowState, frame: &ProjectionFrame) {
    let (word, command) =
        if frame.paused { ("Resume", Command::ResumeProjection) } else { ("Pause", Command::PauseProjection) };
    if ui.button(word).clicked() {
        state.send(command);
    }
}

fn stop(ui: &mut Ui, state: &mut WindowState, _: &ProjectionFrame) {
    if ui.button("Stop").on_hover_text("Ends here and keeps the map as it is").clicked() {
        state.send(Command::StopProjection);
    }
}

/// Goes on with the parameters of the form.
fn apply(state: &mut WindowState, frame: &ProjectionFrame, old: &Method) {
    let new = state.projection.method();
    state.projection.running = Some(new.clone());
    if begins_anew(old, &new) {
        if state.map.request() != Some(&*frame.request) {
            watch(state, frame);
        }
        let request = ProjectionPanel::going_on(&state.map, &frame.request, new);
        state.show_map(request);
    } else {
        state.send(Command::ChangeProjection(new));
        if frame.paused {
            state.send(Command::ResumeProjection);
        }
    }
}

/// Shows the map that is being made.
fn watch(state: &mut WindowState, frame: &ProjectionFrame) {
    if state.map.table != frame.request.table {
        state.show_table(&frame.request.table);
    }
    state.show_map(frame.request.as_ref().clone());
    state.follow_map();
}

/// The method of a map that is being made.
pub fn name_of(frame: &ProjectionFrame) -> &'static str {
    method_name(&frame.request.settings.method)
}

/// Where a map that is being made stands, in words.
pub fn phase(frame: &ProjectionFrame) -> String {
    let phase = if frame.paused {
        "paused"
    } else if frame.early {
        "early exaggeration"
    } else {
        "optimising"
    };
    let (done, all) = (numbers::exact(frame.iteration as u64), numbers::exact(frame.iterations as u64));
    format!("{phase} · {done}/{all}")
}

/// More iterations for a map that is done.
fn go_on(ui: &mut Ui, state: &mut WindowState) {
    let busy = state.job(JobKind::Unfold).is_some() || state.is_training();
    let Some(request) = state.map.request().filter(|request| request.job_kind() == JobKind::Unfold).cloned() else {
        return;
    };
    let (more, unit) = match request.settings.method.clone() {
        Method::Tsne(parameters) => (Method::Tsne(TsneParameters { iterations: MORE, ..parameters }), "iterations"),
        Method::Umap(parameters) => (Method::Umap(UmapParameters { epochs: Some(MORE), ..parameters }), "epochs"),
        Method::Pca | Method::Axes(_) => return,
    };
    ui.add_space(6.0);
    let button = egui::Button::new(format!("Go on for {MORE} {unit}")).min_size(vec2(88.0, 26.0));
    if ui.add_enabled(!busy, button).clicked() {
        state.projection.running = Some(more.clone());
        let request = ProjectionPanel::going_on(&state.map, &request, more);
        state.show_map(request);
    }
}

/// The methods in the toolbar: one that was used before shows its map at once.
pub fn choose_method(ui: &mut Ui, state: &mut WindowState) {
    let shown = state.map.request().map(|request| request.settings.method.clone()).unwrap_or_default();
    let training = state.is_training();
    let mut picked = None;
    choice(ui, "Method", method_name(&shown), 72.0, |ui| {
        for chosen in Chosen::ALL {
            let on = Chosen::of(&shown) == chosen;
            let needs_more = chosen != Chosen::Pca && state.map.kept_request(chosen).is_none();
            let button = egui::Button::new(chosen.name())
                .right_text(RichText::new(if needs_more { "…" } else { "" }).weak())
                .selected(on)
                .frame_when_inactive(on);
            if ui.add_enabled(!training || chosen != Chosen::Umap, button).clicked() {
                picked = Some(chosen);
            }
        }
    });
    let Some(chosen) = picked else { return };
    if training && matches!(chosen, Chosen::Pca | Chosen::Tsne) {
        return state.follow_by(chosen);
    }
    state.projection.chosen = chosen;
    let being_made = state
        .live
        .projection
        .as_ref()
        .map(|frame| frame.request.as_ref())
        .filter(|made| made.table == state.map.table && Chosen::of(&made.settings.method) == chosen);
    match being_made.or_else(|| state.map.kept_request(chosen)).cloned() {
        Some(request) => state.show_map(request),
        None if chosen != Chosen::Pca => {
            state.projection.open = true;
            state.map.close_list();
        }
        None => {
            let request = crate::engine::ProjectionRequest::pca(state.map.table.clone(), state.map.dims);
            state.show_map(request);
        }
    }
}
