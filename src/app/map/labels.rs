//! Names beside the points, the most frequent first, as far as there is room.

use std::collections::HashSet;
use std::sync::Arc;

use eframe::egui::{self, Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Ui, Vec2, vec2};

use crate::app::theme::{Palette, SMALL};
use crate::picture::{LONGEST_LABEL, shortened};
use crate::run::TableView;

/// Room on the canvas that one label gets, in square points: of a map seen whole, and at the least.
const ROOM: f32 = 38_000.0;
const LEAST_ROOM: f32 = 9_000.0;
/// Labels at most.
const MOST: usize = 160;
/// Rows looked at for labels; the frequent ones come first.
pub const LOOK_AT: usize = 6_000;
/// Seconds that a label takes to appear.
pub const FADE: f32 = 0.18;
/// The share of the labels that IDs of other types may have at most.
const OF_MARKS: f32 = 0.6;

/// What the labels depend on beside the points.
#[derive(Debug, Clone, Copy)]
pub struct Style<'a> {
    /// Rooms that are taken by other words.
    pub taken: &'a [Rect],
    /// The row that always has a label.
    pub pinned: Option<u32>,
    /// How far the map is zoomed in; 1 shows all of it.
    pub zoom: f32,
}

/// How many labels there may be on `area` square points of the canvas: the more, the further one zooms in.
fn most_labels(area: f32, zoom: f32) -> usize {
    let room = (ROOM / zoom.max(1.0).powf(0.5)).max(LEAST_ROOM);
    ((area / room) as usize).clamp(4, MOST)
}

/// How many of them IDs of other types may have.
pub fn most_of_marks(area: f32, zoom: f32) -> usize {
    (most_labels(area, zoom) as f32 * OF_MARKS).ceil() as usize
}

/// Draws words `shown` so far, 0..=1, with a halo of the ground's colour that keeps them readable over points.
pub fn write(painter: &Painter, corner: Pos2, galley: &Arc<Galley>, (ink, ground): (Color32, Color32), shown: f32) {
    let halo = ground.gamma_multiply(0.85 * shown);
    for offset in [vec2(-1.0, 0.0), vec2(1.0, 0.0), vec2(0.0, -1.0), vec2(0.0, 1.0)] {
        painter.galley_with_override_text_color(corner + offset, Arc::clone(galley), halo);
    }
    painter.galley_with_override_text_color(corner, Arc::clone(galley), ink.gamma_multiply(shown));
}

/// Draws labels of `candidates`, those to be preferred first, within `free`. Names that many IDs share are drawn once.
pub fn paint(
    ui: &Ui,
    free: Rect,
    table: &TableView<'_>,
    place: impl Fn(u32) -> Pos2,
    radius: impl Fn(u32) -> f32,
    candidates: &[u32],
    Style { taken: by_others, pinned, zoom }: Style<'_>,
) {
    let palette = Palette::of(ui);
    let painter = ui.painter_at(free);
    let most = most_labels(free.area(), zoom);
    let mut taken: Vec<Rect> = Vec::with_capacity(most);
    let is_free = |rect: Rect, taken: &[Rect]| taken.iter().chain(by_others).all(|other| !other.intersects(rect));
    let mut said = HashSet::new();
    let rows = table.vocabulary.len() as u32;
    let candidates = pinned.into_iter().chain(candidates.iter().copied().filter(|&row| Some(row) != pinned));
    for row in candidates.filter(|&row| row < rows) {
        if taken.len() >= most {
            break;
        }
        let centre = place(row);
        if !free.shrink(4.0).contains(centre) {
            continue;
        }
        let text = shortened(table.name_of(row), LONGEST_LABEL);
        if said.contains(&text) {
            continue;
        }
        let galley = painter.layout_no_wrap(text.clone(), FontId::proportional(SMALL), palette.text);
        let corner = centre + vec2(radius(row) + 4.0, -galley.size().y / 2.0);
        let rect = Rect::from_min_size(corner, galley.size()).expand2(vec2(4.0, 1.0));
        let fits = free.contains_rect(rect) && is_free(rect, &taken);
        let shown = ui.ctx().animate_bool_with_time(ui.scope_id().with(("label", table.name, row)), fits, FADE);
        if fits {
            taken.push(rect);
            said.insert(text);
        }
        if shown > 0.0 && fits {
            let ink = if Some(row) == pinned { palette.strong } else { palette.text };
            write(&painter, corner, &galley, (ink, palette.canvas), shown);
        }
    }
}

/// Where a card beside the pointer fits best.
pub fn beside(canvas: Rect, pointer: Pos2, size: Vec2) -> Pos2 {
    let below_right = pointer + vec2(16.0, 16.0);
    let x = if below_right.x + size.x > canvas.right() { pointer.x - size.x - 12.0 } else { below_right.x };
    let y = if below_right.y + size.y > canvas.bottom() { pointer.y - size.y - 12.0 } else { below_right.y };
    egui::pos2(x.max(canvas.left()), y.max(canvas.top()))
}

/// Text in one corner of the canvas, on ground of its own where there is something under it.
pub fn corner_text(ui: &Ui, canvas: Rect, text: &str) -> Rect {
    let palette = Palette::of(ui);
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(SMALL), palette.weak);
    job.wrap = egui::text::TextWrapping::truncate_at_width(canvas.width() - 24.0);
    let galley = ui.painter().layout_job(job);
    let rect = Align2::LEFT_BOTTOM.anchor_size(canvas.left_bottom() + vec2(12.0, -10.0), galley.size());
    ui.painter().rect_filled(rect.expand2(vec2(5.0, 2.0)), 4.0, palette.canvas.gamma_multiply(0.8));
    ui.painter().galley(rect.min, galley, palette.weak);
    rect
}

/// Text in the upper left corner of the canvas, as far as there is room.
pub fn top_text(ui: &Ui, canvas: Rect, text: &str) {
    let palette = Palette::of(ui);
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(SMALL), palette.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(canvas.width() - 24.0);
    let galley = ui.painter().layout_job(job);
    let rect = Rect::from_min_size(canvas.left_top() + vec2(12.0, 10.0), galley.size());
    ui.painter().rect_filled(rect.expand2(vec2(5.0, 2.0)), 4.0, palette.canvas.gamma_multiply(0.8));
    ui.painter().galley(rect.min, galley, palette.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_more_labels_the_further_one_zooms_in_up_to_what_can_be_read() {
        let count = |zoom| most_labels(900.0 * 700.0, zoom);
        let counts = [0.2, 1.0, 2.0, 4.0, 16.0].map(count);
        assert!(counts.is_sorted() && counts[0] == counts[1] && counts[4] > 3 * counts[1], "{counts:?}");
        assert_eq!(count(1e6), count(1e4));
        assert_eq!(most_labels(1e9, 100.0), MOST);
    }
}
