//! Selections that were given a name: kept with the run, and joined with what is selected.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{self, Align, Button, Layout, RichText, TextEdit, Ui, WidgetInfo};

use super::MapView;
use super::select::Join;
use crate::app::controls::{icon_button, weak};
use crate::app::icons::Icon;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::numbers;
use crate::run::{NamedSet, Run, TableView};

impl MapView {
    /// Names the selection of `table`; a set of that name and table is replaced.
    pub fn name_selection(&mut self, table: &TableView<'_>, name: &str) {
        let ids = self.selection.iter().map(|&row| table.vocabulary.id(row).to_owned()).collect();
        let set = NamedSet { name: name.to_owned(), table: table.name.to_owned(), ids };
        self.remember();
        let sets = Arc::make_mut(&mut self.sets);
        match sets.iter_mut().find(|other| other.name == set.name && other.table == set.table) {
            Some(other) => *other = set,
            None => sets.push(set),
        }
    }

    /// Selects the IDs of a set, or joins them with what is selected.
    fn select_set(&mut self, run: &Run, at: usize, join: Join) {
        let Some(set) = self.sets.get(at) else { return };
        let rows = run.known_rows(&set.table, &set.ids);
        self.remember();
        join.apply(&mut self.selection, &rows);
        self.styles_changed();
    }
}

/// The button that names the selection, with its small form.
pub fn keep_button(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    ui.menu_button("Keep…", |ui| {
        ui.set_min_width(220.0);
        weak(ui, "A name for the selection; it is kept with the run");
        let field = ui.add(TextEdit::singleline(&mut state.map.set_name).hint_text("Name").desired_width(212.0));
        field.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, "Name of the set"));
        if state.map.set_name.is_empty() && !field.has_focus() {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let name = state.map.set_name.trim().to_owned();
        let pressed = ui.add_enabled(!name.is_empty(), Button::new("Keep the set")).clicked();
        if (entered || pressed)
            && !name.is_empty()
            && let Ok(table) = run.table(&state.map.table.clone())
        {
            state.map.name_selection(&table, &name);
            state.map.set_name.clear();
            ui.close();
        }
    })
    .response
    .on_hover_text("Give the selection a name");
}

/// The sets of the table on show, above its list.
pub fn show(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let own: BTreeSet<usize> =
        (0..).zip(state.map.sets.iter()).filter(|(_, set)| set.table == state.map.table).map(|(at, _)| at).collect();
    if own.is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    weak(ui, "Sets");
    let mut dropped = None;
    for at in own {
        let set = state.map.sets[at].clone();
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, &format!("Drop the set {}", set.name)).clicked() {
                    dropped = Some(at);
                }
                let count = RichText::new(numbers::short(set.ids.len() as u64)).size(SMALL).color(palette.weak);
                let button = Button::new(RichText::new(&set.name).size(12.0).color(palette.text))
                    .right_text(count)
                    .frame_when_inactive(false)
                    .truncate()
                    .min_size(egui::vec2(ui.available_width(), 24.0));
                let hint =
                    "Click selects, Shift + click adds, Alt + click takes away, Ctrl + click keeps what is in both";
                if ui.add(button).on_hover_text(hint).clicked() {
                    let modifiers = ui.input(|input| input.modifiers);
                    let join = match modifiers {
                        modifiers if modifiers.shift => Join::Add,
                        modifiers if modifiers.alt => Join::Take,
                        modifiers if modifiers.command => Join::Common,
                        _ => Join::Replace,
                    };
                    state.map.select_set(run, at, join);
                }
            });
        });
    }
    if let Some(at) = dropped {
        state.map.remember();
        Arc::make_mut(&mut state.map.sets).remove(at);
    }
    ui.add_space(4.0);
    crate::app::controls::hairline(ui);
    ui.add_space(4.0);
}
