//! The table of runs: names stay at the left and headers on top while the rest scrolls.

use std::path::Path;

use eframe::egui::{self, Align, Frame, Layout, Margin, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, pos2, vec2};

use super::{bar, cells};
use crate::app::controls::{empty_state, icon_button, primary_button};
use crate::app::dialogs::Purpose;
use crate::app::icons::Icon;
use crate::app::state::WindowState;
use crate::app::theme::{BODY, Palette, SMALL};
use crate::comparison::SortBy;

/// Height of a row.
const ROW: f32 = 28.0;
/// Height of the headers.
const HEADER: f32 = 28.0;
/// Width of what stays at the left: check, star, name, menu.
const NAMES: f32 = 276.0;
/// Width of tags and of notes.
const WORDS: f32 = 128.0;

/// What a column of the table shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shown {
    Tags,
    /// The column of that number.
    Value(usize),
    Note,
}

/// Draws the table with what is over and under it.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    Frame::new().inner_margin(Margin { left: 28, right: 28, top: 12, bottom: 8 }).show(ui, |ui| {
        if state.runs.listed && state.runs.table.runs.is_empty() {
            return empty_state(
                ui,
                Icon::Runs,
                "There is no run yet",
                "Train one, or open a run folder: runs that lie beside it are listed too.",
                |ui| {
                    if primary_button(ui, "Open a run…", true).clicked() {
                        state.dialogs.ask(ui.ctx(), Purpose::OpenRun, "");
                    }
                    ui.add_space(12.0);
                    ui.allocate_ui(vec2(460.0, 28.0), |ui| bar::above(ui, state));
                },
            );
        }
        ui.spacing_mut().item_spacing.y = 8.0;
        let filter = bar::above(ui, state);
        let page = &state.runs;
        let rows = page.table.rows(&filter, page.archived, &page.sort, page.falling);
        let columns = columns(state, &rows);
        let height = (ui.available_height() - 36.0).max(ROW * 3.0);
        ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
            ui.set_min_height(height);
            grid(ui, state, &rows, &columns);
        });
        bar::below(ui, state, rows.len());
    });
}

/// The columns on show and their widths.
fn columns(state: &WindowState, rows: &[usize]) -> Vec<(Shown, f32)> {
    let page = &state.runs;
    let all = match page.only_differing {
        true => page.table.differing(rows),
        false => (0..page.table.columns.len()).collect(),
    };
    let values = all.into_iter().map(|column| (Shown::Value(column), page.widths[column]));
    std::iter::once((Shown::Tags, WORDS)).chain(values).chain([(Shown::Note, WORDS * 2.0)]).collect()
}

fn grid(ui: &mut Ui, state: &mut WindowState, rows: &[usize], columns: &[(Shown, f32)]) {
    let palette = Palette::of(ui);
    let size = vec2(NAMES + columns.iter().map(|(_, width)| width).sum::<f32>(), HEADER + ROW * rows.len() as f32);
    ScrollArea::both().id_salt("runs").auto_shrink([false, false]).show_viewport(ui, |ui, viewport| {
        let origin = ui.min_rect().min;
        ui.set_min_size(size);
        let clip = ui.clip_rect();
        let view = Rect::from_min_size(origin + viewport.min.to_vec2(), viewport.size()).intersect(clip);
        let body = Rect::from_min_max(view.min + vec2(0.0, HEADER), view.max);
        let first = (viewport.min.y / ROW).floor().max(0.0) as usize;
        let last = ((viewport.max.y / ROW).ceil() as usize).min(rows.len());
        for (at, &position) in rows.iter().enumerate().take(last).skip(first) {
            let top = origin.y + HEADER + ROW * at as f32;
            let line = Rect::from_min_max(pos2(view.left(), top), pos2(view.right(), top + ROW));
            row(ui, state, position, line, body, origin.x, columns);
        }
        let line = Rect::from_min_size(view.min, vec2(view.width(), HEADER));
        ui.painter().with_clip_rect(view).rect_filled(line, 0.0, palette.panel);
        headers(ui, state, line, origin.x, columns);
        let painter = ui.painter().with_clip_rect(view);
        painter.hline(line.x_range(), line.bottom(), Stroke::new(1.0, palette.hairline));
        let end = view.top() + (size.y - viewport.min.y).min(view.height());
        painter.vline(view.left() + NAMES, view.top()..=end, Stroke::new(1.0, palette.hairline));
    });
}

