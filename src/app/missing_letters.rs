//! What stands for a letter that no font has: a hollow box, as wide as a letter is. Inter's own is empty, so that names
//! in a script without a font would not be seen at all.

use eframe::egui::epaint::text::{GlyphBitmap, GlyphRasterizer, RasterizedGlyph};
use eframe::egui::{self, Color32, ColorImage, MissingGlyphPolicy, vec2};

/// Shares of the size of the font: the box, the room on both of its sides, and its line.
const WIDE: f32 = 0.62;
const TALL: f32 = 0.7;
const BESIDE: f32 = 0.1;
const LINE: f32 = 1.0 / 14.0;

/// Draws such boxes in `ctx`, unless whoever made it wants to hear of missing letters.
pub fn install(ctx: &egui::Context) {
    if ctx.missing_glyph_policy() == MissingGlyphPolicy::Tofu {
        let boxes = GlyphRasterizer::new("idatlas::missing_letters", |request| {
            let is_seen = |letter: char| !letter.is_whitespace() && !letter.is_control();
            request.cluster.chars().any(is_seen).then(|| hollow_box(request.font_size_px))
        });
        ctx.add_glyph_rasterizer(boxes);
    }
}

/// A box that stands on the line of letters of `size` pixels.
fn hollow_box(size: f32) -> RasterizedGlyph {
    let pixels = |share: f32| (share * size).round().max(1.0) as usize;
    let (wide, tall, line) = (pixels(WIDE).max(3), pixels(TALL).max(3), pixels(LINE));
    let beside = pixels(BESIDE) as f32;
    let mut image = ColorImage::filled([wide, tall], Color32::TRANSPARENT);
    for y in 0..tall {
        for x in 0..wide {
            if x < line || y < line || x + line >= wide || y + line >= tall {
                image[(x, y)] = Color32::WHITE;
            }
        }
    }
    let bitmap = GlyphBitmap { image, offset_px: vec2(beside, -(tall as f32)), is_color: false };
    RasterizedGlyph { bitmap, advance_px: wide as f32 + 2.0 * beside }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How wide `text` is, and how much of it is drawn.
    fn seen(text: &str, with_boxes: bool) -> (f32, usize) {
        let ctx = egui::Context::default();
        ctx.set_fonts(crate::app::theme::fonts());
        if with_boxes {
            install(&ctx);
        }
        let mut found = (0.0, 0);
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let font = egui::FontId::proportional(13.0);
            let galley = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE);
            found = (galley.size().x, galley.num_vertices);
        });
        // Nothing draws here.
        output.textures_delta.clear();
        found
    }

    #[test]
    fn letters_that_no_font_has_are_seen_as_boxes_and_others_stay_as_they_are() {
        let (wide, drawn) = seen("김치찌개", true);
        assert!(wide > 30.0 && drawn >= 16, "{wide} {drawn}");
        for text in ["Crème brûlée", "a\tb", "Сушки"] {
            assert_eq!(seen(text, true), seen(text, false), "{text}");
        }
    }
}
