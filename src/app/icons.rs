//! Icons drawn as lines, so that they are sharp at any scale and need no font.

use eframe::egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2};

/// What an icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Stacked discs: data.
    Data,
    /// A falling curve: training.
    Train,
    /// Scattered points: the map.
    Map,
    /// Lines of a list: runs, lists.
    Runs,
    /// A cross: close, dismiss.
    Close,
    /// A frame with corners: fit.
    Fit,
    /// A page.
    File,
    /// A triangle: the sample.
    Play,
    /// Two sheets: copy.
    Copy,
    /// An arrow to the left.
    Back,
    /// An arrow to the right.
    Forward,
    /// Two circles that overlap: compare.
    Compare,
    /// Two arrows: change places.
    Swap,
    /// Sun and moon: theme.
    Theme,
    /// A question mark's stand-in: a keyboard.
    Keyboard,
    /// A clock.
    Clock,
    /// A triangle with a mark: warning.
    Warning,
    /// A tick.
    Done,
    /// Sliders: settings.
    Settings,
    /// A loop: a line around points.
    Lasso,
    /// A dashed frame: a rectangle around points.
    Rectangle,
    /// A star, empty.
    Star,
    /// A star, full.
    Starred,
    /// Three dots: more to do.
    More,
    /// Sheets on each other: layers.
    Layers,
    /// A painter's board: colours.
    Palette,
    /// A frame cut in two: side by side.
    Split,
    /// An arrow around: look again.
    Again,
}

