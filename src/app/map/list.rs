//! Finding IDs by text, and the list of a table's IDs beside the map.

use eframe::egui::{self, Align, Button, Frame, Layout, Margin, RichText, Ui};

use super::labels::name;
use crate::app::controls::weak;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::numbers;
use crate::run::TableView;

/// Rows looked through in one frame.
const ROWS_A_FRAME: usize = 20_000;
/// Rows listed at most.
const MOST: usize = 20_000;

/// A search that goes on over frames, so that a large table does not hold the window up.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What is typed.
    pub query: String,
    /// Whether the list is open.
    pub open: bool,
    sought: String,
    next: usize,
    found: Vec<u32>,
}

impl Search {
    /// Begins anew: another table, another query.
    pub fn restart(&mut self) {
        self.next = 0;
        self.found.clear();
    }

    /// The rows found so far, most frequent first.
    pub fn found(&self) -> &[u32] {
        &self.found
    }

    /// Looks through some more rows; `true` as long as there are more.
    pub fn advance(&mut self, table: &TableView<'_>) -> bool {
        if self.sought != self.query {
            self.sought.clone_from(&self.query);
            self.restart();
        }
        let needle = self.sought.trim().to_lowercase();
        let rows = table.vocabulary.len();
        let end = (self.next + ROWS_A_FRAME).min(rows);
        for row in self.next..end {
            if self.found.len() >= MOST {
                self.next = rows;
                return false;
            }
            let row = row as u32;
            let hit = needle.is_empty()
                || table.vocabulary.id(row).to_lowercase().contains(&needle)
                || table
                    .labels
                    .get(row as usize)
                    .and_then(Option::as_deref)
                    .is_some_and(|label| label.to_lowercase().contains(&needle));
            if hit {
                self.found.push(row);
            }
        }
        self.next = end;
        end < rows
    }
}

/// Draws the list of the table on show; a click pins, a click with Ctrl adds.
pub fn show(ui: &mut Ui, state: &mut WindowState, table: &TableView<'_>) {
    let palette = Palette::of(ui);
    if state.map.search.advance(table) {
        ui.ctx().request_repaint();
    }
    let found = state.map.search.found().len();
    ui.horizontal(|ui| {
        weak(ui, numbers::counted(found as u64, table.name));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hint = "Select every ID in this list";
            if found > 0 && ui.link(RichText::new("Select all").size(SMALL)).on_hover_text(hint).clicked() {
                state.map.remember();
                state.map.selection = state.map.search.found().iter().copied().collect();
                state.map.styles_changed();
            }
        });
    });
    if found == 0 {
        weak(ui, "No ID or label contains this text.");
        return;
    }
    let mut clicked = None;
    egui::ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, 24.0, found, |ui, range| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &row in &state.map.search.found()[range] {
            let selected = state.map.selection.contains(&row);
            let count = table.counts.get(row as usize).copied().unwrap_or(0);
            let text =
                RichText::new(name(table, row)).size(12.0).color(if selected { palette.accent } else { palette.text });
            let id = table.vocabulary.id(row);
            let shown_id = if name(table, row) == id { String::new() } else { id.to_owned() };
            let button = Button::new((text, RichText::new(shown_id).size(SMALL).color(palette.weak)))
                .right_text(RichText::new(numbers::short(count)).size(SMALL).color(palette.weak))
                .selected(selected)
                .frame_when_inactive(selected)
                .truncate()
                .min_size(egui::vec2(ui.available_width(), 24.0));
            if ui.add(button).on_hover_text(format!("{} {id}", table.name)).clicked() {
                clicked = Some(row);
            }
        }
    });
    if let Some(row) = clicked {
        if ui.input(|input| input.modifiers.command) {
            state.map.remember();
            if !state.map.selection.remove(&row) {
                state.map.selection.insert(row);
            }
            state.map.styles_changed();
        } else {
            let now = ui.input(|input| input.time);
            state.pin(table.name, row);
            state.map.centre_on(row, now);
        }
    }
}

/// The frame of the list at the left of the map.
pub fn frame(ui: &Ui) -> Frame {
    let palette = Palette::of(ui);
    Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(10, 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Vocabulary;

    #[test]
    fn ids_and_labels_are_found_whatever_the_case_and_over_several_frames() {
        let ids: Vec<String> = (0..ROWS_A_FRAME + 10).map(|i| format!("id{i}")).collect();
        let vocabulary: Vocabulary = ids.iter().map(String::as_str).collect();
        let mut labels = vec![None; ids.len()];
        labels[3] = Some("Oat MILK".to_owned());
        labels[ROWS_A_FRAME + 4] = Some("Soy milk".to_owned());
        let counts = vec![1; ids.len()];
        let vectors = ndarray::Array2::zeros((ids.len(), 1));
        let table = TableView {
            name: "item",
            type_index: Some(0),
            vocabulary: &vocabulary,
            counts: &counts,
            labels: &labels,
            vectors: vectors.view(),
        };
        let mut search = Search { query: "Milk".to_owned(), ..Search::default() };
        assert!(search.advance(&table));
        assert_eq!(search.found(), [3]);
        assert!(!search.advance(&table));
        assert_eq!(search.found(), [3, ROWS_A_FRAME as u32 + 4]);
        "ID7777".clone_into(&mut search.query);
        search.advance(&table);
        assert_eq!(search.found(), [7777]);
    }
}