/// A place for widgets within `rect` of which only what lies in `clip` is seen.
fn place(
    ui: &mut Ui,
    rect: Rect,
    clip: Rect,
    right: bool,
    salt: impl std::hash::Hash + std::fmt::Debug,
    add: impl FnOnce(&mut Ui),
) {
    let layout = if right { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout).id_salt(salt));
    inner.set_clip_rect(clip.intersect(ui.clip_rect()));
    inner.spacing_mut().item_spacing.x = 4.0;
    add(&mut inner);
}

fn row(ui: &mut Ui, state: &mut WindowState, row: usize, line: Rect, body: Rect, left: f32, columns: &[(Shown, f32)]) {
    let palette = Palette::of(ui);
    let path = state.runs.table.runs[row].path.clone();
    let ground = ui.interact(line.intersect(body), ui.scope_id().with(("row", &path)), Sense::click());
    let painter = ui.painter().with_clip_rect(body);
    let on_show = state.run.as_ref().is_some_and(|shown| shown.path.as_deref() == Some(&*path));
    let checked = state.runs.checked.contains(&path);
    if checked && state.runs.marked.contains(&path.display().to_string()) {
        painter.rect_filled(line, 0.0, palette.accent.gamma_multiply(0.3));
    } else if checked {
        painter.rect_filled(line, 0.0, palette.accent_faint);
    } else if ground.contains_pointer() {
        painter.rect_filled(line, 0.0, palette.hairline.gamma_multiply(0.5));
    }
    painter.hline(line.x_range(), line.bottom(), Stroke::new(1.0, palette.hairline.gamma_multiply(0.6)));
    if on_show {
        let mark = Rect::from_min_size(line.min, vec2(3.0, ROW)).shrink2(vec2(0.0, 6.0));
        painter.rect_filled(mark, 1.5, palette.accent);
    }
    let names = Rect::from_min_max(line.min, pos2(line.left() + NAMES, line.bottom()));
    place(ui, names.shrink2(vec2(8.0, 0.0)), names.intersect(body), false, ("name", &path), |ui| {
        cells::name(ui, state, row, on_show);
    });
    let rest = Rect::from_min_max(pos2(names.right() + 1.0, body.top()), body.max);
    if let Err(why) = &state.runs.table.runs[row].about {
        let words = why.words();
        let full = match why {
            crate::run::Unreadable::Gone => format!("{words}\nFolder: {}", path.display()),
            crate::run::Unreadable::Damaged(message) => message.clone(),
        };
        let room = Rect::from_min_max(pos2(rest.left(), line.top()), pos2(rest.right(), line.bottom()));
        place(ui, room.shrink2(vec2(8.0, 0.0)), rest, false, ("why", &path), |ui| {
            let text = egui::RichText::new(words).color(palette.error).size(BODY);
            ui.add(egui::Label::new(text).truncate().selectable(false)).on_hover_text(full);
        });
    } else {
        let mut x = left + NAMES;
        for (shown, width) in columns {
            let cell = Rect::from_min_size(pos2(x, line.top()), vec2(*width, ROW));
            x += width;
            if cell.right() < rest.left() || cell.left() > rest.right() {
                continue;
            }
            let inner = cell.shrink2(vec2(8.0, 0.0));
            match shown {
                Shown::Tags => place(ui, inner, rest, false, ("tags", &path), |ui| cells::tags(ui, state, row)),
                Shown::Note => place(ui, inner, rest, false, ("note", &path), |ui| cells::note(ui, state, row)),
                Shown::Value(column) => {
                    let right = cells::is_right(&state.runs.table, *column);
                    place(ui, inner, rest, right, (column, &path), |ui| cells::value(ui, state, row, *column));
                }
            }
        }
    }
    ground.context_menu(|ui| cells::menu(ui, state, row));
    if ground.double_clicked() && state.runs.table.runs[row].about.is_ok() {
        cells::open(state, path);
    }
}

