//! The columns of the files, each with the role it plays and a way to change it.

use eframe::egui::{self, Align, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};

use super::Table;
use crate::app::controls::{card, primary_button, row_with_right, section, tag, weak};
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::dataset::{ColumnRole, Preview, PreviewColumn, TablePreview};
use crate::engine::{Command, JobKind};
use crate::numbers;

/// Draws the columns of both tables.
pub fn show(ui: &mut Ui, state: &mut WindowState, preview: &Preview) {
    let mut changed = None;
    for (table, name, found) in
        [(Table::Events, "Events", Some(&preview.events)), (Table::Items, "Items", preview.items.as_ref())]
    {
        if let Some(found) = found {
            card(ui, |ui| {
                if let Some(change) = table_of_columns(ui, table, name, found) {
                    changed = Some(change);
                }
            });
        }
    }
    if let Some((table, column, role)) = changed {
        state.data.set_role(table, &column, role.as_ref());
        if let Some(command) = state.data.look_again() {
            state.send(command);
        }
    }
}

/// The way to load what is previewed, or what stands in it.
pub fn actions(ui: &mut Ui, state: &mut WindowState, preview: &Preview) {
    let palette = Palette::of(ui);
    for obstacle in &preview.obstacles {
        ui.horizontal(|ui| {
            tag(ui, "to do", palette.warning);
            ui.add(egui::Label::new(obstacle).wrap());
        });
    }
    ui.horizontal(|ui| {
        let loading = state.job(JobKind::Load).is_some();
        if primary_button(ui, "Load", preview.obstacles.is_empty() && !loading).clicked() {
            state.send(Command::Load(state.data.request.clone()));
        }
        let hint = "Leave out rows that cannot be read, with a warning, instead of refusing the file.";
        ui.checkbox(&mut state.data.request.skip_bad_rows, "Skip bad rows").on_hover_text(hint);
    });
}

/// The columns of one table with their roles; returns a role that was chosen.
fn table_of_columns(
    ui: &mut Ui,
    table: Table,
    name: &str,
    found: &TablePreview,
) -> Option<(Table, String, Option<ColumnRole>)> {
    let palette = Palette::of(ui);
    let mut changed = None;
    row_with_right(
        ui,
        |ui| section(ui, name),
        |ui| {
            let files = numbers::counted(found.files.len() as u64, "file");
            weak(ui, format!("{files} · {} · {}", found.format, numbers::bytes(found.bytes)));
        },
    );
    let header = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).size(SMALL).color(palette.weak));
    };
    // Rows of a table stand closer than cards do.
    ui.spacing_mut().item_spacing.y = 2.0;
    TableBuilder::new(ui)
        .id_salt(name)
        .vscroll(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::initial(170.0).at_least(90.0).clip(true))
        .column(Column::initial(110.0).at_least(60.0).clip(true))
        .column(Column::initial(186.0).at_least(120.0))
        .column(Column::remainder().clip(true))
        .header(22.0, |mut row| {
            for title in ["Column", "Type", "Role", "First values"] {
                row.col(|ui| header(ui, title));
            }
        })
        .body(|body| {
            body.rows(30.0, found.columns.len(), |mut row| {
                let column = &found.columns[row.index()];
                row.col(|ui| {
                    ui.label(RichText::new(&column.name).color(palette.strong));
                });
                row.col(|ui| {
                    ui.label(RichText::new(&column.data_type).color(palette.weak));
                });
                row.col(|ui| {
                    if let Some(role) = role_choice(ui, table, column) {
                        changed = Some((table, column.name.clone(), role));
                    }
                });
                row.col(|ui| {
                    let samples = column.samples.join("   ");
                    ui.add(egui::Label::new(RichText::new(samples).color(palette.weak)).truncate());
                });
            });
        });
    changed
}

fn role_choice(ui: &mut Ui, table: Table, column: &PreviewColumn) -> Option<Option<ColumnRole>> {
    let own_name = column.name.strip_suffix("_id").unwrap_or(&column.name).to_owned();
    let mut choices = match table {
        Table::Events => {
            vec![ColumnRole::User, ColumnRole::Item, ColumnRole::Time, ColumnRole::Session, ColumnRole::Weight]
        }
        Table::Items => vec![ColumnRole::Item, ColumnRole::IdType(own_name), ColumnRole::Label],
    }
    .into_iter()
    .map(Some)
    .collect::<Vec<_>>();
    choices.push(match table {
        Table::Events => None,
        Table::Items => Some(ColumnRole::Descriptive),
    });
    let mut picked = None;
    let combo = egui::ComboBox::from_id_salt(("role", &column.name))
        .selected_text(role_name(column.role.as_ref()))
        .width(168.0)
        .truncate();
    ui.name_inputs(format!("Role of {}", column.name), |ui| {
        combo.show_ui(ui, |ui| {
            for choice in choices {
                let taken = std::mem::discriminant(&choice) == std::mem::discriminant(&column.role)
                    && choice.as_ref().map(std::mem::discriminant) == column.role.as_ref().map(std::mem::discriminant);
                if ui
                    .selectable_label(taken, role_name(choice.as_ref()))
                    .on_hover_text(role_help(choice.as_ref()))
                    .clicked()
                    && !taken
                {
                    picked = Some(choice);
                }
            }
        });
    });
    picked
}

fn role_name(role: Option<&ColumnRole>) -> String {
    match role {
        None => "not used".to_owned(),
        Some(ColumnRole::User) => "user".to_owned(),
        Some(ColumnRole::Item) => "item".to_owned(),
        Some(ColumnRole::Time) => "time".to_owned(),
        Some(ColumnRole::Session) => "session".to_owned(),
        Some(ColumnRole::Weight) => "weight (not used)".to_owned(),
        Some(ColumnRole::IdType(name)) => format!("ID type: {name}"),
        Some(ColumnRole::Label) => "label".to_owned(),
        Some(ColumnRole::Descriptive) => "descriptive".to_owned(),
    }
}

fn role_help(role: Option<&ColumnRole>) -> &'static str {
    match role {
        None => "The column is left out, unless its name says what it is.",
        Some(ColumnRole::User) => "Who acted.",
        Some(ColumnRole::Item) => "The item acted on, or that the row describes.",
        Some(ColumnRole::Time) => "When. Without it the file's order counts.",
        Some(ColumnRole::Session) => "The shopping session. Without it a rest of 30 minutes ends one.",
        Some(ColumnRole::Weight) => "How much the event counts.",
        Some(ColumnRole::IdType(_)) => "Each of its IDs gets a vector of its own.",
        Some(ColumnRole::Label) => "The item's name for people.",
        Some(ColumnRole::Descriptive) => "Shown, never learned.",
    }
}
