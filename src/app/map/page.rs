//! The map page: toolbar, list, canvas, legend and what an empty map says.

use std::sync::Arc;

use eframe::egui::{self, Align, Frame, Id, Layout, Margin, Panel, RichText, Ui};

use super::{ColourBy, canvas, labels, layers, legend, list, orbit, overview, panes, selection_bar, sets, sizes};
use crate::app::controls::{choice, empty_state, icon_button, primary_button, progress_line, tag, weak};
use crate::app::icons::Icon;
use crate::app::state::{Place, WindowState};
use crate::app::theme::{Palette, SMALL};
use crate::app::{playback, projection};
use crate::engine::{Command, JobKind};
use crate::numbers;
use crate::run::{KeptPanel, Run, USER_TABLE};

/// The name of the search field, for the shortcut that goes there.
pub const SEARCH: &str = "map search";

/// Draws the map page.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let Some(run) = state.run.as_ref().map(|shown| Arc::clone(&shown.run)) else { return nothing_yet(ui, state) };
    toolbar(ui, state, &run);
    if state.map.search.open {
        let panel = Panel::left("map list").default_size(272.0).size_range(220.0..=440.0);
        panel.frame(list::frame(ui)).show(ui, |ui| {
            if let Ok(table) = run.table(&state.map.table.clone()) {
                sets::show(ui, state, &run);
                list::show(ui, state, &run, &table);
            }
        });
    }
    if state.projection.open && !state.map.search.open {
        let panel = Panel::left("projection panel").default_size(256.0).size_range(236.0..=400.0);
        panel.frame(list::frame(ui)).show(ui, |ui| {
            if let Ok(table) = run.table(&state.map.table.clone()) {
                projection::show(ui, state, &run, &table);
            }
        });
    }
    if state.map.shows_changes() && !state.projection.open && !state.map.search.open {
        let panel = Panel::left("changes panel").default_size(248.0).size_range(200.0..=400.0);
        panel.frame(list::frame(ui)).show(ui, |ui| panes::show_changes(ui, state, &run));
    }
    playback::show(ui, state);
    panes::show(ui, state, &run);
    state.map.dock_as_wished();
}

/// Draws the map at hand with what lies over it. Of several maps the legend stands beside them.
pub(super) fn pane(ui: &mut Ui, state: &mut WindowState, run: &Arc<Run>) {
    let alone = !state.map.are_several() && !state.map.is_docked(KeptPanel::Legend);
    state.map.legend_shown = alone && ui.available_width() > 2.5 * legend::ROOM;
    let response = canvas::show_canvas(ui, state);
    let rect = response.rect;
    if state.map.has_points() {
        if state.map.legend_shown {
            legend::show(ui, rect, &mut state.map);
        }
        overview::show(ui, rect, state);
        caption(ui, rect, state);
        selection_bar::show(ui, rect, state, run);
    } else {
        waiting(ui, rect, state);
    }
}

/// The legend of the active one of several maps, below the inspector.
pub fn legend_panel(ui: &mut Ui, state: &mut WindowState) {
    if state.map.colour_by == ColourBy::Nothing && state.map.placed_types().next().is_none() {
        return;
    }
    let frame = Frame::new().inner_margin(Margin { left: 0, right: 0, top: 10, bottom: 4 });
    Panel::bottom("legend panel").default_size(280.0).size_range(80.0..=520.0).frame(frame).show(ui, |ui| {
        legend::show_beside(ui, &mut state.map);
    });
}

