//! Where files are written to: exports of vectors, and saving a run. A panel beside the work, not over it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};

use ndarray::Array2;

use super::controls::{FILE_PANEL_WIDTH, file_panel, hairline, primary_button, weak};
use super::dialogs::Purpose;
use super::state::WindowState;
use super::theme::Palette;
use crate::engine::{Command, JobKind};
use crate::export::{ExportFormat, ExportRequest};
use crate::numbers;

/// What is written.
#[derive(Debug, Clone, PartialEq)]
enum Scope {
    /// These rows of a table.
    Selection { table: String, rows: Vec<u32> },
    /// A whole table.
    Table(String),
    /// Every table.
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Export,
    SaveRun,
}

/// The panel.
#[derive(Debug)]
pub struct ExportPanel {
    mode: Option<Mode>,
    scope: Scope,
    /// The selection that was there when the panel opened, to go back to.
    selection: Option<Scope>,
    table: String,
    format: ExportFormat,
    /// The path as typed.
    path: String,
    /// Whether the path was typed or chosen, so that it is not replaced by a suggestion.
    own_path: bool,
    /// Whether the places on the map are written too, where the table is on show.
    with_places: bool,
    /// The folder of the last export or save.
    folder: Option<PathBuf>,
    /// A run folder typed on the runs page.
    pub run_to_open: String,
}

impl Default for ExportPanel {
    fn default() -> Self {
        Self {
            mode: None,
            scope: Scope::All,
            selection: None,
            table: String::new(),
            format: ExportFormat::Csv,
            path: String::new(),
            own_path: false,
            with_places: true,
            folder: None,
            run_to_open: String::new(),
        }
    }
}

impl ExportPanel {
    /// Opens to export the selected rows of `table`.
    pub fn open_for_selection(&mut self, table: &str, rows: &BTreeSet<u32>) {
        let scope = Scope::Selection { table: table.to_owned(), rows: rows.iter().copied().collect() };
        self.open(table, scope.clone());
        self.selection = Some(scope);
    }

    /// Opens to export all of `table`.
    pub fn open_for_table(&mut self, table: &str) {
        self.open(table, Scope::Table(table.to_owned()));
        self.selection = None;
    }

    fn open(&mut self, table: &str, scope: Scope) {
        self.mode = Some(Mode::Export);
        self.scope = scope;
        table.clone_into(&mut self.table);
        self.own_path = false;
        self.suggest();
    }

    /// Opens to save the run `name`.
    pub fn open_to_save(&mut self, name: &str) {
        self.mode = Some(Mode::SaveRun);
        self.own_path = false;
        self.path = self.in_folder(&file_name(name));
    }

    /// Whether the panel is open.
    pub fn is_open(&self) -> bool {
        self.mode.is_some()
    }

    /// Closes the panel.
    pub fn close(&mut self) {
        self.mode = None;
    }

    /// Takes a path from a dialog.
    pub fn set_path(&mut self, path: PathBuf) {
        self.path = path.display().to_string();
        self.own_path = true;
    }

    /// Something was written.
    pub fn done(&mut self, paths: Vec<PathBuf>) {
        if let Some(folder) = paths.first().and_then(|path| path.parent()) {
            self.folder = Some(folder.to_owned());
        }
        self.mode = None;
    }

    fn suggest(&mut self) {
        if self.own_path {
            return;
        }
        let stem = match &self.scope {
            Scope::Selection { table, .. } => format!("{table}-selection"),
            Scope::Table(table) => table.clone(),
            Scope::All => "vectors".to_owned(),
        };
        let name = match (&self.scope, ending(self.format)) {
            // Several tables and the projector take a folder.
            (Scope::All, _) | (_, "") => stem,
            (_, ending) => format!("{stem}.{ending}"),
        };
        self.path = self.in_folder(&file_name(&name));
    }

    fn in_folder(&self, name: &str) -> String {
        self.folder().join(name).display().to_string()
    }

    /// The folder that was written to last, else the user's own.
    pub fn folder(&self) -> PathBuf {
        self.folder
            .clone()
            .or_else(|| directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned()))
            .unwrap_or_default()
    }

    /// What to write; `places` `[rows of the panel's table, dims]` go with them.
    fn request(&self, tables: &[String], places: Option<Arc<Array2<f32>>>) -> ExportRequest {
        let (tables, rows) = match &self.scope {
            Scope::Selection { table, rows } => (vec![table.clone()], Some(rows.clone())),
            Scope::Table(table) => (vec![table.clone()], None),
            Scope::All => (tables.to_vec(), None),
        };
        ExportRequest { tables, rows, coordinates: places, format: self.format, out: PathBuf::from(self.path.trim()) }
    }
}

/// Draws the panel, if it is open.
pub fn show(ctx: &egui::Context, state: &mut WindowState) {
    let Some(mode) = state.export.mode else { return };
    let title = match mode {
        Mode::Export => "Export vectors",
        Mode::SaveRun => "Save the run",
    };
    let mut open = true;
    file_panel(ctx, title, "export").open(&mut open).show(ctx, |ui| {
        ui.set_width(FILE_PANEL_WIDTH);
        ui.spacing_mut().item_spacing.y = 8.0;
        if mode == Mode::Export {
            scope(ui, state);
            format(ui, state);
            places(ui, state);
        } else {
            weak(ui, "The run becomes a folder with its vectors, IDs, curve and figures. It opens on any machine.");
        }
        path(ui, state, mode);
        hairline(ui);
        actions(ui, state, mode);
    });
    if !open {
        state.export.close();
    }
}

