//! What the selected items, or those of the pinned ID, have in common.

mod histogram;
mod over_represented;
pub mod paired_row;
mod shares;
mod text;

use std::collections::BTreeSet;

use eframe::egui::{self, Align, Layout, RichText, Sense, Ui, vec2};

use super::asked::Standing;
use super::list_row::list_row;
use super::naming::name_of;
use super::{Inspector, Wish, scrolled};
use crate::app::controls::{
    choice, emphasis, empty_state, figure, hairline, icon_button, progress_line, row_with_right, section, weak,
};
use crate::app::icons::Icon;
use crate::app::map::Join;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::engine::jobs::{Summary, SummarySubject};
use crate::engine::{NeighborRow, SummaryRequest};
use crate::numbers::{self, counted, exact};
use crate::run::{Run, USER_TABLE};
use crate::summary::{Cohesion, ItemSummary, Typicality};
use paired_row::PairedRow;

/// IDs a list.
pub const LISTED: usize = 10;

/// Lines of a list at most, once it is unfolded.
const MANY: usize = 60;

/// A list that shows its first lines until it is unfolded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// Of IDs that are over-represented.
    OverRepresented,
    /// Of the shares of this type's IDs.
    Type(String),
}

/// What the parts of the page share.
struct Page<'a> {
    run: &'a Run,
    items: &'a ItemSummary,
    /// Lists that are unfolded.
    unfolded: &'a mut BTreeSet<List>,
    wish: Option<Wish>,
}

impl Page<'_> {
    /// How many of the `all` lines of `list` are on show.
    fn shown(&self, list: &List, all: usize, few: usize) -> usize {
        all.min(if self.unfolded.contains(list) { MANY } else { few })
    }

    /// Draws the way to the rest of a list, and back.
    fn fold(&mut self, ui: &mut Ui, list: List, all: usize, few: usize) {
        let more = all.min(MANY).saturating_sub(few);
        if more == 0 {
            return;
        }
        let unfolded = self.unfolded.contains(&list);
        let words = if unfolded { "Fewer".to_owned() } else { format!("{} more", exact(more as u64)) };
        let hint = format!("{} in all", exact(all as u64));
        if ui.link(RichText::new(words).size(SMALL)).on_hover_text(hint).clicked() && !self.unfolded.remove(&list) {
            self.unfolded.insert(list);
        }
    }
}

/// What is to be summed up: more than one selected row, else the items of the pinned ID, unless that is an item.
pub fn request(state: &WindowState, run: &Run) -> Option<SummaryRequest> {
    let map = &state.map;
    let is_item = |table: &str| run.types.first().is_some_and(|item| item.name == table);
    let pinned = state.inspector.subject.as_ref().filter(|subject| !is_item(&subject.table));
    let few = if is_item(&map.table) { 1 } else { 0 };
    let subject = if map.selection.len() > 1 || (pinned.is_none() && map.selection.len() > few) {
        SummarySubject::Rows { table: map.table.clone(), rows: map.selection.iter().copied().collect() }
    } else {
        SummarySubject::Id(pinned?.clone())
    };
    Some(SummaryRequest { subject, listed: LISTED })
}

/// Draws the page.
pub fn show(ui: &mut Ui, inspector: &mut Inspector, run: &Run, now: f64) -> Option<Wish> {
    let Some(title) = inspector.summary.question().map(|request| title(run, &request.subject)) else {
        let hint = "Select more than one ID: hold Shift and drag on the map. \
                    Or pin a store, a brand or another ID that items carry.";
        empty_state(ui, Icon::Lasso, "Nothing to sum up", hint, |_| {});
        return None;
    };
    let summary = inspector.summary.newest();
    heading(ui, run, &title, inspector.summary.answer().map(AsRef::as_ref));
    let stale = match inspector.summary.standing() {
        Standing::Failed(message) => {
            failed(ui, message).then(|| inspector.summary.again(now));
            return None;
        }
        Standing::Working | Standing::Idle => {
            progress_line(ui, None, ui.available_width());
            true
        }
        Standing::Done => {
            hairline(ui);
            false
        }
    };
    let summary = summary?;
    let mut wish = None;
    scrolled(ui, "summary", |ui| {
        if stale {
            ui.disable();
        }
        let page = Page { run, items: &summary.items, unfolded: &mut inspector.unfolded, wish: None };
        wish = parts(ui, page, &summary, &mut inspector.nearest_in);
    });
    wish
}

/// Says why there is none; whether it is to be tried again.
pub fn failed(ui: &mut Ui, message: &str) -> bool {
    ui.add_space(4.0);
    ui.add(egui::Label::new(RichText::new(message).color(Palette::of(ui).error)).wrap());
    ui.add_space(4.0);
    ui.button("Try again").clicked()
}

fn heading(ui: &mut Ui, run: &Run, title: &str, summary: Option<&Summary>) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Copy, "Copy the summary as text").clicked()
                && let Some(summary) = summary
            {
                ui.ctx().copy_text(text::of_summary(run, title, summary));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = emphasis(title, 15.0).color(palette.strong);
                ui.add(egui::Label::new(text).truncate()).on_hover_text(title);
            });
        });
    });
    ui.add_space(4.0);
}

