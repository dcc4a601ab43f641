//! Numeric columns: the set over the catalogue. A bar of which the set holds all stands on a foot.

use eframe::egui::{self, Align2, CornerRadius, FontId, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use super::paired_row::catalogue_colour;
use super::{Page, join_of};
use crate::app::controls::{row_with_right, section, weak};
use crate::app::inspector::Wish;
use crate::app::theme::{Palette, SMALL};
use crate::engine::Facet;
use crate::numbers::{counted, exact, figures, percent};
use crate::summary::NumericSummary;

const HEIGHT: f32 = 52.0;

/// Draws one column's histogram.
pub fn show(ui: &mut Ui, page: &mut Page<'_>, column: &NumericSummary) {
    let palette = Palette::of(ui);
    row_with_right(ui, |ui| section(ui, &column.column), |ui| drop(weak(ui, medians(column))));
    if column.set.count == 0 {
        weak(ui, "None of the items has a value.");
        ui.add_space(8.0);
        return;
    }
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let shares = |histogram: &[u32], count: usize| -> Vec<f64> {
        histogram.iter().map(|&items| f64::from(items) / count.max(1) as f64).collect()
    };
    let set = shares(&column.set.histogram, column.set.count);
    let catalogue = shares(&column.catalogue.histogram, column.catalogue.count);
    let most = set.iter().chain(&catalogue).fold(f64::MIN_POSITIVE, |most, &share| most.max(share));
    let width = rect.width() / set.len() as f32;
    for bin in 0..set.len() {
        let left = rect.left() + width * bin as f32;
        let whole = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        let response = ui.interact(whole, ui.scope_id().with((&column.column, bin)), Sense::click());
        let spoken = format!("{} {}", column.column, range(column, bin));
        response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, &spoken));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(whole, 0.0, palette.hairline);
        }
        for (share, colour, inset) in
            [(catalogue[bin], catalogue_colour(palette), 0.5), (set[bin], palette.accent, width * 0.28)]
        {
            // What is there is seen, however rare it is.
            let height = if share > 0.0 { (share / most) as f32 * (HEIGHT - 2.0) + 1.0 } else { 0.0 };
            let bar = whole.shrink2(vec2(inset, 0.0)).with_min_y(rect.bottom() - height);
            ui.painter().rect_filled(bar, CornerRadius::same(1), colour);
        }
        let (inside, all) = (column.set.histogram[bin], column.catalogue.histogram[bin]);
        if inside == all && all > 0 {
            let foot = Rect::from_min_max(whole.left_bottom() + vec2(0.5, 1.0), whole.right_bottom() + vec2(-0.5, 3.0));
            ui.painter().rect_filled(foot, 0.0, palette.accent);
        }
        let hint = format!(
            "{spoken}\n{} of {}: {}\nOf the catalogue {} of {}: {}\n\
             Click selects them on the map, Ctrl adds, Alt takes away",
            exact(u64::from(inside)),
            counted(column.set.count as u64, "item"),
            percent(set[bin]),
            exact(u64::from(all)),
            counted(column.catalogue.count as u64, "item"),
            percent(catalogue[bin]),
        );
        if response.on_hover_text(hint).clicked() {
            page.wish = Some(Wish::Facet(Facet::Bin { column: column.column.clone(), bin }, join_of(ui)));
        }
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, palette.hairline));
    let (ends, _) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
    let font = FontId::proportional(SMALL);
    let (low, high) = (column.edges[0], column.edges[column.edges.len() - 1]);
    ui.painter().text(ends.left_center(), Align2::LEFT_CENTER, figures(low, 3), font.clone(), palette.weak);
    ui.painter().text(ends.right_center(), Align2::RIGHT_CENTER, figures(high, 3), font, palette.weak);
    ui.add_space(8.0);
}

/// The values that a bar counts, in words: the first and the last one have no outer end.
fn range(column: &NumericSummary, bin: usize) -> String {
    let (from, to) = (figures(column.edges[bin], 3), figures(column.edges[bin + 1], 3));
    match bin {
        0 => format!("below {to}"),
        _ if bin + 2 == column.edges.len() => format!("{from} and more"),
        _ => format!("{from} to {to}"),
    }
}

fn medians(column: &NumericSummary) -> String {
    let median = |quantiles: Option<[f64; 5]>| quantiles.map_or_else(|| "-".to_owned(), |q| figures(q[2], 3));
    format!("median {} · all {}", median(column.set.quantiles), median(column.catalogue.quantiles))
}
