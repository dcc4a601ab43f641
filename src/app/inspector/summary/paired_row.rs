//! One line of a chart: a name, the share of the set over the share of the catalogue, and a figure.

use eframe::egui::{self, Color32, CornerRadius, FontId, Rect, Response, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{Palette, SMALL};

const ROW: f32 = 20.0;
const BARS: f32 = 76.0;
const FIGURE: f32 = 48.0;

/// What the line shows.
pub struct PairedRow<'a> {
    /// The name.
    pub name: &'a str,
    /// For screen readers: the name with what it is a name of.
    pub spoken: &'a str,
    /// Share of the set, 0 to 1.
    pub share: f64,
    /// Share of the catalogue, 0 to 1; `None` leaves one bar.
    pub catalogue: Option<f64>,
    /// The share that fills the bar.
    pub most: f64,
    /// The figure at the right.
    pub figure: &'a str,
    /// All of the catalogue's items of that name are in the set.
    pub whole: bool,
    /// All there is to know, on hover.
    pub hint: &'a str,
}

/// The colour of the catalogue's bars.
pub fn catalogue_colour(palette: &Palette) -> Color32 {
    palette.weak.gamma_multiply(0.6)
}

impl PairedRow<'_> {
    /// Draws it; a click is for the caller.
    pub fn show(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, self.spoken));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
        }
        let right = rect.right() - FIGURE;
        let ink = if self.whole { palette.accent } else { palette.text };
        let room = right - BARS - 8.0 - rect.left();
        text_at(ui, pos2(rect.left(), rect.center().y), self.name, ink, room);
        let own = (self.share, palette.accent, if self.catalogue.is_some() { -5.0 } else { -2.0 });
        let catalogue = self.catalogue.map(|share| (share, catalogue_colour(palette), 1.0));
        for (share, colour, top) in std::iter::once(own).chain(catalogue) {
            let ground = Rect::from_min_size(pos2(right - BARS, rect.center().y + top), vec2(BARS, 4.0));
            ui.painter().rect_filled(ground, CornerRadius::same(2), palette.hairline);
            let part = (share / self.most.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0) as f32;
            let bar = Rect::from_min_size(ground.min, vec2(BARS * part, 4.0));
            ui.painter().rect_filled(bar, CornerRadius::same(2), colour);
        }
        right_at(ui, pos2(rect.right(), rect.center().y), self.figure, palette.weak);
        response.on_hover_text(self.hint)
    }
}

/// Text that starts at `at` and is cut where it is wider than `room`.
pub fn text_at(ui: &Ui, at: egui::Pos2, text: &str, ink: Color32, room: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(12.5), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(at - vec2(0.0, galley.size().y / 2.0), galley, ink);
}

/// Small text that ends at `at`.
pub fn right_at(ui: &Ui, at: egui::Pos2, text: &str, ink: Color32) {
    ui.painter().text(at, egui::Align2::RIGHT_CENTER, text, FontId::proportional(SMALL), ink);
}
