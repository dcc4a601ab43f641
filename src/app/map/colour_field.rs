//! A field that a colour is picked from: saturation and brightness on a plane, the hue on a strip below it.

use eframe::egui::ecolor::{Hsva, HsvaGamma};
use eframe::egui::{
    Color32, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, accesskit::Role, pos2, vec2,
};

/// Width of the field.
pub const WIDTH: f32 = 232.0;
const PLANE: Vec2 = vec2(WIDTH, 120.0);
const STRIP: Vec2 = vec2(WIDTH, 14.0);
/// Pieces that a side is drawn in.
const PIECES: usize = 12;

/// Draws the field; `true` once another colour is picked.
pub fn show(ui: &mut Ui, colour: &mut [u8; 3]) -> bool {
    let id = ui.scope_id().with("picked hue");
    let kept: Option<HsvaGamma> = ui.data(|data| data.get_temp(id));
    let of_bytes = HsvaGamma::from(Hsva::from_srgb(*colour));
    // A grey has no hue of its own: it keeps the one that was picked.
    let mut picked = kept.filter(|kept| bytes(*kept) == *colour).unwrap_or(of_bytes);
    let hue = picked.h;
    let (plane, at) = surface(ui, PLANE, "Saturation and brightness", |x, y| {
        Color32::from(HsvaGamma { h: hue, s: x, v: 1.0 - y, a: 1.0 })
    });
    if let Some(at) = at {
        (picked.s, picked.v) = (at.x, 1.0 - at.y);
    }
    mark(ui, plane, vec2(picked.s, 1.0 - picked.v), bytes(picked));
    ui.add_space(6.0);
    let on_plane = at.is_some();
    let (strip, at) = surface(ui, STRIP, "Hue", |x, _| Color32::from(HsvaGamma { h: x, s: 1.0, v: 1.0, a: 1.0 }));
    if let Some(at) = at {
        picked.h = at.x;
    }
    mark(ui, strip, vec2(picked.h, 0.5), bytes(HsvaGamma { s: 1.0, v: 1.0, ..picked }));
    ui.add_space(2.0);
    if !on_plane && at.is_none() {
        return false;
    }
    ui.data_mut(|data| data.insert_temp(id, picked));
    let before = std::mem::replace(colour, bytes(picked));
    before != *colour
}

fn bytes(colour: HsvaGamma) -> [u8; 3] {
    let colour = Color32::from(HsvaGamma { a: 1.0, ..colour });
    [colour.r(), colour.g(), colour.b()]
}

/// A rectangle of colours by how far right and down, 0..=1; and where it is pressed.
fn surface(ui: &mut Ui, size: Vec2, name: &str, colour: impl Fn(f32, f32) -> Color32) -> (Rect, Option<Vec2>) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, name));
    let mut mesh = Mesh::default();
    let share = |i: usize| i as f32 / PIECES as f32;
    for y in 0..=PIECES {
        for x in 0..=PIECES {
            mesh.colored_vertex(rect.min + rect.size() * vec2(share(x), share(y)), colour(share(x), share(y)));
            if x > 0 && y > 0 {
                let here = (y * (PIECES + 1) + x) as u32;
                let above = here - PIECES as u32 - 1;
                mesh.add_triangle(here, here - 1, above);
                mesh.add_triangle(above, above - 1, here - 1);
            }
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    (rect, pressed(&response).map(|at| ((at - rect.min) / rect.size()).clamp(Vec2::ZERO, Vec2::splat(1.0))))
}

fn pressed(response: &Response) -> Option<Pos2> {
    response
        .interact_pointer_pos()
        .filter(|_| response.dragged() || response.clicked() || response.is_pointer_button_down_on())
}

/// A ring where the colour stands.
fn mark(ui: &Ui, rect: Rect, at: Vec2, [r, g, b]: [u8; 3]) {
    let middle = rect.min + rect.size() * at;
    let middle = pos2(middle.x.clamp(rect.left() + 3.0, rect.right() - 3.0), middle.y);
    ui.painter().circle(middle, 6.0, Color32::from_rgb(r, g, b), Stroke::new(2.0, Color32::WHITE));
    ui.painter().circle_stroke(middle, 7.0, Stroke::new(1.0, Color32::from_black_alpha(140)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_of_bytes_is_the_same_after_hue_and_back() {
        for colour in [[0, 0, 0], [255, 255, 255], [0x2f, 0x5b, 0xd8], [200, 10, 90], [128, 128, 128]] {
            let back = bytes(HsvaGamma::from(Hsva::from_srgb(colour)));
            assert!(colour.iter().zip(back).all(|(a, b)| a.abs_diff(b) <= 1), "{colour:?} came back as {back:?}");
        }
    }
}
