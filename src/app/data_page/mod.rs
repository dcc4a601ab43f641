//! Data: which files, which column plays which role, what was understood, what is wrong.

mod columns;
mod summary;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Align, Layout, RichText, ScrollArea, Ui, vec2};

use super::controls::{card, emphasis, page_heading, weak};
use super::dialogs::Purpose;
use super::icons::{self, Icon};
use super::state::WindowState;
use super::theme::Palette;
use crate::dataset::{ColumnRole, DataRequest, Dataset, Preview, PreviewColumn};
use crate::engine::{Command, JobKind};

/// Which of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Events,
    Items,
}

/// Files and roles as typed, and what looking at them gave.
#[derive(Debug, Default)]
pub struct DataPage {
    /// Event files as typed: paths or globs with semicolons between.
    events: String,
    /// The items file as typed.
    items: String,
    /// What would be loaded.
    request: DataRequest,
    preview: Option<Arc<Preview>>,
    /// Whether the files are being looked at.
    pub looking: bool,
    /// Why the last look or load failed.
    error: Option<String>,
}

impl DataPage {
    /// Adds files: those that sound like a catalogue become the items, the others events.
    pub fn add(&mut self, files: &[PathBuf]) {
        let (items, events): (Vec<&PathBuf>, Vec<&PathBuf>) = files.iter().partition(|path| sounds_like_items(path));
        if let Some(items) = items.first() {
            self.items = items.display().to_string();
        }
        if !events.is_empty() {
            self.events = joined(events.into_iter().map(PathBuf::as_path));
        }
    }

    /// Sets the event files.
    pub fn set_events(&mut self, files: &[PathBuf]) {
        self.events = joined(files.iter().map(PathBuf::as_path));
    }

    /// Sets the items file.
    pub fn set_items(&mut self, file: &Path) {
        self.items = file.display().to_string();
    }

    /// Asks for a look at the files as typed, with every role to be found out.
    pub fn look(&mut self) -> Option<Command> {
        let events = split(&self.events);
        if events.is_empty() {
            self.preview = None;
            return None;
        }
        self.request = DataRequest {
            events,
            items: Some(self.items.trim()).filter(|text| !text.is_empty()).map(PathBuf::from),
            skip_bad_rows: self.request.skip_bad_rows,
            ..DataRequest::default()
        };
        self.look_again()
    }

    /// Asks for a look at the same files after a role changed.
    fn look_again(&mut self) -> Option<Command> {
        self.looking = true;
        self.error = None;
        Some(Command::Preview(self.request.clone()))
    }

    /// Takes what a look gave.
    pub fn take_preview(&mut self, preview: Arc<Preview>) {
        self.looking = false;
        self.preview = Some(preview);
    }

    /// The data is loaded.
    pub fn loaded(&mut self, dataset: &Dataset) {
        self.error = None;
        if self.events.is_empty() && !dataset.request.events.is_empty() {
            self.events = joined(dataset.request.events.iter().map(PathBuf::as_path));
            self.items = dataset.request.items.as_ref().map_or(String::new(), |path| path.display().to_string());
            self.request = dataset.request.clone();
        }
    }

    /// Something failed while `running` jobs ran: if it was one of the data's, the page says so.
    pub fn failed(&mut self, message: &str, running: impl Iterator<Item = JobKind>) {
        for kind in running {
            if matches!(kind, JobKind::Preview | JobKind::Load) {
                self.error = Some(message.to_owned());
                self.looking = false;
                if kind == JobKind::Preview {
                    self.preview = None;
                }
            }
        }
    }

    /// Gives `column` a role; another column that had it is found out anew.
    fn set_role(&mut self, table: Table, column: &str, role: Option<&ColumnRole>) {
        self.unassign(table, column);
        let request = &mut self.request;
        let named = Some(column.to_owned());
        match (table, role) {
            (Table::Events, Some(ColumnRole::User)) => request.user_column = named,
            (_, Some(ColumnRole::Item)) => request.item_column = named,
            (Table::Events, Some(ColumnRole::Time)) => request.time_column = named,
            (Table::Events, Some(ColumnRole::Session)) => request.session_column = named,
            (Table::Events, Some(ColumnRole::Weight)) => request.weight_column = named,
            (Table::Items, Some(ColumnRole::Label)) => request.label_column = named,
            (Table::Items, Some(ColumnRole::IdType(name))) => request.id_types.push((name.clone(), column.to_owned())),
            _ => {}
        }
    }