fn toolbar(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(12, 7));
    Panel::top("map toolbar").frame(frame).show_separator_line(true).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(8.0, 6.0);
            tables(ui, state, run);
            projection::choose_method(ui, state);
            let open = state.projection.open;
            if icon_button(ui, Icon::Settings, if open { "Close the projection" } else { "Set up the projection" })
                .clicked()
            {
                state.projection.open = !open;
                state.map.search.open = false;
            }
            let widest = run.table(&state.map.table).map_or(2, |table| table.vectors.ncols());
            orbit::choice(ui, state, widest);
            colours(ui, state, run);
            sizes::menu(ui, state, run);
            if icon_button(ui, Icon::Fit, "Fit the map (F)").clicked() {
                state.map.fit(ui.input(|input| input.time));
            }
            let (icon, name) = if state.map.lasso {
                (Icon::Lasso, "Shift + drag draws a line (L)")
            } else {
                (Icon::Rectangle, "Shift + drag draws a rectangle (L)")
            };
            if icon_button(ui, icon, name).clicked() {
                state.map.lasso = !state.map.lasso;
            }
            layers::button(ui, state, run);
            search(ui, state);
            panes::split_button(ui, state, run);
            groups(ui, state, run);
            let hint = "Click a point, or hold Shift and drag";
            if state.map.selection.is_empty() && ui.available_size_before_wrap().x > 230.0 {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| weak(ui, hint));
            }
        });
    });
}

fn tables(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let mut wanted = None;
    choice(ui, "Table", &numbers::plural(&state.map.table), 88.0, |ui| {
        for name in run.table_names() {
            let rows = run.table(name).map_or(0, |table| table.vocabulary.len());
            let text = egui::Button::new(numbers::plural(name))
                .right_text(RichText::new(numbers::short(rows as u64)).weak())
                .selected(state.map.table == name)
                .frame_when_inactive(state.map.table == name);
            if ui.add(text).clicked() && state.map.table != name {
                wanted = Some(name.to_owned());
            }
        }
    });
    if let Some(table) = wanted {
        state.show_table(&table);
    }
}

fn colours(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let shown = state.map.colour_by.name().to_owned();
    let trusted = state.map.result().is_some_and(|result| result.trust.is_some());
    let table = state.map.table.clone();
    choice(ui, "Colour", &shown, 92.0, |ui| {
        let grouped = state.map.own_groups().is_some();
        for by in ColourBy::choices(run, &table, grouped, trusted) {
            let mut response = ui.selectable_label(state.map.colour_by == by, by.name());
            if table != run.types.first().map_or("", |id_type| id_type.name.as_str()) && matches!(by, ColourBy::Type(_))
            {
                response = response.on_hover_text(format!("The most frequent {} among the items of each", by.name()));
            }
            if response.clicked() {
                state.map.remember();
                state.map.set_colour_by(by);
            }
        }
        if !grouped && table != USER_TABLE && can_group(state) {
            let hint = "Makes groups of IDs whose vectors point the same way (k-means), and colours by them";
            if ui.selectable_label(false, "group…").on_hover_text(hint).clicked() {
                ask_for_groups(state, run);
            }
        }
    });
}

/// Whether the IDs on show can be cut into groups now.
fn can_group(state: &WindowState) -> bool {
    state.job(JobKind::Group).is_none() && !state.is_training()
}

fn ask_for_groups(state: &mut WindowState, run: &Run) {
    let table = state.map.table.clone();
    let rows = run.table(&table).map_or(2, |table| table.vocabulary.len());
    let groups = state.map.group_count.min(rows);
    state.map.remember();
    state.send(Command::Group { table, groups });
}

/// Cuts users into groups, and other IDs into more or fewer of them.
fn groups(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    if state.map.table != USER_TABLE && state.map.colour_by != ColourBy::Group {
        return;
    }
    let Ok(table) = run.table(&state.map.table) else { return };
    let most = table.vocabulary.len().clamp(2, 200);
    let many = numbers::plural(&state.map.table);
    let count = egui::DragValue::new(&mut state.map.group_count).range(2..=most).speed(0.1);
    let name = ui.label(RichText::new("Groups").size(SMALL).color(Palette::of(ui).weak));
    ui.add(count).labelled_by(name.id).on_hover_text("How many groups; drag or click to change");
    let button = egui::Button::new(format!("Group {many}"));
    let hint = "IDs whose vectors point the same way make a group; the map is coloured by it";
    if ui.add_enabled(can_group(state), button).on_hover_text(hint).clicked() {
        ask_for_groups(state, run);
    }
}

