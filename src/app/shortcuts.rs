//! What the keyboard does, in one table that the keys, the menus and the sheet share.

use eframe::egui::{self, Id, Key, KeyboardShortcut, Modifiers, RichText};

use super::branch_panel;
use super::controls::{emphasis, modal_frame, weak};
use super::dialogs::Purpose;
use super::map;
use super::state::{Place, RunOnShow, WindowState};
use super::theme::Palette;
use crate::engine::{Command, NoticeLevel};

/// What a key, a menu entry or a button asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Choose data files.
    OpenFiles,
    /// Choose a run folder.
    OpenRun,
    /// Choose a zip file with a run.
    OpenPacked,
    /// Pack the run into a zip file.
    Pack,
    /// Save the run.
    Save,
    /// Export vectors.
    Export,
    /// Export the map as a picture.
    Picture,
    /// Go on with other hyperparameters.
    Branch,
    /// Search for anything.
    Palette,
    /// Find an ID.
    Find,
    /// Undo a selection or a view.
    Undo,
    /// Redo it.
    Redo,
    /// Show all points.
    Fit,
    /// Show the selected points.
    FitSelection,
    /// Select what is not selected.
    Invert,
    /// Draw a rectangle or a line around points.
    Lasso,
    /// Name the dense regions of the map, or do not.
    Regions,
    /// Draw lines of equal density, or do not.
    Contours,
    /// Show the whole map small, or do not.
    Overview,
    /// Map on three axes instead of two, or back.
    Dims,
    /// Show another table's map beside this one.
    Split,
    /// Close the active one of several maps.
    ClosePane,
    /// Make the next one of several maps the active one.
    NextPane,
    /// Show the IDs where the other of two runs has them, or back.
    OtherRun,
    /// Arrange several maps as at first.
    ResetLayout,
    /// Show how long frames take.
    FrameTimes,
    /// Clear the selection, close what is open.
    Escape,
    /// Show a place.
    Go(Place),
    /// Show this sheet.
    Sheet,
}

/// Every shortcut with its words.
pub const ALL: [(Action, KeyboardShortcut, &str); 30] = [
    (Action::Go(Place::Data), plain(Key::Num1), "Data"),
    (Action::Go(Place::Train), plain(Key::Num2), "Train"),
    (Action::Go(Place::Map), plain(Key::Num3), "Map"),
    (Action::Go(Place::Runs), plain(Key::Num4), "Runs"),
    (Action::OpenRun, command(Modifiers::SHIFT, Key::O), "Open a run"),
    (Action::OpenFiles, command(Modifiers::NONE, Key::O), "Open files"),
    (Action::Save, command(Modifiers::NONE, Key::S), "Save the run"),
    (Action::Picture, command(Modifiers::SHIFT, Key::E), "Export the map as a picture"),
    (Action::Export, command(Modifiers::NONE, Key::E), "Export vectors"),
    (Action::Branch, command(Modifiers::NONE, Key::B), "Branch: go on with other hyperparameters"),
    (Action::Palette, command(Modifiers::NONE, Key::K), "Search or command"),
    (Action::Find, command(Modifiers::NONE, Key::F), "Find IDs of the table on show"),
    (Action::Redo, command(Modifiers::SHIFT, Key::Z), "Redo"),
    (Action::Undo, command(Modifiers::NONE, Key::Z), "Undo a selection, a view or colours"),
    (Action::Fit, plain(Key::F), "Fit the map"),
    (Action::FitSelection, plain(Key::G), "Go to the selection"),
    (Action::Invert, plain(Key::I), "Select what is not selected"),
    (Action::Lasso, plain(Key::L), "Select by a line instead of a rectangle, or back"),
    (Action::Regions, plain(Key::N), "Names of regions, or none"),
    (Action::Contours, plain(Key::C), "Density lines, or none"),
    (Action::Overview, plain(Key::M), "Overview of the map, or none"),
    (Action::Dims, plain(Key::D), "Three axes instead of two, or back"),
    (Action::Split, plain(Key::P), "Another map beside this one"),
    (Action::ClosePane, plain(Key::W), "Close this one of several maps"),
    (Action::NextPane, plain(Key::O), "The next one of several maps"),
    (Action::OtherRun, plain(Key::B), "Points as the other of two runs has them, or back"),
    (Action::ResetLayout, command(Modifiers::SHIFT, Key::Num0), "Reset the layout of maps and panels"),
    (Action::FrameTimes, plain(Key::F12), "How long frames take"),
    (Action::Escape, plain(Key::Escape), "Clear the selection, close a panel"),
    (Action::Sheet, plain(Key::Questionmark), "This sheet"),
];

