//! Two IDs beside each other, and why they are as near as they are.

mod attributes;
mod score;
mod text;
mod together;

use std::sync::Arc;

use eframe::egui::{self, Align, Layout, RichText, Sense, Ui, WidgetInfo};

use super::asked::Asked;
use super::naming::{full_id, name_of};
use super::picker::Picker;
use super::standing::standing_line;
use super::summary::paired_row::PairedRow;
use super::{Inspector, Wish, scrolled};
use crate::app::controls::{empty_state, hairline, icon_button, row_with_right, section};
use crate::app::icons::Icon;
use crate::app::theme::{BODY, Palette, SMALL};
use crate::engine::jobs::Explanation;
use crate::engine::{ExplanationRequest, Subject};
use crate::numbers;
use crate::run::Run;

/// Sessions that are listed.
const LISTED: usize = 20;

/// The second ID and what is known of the two.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The ID that the pinned one is compared with.
    pub second: Option<Subject>,
    /// What is known of the two.
    pub explanation: Asked<ExplanationRequest, Explanation>,
    /// The field that finds a second ID.
    pub picker: Picker,
    /// Whether the score on show has the second as centre.
    reversed: bool,
}

impl Comparison {
    /// What is to be known beside the pinned ID.
    pub fn request(&self, pinned: Option<&Subject>) -> Option<ExplanationRequest> {
        let (first, second) = (pinned?, self.second.as_ref()?);
        (first != second).then(|| ExplanationRequest { pair: [first.clone(), second.clone()], listed: LISTED })
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, inspector: &mut Inspector, run: &Run, now: f64) -> Option<Wish> {
    let Some(first) = inspector.subject.clone() else {
        let hint = "Click a point of the map or an ID of the list, then choose a second one to compare it with.";
        empty_state(ui, Icon::Compare, "Nothing is pinned", hint, |_| {});
        return None;
    };
    let mut wish = None;
    let second = inspector.compare.second.clone().filter(|second| *second != first);
    ends(ui, run, &first, second.as_ref(), &mut wish);
    let Some(second) = second else {
        ui.add_space(4.0);
        if let Some(chosen) = inspector.compare.picker.show(ui, "Compare with", "Compare with: an ID or label") {
            wish = Some(Wish::Compare(Some(chosen)));
        }
        ui.add_space(8.0);
        let hint = "Or click the two circles beside a near ID, or hold Ctrl and click a second point of the map.";
        ui.add(egui::Label::new(RichText::new(hint).size(SMALL).color(Palette::of(ui).weak)).wrap());
        return wish;
    };
    ui.add_space(4.0);
    if !standing_line(ui, &mut inspector.compare.explanation, None, now) {
        return wish;
    }
    let Some(explanation) = inspector.compare.explanation.answer().map(Arc::clone) else { return wish };
    scrolled(ui, "compare", |ui| {
        let names = [name_of(run, &first), name_of(run, &second)];
        nearness(ui, &explanation, names);
        if !explanation.attributes.is_empty() {
            attributes::show(ui, &explanation.attributes, &mut wish);
        }
        score::show(ui, run, &explanation, names, &mut inspector.compare.reversed);
        together::show(ui, run, &explanation, &mut wish);
    });
    wish
}

/// The two IDs; a click pins one, the arrows change their places.
fn ends(ui: &mut Ui, run: &Run, first: &Subject, second: Option<&Subject>, wish: &mut Option<Wish>) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
            if let Some(second) = second {
                if icon_button(ui, Icon::Close, "Compare with another ID").clicked() {
                    *wish = Some(Wish::Compare(None));
                }
                if icon_button(ui, Icon::Swap, "Change their places").clicked() {
                    *wish = Some(Wish::Swap(second.clone()));
                }
                if icon_button(ui, Icon::Copy, "Copy the comparison as text").clicked() {
                    *wish = Some(Wish::CopyComparison);
                }
            }
            ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                for (letter, subject) in [("A", Some(first)), ("B", second)] {
                    if let Some(subject) = subject {
                        end(ui, run, letter, subject, wish);
                    }
                }
            });
        });
    });
}

fn end(ui: &mut Ui, run: &Run, letter: &str, subject: &Subject, wish: &mut Option<Wish>) {
    let palette = Palette::of(ui);
    let name = name_of(run, subject);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.label(RichText::new(letter).size(BODY).color(palette.weak));
        let text = RichText::new(name).size(BODY).color(palette.strong);
        let label = ui.add(egui::Label::new(text).truncate().sense(Sense::click()));
        label.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, name));
        let label = label.on_hover_cursor(egui::CursorIcon::PointingHand);
        if label.on_hover_text(format!("{}\n{name}\nClick pins it", full_id(run, subject))).clicked() {
            *wish = Some(Wish::Pin(subject.table.clone(), subject.row));
        }
    });
}

fn nearness(ui: &mut Ui, explanation: &Explanation, names: [&str; 2]) {
    section(ui, "Nearness");
    ui.spacing_mut().item_spacing.y = 2.0;
    let cosine = explanation.cosine;
    let hint = format!("Cosine of their vectors: {cosine}");
    let row = PairedRow {
        name: "Cosine",
        spoken: "Cosine",
        share: f64::from(cosine),
        catalogue: None,
        most: 1.0,
        figure: &format!("{cosine:.3}"),
        whole: false,
        hint: &hint,
    };
    row.show(ui);
    for (letters, of, to, (rank, all)) in [
        ("B among those near A", names[1], names[0], explanation.ranks[0]),
        ("A among those near B", names[0], names[1], explanation.ranks[1]),
    ] {
        let hint =
            format!("{of} is number {} of {} near {to}", numbers::exact(rank as u64), numbers::exact(all as u64));
        let value = format!("{} of {}", numbers::exact(rank as u64), numbers::short(all as u64));
        figure_row(ui, letters, &value, &hint);
    }
    ui.add_space(8.0);
    hairline(ui);
    ui.add_space(4.0);
}

/// A name at the left and a figure at the right edge.
fn figure_row(ui: &mut Ui, name: &str, value: &str, hint: &str) {
    let palette = Palette::of(ui);
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        row_with_right(
            ui,
            |ui| drop(ui.label(RichText::new(name).size(12.5).color(palette.weak))),
            |ui| drop(ui.label(RichText::new(value).size(12.5).color(palette.text)).on_hover_text(hint)),
        );
    });
}

/// The comparison as lines of text.
pub fn as_text(run: &Run, explanation: &Explanation) -> String {
    text::of_explanation(run, explanation)
}
