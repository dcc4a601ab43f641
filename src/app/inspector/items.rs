//! The items of an attribute, or the last ones of a user.

use eframe::egui::Ui;

use super::Wish;
use super::list_row::list_row;
use crate::app::controls::{hairline, section, weak};
use crate::engine::Inspection;
use crate::numbers;
use crate::run::Run;

/// Draws the items of what is pinned, unless it is one.
pub fn show(ui: &mut Ui, run: &Run, answer: &Inspection, wish: &mut Option<Wish>) {
    let Some(item) = run.types.first().map(|id_type| id_type.name.clone()) else { return };
    if answer.request.subject.table == item {
        return;
    }
    hairline(ui);
    ui.add_space(4.0);
    let of_user = run.types.iter().all(|id_type| id_type.name != answer.request.subject.table);
    let title = if of_user { format!("Last {}", numbers::plural(&item)) } else { numbers::plural("Item") };
    ui.horizontal(|ui| {
        section(ui, &title);
        weak(ui, numbers::exact(answer.item_total as u64));
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    for row in &answer.items {
        if list_row(ui, row, &item, None, &numbers::short(row.count)) {
            *wish = Some(Wish::Pin(item.clone(), row.row));
        }
    }
    if answer.items.len() < answer.item_total {
        weak(ui, format!("and {} more", numbers::exact((answer.item_total - answer.items.len()) as u64)));
    }
}
