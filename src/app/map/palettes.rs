//! The palettes in the window: which there are, with swatches, and the colour of a single class.

use eframe::egui::{
    self, Align, Color32, CornerRadius, Layout, Popup, PopupCloseBehavior, Rect, Response, RichText, Sense, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{MapView, colour_field};
use crate::app::icons::{self, Icon};
use crate::app::theme::{self, Palette, SMALL};
use crate::picture::{Amounts, CategoryPalette, Colouring, LegendEntry, Paint, Palettes, Ramp, Rgba};

/// Swatches of a ramp.
const PIECES: usize = 32;
const ROW: f32 = 26.0;
const SWATCH: f32 = 10.0;

impl MapView {
    /// Takes colours from `palettes` from now on.
    pub fn set_palettes(&mut self, palettes: Palettes) {
        if self.palettes != palettes {
            self.remember();
            self.palettes = palettes;
            self.styles_changed();
        }
    }

    /// Takes colours from the palette called `name` from now on: a ramp for amounts like those on show.
    pub fn choose_palette(&mut self, name: &str) {
        let both_sides = self.colouring.as_ref().and_then(|colouring| colouring.amounts.as_ref());
        let both_sides = both_sides.is_some_and(Amounts::crosses_zero);
        let palettes = match Ramp::ALL.into_iter().find(|ramp| ramp.name() == name) {
            Some(ramp) => Some(self.palettes.with_ramp(ramp, both_sides)),
            None => self.palettes.with(name),
        };
        if let Some(palettes) = palettes {
            self.set_palettes(palettes);
        }
    }
}

/// The button in the legend's heading, with the palettes that fit what the colours say.
pub fn button(ui: &mut Ui, map: &mut MapView, colouring: &Colouring) {
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, "Choose the palette"));
    let palette = Palette::of(ui);
    let ink = if response.hovered() || response.has_focus() { palette.strong } else { palette.weak };
    icons::paint(ui.painter(), Icon::Palette, rect.shrink(2.0), ink);
    let response = response.on_hover_text("Choose the palette");
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(252.0);
        ui.spacing_mut().item_spacing.y = 2.0;
        match &colouring.amounts {
            Some(amounts) => {
                let taken = colouring.palettes.ramp_of(amounts);
                // Ramps with a middle are for amounts that have one.
                let fits = |ramp: &Ramp| !ramp.is_diverging() || amounts.crosses_zero();
                for ramp in Ramp::ALL.into_iter().filter(fits) {
                    let dark = ui.visuals().dark_mode;
                    let colours = (0..PIECES).map(|i| ramp.colour(i as f32 / (PIECES - 1) as f32, dark));
                    if line(ui, ramp.name(), taken == ramp, &colours.collect::<Vec<_>>(), 0.0).clicked() {
                        let palettes = map.palettes.with_ramp(ramp, amounts.crosses_zero());
                        map.set_palettes(palettes);
                    }
                }
            }
            None => categories(ui, map, colouring),
        }
    });
}

fn categories(ui: &mut Ui, map: &mut MapView, colouring: &Colouring) {
    let dark = ui.visuals().dark_mode;
    for palette in CategoryPalette::ALL {
        let colours: Vec<Rgba> = (0..palette.size()).map(|slot| palette.colour(slot, dark)).collect();
        let taken = colouring.palettes.categories == palette;
        if line(ui, palette.name(), taken, &colours, 1.0).clicked() {
            let palettes = Palettes { categories: palette, ..map.palettes.clone() };
            map.set_palettes(palettes);
        }
    }
    let own = colouring.own_type();
    if map.palettes.own.keys().any(|(type_name, _)| type_name == own) {
        ui.add_space(4.0);
        let text = RichText::new("Give up the colours that were picked").size(SMALL);
        if ui.link(text).clicked() {
            let palettes = map.palettes.without_own(own);
            map.set_palettes(palettes);
        }
    }
}

/// A palette: its name and its colours, `gap` apart.
fn line(ui: &mut Ui, name: &str, taken: bool, colours: &[Rgba], gap: f32) -> Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::accesskit::Role::RadioButton, true, taken, name));
    let ground = match (taken, response.hovered() || response.has_focus()) {
        (true, _) => palette.accent_faint,
        (false, true) => palette.hairline,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(5), ground);
    let font = egui::TextStyle::Body.resolve(ui.style());
    let ink = if taken { palette.strong } else { palette.text };
    ui.painter().text(pos2(rect.left() + 8.0, rect.center().y), egui::Align2::LEFT_CENTER, name, font, ink);
    let room = 12.0 * (SWATCH + 1.0) - 1.0;
    let start = rect.right() - 8.0 - room;
    let wide = if gap > 0.0 { SWATCH } else { room / colours.len() as f32 };
    for (i, &colour) in colours.iter().enumerate() {
        let corner = pos2(start + (wide + gap) * i as f32, rect.center().y - SWATCH / 2.0);
        // Pieces of a ramp overlap a little, so that no seam is seen.
        let piece = Rect::from_min_size(corner, vec2(wide + if gap > 0.0 { 0.0 } else { 0.5 }, SWATCH));
        ui.painter().rect_filled(piece, if gap > 0.0 { 2.0 } else { 0.0 }, theme::rgba(colour));
    }
    response
}

/// Lets the colour of one class be picked where its dot is drawn.
pub fn class_colour(ui: &Ui, map: &mut MapView, colouring: &Colouring, entry: &LegendEntry, dot: Rect) {
    let id = ui.scope_id().with(("colour of", colouring.own_type(), entry.id.as_str()));
    let response = ui.interact(dot, id, Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(egui::accesskit::Role::ColorWell, true, format!("Colour of {}", entry.name))
    });
    if response.clicked() {
        // One step back leads to the colours before the picking, however often they change meanwhile.
        map.remember();
    }
    let shown = colouring.palettes.colour(entry.paint, ui.visuals().dark_mode);
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(colour_field::WIDTH);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let is_own = matches!(entry.paint, Paint::Own(_));
                let reset = egui::Button::new(RichText::new("Reset").size(SMALL));
                if ui.add_enabled(is_own, reset).on_hover_text("The palette's colour again").clicked() {
                    pick(map, colouring, entry, None);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let name = RichText::new(&entry.name).color(Palette::of(ui).strong);
                    ui.add(egui::Label::new(name).truncate());
                });
            });
        });
        let mut colour = [shown[0], shown[1], shown[2]];
        if colour_field::show(ui, &mut colour) {
            pick(map, colouring, entry, Some(colour));
        }
        ui.horizontal(|ui| {
            let dark = ui.visuals().dark_mode;
            for slot in 0..colouring.palettes.categories.size() {
                let [r, g, b, _] = colouring.palettes.categories.colour(slot, dark);
                if swatch(ui, Color32::from_rgb(r, g, b), slot).clicked() {
                    pick(map, colouring, entry, Some([r, g, b]));
                }
            }
        });
    });
    response.on_hover_text("Pick its colour");
}

fn pick(map: &mut MapView, colouring: &Colouring, entry: &LegendEntry, colour: Option<[u8; 3]>) {
    map.palettes = map.palettes.with_own(colouring.own_type(), &entry.id, colour);
    map.styles_changed();
}

fn swatch(ui: &mut Ui, colour: Color32, slot: usize) -> Response {
    ui.spacing_mut().item_spacing.x = 2.0;
    let (rect, response) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Colour {} of the palette", slot + 1))
    });
    ui.painter().rect_filled(rect.shrink(if response.hovered() { 0.0 } else { 1.5 }), 3.0, colour);
    response
}
