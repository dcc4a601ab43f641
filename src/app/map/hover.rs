//! The card beside the pointer: which ID a point is.

use eframe::egui::{self, Id, Order, Pos2, Rect, RichText, Ui, vec2};

use super::labels::beside;
use crate::app::controls::emphasis;
use crate::app::theme::{self, BODY, Palette, SMALL};
use crate::numbers;
use crate::picture::{ColourBy, Colouring};
use crate::run::TableView;

const SIZE: egui::Vec2 = vec2(240.0, 84.0);

/// What a card tells beside the ID.
#[derive(Clone, Copy)]
pub enum About<'a> {
    /// What the colours say of it.
    Colours(Option<&'a Colouring>),
    /// How it came to lie where it does.
    Place(&'a str),
}

/// Shows the card of row `row` beside `pointer`.
pub fn show(ui: &Ui, canvas: Rect, pointer: Pos2, table: &TableView<'_>, row: u32, about: About<'_>) {
    egui::Area::new(Id::unique("map hover card"))
        .order(Order::Tooltip)
        .interactable(false)
        .fixed_pos(beside(canvas, pointer, SIZE))
        .show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(SIZE.x);
                ui.spacing_mut().item_spacing.y = 2.0;
                let palette = Palette::of(ui);
                let (label, id) = (table.name_of(row), table.vocabulary.id(row));
                ui.label(emphasis(label, BODY).color(palette.strong));
                let kind = if label == id { table.name.to_owned() } else { format!("{} {id}", table.name) };
                ui.label(RichText::new(kind).size(SMALL).color(palette.weak));
                let count = table.counts.get(row as usize).copied().unwrap_or(0);
                ui.label(RichText::new(numbers::counted(count, "event")).size(SMALL).color(palette.text));
                let colouring = match about {
                    About::Colours(colouring) => colouring,
                    About::Place(words) => {
                        ui.label(RichText::new(words).size(SMALL).color(palette.text));
                        None
                    }
                };
                if let Some((attribute, value, colour)) = coloured_by(ui, row, colouring) {
                    ui.horizontal(|ui| {
                        let (dot, _) = ui.allocate_exact_size(vec2(8.0, 14.0), egui::Sense::hover());
                        ui.painter().circle_filled(dot.center(), 4.0, colour);
                        ui.label(RichText::new(format!("{attribute} {value}")).size(SMALL).color(palette.text));
                    });
                }
            });
        });
}

/// What the colours speak of, what they say of the row, and its colour.
fn coloured_by(ui: &Ui, row: u32, colouring: Option<&Colouring>) -> Option<(String, String, egui::Color32)> {
    let colouring = colouring?;
    let entry = colouring.entry(row)?;
    let name = match &colouring.by {
        ColourBy::Group => "in".to_owned(),
        by => format!("{}:", by.name()),
    };
    Some((name, entry.name.clone(), theme::rgba(colouring.palettes.colour(entry.paint, ui.visuals().dark_mode))))
}
