//! IDs that the set has more often than chance gives.

use eframe::egui::{self, CornerRadius, Sense, Ui, WidgetInfo, pos2, vec2};

use super::paired_row::{right_at, text_at};
use super::{List, Page, join_of};
use crate::app::controls::{row_with_right, section, weak};
use crate::app::inspector::Wish;
use crate::app::theme::{Palette, SMALL};
use crate::engine::{Facet, Subject};
use crate::numbers::{counted, exact, percent};
use crate::summary::OverRepresented;

/// The largest corrected p-value of an ID that is listed.
pub const SIGNIFICANCE: f64 = 0.05;
/// Lines until the list is unfolded.
const FEW: usize = 8;
/// From the right edge to the end of the lift.
const LIFT: f32 = 76.0;

/// Draws the list.
pub fn show(ui: &mut Ui, page: &mut Page<'_>) {
    let palette = Palette::of(ui);
    let items = page.items;
    let found = items.over_represented.partition_point(|one| one.adjusted <= SIGNIFICANCE);
    row_with_right(
        ui,
        |ui| section(ui, "Over-represented"),
        |ui| drop(weak(ui, format!("of {} tested", exact(items.tests as u64)))),
    );
    if found == 0 {
        weak(ui, "No ID is more frequent than chance gives.");
        ui.add_space(8.0);
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    right_at(ui, pos2(rect.right() - LIFT, rect.center().y), "lift", palette.weak);
    right_at(ui, pos2(rect.right(), rect.center().y), "p, corrected", palette.weak);
    let shown = page.shown(&List::OverRepresented, found, FEW);
    for one in &items.over_represented[..shown] {
        line(ui, page, one);
    }
    page.fold(ui, List::OverRepresented, found, FEW);
    ui.add_space(8.0);
}

fn line(ui: &mut Ui, page: &mut Page<'_>, one: &OverRepresented) {
    let palette = Palette::of(ui);
    let run = page.run;
    let table = run.type_table(one.type_index);
    let id = table.vocabulary.id(one.share.row);
    let name = table.label(one.share.row).unwrap_or(id);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::click());
    let spoken = format!("over-represented {} {id}", table.name);
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, &spoken));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
    }
    let middle = rect.center().y;
    let kind = ui.painter().layout_no_wrap(table.name.to_owned(), egui::FontId::proportional(SMALL), palette.weak);
    let kind_room = kind.size().x.min(64.0);
    ui.painter().galley(pos2(rect.left(), middle - kind.size().y / 2.0), kind, palette.weak);
    let left = rect.left() + kind_room + 6.0;
    let ink = if one.share.items == one.share.catalogue_items { palette.accent } else { palette.text };
    text_at(ui, pos2(left, middle), name, ink, rect.right() - LIFT - 40.0 - left);
    right_at(ui, pos2(rect.right() - LIFT, middle), &format!("{:.1}", one.share.lift()), palette.text);
    right_at(ui, pos2(rect.right(), middle), &format!("{:.1e}", one.adjusted), palette.weak);
    let hint = format!(
        "{name}\n{} {id}\n{} of {}: {}\nOf the catalogue: {}, {}\nLift {:.3}\np {:.3e}, corrected {:.3e}\n\
         Click selects them on the map, Ctrl adds, Alt takes away",
        table.name,
        exact(u64::from(one.share.items)),
        counted(page.items.items.len() as u64, "item"),
        percent(one.share.share),
        counted(u64::from(one.share.catalogue_items), "item"),
        percent(one.share.catalogue_share),
        one.share.lift(),
        one.p_value,
        one.adjusted,
    );
    if response.on_hover_text(hint).clicked() {
        let subject = Subject { table: table.name.to_owned(), row: one.share.row };
        page.wish = Some(Wish::Facet(Facet::Id(subject), join_of(ui)));
    }
}
