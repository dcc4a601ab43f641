//! Shares of each attribute's IDs in the set, beside the catalogue's.

use eframe::egui::Ui;

use super::paired_row::PairedRow;
use super::{List, Page, join_of};
use crate::app::controls::{row_with_right, section, weak};
use crate::app::inspector::Wish;
use crate::engine::{Facet, Subject};
use crate::numbers::{counted, exact, percent};
use crate::run::TableView;
use crate::summary::{IdShare, TypeShares};

/// Lines of a type until it is unfolded.
const FEW: usize = 6;

/// Draws the shares of one type.
pub fn show(ui: &mut Ui, page: &mut Page<'_>, shares: &TypeShares) {
    let run = page.run;
    let table = run.type_table(shares.type_index);
    let list = List::Type(table.name.to_owned());
    row_with_right(ui, |ui| section(ui, table.name), |ui| drop(weak(ui, exact(shares.ids.len() as u64))));
    ui.spacing_mut().item_spacing.y = 0.0;
    let set = page.items.items.len();
    let missing = f64::from(shares.missing) / set.max(1) as f64;
    let all = run.attributes.item_count() as u32;
    let known: u32 = run.types[shares.type_index].items.iter().sum();
    let catalogue_missing = f64::from(all - known.min(all)) / f64::from(all.max(1));
    let shown = &shares.ids[..page.shown(&list, shares.ids.len(), FEW)];
    let most = shown.iter().map(|share| share.share.max(share.catalogue_share)).fold(missing, f64::max);
    for share in shown {
        let facet = Facet::Id(Subject { table: table.name.to_owned(), row: share.row });
        id_row(ui, page, &table, share, (most, &percent(share.share)), facet);
    }
    if shares.missing > 0 {
        let spoken = format!("without {}", table.name);
        let hint = format!(
            "{} of {} have none\nOf the catalogue: {}",
            counted(u64::from(shares.missing), "item"),
            exact(set as u64),
            percent(catalogue_missing)
        );
        let row = PairedRow {
            name: "none",
            spoken: &spoken,
            share: missing,
            catalogue: Some(catalogue_missing),
            most,
            figure: &percent(missing),
            whole: shares.missing == all - known.min(all),
            hint: &hint,
        };
        if row.show(ui).clicked() {
            page.wish = Some(Wish::Facet(Facet::Without(table.name.to_owned()), join_of(ui)));
        }
    }
    page.fold(ui, list, shares.ids.len(), FEW);
    ui.add_space(8.0);
}

/// One ID with its bars; a click selects.
pub fn id_row(
    ui: &mut Ui,
    page: &mut Page<'_>,
    table: &TableView<'_>,
    share: &IdShare,
    (most, figure): (f64, &str),
    facet: Facet,
) {
    let id = table.vocabulary.id(share.row);
    let name = table.label(share.row).unwrap_or(id);
    let spoken = format!("{} {id}", table.name);
    let hint = format!(
        "{name}\n{spoken}\n{} of {}: {}\nOf the catalogue {} of {}: {}\nLift {:.2}\n\
         Click selects them on the map, Ctrl adds, Alt takes away",
        exact(u64::from(share.items)),
        counted(page.items.items.len() as u64, "item"),
        percent(share.share),
        exact(u64::from(share.catalogue_items)),
        counted(page.run.attributes.item_count() as u64, "item"),
        percent(share.catalogue_share),
        share.lift(),
    );
    let row = PairedRow {
        name,
        spoken: &spoken,
        share: share.share,
        catalogue: Some(share.catalogue_share),
        most,
        figure,
        whole: share.items == share.catalogue_items,
        hint: &hint,
    };
    if row.show(ui).clicked() {
        page.wish = Some(Wish::Facet(facet, join_of(ui)));
    }
}