/// Draws `icon` into `rect`.
pub fn paint(painter: &Painter, icon: Icon, rect: Rect, colour: Color32) {
    let stroke = Stroke::new((rect.height() / 11.0).clamp(1.2, 2.4), colour);
    // Positions in 0..=1 of the icon's square.
    let at = |x: f32, y: f32| -> Pos2 { pos2(rect.left() + x * rect.width(), rect.top() + y * rect.height()) };
    let line = |points: &[(f32, f32)]| {
        painter.add(Shape::line(points.iter().map(|&(x, y)| at(x, y)).collect(), stroke));
    };
    let dot = |x: f32, y: f32, radius: f32| {
        painter.circle_filled(at(x, y), radius * rect.width(), colour);
    };
    match icon {
        Icon::Settings => {
            for (y, x) in [(0.2, 0.65), (0.5, 0.3), (0.8, 0.6)] {
                line(&[(0.05, y), (0.95, y)]);
                dot(x, y, 0.13);
            }
        }
        Icon::Lasso => {
            let oval = (0..=24).map(|i| std::f32::consts::TAU * i as f32 / 24.0);
            line(&oval.map(|a| (0.5 + 0.45 * a.cos(), 0.38 + 0.3 * a.sin())).collect::<Vec<_>>());
            line(&[(0.3, 0.64), (0.22, 0.8), (0.3, 0.97)]);
        }
        Icon::Rectangle => {
            for side in [0.08, 0.92] {
                for from in [0.08, 0.4, 0.72] {
                    line(&[(from, side), (from + 0.2, side)]);
                    line(&[(side, from), (side, from + 0.2)]);
                }
            }
        }
        Icon::Data => {
            for (y, whole) in [(0.2, true), (0.5, false), (0.8, false)] {
                let mut points: Vec<(f32, f32)> = (0..=12)
                    .map(|i| std::f32::consts::PI * i as f32 / 12.0)
                    .map(|a| (0.5 - 0.4 * a.cos(), y + 0.13 * a.sin()))
                    .collect();
                if whole {
                    points.extend(
                        (0..=12)
                            .map(|i| std::f32::consts::PI * i as f32 / 12.0)
                            .map(|a| (0.5 + 0.4 * a.cos(), y - 0.13 * a.sin())),
                    );
                }
                line(&points);
            }
            line(&[(0.1, 0.2), (0.1, 0.8)]);
            line(&[(0.9, 0.2), (0.9, 0.8)]);
        }
        Icon::Train => {
            line(&[(0.08, 0.08), (0.08, 0.92), (0.94, 0.92)]);
            line(&[(0.22, 0.2), (0.32, 0.48), (0.46, 0.62), (0.64, 0.7), (0.92, 0.74)]);
        }
        Icon::Map => {
            for (x, y, radius) in [
                (0.2, 0.28, 0.11),
                (0.46, 0.16, 0.08),
                (0.36, 0.5, 0.09),
                (0.74, 0.4, 0.13),
                (0.62, 0.76, 0.1),
                (0.22, 0.8, 0.08),
                (0.9, 0.74, 0.07),
            ] {
                dot(x, y, radius);
            }
        }
        Icon::Runs => {
            for y in [0.22, 0.5, 0.78] {
                dot(0.12, y, 0.07);
                line(&[(0.32, y), (0.94, y)]);
            }
        }
        Icon::Close => {
            line(&[(0.18, 0.18), (0.82, 0.82)]);
            line(&[(0.82, 0.18), (0.18, 0.82)]);
        }
        Icon::Fit => {
            for (x, y, dx, dy) in [
                (0.08, 0.08, 0.26, 0.26),
                (0.92, 0.08, -0.26, 0.26),
                (0.92, 0.92, -0.26, -0.26),
                (0.08, 0.92, 0.26, -0.26),
            ] {
                line(&[(x + dx, y), (x, y), (x, y + dy)]);
            }
            dot(0.5, 0.5, 0.1);
        }
        Icon::File => {
            line(&[(0.2, 0.06), (0.6, 0.06), (0.82, 0.28), (0.82, 0.94), (0.2, 0.94), (0.2, 0.06)]);
            line(&[(0.6, 0.06), (0.6, 0.28), (0.82, 0.28)]);
        }
        Icon::Play => line(&[(0.24, 0.1), (0.86, 0.5), (0.24, 0.9), (0.24, 0.1), (0.86, 0.5)]),
        Icon::Copy => {
            painter.rect_stroke(Rect::from_min_max(at(0.32, 0.32), at(0.92, 0.92)), 1.5, stroke, StrokeKind::Middle);
            line(&[(0.68, 0.2), (0.68, 0.08), (0.08, 0.08), (0.08, 0.68), (0.2, 0.68)]);
        }
        Icon::Back => {
            line(&[(0.9, 0.5), (0.1, 0.5)]);
            line(&[(0.42, 0.18), (0.1, 0.5), (0.42, 0.82)]);
        }
        Icon::Forward => {
            line(&[(0.1, 0.5), (0.9, 0.5)]);
            line(&[(0.58, 0.18), (0.9, 0.5), (0.58, 0.82)]);
        }
        Icon::Compare => {
            for x in [0.34, 0.66] {
                painter.circle_stroke(at(x, 0.5), rect.width() * 0.3, stroke);
            }
        }
        Icon::Swap => {
            line(&[(0.1, 0.3), (0.9, 0.3), (0.68, 0.1)]);
            line(&[(0.9, 0.7), (0.1, 0.7), (0.32, 0.9)]);
        }
        Icon::Theme => {
            painter.circle_stroke(rect.center(), rect.width() * 0.42, stroke);
            let half = (0..=16)
                .map(|i| std::f32::consts::PI * (i as f32 / 16.0 - 0.5))
                .map(|a| at(0.5 + 0.42 * a.cos(), 0.5 + 0.42 * a.sin()));
            painter.add(Shape::convex_polygon(half.collect(), colour, Stroke::NONE));
        }
        Icon::Keyboard => {
            painter.rect_stroke(Rect::from_min_max(at(0.02, 0.2), at(0.98, 0.8)), 2.0, stroke, StrokeKind::Middle);
            for x in [0.22, 0.41, 0.6, 0.79] {
                dot(x, 0.4, 0.05);
            }
            line(&[(0.28, 0.62), (0.72, 0.62)]);
        }
        Icon::Clock => {
            painter.circle_stroke(rect.center(), rect.width() * 0.44, stroke);
            line(&[(0.5, 0.24), (0.5, 0.52), (0.68, 0.62)]);
        }
        Icon::Warning => {
            line(&[(0.5, 0.1), (0.95, 0.88), (0.05, 0.88), (0.5, 0.1), (0.95, 0.88)]);
            line(&[(0.5, 0.38), (0.5, 0.62)]);
            dot(0.5, 0.75, 0.05);
        }
        Icon::Star => line(&star().collect::<Vec<_>>()),
        Icon::Starred => {
            let mut mesh = Mesh::default();
            mesh.colored_vertex(at(0.5, 0.52), colour);
            for (corner, (x, y)) in (1..).zip(star()) {
                mesh.colored_vertex(at(x, y), colour);
                if corner > 1 {
                    mesh.add_triangle(0, corner - 1, corner);
                }
            }
            painter.add(Shape::mesh(mesh));
        }
        Icon::Split => {
            painter.rect_stroke(Rect::from_min_max(at(0.06, 0.14), at(0.94, 0.86)), 2.0, stroke, StrokeKind::Middle);
            line(&[(0.5, 0.14), (0.5, 0.86)]);
        }
        Icon::More => {
            for x in [0.14, 0.5, 0.86] {
                dot(x, 0.5, 0.1);
            }
        }
        Icon::Layers => {
            line(&[(0.5, 0.08), (0.94, 0.34), (0.5, 0.6), (0.06, 0.34), (0.5, 0.08), (0.94, 0.34)]);
            for y in [0.52, 0.7] {
                line(&[(0.06, y), (0.5, y + 0.26), (0.94, y)]);
            }
        }
        Icon::Palette => {
            painter.circle_stroke(at(0.5, 0.5), rect.width() * 0.44, stroke);
            for (x, y) in [(0.32, 0.4), (0.5, 0.27), (0.68, 0.4)] {
                dot(x, y, 0.09);
            }
            dot(0.6, 0.68, 0.14);
        }
        Icon::Again => {
            let arc = (2..=22).map(|i| std::f32::consts::TAU * i as f32 / 24.0);
            line(&arc.map(|a| (0.5 + 0.4 * a.cos(), 0.5 + 0.4 * a.sin())).collect::<Vec<_>>());
            line(&[(0.94, 0.1), (0.88, 0.4), (0.58, 0.34)]);
        }
        Icon::Done => line(&[(0.12, 0.54), (0.4, 0.8), (0.9, 0.22)]),
    }
}

/// The corners of a star, closed.
fn star() -> impl Iterator<Item = (f32, f32)> {
    (0..=10).map(|corner| {
        let radius = if corner % 2 == 0 { 0.5 } else { 0.21 };
        let turn = std::f32::consts::PI * (corner as f32 / 5.0 - 0.5);
        (0.5 + radius * turn.cos(), 0.54 + radius * turn.sin())
    })
}
