//! Cells of the table of runs: values, and what is edited in place.

use std::path::{Path, PathBuf};

use eframe::egui::{self, Align, Layout, RichText, Ui};

use super::table;
use crate::app::controls::icon_button;
use crate::app::icons::Icon;
use crate::app::state::WindowState;
use crate::app::theme::{BODY, Palette};
use crate::comparison::{ColumnKind, RunTable};
use crate::engine::{Command, RunChange, RunsCommand};
use crate::run::Unreadable;

/// Points that a character is wide, about.
const CHARACTER: f32 = 7.6;

/// What can be edited of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Its name.
    Name,
    /// Its tags.
    Tags,
    /// Its note.
    Note,
}

/// What is being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editing {
    path: PathBuf,
    field: Field,
    text: String,
    /// Whether the field has had the keyboard.
    focused: bool,
}

/// Points of width of each column: room for its title and its longest value.
pub fn widths(table: &RunTable) -> Vec<f32> {
    let longest = |column: usize| {
        let values = table.cells.iter().filter_map(|cells| cells.get(column)?.as_ref());
        values.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
    };
    let title = |column: usize| table.columns[column].title.chars().count() + 2;
    let width = |column: usize| (longest(column).max(title(column)) as f32 * CHARACTER + 18.0).clamp(64.0, 220.0);
    (0..table.columns.len()).map(width).collect()
}

/// Whether a column stands at the right: it holds numbers.
pub fn is_right(table: &RunTable, column: usize) -> bool {
    table.columns[column].kind != ColumnKind::Fact && table.columns[column].key != "backend"
}

/// Check, star, name and menu of a row.
pub fn name(ui: &mut Ui, state: &mut WindowState, row: usize, on_show: bool) {
    let palette = Palette::of(ui);
    let run = &state.runs.table.runs[row];
    let (path, name, star, known) = (run.path.clone(), run.name(), run.notes.star, run.about.is_ok());
    let archived = run.notes.archived;
    let mut checked = state.runs.checked.contains(&path);
    let check = ui.add_enabled(known, egui::Checkbox::without_text(&mut checked));
    check.widget_info(|| {
        egui::WidgetInfo::selected(egui::accesskit::Role::CheckBox, known, checked, format!("Check {name}"))
    });
    if check.on_hover_text("Check runs to compare them").changed() {
        table::check(state, &path, checked);
    }
    let (icon, hint) =
        if star { (Icon::Starred, format!("Take the star of {name}")) } else { (Icon::Star, format!("Star {name}")) };
    if ui.add_enabled_ui(known, |ui| icon_button(ui, icon, &hint)).inner.clicked() {
        state.change_notes(&path, "star", |notes| notes.star = !star);
    }
    if field(ui, state, &path, Field::Name, 160.0) {
        return;
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let more = icon_button(ui, Icon::More, &format!("More for {name}"));
        egui::Popup::menu(&more).show(|ui| menu(ui, state, row));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let colour = match (known, archived) {
                (false, _) | (_, true) => palette.weak,
                _ if on_show => palette.accent,
                _ => palette.strong,
            };
            let label = egui::Label::new(RichText::new(&name).color(colour).size(BODY)).truncate().selectable(false);
            let label = ui.add(if known { label.sense(egui::Sense::click()) } else { label });
            let hint = if known { format!("Open\n{}", path.display()) } else { path.display().to_string() };
            if label.on_hover_text(hint).clicked() {
                open(state, path);
            }
        });
    });
}

/// Opens the run in `path`.
pub fn open(state: &mut WindowState, path: PathBuf) {
    state.replace_run(vec![Command::OpenRun(path)]);
}

/// The tags of a row.
pub fn tags(ui: &mut Ui, state: &mut WindowState, row: usize) {
    let text = state.runs.table.runs[row].notes.tags.join(", ");
    words(ui, state, row, Field::Tags, &text, "tag");
}

/// The note of a row.
pub fn note(ui: &mut Ui, state: &mut WindowState, row: usize) {
    let text = state.runs.table.runs[row].notes.note.clone();
    words(ui, state, row, Field::Note, &text, "note");
}

/// A text that a click edits.
fn words(ui: &mut Ui, state: &mut WindowState, row: usize, which: Field, text: &str, noun: &str) {
    let palette = Palette::of(ui);
    let run = &state.runs.table.runs[row];
    let (path, name) = (run.path.clone(), run.name());
    if field(ui, state, &path, which, ui.available_width()) {
        return;
    }
    let rect = ui.available_rect_before_wrap();
    let response = ui.interact(rect, ui.scope_id().with("edit"), egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Edit the {noun} of {name}"))
    });
    let shown = if text.is_empty() && response.hovered() { format!("add a {noun}") } else { text.replace('\n', " ") };
    let colour = if text.is_empty() { palette.weak } else { palette.text };
    ui.add(egui::Label::new(RichText::new(shown).color(colour)).truncate().selectable(false));
    if response.on_hover_text(if text.is_empty() { "Click to add" } else { text }).clicked() {
        edit(state, row, which);
    }
}