/// What has no key, with its words.
pub const KEYLESS: [(Action, &str); 2] =
    [(Action::OpenPacked, "Open a packed run (.zip)"), (Action::Pack, "Pack the run into a .zip file")];

/// Width of the sheet.
const SHEET: f32 = 720.0;
/// Height of what is over, under and around its lists.
const AROUND: f32 = 164.0;

/// What the pointer does on the map.
const POINTER: [(&str, &str); 10] = [
    ("Scroll", "zoom at the pointer"),
    ("Drag", "move the map; turn it, if it has three axes"),
    ("Right drag", "move the map"),
    ("Click", "look an ID up"),
    ("Ctrl + click on a diamond", "select its items; Alt + click: not any more"),
    ("Ctrl + click", "add to the selection or take away"),
    ("Shift + drag", "select what a rectangle, or a line, goes around"),
    ("Ctrl + Shift + drag", "add it to the selection"),
    ("Alt + Shift + drag", "take it away from the selection"),
    ("Double click on empty ground", "fit the map"),
];

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn command(with: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers { shift: with.shift, ..Modifiers::COMMAND }, key)
}

/// The keys of `action` as text.
pub fn keys(ctx: &egui::Context, action: Action) -> String {
    ALL.iter().find(|(other, ..)| *other == action).map_or(String::new(), |(_, keys, _)| words(ctx, keys))
}

/// `keys` as keyboards name them.
fn words(ctx: &egui::Context, keys: &KeyboardShortcut) -> String {
    match keys.logical_key {
        Key::Questionmark => "?".to_owned(),
        Key::Escape => "Esc".to_owned(),
        _ => ctx.format_shortcut(keys),
    }
}

/// Does what the pressed keys ask for. Keys without Ctrl belong to a text field while one is in use.
pub fn handle(ctx: &egui::Context, state: &mut WindowState) {
    let typing = ctx.text_edit_focused();
    for (action, keys, _) in ALL {
        let free = keys.modifiers.command || !typing;
        let undo = matches!(action, Action::Undo | Action::Redo);
        if free && !(undo && typing) && consume(ctx, action, &keys) {
            perform(ctx, state, action);
        }
    }
}

fn consume(ctx: &egui::Context, action: Action, keys: &KeyboardShortcut) -> bool {
    // On many layouts the question mark comes with Shift.
    let shifted = KeyboardShortcut::new(Modifiers::SHIFT, keys.logical_key);
    ctx.input_mut(|input| input.consume_shortcut(keys) || (action == Action::Sheet && input.consume_shortcut(&shifted)))
}

/// Why `action` makes no sense for what is on show.
pub fn hindrance(state: &WindowState, action: Action) -> Option<&'static str> {
    match action {
        Action::Contours if state.map.is_solid() => Some(map::NO_LINES),
        Action::Overview if state.map.is_solid() => Some(map::NO_OVERVIEW),
        _ => None,
    }
}