    /// Takes every role away from `column`. ID types found by their names become named ones, so that one can go.
    fn unassign(&mut self, table: Table, column: &str) {
        if table == Table::Items && self.request.id_types.is_empty() {
            let found = self.preview.as_ref().and_then(|preview| preview.items.as_ref());
            self.request.id_types = found.map_or(Vec::new(), |items| {
                let named = |column: &PreviewColumn| match &column.role {
                    Some(ColumnRole::IdType(name)) => Some((name.clone(), column.name.clone())),
                    _ => None,
                };
                items.columns.iter().filter_map(named).collect()
            });
        }
        let request = &mut self.request;
        let roles: &mut [&mut Option<String>] = match table {
            Table::Events => &mut [
                &mut request.user_column,
                &mut request.item_column,
                &mut request.time_column,
                &mut request.session_column,
                &mut request.weight_column,
            ],
            Table::Items => &mut [&mut request.label_column],
        };
        for role in roles.iter_mut().filter(|role| role.as_deref() == Some(column)) {
            **role = None;
        }
        if table == Table::Items {
            request.id_types.retain(|(_, other)| other != column);
        }
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    if let Some(preview) = state.data.preview.clone() {
        let palette = Palette::of(ui);
        let frame = egui::Frame::new().fill(palette.panel).inner_margin(egui::Margin::symmetric(28, 12));
        egui::Panel::bottom("data actions").frame(frame).show(ui, |ui| columns::actions(ui, state, &preview));
    }
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        egui::Frame::new().inner_margin(egui::Margin::symmetric(28, 22)).show(ui, |ui| {
            ui.set_max_width(1040.0);
            ui.spacing_mut().item_spacing.y = 10.0;
            page_heading(ui, "Data", "Files of events and of items, and what each column means.");
            ui.add_space(4.0);
            files(ui, state);
            if let Some(error) = state.data.error.clone() {
                failure(ui, &error, state.dataset.is_some());
            }
            if let Some(preview) = state.data.preview.clone() {
                columns::show(ui, state, &preview);
            }
            if let Some(dataset) = state.dataset.clone() {
                summary::show(ui, state, &dataset);
            }
        });
    });
}

fn files(ui: &mut Ui, state: &mut WindowState) {
    let mut look = false;
    card(ui, |ui| {
        let events =
            path_row(ui, "Events", &mut state.data.events, "events.csv, logs/*.parquet; more with semicolons between");
        let items = path_row(
            ui,
            "Items",
            &mut state.data.items,
            "items.csv (optional: without it the item is the only ID type)",
        );
        for (row, purpose) in [(&events, Purpose::Events), (&items, Purpose::Items)] {
            look |= row.committed;
            if row.browse {
                state.dialogs.ask(ui.ctx(), purpose, "");
            }
        }
        ui.horizontal(|ui| {
            weak(
                ui,
                "CSV, TSV, Parquet, Arrow or JSON lines, also as .gz or .zst. Files can be dropped on the window.",
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if state.data.looking {
                    ui.spinner();
                } else if ui.button("Look at the files").clicked() {
                    look = true;
                }
                if ui.link("Load the sample").clicked() {
                    state.send(Command::LoadSample);
                }
            });
        });
    });
    if look && let Some(command) = state.data.look() {
        state.send(command);
    }
}

struct PathRow {
    committed: bool,
    browse: bool,
}

fn path_row(ui: &mut Ui, name: &str, text: &mut String, hint: &str) -> PathRow {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let label = ui
            .allocate_ui_with_layout(vec2(56.0, 26.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(56.0);
                ui.label(RichText::new(name).color(palette.strong))
            })
            .inner;
        let width = ui.available_width() - 84.0;
        let field = ui
            .add(egui::TextEdit::singleline(text).hint_text(hint).desired_width(width).id_salt(name))
            .labelled_by(label.id);
        let browse = ui
            .button("Browse…")
            .on_hover_text(format!("Choose the {} with a file dialog", name.to_lowercase()))
            .clicked();
        PathRow { committed: field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)), browse }
    })
    .inner
}

