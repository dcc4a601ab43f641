//! What is selected and what can be done with it, over the upper right corner of the canvas.

use eframe::egui::{self, Align, Frame, Layout, Margin, Rect, RichText, Ui, pos2, vec2};

use super::{labels, sets};
use crate::app::controls::icon_button;
use crate::app::icons::Icon;
use crate::app::state::WindowState;
use crate::app::theme::Palette;
use crate::numbers;
use crate::run::Run;

/// Width with all buttons, and with the rarer ones in a menu.
const WIDE: f32 = 528.0;
const NARROW: f32 = 262.0;
const HEIGHT: f32 = 38.0;
/// Room beside it.
const EDGE: f32 = 12.0;

/// Draws the bar of the active map; other maps say how their selection follows from that of another one.
pub fn show(ui: &mut Ui, rect: Rect, state: &mut WindowState, run: &Run) {
    let is_active = state.map.id == state.map.active();
    if let Some(words) = state.map.followed(run).filter(|_| !is_active) {
        labels::top_text(ui, rect, &words);
    }
    let count = state.map.selection.len();
    let width = if rect.width() >= WIDE + 2.0 * EDGE { WIDE } else { NARROW };
    if count == 0 || !is_active || rect.width() < NARROW + 2.0 * EDGE {
        return;
    }
    let at = Rect::from_min_size(pos2(rect.right() - width - EDGE, rect.top() + EDGE), vec2(width, HEIGHT));
    // The canvas below must not take what is meant for the bar.
    ui.interact(at, ui.scope_id().with("selection ground"), egui::Sense::click_and_drag());
    let palette = Palette::of(ui);
    ui.scope_builder(egui::UiBuilder::new().max_rect(at).id_salt("selection"), |ui| {
        Frame::new()
            .fill(palette.panel)
            .stroke(egui::Stroke::new(1.0, palette.hairline))
            .corner_radius(egui::CornerRadius::same(8))
            .inner_margin(Margin::symmetric(10, 5))
            .show(ui, |ui| {
                ui.set_min_size(at.size() - vec2(22.0, 12.0));
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = if width == WIDE { 8.0 } else { 6.0 };
                    let text = format!("{} selected", numbers::short(count as u64));
                    let said = ui.label(RichText::new(text).color(palette.accent));
                    let followed = state.map.followed(run).map_or(String::new(), |words| format!("\n{words}"));
                    said.on_hover_text(format!("{}{followed}", numbers::exact(count as u64)));
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if width == WIDE {
                            rarer(ui, state, run);
                        } else {
                            let more = icon_button(ui, Icon::More, "More to do with the selection");
                            egui::Popup::menu(&more).show(|ui| rarer(ui, state, run));
                        }
                        if ui.button("Clear").on_hover_text("Unselect everything (Esc)").clicked() {
                            state.map.clear_selection();
                        }
                        if ui.button("Go to").on_hover_text("Show the selected points (G)").clicked() {
                            state.map.fit_selection(state.now);
                        }
                    });
                });
            });
    });
}

fn rarer(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    if ui.button("Export selection…").clicked() {
        state.export.open_for_selection(&state.map.table, &state.map.selection);
    }
    sets::keep_button(ui, state, run);
    if ui.button("Invert").on_hover_text("Select what is not selected (I)").clicked() {
        state.map.invert_selection();
    }
}
