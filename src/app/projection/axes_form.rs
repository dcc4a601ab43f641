//! Axes of one's own: from which IDs to which they run.

use std::sync::Arc;

use eframe::egui::{self, Button, RichText, Ui};

use super::form::{METRICS, choice, line};
use crate::app::map::MapView;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::neighbors::Metric;
use crate::numbers;
use crate::projection::{Axes, Direction};
use crate::run::{Run, TableView};

/// An end of an axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct End {
    name: String,
    rows: Arc<[u32]>,
}

/// The ends of both axes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AxesForm {
    /// The table that the rows are of.
    table: String,
    /// x and y, each from and to.
    ends: [[End; 2]; 2],
    metric: Metric,
}

impl AxesForm {
    /// The axes as they are chosen.
    pub fn axes(&self) -> Axes {
        let chosen = self.ends.iter().filter(|ends| ends.iter().any(|end| !end.rows.is_empty()));
        let direction = |[from, to]: &[End; 2]| Direction { from: Arc::clone(&from.rows), to: Arc::clone(&to.rows) };
        Axes { directions: chosen.map(direction).collect(), metric: self.metric }
    }

    /// What is still to be chosen; `None`: nothing.
    pub fn lacks(&self) -> Option<&'static str> {
        let is_whole = |ends: &[End; 2]| ends.iter().all(|end| !end.rows.is_empty());
        let is_empty = |ends: &[End; 2]| ends.iter().all(|end| end.rows.is_empty());
        match &self.ends {
            [x, _] if !is_whole(x) => Some("Choose from where to where x runs."),
            [_, y] if !is_whole(y) && !is_empty(y) => Some("Choose the other end of y, or neither."),
            [x, y] if x[0].rows == x[1].rows || (is_whole(y) && y[0].rows == y[1].rows) => {
                Some("Both ends of an axis are the same.")
            }
            _ => None,
        }
    }

    /// The axes in words.
    pub fn in_words(&self) -> String {
        let named = ["x", "y"].into_iter().zip(&self.ends).filter(|(_, ends)| !ends[0].rows.is_empty());
        let words: Vec<String> =
            named.map(|(axis, [from, to])| format!("{axis}: {} → {}", from.name, to.name)).collect();
        words.join(" · ")
    }

    /// Forgets ends that are rows of another table.
    fn fit_to(&mut self, table: &str) {
        if self.table != table {
            *self = Self { table: table.to_owned(), metric: self.metric, ..Self::default() };
        }
    }
}

/// What an end can be: the selection, what is pinned, named sets.
fn choices(map: &MapView, pinned: Option<u32>, run: &Run, table: &TableView<'_>) -> Vec<End> {
    let pinned = pinned.map(|row| End { name: table.name_of(row).to_owned(), rows: [row].into() });
    let selection = (map.selection.len() > 1).then(|| End {
        name: format!("{} selected", numbers::exact(map.selection.len() as u64)),
        rows: map.selection.iter().copied().collect(),
    });
    let sets = map
        .sets
        .iter()
        .filter(|set| set.table == table.name)
        .map(|set| End { name: set.name.clone(), rows: run.known_rows(table.name, &set.ids).into() });
    pinned.into_iter().chain(selection).chain(sets.filter(|end| !end.rows.is_empty())).collect()
}

/// The form.
pub fn show(ui: &mut Ui, state: &mut WindowState, run: &Run, table: &TableView<'_>) {
    let pinned = state.inspector.row_in(table.name);
    let choices = choices(&state.map, pinned, run, table);
    let form = &mut state.projection.axes;
    form.fit_to(table.name);
    ui.spacing_mut().item_spacing.y = 4.0;
    for (axis, ends) in ["x", "y"].into_iter().zip(&mut form.ends) {
        for (end, side) in ends.iter_mut().zip(["from", "to"]) {
            line(ui, &format!("{axis} {side}"), |ui, label| {
                end_menu(ui, end, &choices, axis == "y").labelled_by(label);
            });
        }
    }
    choice(ui, "Distance", &mut form.metric, &METRICS);
    let hint = "An end is an ID, a selection or a set: click or select on the map, then choose it here. y is free: \
                left out, it is the direction in which the vectors differ most beside x.";
    ui.add(egui::Label::new(RichText::new(hint).size(SMALL).color(Palette::of(ui).weak)).wrap());
}

fn end_menu(ui: &mut Ui, end: &mut End, choices: &[End], may_be_empty: bool) -> egui::Response {
    let shown = if end.rows.is_empty() { "choose…" } else { end.name.as_str() };
    let text = shown.to_owned();
    let menu = egui::ComboBox::from_id_salt(ui.next_auto_id()).selected_text(text).width(116.0).truncate();
    let answer = menu.show_ui(ui, |ui| {
        if choices.is_empty() {
            ui.label("Click a point, select some, or keep a set first");
        }
        if may_be_empty && ui.selectable_label(end.rows.is_empty(), "nothing").clicked() {
            *end = End::default();
        }
        for choice in choices {
            let count = RichText::new(numbers::short(choice.rows.len() as u64)).weak();
            let button = Button::selectable(end == choice, choice.name.as_str()).right_text(count);
            if ui.add(button).clicked() {
                end.clone_from(choice);
            }
        }
    });
    answer.response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_is_needed_and_y_is_whole_or_left_out() {
        let end = |rows: &[u32]| End { name: String::new(), rows: rows.into() };
        let form = |x: [&[u32]; 2], y: [&[u32]; 2]| AxesForm { ends: [x.map(end), y.map(end)], ..AxesForm::default() };
        assert!(form([&[], &[]], [&[], &[]]).lacks().is_some());
        assert!(form([&[1], &[1]], [&[], &[]]).lacks().is_some(), "an axis from an ID to itself");
        assert!(form([&[1], &[2]], [&[3], &[]]).lacks().is_some());
        let x_alone = form([&[1], &[2, 3]], [&[], &[]]);
        assert_eq!(x_alone.lacks(), None);
        assert_eq!(x_alone.axes().directions, [Direction { from: [1].into(), to: [2, 3].into() }]);
        assert_eq!(form([&[1], &[2]], [&[3], &[4]]).axes().directions.len(), 2);
    }
}
