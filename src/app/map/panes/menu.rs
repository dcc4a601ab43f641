//! The way to another map beside this one.

use eframe::egui::{self, Button, RichText, Ui};

use super::{Panes, dock};
use crate::app::controls::{icon_button, weak};
use crate::app::icons::Icon;
use crate::app::state::WindowState;
use crate::numbers;
use crate::run::Run;

impl Panes {
    /// The table that is shown next beside the others: one that no pane shows, else that of the active pane.
    fn next_table(&self, run: &Run) -> String {
        let names = run.table_names();
        let free = names.into_iter().find(|name| self.all().iter().all(|map| map.table != *name));
        free.unwrap_or(&self.table).to_owned()
    }
}

impl WindowState {
    /// Arranges maps and panels as at first, in their first sizes.
    pub fn reset_layout(&mut self, ctx: &egui::Context) {
        self.map.reset_layout();
        ctx.data_mut(|data| data.remove_by_type::<egui::PanelState>());
    }

    /// Opens a map of `table` beside the one on show; `None`: of a table that is not on show yet.
    pub fn split_map(&mut self, table: Option<&str>) {
        let Some(run) = self.run.as_ref().map(|shown| std::sync::Arc::clone(&shown.run)) else { return };
        let table = table.map_or_else(|| self.map.next_table(&run), str::to_owned);
        self.map.split(&run, &table, self.now);
    }
}

/// The button in the bar of the map, with its menu.
pub fn split_button(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let button = icon_button(ui, Icon::Split, "Another map beside this one (P)");
    egui::Popup::menu(&button).show(|ui| {
        ui.set_min_width(216.0);
        entries(ui, state, run);
    });
}

fn entries(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let room = state.map.may_split();
    weak(ui, if room { "Beside this map" } else { "Four maps are on show; close one first" });
    for name in run.table_names() {
        let rows = run.table(name).map_or(0, |table| table.vocabulary.len());
        let open = Button::new(format!("Split: {}", numbers::plural(name)))
            .right_text(RichText::new(numbers::short(rows as u64)).weak());
        if ui.add_enabled(room, open).clicked() {
            state.split_map(Some(name));
            ui.close();
        }
    }
    ui.separator();
    let mut linked = state.map.has_linked_selections();
    let hint = "What belongs to the selection of one map is selected on the others";
    if ui.checkbox(&mut linked, "Link selections").on_hover_text(hint).changed() {
        state.map.link_selections(linked);
    }
    let mut linked = state.map.has_linked_pointers();
    let hint = "What belongs to what is pointed at on one map is marked on the others";
    if ui.checkbox(&mut linked, "Link pointing").on_hover_text(hint).changed() {
        state.map.link_pointers(linked);
    }
    let mut linked = state.map.has_linked_cameras();
    let hint = "Maps of the same table by the same method are moved and zoomed together";
    if ui.checkbox(&mut linked, "Link cameras").on_hover_text(hint).changed() {
        state.map.link_cameras(linked);
    }
    if state.map.guest().is_some() {
        ui.separator();
        of_comparison(ui, state);
    }
    ui.separator();
    for panel in dock::PANELS {
        let mut docked = state.map.is_docked(panel);
        let hint = "It is dragged, resized and stacked as the maps are";
        let words = format!("{} among the maps", dock::name(panel));
        if ui.checkbox(&mut docked, words).on_hover_text(hint).changed() {
            state.map.dock_next(panel, docked);
            ui.ctx().request_repaint();
        }
    }
    ui.separator();
    let several = state.map.are_several();
    let arranged = several || !state.map.docked().is_empty();
    if ui.add_enabled(arranged, Button::new("Reset the layout")).clicked() {
        state.reset_layout(ui.ctx());
        ui.close();
    }
    if ui.add_enabled(several, Button::new("Close this map").right_text(RichText::new("W").weak())).clicked() {
        state.map.close(state.map.active());
        ui.close();
    }
}

/// What can be done while two runs are compared.
fn of_comparison(ui: &mut Ui, state: &mut WindowState) {
    let mut listed = state.map.shows_changes();
    if ui.checkbox(&mut listed, "List what changed").changed() {
        state.map.toggle_changes();
    }
    let mut as_other = state.map.lies_as_other();
    let hint = "The points of this map move to where the other run has them, or back (B)";
    if ui.checkbox(&mut as_other, "Points as in the other run").on_hover_text(hint).changed() {
        state.map.change_places(state.now);
    }
    if ui.button("End the comparison").clicked() {
        state.map.end_comparison();
        ui.close();
    }
}
