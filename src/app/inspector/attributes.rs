//! The attributes of an item, each a way to its own map.

use std::borrow::Cow;

use eframe::egui::{self, RichText, Sense, Ui, WidgetInfo};

use super::Wish;
use crate::app::controls::{fact, fact_row, hairline, section};
use crate::app::theme::Palette;
use crate::engine::{Inspection, Subject};
use crate::numbers;

/// Draws the attributes of what is pinned, if it has any.
pub fn show(ui: &mut Ui, answer: &Inspection, wish: &mut Option<Wish>) {
    if answer.attributes.is_empty() {
        return;
    }
    section(ui, "Attributes");
    ui.spacing_mut().item_spacing.y = 2.0;
    for (name, value, subject) in &answer.attributes {
        match subject {
            Some(subject) => link_row(ui, name, value, subject, wish),
            None => fact(ui, name, &readable(value), Some(value)),
        }
    }
    ui.add_space(8.0);
    hairline(ui);
    ui.add_space(4.0);
}

/// `value`; a number with more decimals than people write, which was computed, in six figures.
fn readable(value: &str) -> Cow<'_, str> {
    let decimals = value.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match value.parse::<f64>() {
        Ok(number) if decimals > 6 && number.is_finite() => Cow::Owned(numbers::figures(number, 6)),
        _ => Cow::Borrowed(value),
    }
}

/// An attribute that has a map of its own.
fn link_row(ui: &mut Ui, name: &str, value: &str, subject: &Subject, wish: &mut Option<Wish>) {
    fact_row(ui, name, |ui| {
        let link = ui
            .add(egui::Label::new(RichText::new(value).color(Palette::of(ui).accent)).truncate().sense(Sense::click()));
        link.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, value));
        let link = link.on_hover_cursor(egui::CursorIcon::PointingHand);
        if link.on_hover_text(format!("Go to {} {value}", subject.table)).clicked() {
            *wish = Some(Wish::Pin(subject.table.clone(), subject.row));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_were_computed_are_cut_and_all_else_stays() {
        for (value, shown) in
            [("12.515771397212044", "12.5158"), ("0.1234567", "0.123457"), ("-3.14159265", "-3.14159")]
        {
            assert_eq!(readable(value), shown);
        }
        for value in ["2.99", "1.234567", "31782123", "1.2.3456789", "v1.00000000", "", "no.decimals"] {
            assert_eq!(readable(value), value);
        }
    }
}