/// Does `action`, or says why it makes no sense.
pub fn perform(ctx: &egui::Context, state: &mut WindowState, action: Action) {
    if let Some(why_not) = hindrance(state, action) {
        return state.notices.tell(NoticeLevel::Info, why_not);
    }
    match action {
        Action::OpenFiles => {
            state.go(Place::Data);
            state.dialogs.ask(ctx, Purpose::Events, "");
        }
        Action::OpenRun => {
            state.go(Place::Runs);
            state.dialogs.ask(ctx, Purpose::OpenRun, "");
        }
        Action::OpenPacked => {
            state.go(Place::Runs);
            state.dialogs.ask(ctx, Purpose::OpenPacked, "");
        }
        Action::Pack if state.run.is_some() && !state.is_training() => state.send(Command::PackRun),
        Action::Pack => {}
        Action::Save => save(state),
        Action::FitSelection => state.map.fit_selection(state.now),
        Action::Invert if state.place == Place::Map && !state.welcome => state.map.invert_selection(),
        Action::Invert => {}
        Action::Lasso => state.map.lasso = !state.map.lasso,
        Action::Regions => state.map.regions.shown = !state.map.regions.shown,
        Action::Contours => {
            let shown = !state.map.contours.shown;
            state.map.show_contours(shown);
        }
        Action::Overview => state.map.overview.shown = !state.map.overview.shown,
        Action::Dims => map::switch_dims(state),
        Action::Split if state.is_at_map() => state.split_map(None),
        Action::ClosePane if state.is_at_map() => state.map.close(state.map.active()),
        Action::NextPane if state.is_at_map() => state.map.activate_next(),
        Action::OtherRun if state.is_at_map() => state.map.change_places(state.now),
        Action::Split | Action::ClosePane | Action::NextPane | Action::OtherRun => {}
        Action::ResetLayout => state.reset_layout(ctx),
        Action::FrameTimes => state.frames.shown = !state.frames.shown,
        Action::Export => {
            if state.run.is_some() && !state.is_training() {
                if state.map.selection.is_empty() {
                    state.export.open_for_table(&state.map.table);
                } else {
                    state.export.open_for_selection(&state.map.table, &state.map.selection);
                }
            }
        }
        Action::Picture if state.map.has_points() => {
            let (seen, folder) = (state.map.seen_size(), state.export.folder());
            state.go(Place::Map);
            let dark = ctx.global_style().visuals.dark_mode;
            state.picture.open(&state.map.table, (seen, state.map.contours.shown), &folder, dark);
        }
        Action::Picture => {}
        Action::Branch => branch_panel::open(state),
        Action::Palette => state.palette.open(),
        Action::Find => {
            if state.run.is_some() {
                state.go(Place::Map);
                state.map.open_list();
                ctx.memory_mut(|memory| memory.request_focus(Id::unique(map::SEARCH)));
            }
        }
        Action::Undo if state.place == Place::Runs && !state.welcome => state.undo_change(),
        Action::Undo => state.map.undo(ctx.input(|input| input.time)),
        Action::Redo => state.map.redo(ctx.input(|input| input.time)),
        Action::Fit => state.map.fit(ctx.input(|input| input.time)),
        Action::Escape => {
            if egui::Popup::is_any_open(ctx) {
                egui::Popup::close_all(ctx);
            } else if state.shortcuts_shown {
                state.shortcuts_shown = false;
            } else if state.palette.is_open() {
                state.palette.close();
            } else if state.picture.is_open() {
                state.picture.close();
            } else if state.branch.is_open() {
                state.branch.close();
            } else if state.export.is_open() {
                state.export.close();
            } else {
                state.map.clear_selection();
            }
        }
        Action::Go(place) => state.go(place),
        Action::Sheet => state.shortcuts_shown = !state.shortcuts_shown,
    }
}

fn save(state: &mut WindowState) {
    if state.is_training() {
        return;
    }
    match &state.run {
        Some(RunOnShow { path: Some(path), .. }) => {
            let path = path.clone();
            state.send(Command::SaveRun(path));
        }
        Some(shown) => {
            let name = shown.run.metadata.name.clone();
            state.export.open_to_save(&name);
        }
        None => {}
    }
}

/// Draws the sheet, if it is on show.
pub fn sheet(ctx: &egui::Context, state: &mut WindowState) {
    if !state.shortcuts_shown {
        return;
    }
    let answer = egui::Modal::new(Id::unique("shortcuts")).frame(modal_frame(ctx)).show(ctx, |ui| {
        ui.set_width(SHEET);
        let palette = Palette::of(ui);
        ui.label(emphasis("Keyboard and pointer", 16.0).color(palette.strong));
        ui.add_space(8.0);
        let room = (ui.ctx().content_rect().height() - AROUND).max(120.0);
        egui::ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 32.0;
                egui::Grid::new("keys").num_columns(2).min_row_height(18.0).spacing(egui::vec2(16.0, 2.0)).show(
                    ui,
                    |ui| {
                        for (_, keys, words) in ALL {
                            ui.label(RichText::new(self::words(ui.ctx(), &keys)).color(palette.strong));
                            ui.label(RichText::new(words).color(palette.weak));
                            ui.end_row();
                        }
                    },
                );
                egui::Grid::new("pointer").num_columns(1).spacing(egui::vec2(16.0, 4.0)).show(ui, |ui| {
                    for (what, words) in POINTER {
                        ui.vertical(|ui| {
                            ui.spacing_mut().item_spacing.y = 0.0;
                            ui.label(RichText::new(what).color(palette.strong));
                            weak(ui, words);
                        });
                        ui.end_row();
                    }
                });
            });
        });
        ui.add_space(8.0);
        ui.button("Close").clicked()
    });
    if answer.inner || answer.should_close() {
        state.shortcuts_shown = false;
    }
}