fn search(ui: &mut Ui, state: &mut WindowState) {
    let field = egui::TextEdit::singleline(&mut state.map.search.query)
        .id(Id::unique(SEARCH))
        .hint_text("Find IDs")
        .desired_width(108.0);
    let response = ui.add(field);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, "Find IDs"));
    if response.gained_focus() || response.changed() {
        state.map.search.open = true;
        state.projection.open = false;
    }
    if response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        state.map.search.query.clear();
        state.map.search.open = false;
        response.surrender_focus();
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
        state.map.select_found();
    }
    let (icon, name) =
        if state.map.search.open { (Icon::Close, "Close the list") } else { (Icon::Runs, "List the IDs") };
    if icon_button(ui, icon, name).clicked() {
        state.map.search.open = !state.map.search.open;
        state.projection.open = false;
        if !state.map.search.open {
            state.map.search.query.clear();
        }
    }
}

/// How the map came about and whether it is of now, in the lower left corner.
fn caption(ui: &mut Ui, rect: egui::Rect, state: &WindowState) {
    let Some(layout) = &state.map.layout else { return };
    let making = state.live.projection.as_ref().filter(|frame| *frame.request == layout.request);
    let text = match (&layout.result, making) {
        (Some(result), _) if result.request.settings.method == state.projection.axes_method() => {
            format!("{} · {}", projection::summary(result), state.projection.axes.in_words())
        }
        (Some(result), _) => projection::summary(result),
        (None, Some(frame)) => format!("{} · {}", projection::name_of(frame), projection::phase(frame)),
        (None, None) => projection::method_name(&layout.request.settings.method).to_owned(),
    };
    let text = match (&state.map.guest, state.map.guest()) {
        (None, Some(guest)) if state.map.lies_as_other() => format!("as in {} · {text}", guest.run.metadata.name),
        _ => text,
    };
    let others = state.map.types_in_words();
    let text = if others.is_empty() { text } else { format!("{text} · {others}") };
    let text = labels::corner_text(ui, rect, &text);
    let palette = Palette::of(ui);
    let mark = if state.is_training() {
        Some(("live: training goes on", palette.accent))
    } else if state.map.is_stale() {
        Some(("of the run before; the new map is being made", palette.warning))
    } else if making.is_some_and(|frame| !frame.paused) {
        Some(("live: the map is being made", palette.accent))
    } else {
        None
    };
    if let Some((words, colour)) = mark {
        let at = egui::Rect::from_min_size(text.left_top() - egui::vec2(0.0, 24.0), egui::vec2(320.0, 20.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(at), |ui| tag(ui, words, colour));
    }
}

/// The points are not there yet.
fn waiting(ui: &mut Ui, rect: egui::Rect, state: &WindowState) {
    let coming = state.map.guest.is_some() || state.map.ordered != panes::Order::Failed;
    let busy = [JobKind::Project, JobKind::Follow].into_iter().any(|kind| state.job(kind).is_some());
    let working = coming || busy || state.is_training();
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink(24.0)), |ui| {
        let table = numbers::plural(&state.map.table);
        if working {
            empty_state(
                ui,
                Icon::Map,
                &format!("Making the map of {table}"),
                "It appears as soon as it is there.",
                |ui| {
                    progress_line(ui, None, 180.0);
                },
            );
        } else {
            let hint = "The projection did not succeed; the notice says why. Another table may work.";
            empty_state(ui, Icon::Map, &format!("There is no map of {table}"), hint, |_| {});
        }
    });
}

/// There is no run yet.
fn nothing_yet(ui: &mut Ui, state: &mut WindowState) {
    let loaded = state.dataset.is_some();
    let hint = if loaded {
        "Train on the loaded data, and the map moves while it learns."
    } else {
        "Load data and train on it, or open a run folder."
    };
    empty_state(ui, Icon::Map, "There is no map yet", hint, |ui| {
        let (name, place) = if loaded { ("Go to Train", Place::Train) } else { ("Go to Data", Place::Data) };
        if primary_button(ui, name, true).clicked() {
            state.go(place);
        }
    });
}