fn failure(ui: &mut Ui, message: &str, kept: bool) {
    let palette = Palette::of(ui);
    card(ui, |ui| {
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), egui::Sense::hover());
            icons::paint(ui.painter(), Icon::Warning, rect.shrink(2.0), palette.error);
            ui.vertical(|ui| {
                ui.label(emphasis("This could not be read", 13.0).color(palette.strong));
                ui.add(egui::Label::new(message).wrap().selectable(true));
                if kept {
                    weak(ui, "What was loaded before is still there.");
                }
            });
        });
    });
}

fn joined<'a>(files: impl Iterator<Item = &'a Path>) -> String {
    files.map(|path| path.display().to_string()).collect::<Vec<_>>().join("; ")
}

fn split(text: &str) -> Vec<PathBuf> {
    text.split(';').map(str::trim).filter(|path| !path.is_empty()).map(PathBuf::from).collect()
}

fn sounds_like_items(path: &Path) -> bool {
    let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().to_lowercase());
    ["item", "product", "catalog", "article", "sku"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::TablePreview;

    fn column(name: &str, role: Option<ColumnRole>) -> PreviewColumn {
        PreviewColumn { name: name.to_owned(), data_type: "text".to_owned(), role, samples: Vec::new() }
    }

    fn page() -> DataPage {
        let table = |columns| TablePreview { files: Vec::new(), format: "CSV".to_owned(), columns, bytes: 1 };
        let brand = ColumnRole::IdType("brand".to_owned());
        let store = ColumnRole::IdType("store".to_owned());
        let mut page = DataPage::default();
        page.take_preview(Arc::new(Preview {
            request: DataRequest::default(),
            events: table(vec![column("who", Some(ColumnRole::User)), column("what", None)]),
            items: Some(table(vec![
                column("brand_id", Some(brand)),
                column("store_id", Some(store)),
                column("title", None),
            ])),
            obstacles: Vec::new(),
        }));
        page
    }

    #[test]
    fn dropped_files_find_their_place() {
        let mut page = DataPage::default();
        page.add(&["/a/Items.csv".into(), "/a/log1.csv".into(), "/a/log2.csv".into()]);
        assert_eq!(page.items, "/a/Items.csv");
        let Some(Command::Preview(request)) = page.look() else { panic!("no look was asked for") };
        assert_eq!(request.events, [PathBuf::from("/a/log1.csv"), PathBuf::from("/a/log2.csv")]);
        assert_eq!(request.items, Some(PathBuf::from("/a/Items.csv")));
    }

    #[test]
    fn a_role_moves_from_one_column_to_another() {
        let mut page = page();
        page.set_role(Table::Events, "what", Some(&ColumnRole::User));
        assert_eq!(page.request.user_column.as_deref(), Some("what"));
        page.set_role(Table::Events, "what", Some(&ColumnRole::Item));
        assert_eq!((page.request.user_column.as_deref(), page.request.item_column.as_deref()), (None, Some("what")));
    }

    #[test]
    fn one_found_id_type_can_be_dropped_and_the_others_stay() {
        let mut page = page();
        page.set_role(Table::Items, "store_id", Some(&ColumnRole::Descriptive));
        assert_eq!(page.request.id_types, [("brand".to_owned(), "brand_id".to_owned())]);
        page.set_role(Table::Items, "title", Some(&ColumnRole::IdType("title".to_owned())));
        assert_eq!(page.request.id_types.len(), 2);
    }

    #[test]
    fn a_failed_load_says_so_on_the_page() {
        let mut page = page();
        page.failed("broken", [JobKind::Train].into_iter());
        assert_eq!(page.error, None);
        page.failed("broken", [JobKind::Train, JobKind::Load].into_iter());
        assert_eq!(page.error.as_deref(), Some("broken"));
        assert!(page.preview.is_some(), "the roles stay for another try");
    }
}
