//! Names beside the points, the most frequent first, as far as there is room.

use std::collections::HashSet;

use eframe::egui::{self, Align2, FontId, Id, Pos2, Rect, Ui, Vec2, vec2};

use crate::app::theme::{Palette, SMALL};
use crate::run::TableView;

/// Room on the canvas that one label gets, in square points.
const ROOM: f32 = 38_000.0;
/// Rows looked at for labels; the frequent ones come first.
const LOOK_AT: usize = 4_000;
/// Longest label in characters.
const LONGEST: usize = 32;
/// Seconds that a label takes to appear.
const FADE: f32 = 0.18;

/// Draws labels of the rows that `stands_out` accepts, within `free`; `pinned` always has one. Names that many IDs share
/// are drawn once.
pub fn paint(
    ui: &Ui,
    canvas: Rect,
    free: Rect,
    table: &TableView<'_>,
    place: impl Fn(u32) -> Pos2,
    radius: impl Fn(u32) -> f32,
    stands_out: impl Fn(u32) -> bool,
    pinned: Option<u32>,
) {
    let palette = Palette::of(ui);
    let painter = ui.painter_at(canvas);
    let most = ((canvas.area() / ROOM) as usize).clamp(4, 60);
    let mut taken: Vec<Rect> = Vec::with_capacity(most);
    let mut said = HashSet::new();
    let rows = table.vocabulary.len() as u32;
    let candidates =
        pinned.into_iter().chain((0..rows).filter(|&row| Some(row) != pinned && stands_out(row)).take(LOOK_AT));
    for row in candidates.filter(|&row| row < rows) {
        if taken.len() >= most {
            break;
        }
        let centre = place(row);
        if !canvas.shrink(4.0).contains(centre) {
            continue;
        }
        let text = shortened(name(table, row));
        if said.contains(&text) {
            continue;
        }
        let galley = painter.layout_no_wrap(text.clone(), FontId::proportional(SMALL), palette.text);
        let corner = centre + vec2(radius(row) + 4.0, -galley.size().y / 2.0);
        let rect = Rect::from_min_size(corner, galley.size()).expand2(vec2(4.0, 1.0));
        let fits = free.contains_rect(rect) && taken.iter().all(|other| !other.intersects(rect));
        let shown = ui.ctx().animate_bool_with_time(Id::unique(("label", table.name, row)), fits, FADE);
        if fits {
            taken.push(rect);
            said.insert(text);
        }
        if shown > 0.0 && fits {
            // A halo of the canvas' colour keeps the text readable over points.
            let halo = palette.canvas.gamma_multiply(0.85 * shown);
            for offset in [vec2(-1.0, 0.0), vec2(1.0, 0.0), vec2(0.0, -1.0), vec2(0.0, 1.0)] {
                painter.galley_with_override_text_color(corner + offset, galley.clone(), halo);
            }
            let ink = if Some(row) == pinned { palette.strong } else { palette.text };
            painter.galley_with_override_text_color(corner, galley, ink.gamma_multiply(shown));
        }
    }
}

/// The label of row `row`, or its ID.
pub fn name<'a>(table: &TableView<'a>, row: u32) -> &'a str {
    table.labels.get(row as usize).and_then(Option::as_deref).unwrap_or_else(|| table.vocabulary.id(row))
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(std::iter::once('…')).collect()
}

/// Where a card beside the pointer fits best.
pub fn beside(canvas: Rect, pointer: Pos2, size: Vec2) -> Pos2 {
    let below_right = pointer + vec2(16.0, 16.0);
    let x = if below_right.x + size.x > canvas.right() { pointer.x - size.x - 12.0 } else { below_right.x };
    let y = if below_right.y + size.y > canvas.bottom() { pointer.y - size.y - 12.0 } else { below_right.y };
    egui::pos2(x.max(canvas.left()), y.max(canvas.top()))
}

/// Text in one corner of the canvas.
pub fn corner_text(ui: &Ui, canvas: Rect, text: &str) -> Rect {
    let palette = Palette::of(ui);
    ui.painter().text(
        canvas.left_bottom() + vec2(12.0, -10.0),
        Align2::LEFT_BOTTOM,
        text,
        FontId::proportional(SMALL),
        palette.weak,
    )
}
