//! How large the points are: what is chosen, and what it means.

use eframe::egui::{FontId, Sense, Ui, pos2, vec2};

use super::MapView;
use crate::app::controls::{choice, emphasis};
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::picture::{SizeBy, SizeKey, Sizing};
use crate::run::{Run, TableView};

/// Room that the meaning of the sizes takes in the legend.
pub const HEIGHT: f32 = 70.0;

impl MapView {
    /// Makes points as large as `by` says from now on.
    pub fn set_size_by(&mut self, by: SizeBy) {
        if self.size_by != by {
            self.remember();
            self.size_points_by(by);
        }
    }

    /// As [`Self::set_size_by`], without a step to go back to.
    pub fn size_points_by(&mut self, by: SizeBy) {
        self.size_by = by;
        self.sizing = None;
        self.styles_changed();
    }

    /// Whether sizes tell of the count, and the numeric column that they tell of: as they are kept.
    pub fn kept_size(&self) -> (bool, String) {
        let column = if let SizeBy::Column(name) = &self.size_by { name.clone() } else { String::new() };
        (self.size_by == SizeBy::Count, column)
    }

    /// Makes points as large as they were when [`Self::kept_size`] said so.
    pub fn restore_size(&mut self, run: &Run, by_count: bool, column: &str) {
        let column = SizeBy::Column(column.to_owned());
        let by = match by_count {
            _ if SizeBy::choices(run, &self.table).contains(&column) => column,
            true => SizeBy::Count,
            false => SizeBy::Equal,
        };
        self.size_points_by(by);
    }

    /// Makes sure that the sizes are those of `table`.
    pub fn refresh_sizing(&mut self, run: &Run, table: &TableView<'_>) {
        if self.sizing.is_none() {
            self.sizing = Some(Sizing::new(run, table, &self.size_by));
            self.styles_changed();
        }
    }

    /// What the sizes mean, if anything.
    pub fn size_key(&self) -> Option<SizeKey> {
        self.sizing.as_ref()?.key(self.layout.as_ref()?.places.placed())
    }
}

/// The drop-down in the toolbar.
pub fn menu(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let shown = state.map.size_by.name().to_owned();
    choice(ui, "Size", &shown, 72.0, |ui| {
        for by in SizeBy::choices(run, &state.map.table) {
            if ui.selectable_label(state.map.size_by == by, by.name()).clicked() {
                state.map.set_size_by(by);
            }
        }
    });
}

/// Draws what the sizes mean: dots side by side, `growth` times as large as the key says, their amounts below.
pub fn legend(ui: &mut Ui, key: &SizeKey, growth: f32) {
    let palette = Palette::of(ui);
    ui.add_space(6.0);
    ui.label(emphasis(key.heading.as_str(), SMALL).color(palette.weak));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT - 26.0), Sense::hover());
    let room = rect.width() / key.steps.len().max(1) as f32;
    for (i, (radius, words)) in key.steps.iter().enumerate() {
        let middle = rect.left() + room * (i as f32 + 0.5);
        let radius = (radius * growth).min(14.0);
        ui.painter().circle_filled(pos2(middle, rect.top() + 15.0), radius, palette.weak);
        let words = ui.painter().layout_no_wrap(words.clone(), FontId::proportional(SMALL), palette.weak);
        let left = middle - words.size().x / 2.0;
        ui.painter().galley(pos2(left, rect.bottom() - words.size().y), words, palette.weak);
    }
    let meaning = key.steps.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join(", ");
    response.on_hover_text(format!("Sizes by {}: {meaning}", key.heading));
}
