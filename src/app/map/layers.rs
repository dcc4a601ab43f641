//! What is drawn beside the points: one button with a small menu.

use eframe::egui::{Align, Checkbox, Layout, Popup, PopupCloseBehavior, RichText, Ui};

use super::{contours, overview, types_drawn};
use crate::app::controls::icon_button;
use crate::app::icons::Icon;
use crate::app::shortcuts::{self, Action};
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::run::Run;

/// The button in the toolbar.
pub fn button(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let button = icon_button(ui, Icon::Layers, "Layers of the map");
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(216.0);
        let regions = "What is over-represented in each dense region";
        let solid = state.map.is_solid();
        line(ui, state, "Names of regions", state.map.regions.shown, Action::Regions, (regions, None));
        let lines =
            "Each line goes around the densest 10, 30, 50, 70 or 90 % of the points, of the selection if there is one";
        line(
            ui,
            state,
            "Density lines",
            state.map.contours.shown,
            Action::Contours,
            (lines, solid.then_some(contours::WHY_FLAT)),
        );
        let overview = "The whole map, small, while a part of it is seen";
        line(
            ui,
            state,
            "Overview",
            state.map.overview.shown,
            Action::Overview,
            (overview, solid.then_some(overview::WHY_FLAT)),
        );
        ui.separator();
        types_drawn::entries(ui, state, run);
    });
}

/// A layer that is on or off, with its key, what it shows and why there is none now.
fn line(
    ui: &mut Ui,
    state: &mut WindowState,
    name: &str,
    shown: bool,
    action: Action,
    (hint, why_not): (&str, Option<&str>),
) {
    ui.horizontal(|ui| {
        let mut on = shown && why_not.is_none();
        let entry = ui.add_enabled(why_not.is_none(), Checkbox::new(&mut on, name)).on_hover_text(hint);
        if entry.on_disabled_hover_text(why_not.unwrap_or_default()).changed() {
            shortcuts::perform(&ui.ctx().clone(), state, action);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let keys = shortcuts::keys(ui.ctx(), action);
            ui.label(RichText::new(keys).size(SMALL).color(Palette::of(ui).weak));
        });
    });
}