fn headers(ui: &mut Ui, state: &mut WindowState, line: Rect, left: f32, columns: &[(Shown, f32)]) {
    let names = Rect::from_min_max(line.min, pos2(line.left() + NAMES, line.bottom()));
    place(ui, names.shrink2(vec2(8.0, 0.0)), names, false, "names", |ui| {
        // As wide as a box to tick and the gap after it.
        ui.add_space(ui.spacing().interact_size.y + ui.spacing().item_spacing.x);
        starred(ui, state);
        header(ui, state, &SortBy::Name, "Name", "What the run is called");
    });
    let rest = Rect::from_min_max(pos2(names.right() + 1.0, line.top()), line.max);
    let mut x = left + NAMES;
    for (shown, width) in columns {
        let cell = Rect::from_min_size(pos2(x, line.top()), vec2(*width, HEADER));
        x += width;
        if cell.right() < rest.left() || cell.left() > rest.right() {
            continue;
        }
        let inner = cell.shrink2(vec2(8.0, 0.0));
        match shown {
            Shown::Tags => place(ui, inner, rest, false, "tags", |ui| {
                header(ui, state, &SortBy::Tags, "Tags", "Words to find a run by");
            }),
            Shown::Note => place(ui, inner, rest, false, "note", |ui| {
                header(ui, state, &SortBy::Note, "Note", "What there is to say of a run");
            }),
            Shown::Value(column) => {
                let column_of = state.runs.table.columns[*column].clone();
                let right = cells::is_right(&state.runs.table, *column);
                let hint = format!("{}\nKey: {}", column_of.help, column_of.key);
                place(ui, inner, rest, right, &column_of.key, |ui| {
                    header(ui, state, &SortBy::Column(column_of.key.clone()), &column_of.title, &hint);
                });
            }
        }
    }
}

/// The header of the stars.
fn starred(ui: &mut Ui, state: &mut WindowState) {
    let (icon, name) = match state.runs.sort {
        SortBy::Star => (Icon::Starred, "Sort by star: starred runs first"),
        _ => (Icon::Star, "Sort by star"),
    };
    if icon_button(ui, icon, name).clicked() {
        state.runs.falling = false;
        state.runs.sort = SortBy::Star;
    }
}

/// One header: a click sorts by it, another one turns the order.
fn header(ui: &mut Ui, state: &mut WindowState, by: &SortBy, title: &str, hint: &str) {
    let palette = Palette::of(ui);
    let page = &mut state.runs;
    let taken = page.sort == *by;
    let colour = if taken { palette.accent } else { palette.weak };
    let falling = page.falling;
    if taken {
        let (room, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
        let (flat, tip) = if falling { (room.top(), room.bottom()) } else { (room.bottom(), room.top()) };
        let corners = vec![pos2(room.left(), flat), pos2(room.right(), flat), pos2(room.center().x, tip)];
        ui.painter().add(egui::Shape::convex_polygon(corners, colour, Stroke::NONE));
    }
    let label = egui::Label::new(egui::RichText::new(title).size(SMALL).color(colour))
        .truncate()
        .selectable(false)
        .sense(Sense::click());
    let response = ui.add(label).on_hover_text(hint);
    let name = format!("Sort by {title}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, &name));
    if response.clicked() {
        if taken {
            page.falling = !page.falling;
        } else {
            // Metrics read best from the top, names from A.
            page.falling = matches!(by, SortBy::Column(_));
            page.sort = by.clone();
        }
    }
}

/// Checks or unchecks the run in `path`.
pub fn check(state: &mut WindowState, path: &Path, on: bool) {
    state.runs.checked.retain(|other| other != path);
    if on {
        state.runs.checked.push(path.to_owned());
    }
}
