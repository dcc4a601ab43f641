//! Over and under the table: which runs are on show, and what can be done with those that are checked.

use eframe::egui::{self, Align, Layout, RichText, Ui};

use super::View;
use crate::app::controls::{icon_button, row_with_right, weak};
use crate::app::icons::Icon;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::comparison::Filter;
use crate::engine::{Command, JobKind};
use crate::numbers;

/// Width from which filter, switches and the field for a folder stand in one row.
const ONE_ROW: f32 = 980.0;

/// Draws filter and switches; returns the filter, or none of it where it says nothing sensible yet.
pub fn above(ui: &mut Ui, state: &mut WindowState) -> Filter {
    let palette = Palette::of(ui);
    let is_wide = ui.available_width() >= ONE_ROW;
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new("Filter").color(palette.weak));
        let field = egui::TextEdit::singleline(&mut state.runs.filter)
            .hint_text("name, tag, window>4, hit_rate@10>=30%")
            .desired_width(280.0);
        ui.add(field).labelled_by(label.id).on_hover_text(
            "Words of name or tag, and conditions on columns: = != < <= > >=.\nAll have to hold. The key of a column \
             stands on its header's hint.",
        );
        ui.add_space(8.0);
        ui.checkbox(&mut state.runs.only_differing, "Only what differs")
            .on_hover_text("Hides columns in which all runs on show agree");
        let hidden = state.runs.table.runs.iter().filter(|run| run.notes.archived).count();
        if hidden > 0 {
            ui.checkbox(&mut state.runs.archived, format!("Archived ({hidden})"));
        }
        if is_wide {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| others(ui, state));
        }
    });
    if !is_wide {
        row_with_right(ui, |_| {}, |ui| others(ui, state));
    }
    match Filter::parse(&state.runs.filter, &state.runs.table.columns) {
        Ok(filter) => filter,
        Err(why) => {
            ui.label(RichText::new(why).size(SMALL).color(palette.warning));
            Filter::default()
        }
    }
}

/// Where other runs come from.
fn others(ui: &mut Ui, state: &mut WindowState) {
    if icon_button(ui, Icon::Again, "Look for runs again").clicked() {
        state.runs.look_again();
    }
    folder(ui, state);
}

/// A run, or a folder of runs, by its path.
fn folder(ui: &mut Ui, state: &mut WindowState) {
    let entered = ui.input(|input| input.key_pressed(egui::Key::Enter));
    let path = state.export.run_to_open.trim().to_owned();
    let clicked = ui.add_enabled(!path.is_empty(), egui::Button::new("Add")).clicked();
    let field = egui::TextEdit::singleline(&mut state.export.run_to_open)
        .hint_text("a run, or a folder of runs")
        .desired_width(220.0);
    let response = ui.add(field);
    let label = ui.label(RichText::new("Run folder").color(Palette::of(ui).weak));
    let done = response.labelled_by(label.id).lost_focus() && entered;
    if (clicked || done) && !path.is_empty() {
        let path = std::path::PathBuf::from(path);
        let path = std::path::absolute(&path).unwrap_or(path);
        if crate::app::is_run(&path) {
            state.replace_run(vec![Command::OpenRun(path)]);
        } else {
            state.runs.add_folder(&path);
        }
    }
}

/// Draws what is under the table.
pub fn below(ui: &mut Ui, state: &mut WindowState, on_show: usize) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        if state.job(JobKind::ListRuns).is_some() {
            weak(ui, "Looking for runs…");
        } else {
            let all = state.runs.table.runs.len();
            let count = numbers::counted(all as u64, "run");
            weak(ui, if on_show == all { count } else { format!("{on_show} of {count}") });
        }
        let checked = state.runs.checked.len();
        if checked > 0 {
            let brushed =
                state.runs.checked.iter().filter(|path| state.runs.marked.contains(&path.display().to_string()));
            let brushed = match brushed.count() {
                0 => String::new(),
                count => format!(", {count} of them brushed"),
            };
            weak(ui, format!("· {checked} checked{brushed}"));
            if ui.button("Compare").clicked() {
                state.runs.show_view(View::Compare);
            }
            if ui.link(RichText::new("Uncheck all").size(SMALL)).clicked() {
                state.runs.checked.clear();
            }
        }
        let Some(words) = state.runs.last_change().map(super::changes::Undone::words) else { return };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Undo").on_hover_text("Undo the latest change of a run").clicked() {
                state.undo_change();
            }
            let text = RichText::new(&words).size(SMALL).color(palette.weak);
            ui.add(egui::Label::new(text).truncate()).on_hover_text(words);
        });
    });
}