/// Begins to edit.
fn edit(state: &mut WindowState, row: usize, field: Field) {
    let run = &state.runs.table.runs[row];
    let text = match field {
        Field::Name => run.name(),
        Field::Tags => run.notes.tags.join(", "),
        Field::Note => run.notes.note.clone(),
    };
    state.runs.editing = Some(Editing { path: run.path.clone(), field, text, focused: false });
}

/// The field in which `which` of the run in `path` is edited, if it is.
fn field(ui: &mut Ui, state: &mut WindowState, path: &Path, which: Field, width: f32) -> bool {
    let Some(editing) = state.runs.editing.as_mut().filter(|editing| editing.path == path && editing.field == which)
    else {
        return false;
    };
    let name = match which {
        Field::Name => "Name of the run",
        Field::Tags => "Tags of the run",
        Field::Note => "Note of the run",
    };
    let hint = if which == Field::Tags { "small, tried" } else { "" };
    let edit = egui::TextEdit::singleline(&mut editing.text).hint_text(hint).desired_width(width - 8.0);
    let response = ui.name_inputs(name, |ui| ui.add(edit));
    if !editing.focused {
        response.request_focus();
        editing.focused = true;
    }
    if response.lost_focus() {
        let given_up = ui.input(|input| input.key_pressed(egui::Key::Escape));
        if let Some(editing) = state.runs.editing.take().filter(|_| !given_up) {
            keep(state, &editing);
        }
    }
    true
}

fn keep(state: &mut WindowState, editing: &Editing) {
    let text = editing.text.trim();
    match editing.field {
        Field::Name => {
            let runs = &state.runs.table.runs;
            let own = runs.iter().find(|run| run.path == editing.path);
            let own = own.and_then(|run| run.about.as_ref().ok()).map(|about| about.name.clone());
            let name = (!text.is_empty() && own.as_deref() != Some(text)).then(|| text.to_owned());
            state.change_notes(&editing.path, "name", |notes| notes.name = name);
        }
        Field::Tags => state.change_notes(&editing.path, "tags", |notes| notes.set_tags(text)),
        Field::Note => state.change_notes(&editing.path, "note", |notes| notes.note = text.to_owned()),
    }
}

/// One value.
pub fn value(ui: &mut Ui, state: &WindowState, row: usize, column: usize) {
    let palette = Palette::of(ui);
    match state.runs.table.cell(row, column) {
        Some(cell) => {
            let label = egui::Label::new(RichText::new(&cell.text).color(palette.text)).truncate().selectable(false);
            let shown = ui.add(label);
            if cell.exact != cell.text {
                shown.on_hover_text(&cell.exact);
            }
        }
        None => {
            ui.add(egui::Label::new(RichText::new("-").color(palette.weak)).selectable(false));
        }
    }
}

/// What can be done with a run.
pub fn menu(ui: &mut Ui, state: &mut WindowState, row: usize) {
    ui.set_min_width(168.0);
    let run = &state.runs.table.runs[row];
    let (path, archived) = (run.path.clone(), run.notes.archived);
    let gone = matches!(run.about, Err(Unreadable::Gone));
    if run.about.is_ok() {
        if ui.button("Open").clicked() {
            open(state, path.clone());
        }
        ui.separator();
        for (name, field) in [("Rename", Field::Name), ("Edit tags", Field::Tags), ("Edit note", Field::Note)] {
            if ui.button(name).clicked() {
                edit(state, row, field);
            }
        }
        ui.separator();
        let name = if archived { "Take out of the archive" } else { "Archive" };
        if ui.button(name).on_hover_text("Archived runs stay where they are; lists leave them out").clicked() {
            let what = if archived { "taken out of the archive" } else { "archived" };
            state.change_notes(&path, what, |notes| notes.archived = !archived);
        }
    }
    if !gone {
        let training = state.is_training();
        let delete = ui.add_enabled(!training, egui::Button::new("Delete"));
        if delete.on_hover_text("Moves the folder into .trash beside it; nothing is removed").clicked() {
            state.send(Command::Runs(RunsCommand::Change(RunChange::SetAside(path.clone()))));
        }
    }
    if state.recent.runs().iter().any(|known| known.path == path) && gone && ui.button("Forget").clicked() {
        state.recent.forget(&path);
        state.runs.look_again();
    }
    ui.separator();
    if ui.button("Copy the path").clicked() {
        ui.ctx().copy_text(path.display().to_string());
    }
}
