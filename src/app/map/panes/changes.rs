//! The IDs whose neighbours changed most between the run on show and the one beside it, and which came and went.

use std::sync::Arc;

use eframe::egui::{self, Align, Button, Layout, RichText, ScrollArea, Ui, vec2};

use super::Panes;
use crate::app::controls::{emphasis, hairline, icon_button, progress_line, section, weak};
use crate::app::icons::Icon;
use crate::app::inspector::Asked;
use crate::app::state::WindowState;
use crate::app::theme::{BODY, Palette, SMALL};
use crate::engine::jobs::{ChangedNeighbors, NeighborChange, TableOverlap};
use crate::engine::{Command, JobKind, NeighborRow, RunsCommand, Subject};
use crate::numbers;
use crate::run::Run;

/// Neighbours that are compared.
const NEAREST: usize = 10;

/// What is known of what changed.
#[derive(Debug, Default)]
pub struct Changes {
    /// Whether the panel is put away.
    hidden: bool,
    near: Asked<Subject, Option<Arc<NeighborChange>>>,
}

impl Panes {
    /// Whether the panel of changes is on show.
    pub fn shows_changes(&self) -> bool {
        self.guest().is_some() && !self.changes.hidden
    }

    /// Shows the panel of changes, or puts it away.
    pub fn toggle_changes(&mut self) {
        self.changes.hidden = !self.changes.hidden;
    }

    /// Takes how the neighbours of an ID differ.
    pub fn take_near_change(&mut self, subject: &Subject, found: Option<Arc<NeighborChange>>, generation: u64) {
        self.changes.near.take(subject, generation, Arc::new(found));
    }

    /// How the neighbours of the pinned ID differ, once that is known.
    pub fn near_change(&self) -> Option<&NeighborChange> {
        self.changes.near.answer()?.as_ref().as_deref()
    }
}

impl WindowState {
    /// Asks how the neighbours of the pinned ID differ, once it has rested.
    fn follow_changes(&mut self, ui: &Ui) {
        let (Some(guest), Some(shown)) = (self.map.guest().cloned(), &self.run) else { return };
        let (generation, now) = (shown.generation, self.now);
        let table = self.map.table.clone();
        let pinned = self.inspector.row_in(&table).map(|row| Subject { table, row });
        let near = &mut self.map.changes.near;
        near.want(pinned, generation, now);
        let due = near.due(now);
        if let Some(rest) = near.rest(now) {
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(rest));
        }
        if let Some(subject) = due {
            let other = Arc::clone(&guest.run);
            self.send(Command::Runs(RunsCommand::CompareNear(other, subject, NEAREST)));
        }
    }
}

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    state.follow_changes(ui);
    let palette = Palette::of(ui);
    let Some(guest) = state.map.guest().cloned() else { return };
    ui.horizontal(|ui| {
        ui.label(emphasis("Changed neighbours", BODY).color(palette.strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close the list of changes").clicked() {
                state.map.changes.hidden = true;
            }
        });
    });
    weak(ui, format!("{} against {}", run.metadata.name, guest.run.metadata.name));
    ui.add_space(4.0);
    let mut wish = None;
    ScrollArea::vertical().auto_shrink([false, false]).id_salt("changes").show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        pinned(ui, state, run, &mut wish);
        let comparison = state.runs.comparison().filter(|found| found.paths.contains(&guest.path));
        let overlap = comparison.and_then(|found| found.tables.iter().find(|found| found.table == state.map.table));
        match overlap {
            Some(overlap) => list(ui, overlap, run, &mut wish),
            None if state.job(JobKind::Compare).is_some() => {
                weak(ui, "The nearest IDs of every ID are being compared.");
                progress_line(ui, None, ui.available_width());
            }
            None => drop(weak(ui, "Compare the neighbourhoods on the Runs page to list what changed most.")),
        }
    });
    if let Some(row) = wish {
        let table = state.map.table.clone();
        state.pin(&table, row);
        state.map.centre_on(row, state.now);
    }
}

/// The pinned ID: which of its nearest came and went.
fn pinned(ui: &mut Ui, state: &WindowState, run: &Run, wish: &mut Option<u32>) {
    let near = &state.map.changes.near;
    let Some(subject) = near.question() else { return };
    let Ok(table) = run.table(&subject.table) else { return };
    section(ui, table.name_of(subject.row));
    match near.answer().map(|found| found.as_ref().as_deref()) {
        None => progress_line(ui, None, ui.available_width()),
        Some(None) => drop(weak(ui, "The other run has no such ID.")),
        Some(Some(change)) => {
            let all = change.kept.len() + change.gone.len();
            weak(ui, format!("{} of its {} nearest are kept", change.kept.len(), all));
            for (title, rows) in [("Gone", &change.gone), ("Come", &change.come), ("Kept", &change.kept)] {
                near_rows(ui, title, rows, wish);
            }
        }
    }
    ui.add_space(6.0);
    hairline(ui);
    ui.add_space(6.0);
}

fn near_rows(ui: &mut Ui, title: &str, rows: &[NeighborRow], wish: &mut Option<u32>) {
    if rows.is_empty() {
        return;
    }
    ui.add_space(2.0);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        weak(ui, title);
        for near in rows {
            let name = near.label.as_deref().unwrap_or(&near.id);
            if row(ui, name, &format!("{:.3}", near.score), false).on_hover_text(&near.id).clicked() {
                *wish = Some(near.row);
            }
        }
    });
}

/// The IDs that changed most.
fn list(ui: &mut Ui, overlap: &TableOverlap, run: &Run, wish: &mut Option<u32>) {
    let Ok(table) = run.table(&overlap.table) else { return };
    section(ui, &format!("Changed most: {}", numbers::plural(&overlap.table)));
    if overlap.changed.is_empty() {
        weak(ui, "No ID has other neighbours.");
        return;
    }
    weak(ui, format!("share of the {} nearest that is kept", overlap.k));
    ui.spacing_mut().item_spacing.y = 0.0;
    for changed in &overlap.changed {
        let ChangedNeighbors { id, label, overlap: kept, .. } = changed;
        let name = label.as_deref().unwrap_or(id);
        if row(ui, name, &numbers::percent(*kept), false).on_hover_text(id).clicked() {
            *wish = table.vocabulary.index(id);
        }
    }
}

fn row(ui: &mut Ui, name: &str, figure: &str, selected: bool) -> egui::Response {
    let palette = Palette::of(ui);
    let button = Button::new(RichText::new(name).size(12.0).color(palette.text))
        .right_text(RichText::new(figure).size(SMALL).color(palette.weak))
        .frame_when_inactive(selected)
        .truncate()
        .min_size(vec2(ui.available_width(), 22.0));
    ui.add(button)
}