fn scope(ui: &mut Ui, state: &mut WindowState) {
    let panel = &mut state.export;
    let mut choices = Vec::new();
    if let Some(selection @ Scope::Selection { table, rows }) = &panel.selection {
        choices.push((selection.clone(), format!("Selection: {}", numbers::counted(rows.len() as u64, table))));
    }
    choices.push((Scope::Table(panel.table.clone()), format!("All {}", numbers::plural(&panel.table))));
    choices.push((Scope::All, "Every table".to_owned()));
    for (choice, name) in choices {
        if ui.radio(panel.scope == choice, name).clicked() {
            panel.scope = choice;
            panel.suggest();
        }
    }
}

fn format(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    let panel = &mut state.export;
    let before = panel.format;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Format").color(palette.weak));
        let combo = egui::ComboBox::from_id_salt("format").selected_text(panel.format.name()).width(140.0);
        ui.name_inputs("Format", |ui| {
            combo.show_ui(ui, |ui| {
                for format in ExportFormat::ALL {
                    ui.selectable_value(&mut panel.format, format, format.name()).on_hover_text(about(format));
                }
            })
        });
    });
    weak(ui, about(panel.format));
    if panel.format != before {
        panel.suggest();
    }
}

/// The places on the map of the table that is exported, if its map on show has every row and the format a column for them.
fn places_on_map(state: &WindowState) -> Option<Arc<Array2<f32>>> {
    let tabular = matches!(state.export.format, ExportFormat::Csv | ExportFormat::Tsv | ExportFormat::Parquet);
    let result = state.map.result().filter(|result| tabular && result.request.settings.rows.is_none())?;
    let is_own = state.export.scope != Scope::All && result.request.table == state.export.table;
    is_own.then(|| Arc::clone(&result.coordinates))
}

fn places(ui: &mut Ui, state: &mut WindowState) {
    if places_on_map(state).is_some() {
        ui.checkbox(&mut state.export.with_places, "With the places on the map");
    }
}

fn path(ui: &mut Ui, state: &mut WindowState, mode: Mode) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new("To").color(palette.weak));
        let width = ui.available_width() - 92.0;
        let field = ui
            .add(egui::TextEdit::singleline(&mut state.export.path).desired_width(width).id_salt("export path"))
            .labelled_by(label.id);
        if field.changed() {
            state.export.own_path = true;
        }
        if ui.button("Browse…").clicked() {
            let name = PathBuf::from(&state.export.path)
                .file_name()
                .map_or(String::new(), |name| name.to_string_lossy().into_owned());
            let purpose = if mode == Mode::Export { Purpose::ExportTo } else { Purpose::SaveRun };
            state.dialogs.ask(ui.ctx(), purpose, &name);
        }
    });
}

fn actions(ui: &mut Ui, state: &mut WindowState, mode: Mode) {
    let tables: Vec<String> = state
        .run
        .as_ref()
        .map_or(Vec::new(), |shown| shown.run.table_names().iter().map(|&name| name.to_owned()).collect());
    let busy = state.job(JobKind::Export).is_some() || state.job(JobKind::SaveRun).is_some();
    let ready = !busy && state.run.is_some() && !state.export.path.trim().is_empty();
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 34.0),
        Layout::right_to_left(Align::Center),
        |ui| match mode {
            Mode::Export => {
                if primary_button(ui, "Export", ready).clicked() {
                    let places = state.export.with_places.then(|| places_on_map(state)).flatten();
                    state.send(Command::Export(state.export.request(&tables, places)));
                }
            }
            Mode::SaveRun => {
                if primary_button(ui, "Save", ready).clicked() {
                    let path = PathBuf::from(state.export.path.trim());
                    state.export.folder = path.parent().map(std::path::Path::to_owned);
                    state.send(Command::SaveRun(path));
                    state.export.close();
                }
            }
        },
    );
}

fn ending(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Word2vec => "txt",
        ExportFormat::Projector => "",
        other => other.name(),
    }
}

fn about(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "Comma-separated: id, label, count, one column a dimension.",
        ExportFormat::Tsv => "The same with tabs.",
        ExportFormat::Parquet => "Columns id, label, count, vector.",
        ExportFormat::Npy => "A NumPy array, with the IDs in a file beside it.",
        ExportFormat::Safetensors => "One tensor a table, with the IDs in files beside it.",
        ExportFormat::Word2vec => "word2vec's text format.",
        ExportFormat::Projector => "A folder that TensorBoard's Embedding Projector loads.",
    }
}

/// `name` as a file may be called on every platform.
pub fn file_name(name: &str) -> String {
    let text: String =
        name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' }).collect();
    if text.is_empty() { "run".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_exports_exactly_its_rows() {
        let mut panel = ExportPanel::default();
        panel.open_for_selection("item", &BTreeSet::from([7, 3]));
        let request = panel.request(&["item".to_owned(), "user".to_owned()], None);
        assert_eq!((request.tables, request.rows), (vec!["item".to_owned()], Some(vec![3, 7])));
        assert!(request.out.ends_with("item-selection.csv"), "{:?}", request.out);
    }

    #[test]
    fn a_typed_path_is_not_replaced_and_a_suggested_one_follows_the_format() {
        let mut panel = ExportPanel::default();
        panel.open_for_table("brand");
        panel.format = ExportFormat::Parquet;
        panel.suggest();
        assert!(panel.path.ends_with("brand.parquet"), "{}", panel.path);
        panel.set_path("/x/mine.csv".into());
        panel.format = ExportFormat::Npy;
        panel.suggest();
        assert_eq!(panel.path, "/x/mine.csv");
    }

    #[test]
    fn names_become_file_names() {
        assert_eq!(file_name("default 1/2"), "default-1-2");
        assert_eq!(file_name(""), "run");
    }
}
