//! The rail: the four places with the state of each.

use eframe::egui::{self, CornerRadius, FontId, RichText, Sense, Ui, WidgetInfo, vec2};

use super::controls::emphasis;
use super::icons::{self, Icon};
use super::state::{Place, RunOnShow, WindowState};
use super::theme::{BODY, Palette, SMALL};
use crate::engine::JobKind;
use crate::numbers;

/// How a place stands.
#[derive(Debug, Clone, PartialEq)]
enum Mark {
    /// Nothing to tell.
    None,
    /// In words.
    Words(String),
    /// It is done.
    Done,
    /// Work goes on.
    Busy,
    /// Something waits to be kept.
    Unsaved,
}

/// Draws the rail.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    let title = egui::Label::new(emphasis("ID Atlas", 15.0).color(palette.strong)).sense(Sense::click());
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        if ui.add(title).on_hover_text("Welcome page").clicked() {
            state.welcome = true;
        }
    });
    ui.add_space(12.0);
    for (number, place) in Place::ALL.into_iter().enumerate() {
        let (icon, mark) = standing(state, place);
        let here = state.place == place && !state.welcome;
        if entry(ui, place.name(), number + 1, icon, &mark, here) {
            state.go(place);
        }
    }
}

fn standing(state: &WindowState, place: Place) -> (Icon, Mark) {
    match place {
        Place::Data => {
            let busy = state.job(JobKind::Load).is_some() || state.data.looking;
            let mark = if busy {
                Mark::Busy
            } else if state.dataset.is_some() {
                Mark::Done
            } else {
                Mark::None
            };
            (Icon::Data, mark)
        }
        Place::Train => (Icon::Train, if state.is_training() { Mark::Busy } else { Mark::None }),
        Place::Map => {
            let count = state.map.selection.len() as u64;
            (Icon::Map, if count > 0 { Mark::Words(numbers::short(count)) } else { Mark::None })
        }
        Place::Runs => {
            let unsaved = state.run.as_ref().is_some_and(RunOnShow::is_unsaved) && !state.is_training();
            (Icon::Runs, if unsaved { Mark::Unsaved } else { Mark::None })
        }
    }
}

fn entry(ui: &mut Ui, name: &str, number: usize, icon: Icon, mark: &Mark, here: bool) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::accesskit::Role::Tab, true, here, name));
    let (ground, ink) = if here {
        (palette.accent_faint, palette.accent)
    } else if response.hovered() || response.has_focus() {
        (palette.hairline, palette.strong)
    } else {
        (egui::Color32::TRANSPARENT, palette.text)
    };
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same(6), ground);
    let square = egui::Rect::from_center_size(egui::pos2(rect.left() + 18.0, rect.center().y), vec2(15.0, 15.0));
    icons::paint(painter, icon, square, ink);
    painter.text(
        egui::pos2(rect.left() + 36.0, rect.center().y),
        egui::Align2::LEFT_CENTER,
        name,
        FontId::proportional(BODY),
        ink,
    );
    let end = egui::pos2(rect.right() - 12.0, rect.center().y);
    let hint = match mark {
        Mark::None => "",
        Mark::Words(words) => {
            painter.text(end, egui::Align2::RIGHT_CENTER, words, FontId::proportional(SMALL), palette.weak);
            "selected"
        }
        Mark::Done => {
            let tick = egui::Rect::from_center_size(end - vec2(4.0, 0.0), vec2(10.0, 10.0));
            icons::paint(painter, Icon::Done, tick, palette.good);
            "loaded"
        }
        Mark::Busy => {
            let phase = (ui.input(|input| input.time) * 2.4).sin() as f32 * 0.35 + 0.65;
            painter.circle_filled(end - vec2(3.0, 0.0), 3.5, palette.accent.gamma_multiply(phase));
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(50));
            "at work"
        }
        Mark::Unsaved => {
            painter.circle_filled(end - vec2(3.0, 0.0), 3.5, palette.warning);
            "the run is not saved"
        }
    };
    response
        .on_hover_ui(|ui| {
            ui.horizontal(|ui| {
                ui.label(if hint.is_empty() { name.to_owned() } else { format!("{name}: {hint}") });
                ui.label(RichText::new(number.to_string()).size(SMALL).weak());
            });
        })
        .clicked()
}
