//! The score of two items, split by type.

use eframe::egui::{self, CornerRadius, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};

use super::super::summary::paired_row::{right_at, text_at};
use crate::app::controls::{hairline, row_with_right, section, segmented, weak};
use crate::app::theme::{Palette, SMALL};
use crate::engine::jobs::Explanation;
use crate::run::Run;

const BARS: f32 = 112.0;
const FIGURE: f32 = 52.0;

/// Draws the parts of the score as bars around zero, and their sum.
pub fn show(ui: &mut Ui, run: &Run, explanation: &Explanation, names: [&str; 2], reversed: &mut bool) {
    section(ui, "Why close");
    let Some(scores) = &explanation.scores else {
        weak(ui, "Only the score of two items is split by type.");
        return end(ui);
    };
    let hints = [
        format!("{} as centre, {} as its context", names[0], names[1]),
        format!("{} as centre, {} as its context", names[1], names[0]),
    ];
    let taken = segmented(ui, &["A → B", "B → A"], &[&hints[0], &hints[1]], Some(usize::from(*reversed)));
    if let Some(taken) = taken {
        *reversed = taken == 1;
    }
    let score = &scores[usize::from(*reversed)];
    ui.spacing_mut().item_spacing.y = 0.0;
    let most = score.parts.iter().flatten().fold(f32::MIN_POSITIVE, |most, part| most.max(part.abs()));
    for (own, part) in run.types.iter().zip(&score.parts) {
        let hint = match part {
            Some(part) => format!("{}: {part} of {}", own.name, score.total()),
            None => format!("{}: one of the two has none, so it adds nothing", own.name),
        };
        line(ui, &own.name, part.map(f64::from), f64::from(most), &hint);
    }
    ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top() + 1.0, Stroke::new(1.0, Palette::of(ui).hairline));
    ui.add_space(4.0);
    let sum = format!("{:.3}", score.total());
    row_with_right(
        ui,
        |ui| drop(ui.label(RichText::new("Score").size(12.5).color(Palette::of(ui).strong))),
        |ui| {
            let hint = format!(
                "x = {}\nThe sum over the types of w w <E, C>: how much more often than its frequency says \
                 the second is taken near the first",
                score.total()
            );
            drop(ui.label(RichText::new(sum).size(SMALL).color(Palette::of(ui).strong)).on_hover_text(hint));
        },
    );
    end(ui);
}

fn end(ui: &mut Ui) {
    ui.add_space(8.0);
    hairline(ui);
    ui.add_space(4.0);
}

/// One part: to the right of the middle if it brings the two closer.
fn line(ui: &mut Ui, name: &str, part: Option<f64>, most: f64, hint: &str) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let figure = part.map_or_else(|| "-".to_owned(), |part| format!("{part:+.3}"));
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, format!("{name} adds {figure}")));
    let right = rect.right() - FIGURE;
    let ground = Rect::from_min_max(pos2(right - BARS, rect.center().y - 3.0), pos2(right, rect.center().y + 3.0));
    text_at(ui, rect.left_center(), name, palette.text, ground.left() - 8.0 - rect.left());
    ui.painter().rect_filled(ground, CornerRadius::same(2), palette.hairline);
    if let Some(part) = part {
        let middle = ground.center().x;
        let reach = (part / most).clamp(-1.0, 1.0) as f32 * ground.width() / 2.0;
        let bar = Rect::from_x_y_ranges(middle.min(middle + reach)..=middle.max(middle + reach), ground.y_range());
        ui.painter().rect_filled(
            bar,
            CornerRadius::same(2),
            if part >= 0.0 { palette.accent } else { palette.warning },
        );
        ui.painter().vline(middle, ground.y_range(), Stroke::new(1.0, palette.weak));
    }
    right_at(ui, rect.right_center(), &figure, palette.weak);
    response.on_hover_text(hint);
}
