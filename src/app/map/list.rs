//! The list of a table's IDs beside the map: all, or those that the search finds.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{self, Align, Button, FontId, Frame, Layout, Margin, RichText, Stroke, Ui};

use crate::app::controls::{progress_line, weak};
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::engine::Command;
use crate::numbers;
use crate::run::filter::{FilterError, suggestions};
use crate::run::{Run, TableView};

/// Draws the list of the table on show; a click pins, a click with Ctrl adds.
pub fn show(ui: &mut Ui, state: &mut WindowState, run: &Run, table: &TableView<'_>) {
    let palette = Palette::of(ui);
    if let Some(filter) = state.map.search.read(run, table) {
        state.outbox.push(Command::Filter { table: table.name.to_owned(), filter: Box::new(filter) });
    }
    completion(ui, state);
    if let Some(fault) = state.map.search.fault() {
        return faulty(ui, &state.map.search.query, fault);
    }
    if state.map.search.advance(table) {
        ui.ctx().request_repaint();
    }
    let found = state.map.search.found().len();
    ui.horizontal(|ui| {
        weak(ui, numbers::counted(found as u64, table.name));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hint = "Select every ID in this list (Enter in the search)";
            if found > 0 && ui.link(RichText::new("Select all").size(SMALL)).on_hover_text(hint).clicked() {
                state.map.select_found();
            }
        });
    });
    if state.map.search.is_waiting() {
        return progress_line(ui, None, 120.0);
    }
    if found == 0 {
        weak(ui, "Nothing is called so, and no filter means it.");
        weak(ui, "Filters compare columns:  count >= 10 and label ~ milk");
        return;
    }
    let mut clicked = None;
    egui::ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, 24.0, found, |ui, range| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &row in &state.map.search.found()[range] {
            let selected = state.map.selection.contains(&row);
            let count = table.counts.get(row as usize).copied().unwrap_or(0);
            let text = RichText::new(table.name_of(row)).size(12.0).color(if selected {
                palette.accent
            } else {
                palette.text
            });
            let id = table.vocabulary.id(row);
            let shown_id = if table.name_of(row) == id { String::new() } else { id.to_owned() };
            let button = Button::new((text, RichText::new(shown_id).size(SMALL).color(palette.weak)))
                .right_text(RichText::new(numbers::short(count)).size(SMALL).color(palette.weak))
                .selected(selected)
                .frame_when_inactive(selected)
                .truncate()
                .min_size(egui::vec2(ui.available_width(), 24.0));
            if ui.add(button).on_hover_text(format!("{} {id}", table.name)).clicked() {
                clicked = Some(row);
            }
        }
    });
    if let Some(row) = clicked {
        if ui.input(|input| input.modifiers.command) {
            state.map.remember();
            if !state.map.selection.remove(&row) {
                state.map.selection.insert(row);
            }
            state.map.styles_changed();
        } else {
            let now = ui.input(|input| input.time);
            state.pin(table.name, row);
            state.map.centre_on(row, now);
        }
    }
}

/// The frame of the list at the left of the map.
pub fn frame(ui: &Ui) -> Frame {
    let palette = Palette::of(ui);
    Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(10, 8))
}

/// Columns that the word at the end of the query may become; Tab takes the first.
fn completion(ui: &mut Ui, state: &mut WindowState) {
    let search = &state.map.search;
    let (at, names) = suggestions(&search.query, search.columns());
    let word = search.query[at.clone()].to_lowercase();
    let names: Vec<String> = names.into_iter().filter(|name| name.to_lowercase() != word).map(str::to_owned).collect();
    if names.is_empty() {
        return;
    }
    let mut taken = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 2.0);
        weak(ui, "Compare");
        for name in &names {
            let link = ui.link(RichText::new(name).size(SMALL)).on_hover_text("Completes the filter");
            if link.clicked() {
                taken = Some(name.clone());
            }
        }
    });
    if let Some(name) = taken {
        let bare = name.chars().all(|letter| letter.is_alphanumeric() || "_-.@#".contains(letter));
        let column = if bare { name } else { format!("[{name}]") };
        state.map.search.query.replace_range(at, &format!("{column} "));
    }
}

/// The filter with what is wrong in it underlined, and why.
fn faulty(ui: &mut Ui, query: &str, fault: &FilterError) {
    let palette = Palette::of(ui);
    let font = FontId::proportional(12.0);
    let right = TextFormat { font_id: font.clone(), color: palette.text, ..TextFormat::default() };
    let wrong = TextFormat {
        font_id: font,
        color: palette.error,
        underline: Stroke::new(1.5, palette.error),
        ..TextFormat::default()
    };
    let mut job = LayoutJob::default();
    job.wrap.max_width = ui.available_width();
    // The end of a text that breaks off is marked by a blank behind it.
    let (before, at) = (query.get(..fault.at.start).unwrap_or(query), query.get(fault.at.clone()).unwrap_or_default());
    job.append(before, 0.0, right.clone());
    job.append(if at.is_empty() { "    " } else { at }, 0.0, wrong);
    job.append(query.get(fault.at.end..).unwrap_or_default(), 0.0, right);
    ui.add(egui::Label::new(job).wrap());
    ui.add_space(4.0);
    ui.add(egui::Label::new(RichText::new(&fault.message).size(SMALL).color(palette.error)).wrap());
}