/// Whose items they are, in words.
fn title(run: &Run, subject: &SummarySubject) -> String {
    match subject {
        SummarySubject::Rows { table, rows } => format!("{} selected", counted(rows.len() as u64, table)),
        SummarySubject::Id(subject) => format!("{} {}", subject.table, name_of(run, subject)),
    }
}

fn parts(ui: &mut Ui, mut page: Page<'_>, summary: &Summary, nearest_in: &mut String) -> Option<Wish> {
    let items = page.items;
    how_many(ui, page.run, items);
    cohesion(ui, &items.cohesion);
    if !items.types.is_empty() && !items.items.is_empty() {
        hairline(ui);
        ui.add_space(4.0);
        over_represented::show(ui, &mut page);
        key(ui);
        for shares in &items.types {
            shares::show(ui, &mut page, shares);
        }
        hairline(ui);
        ui.add_space(4.0);
    }
    for column in &items.numeric {
        histogram::show(ui, &mut page, column);
    }
    for (name, found) in [("Typical", &items.cohesion.typical), ("Atypical", &items.cohesion.atypical)] {
        // A set of one has no middle.
        if items.items.len() > 1 && !found.is_empty() {
            typical(ui, &mut page, name, found);
        }
    }
    nearest(ui, &mut page, summary, nearest_in);
    page.wish
}

fn how_many(ui: &mut Ui, run: &Run, items: &ItemSummary) {
    let all = run.attributes.item_count() as u64;
    let number = |count: u64| (numbers::short(count), exact(count));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 20.0;
        let (short, long) = number(items.items.len() as u64);
        figure(ui, &short, &format!("of {} items", numbers::short(all)), &format!("{long} of {}", exact(all)));
        let (short, long) = number(items.events);
        figure(ui, &short, "events", &long);
        if let Some(buyers) = items.buyers {
            let (short, long) = number(buyers.users as u64);
            let hint = format!("{long} users took one of them, in {}", counted(buyers.baskets as u64, "session"));
            figure(ui, &short, "users", &hint);
        }
    });
    ui.add_space(4.0);
}

fn cohesion(ui: &mut Ui, cohesion: &Cohesion) {
    let Some(mean) = cohesion.mean_cosine else { return };
    let all = cohesion.catalogue_mean_cosine.unwrap_or(0.0);
    let hint = format!("Mean cosine of two different items\nof the set {mean:.4}\nof the catalogue {all:.4}");
    let row = PairedRow {
        name: "Cohesion",
        spoken: "Cohesion",
        share: mean,
        catalogue: Some(all),
        most: 1.0,
        figure: &format!("{mean:.3}"),
        whole: false,
        hint: &hint,
    };
    row.show(ui);
    ui.add_space(4.0);
}

/// What the two bars of a line are.
fn key(ui: &mut Ui) {
    let palette = Palette::of(ui);
    hairline(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (words, colour) in [("these items", palette.accent), ("catalogue", paired_row::catalogue_colour(palette))] {
            let (rect, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
            ui.painter().rect_filled(rect, 2.0, colour);
            weak(ui, words);
            ui.add_space(6.0);
        }
    });
}

fn typical(ui: &mut Ui, page: &mut Page<'_>, name: &str, found: &[Typicality]) {
    let table = page.run.type_table(0);
    row_with_right(ui, |ui| section(ui, name), |ui| drop(weak(ui, "cosine to the middle")));
    ui.spacing_mut().item_spacing.y = 0.0;
    for Typicality { item, cosine } in found {
        let row = NeighborRow {
            row: *item,
            id: table.vocabulary.id(*item).to_owned(),
            label: table.label(*item).map(str::to_owned),
            score: *cosine,
            count: table.counts[*item as usize],
        };
        if list_row(ui, &row, table.name, Some(*cosine), &format!("{cosine:.3}")) {
            page.wish = Some(Wish::Pin(table.name.to_owned(), *item));
        }
    }
    ui.add_space(8.0);
}

fn nearest(ui: &mut Ui, page: &mut Page<'_>, summary: &Summary, table: &mut String) {
    if !summary.nearest.iter().any(|(name, _)| name == table) {
        USER_TABLE.clone_into(table);
    }
    hairline(ui);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        section(ui, "Nearest");
        choice(ui, "among", &numbers::plural(table), 112.0, |ui| {
            for (name, _) in &summary.nearest {
                ui.selectable_value(table, name.clone(), numbers::plural(name));
            }
        });
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    let rows = summary.nearest.iter().find(|(name, _)| name == table).map_or(&[][..], |(_, rows)| rows);
    for row in rows {
        if list_row(ui, row, table, Some(row.score), &format!("{:.3}", row.score)) {
            page.wish = Some(Wish::Pin(table.clone(), row.row));
        }
    }
    if rows.is_empty() {
        weak(ui, "There is no other ID.");
    }
    ui.add_space(8.0);
}

/// What a click on a part of a chart does to the selection.
fn join_of(ui: &Ui) -> Join {
    let modifiers = ui.input(|input| input.modifiers);
    if modifiers.shift { Join::Add } else { Join::of(modifiers) }
}
