//! The key beside a map: what its colours and sizes mean.

use std::fmt::{self, Write as _};

use super::key::Key;
use super::labels::width;
use super::marks::{MarkKey, diamond};
use super::palette::{Ground, Rgba};
use super::sizes::SizeKey;
use super::svg::{Anchor, Colour, Fit, LINE, MARGIN, MapPicture, TEXT, fitted, text};
use crate::numbers;

/// Where the key is drawn and how large.
#[derive(Clone, Copy)]
struct Column<'a> {
    left: f32,
    right: f32,
    bottom: f32,
    /// Height of letters.
    size: f32,
    /// Height of a line.
    line: f32,
    /// Pixels of a point of a window's screen.
    point: f32,
    ground: &'a Ground,
}

impl MapPicture {
    /// Draws the key to the right of the map.
    pub(super) fn key(&self, out: &mut String, fit: &Fit, ground: &Ground, point: f32) -> fmt::Result {
        if !self.has_key(point) {
            return Ok(());
        }
        let [_, top, edge, bottom] = fit.frame;
        let (left, right) = (edge + MARGIN * point, self.width as f32 - MARGIN * point);
        let column = Column { left, right, bottom, size: TEXT * point, line: LINE * point, point, ground };
        let mut y = top + column.line / 2.0;
        let mut colours = String::new();
        if !self.mark_key.is_empty() {
            out.push_str("<g id=\"types\">\n");
            y = column.marks(out, &self.mark_key, y)?;
            out.push_str("</g>\n");
        }
        if self.key != Key::None {
            // Sizes have the last room, below the colours.
            let room = if self.sizes.is_some() { column.sizes_height() } else { 0.0 };
            y = Column { bottom: bottom - room, ..column }.colours(&mut colours, &self.key, y)?;
        }
        if let Some(key) = &self.sizes {
            out.push_str("<g id=\"sizes\">\n");
            column.sizes(out, key, y)?;
            out.push_str("</g>\n");
        }
        if !colours.is_empty() {
            write!(out, "<g id=\"key\">\n{colours}</g>\n")?;
        }
        Ok(())
    }
}

impl Column<'_> {
    fn heading(&self, out: &mut String, words: &str, y: f32) -> Result<f32, fmt::Error> {
        let words = fitted(words, self.size, self.right - self.left);
        self.write(out, [self.left, y], self.ground.weak, Anchor::Start, Some(600), &words)?;
        Ok(y + self.line * 1.2)
    }

    /// Words in the middle of a line at `y`.
    fn write(
        &self,
        out: &mut String,
        [x, y]: [f32; 2],
        ink: Rgba,
        anchor: Anchor,
        weight: Option<u16>,
        words: &str,
    ) -> fmt::Result {
        text(out, [x, y + 0.36 * self.size], self.size, ink, anchor, weight, words)
    }

    /// What the colours mean; returns where the next heading stands.
    fn colours(&self, out: &mut String, key: &Key, top: f32) -> Result<f32, fmt::Error> {
        match key {
            Key::None => Ok(top),
            Key::Classes { heading, lines } => {
                let mut y = self.heading(out, heading, top)?;
                for (colour, name, points) in lines {
                    if y + self.line / 2.0 > self.bottom {
                        break;
                    }
                    self.class(out, *colour, name, *points, y)?;
                    y += self.line;
                }
                Ok(y + self.line / 2.0)
            }
            Key::Ramp { heading, least, most, colours } => {
                let y = self.heading(out, heading, top)?;
                let step = (self.right - self.left) / colours.len().max(1) as f32;
                let high = 10.0 * self.point;
                for (i, &colour) in colours.iter().enumerate() {
                    let (x, wide) = (self.left + step * i as f32, step + 0.3);
                    let fill = Colour(colour);
                    writeln!(
                        out,
                        "<rect x=\"{x:.2}\" y=\"{:.1}\" width=\"{wide:.2}\" height=\"{high:.1}\" fill=\"{fill}\"/>",
                        y - high
                    )?;
                }
                let ends = y + self.size;
                self.write(out, [self.left, ends], self.ground.weak, Anchor::Start, None, least)?;
                self.write(out, [self.right, ends], self.ground.weak, Anchor::End, None, most)?;
                Ok(ends + 1.5 * self.line)
            }
        }
    }

    /// What the marks mean; returns where the next heading stands.
    fn marks(&self, out: &mut String, key: &MarkKey, top: f32) -> Result<f32, fmt::Error> {
        let mut y = self.heading(out, "Other types", top)?;
        for (colour, name, marks) in key {
            if y + self.line / 2.0 > self.bottom {
                break;
            }
            let path = diamond([self.left + 5.0 * self.point, y], 5.0 * self.point);
            writeln!(out, "<path d=\"{path}\" fill=\"{}\"/>", Colour(*colour))?;
            self.named_count(out, name, *marks, y)?;
            y += self.line;
        }
        Ok(y + self.line / 2.0)
    }

    fn class(&self, out: &mut String, colour: Rgba, name: &str, points: u64, y: f32) -> fmt::Result {
        let [cx, r] = [self.left + 5.0 * self.point, 5.0 * self.point];
        let (fill, opacity) = (Colour(colour), f32::from(colour[3]) / 255.0);
        writeln!(
            out,
            "<circle cx=\"{cx:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" fill=\"{fill}\" fill-opacity=\"{opacity:.3}\"/>"
        )?;
        self.named_count(out, name, points, y)
    }

    /// A name and, at the right, how many are called so.
    fn named_count(&self, out: &mut String, name: &str, points: u64, y: f32) -> fmt::Result {
        let (point, ground) = (self.point, self.ground);
        let (count, start) = (numbers::short(points), self.left + 18.0 * point);
        let room = self.right - start - width(&count, self.size) - 6.0 * point;
        self.write(out, [start, y], ground.text, Anchor::Start, None, &fitted(name, self.size, room))?;
        self.write(out, [self.right, y], ground.weak, Anchor::End, None, &count)
    }

    /// Room that the sizes take.
    fn sizes_height(&self) -> f32 {
        3.4 * self.line
    }

    /// What the sizes mean: dots side by side, their amounts below.
    fn sizes(&self, out: &mut String, key: &SizeKey, top: f32) -> fmt::Result {
        let y = self.heading(out, &key.heading, top)?;
        let room = (self.right - self.left) / key.steps.len().max(1) as f32;
        let fill = Colour(self.ground.weak);
        for (i, (radius, words)) in key.steps.iter().enumerate() {
            let (x, r) = (self.left + room * (i as f32 + 0.5), radius * self.point);
            writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.2}\" fill=\"{fill}\"/>")?;
            let start = x - width(words, self.size) * 0.42;
            self.write(out, [start, y + self.line], self.ground.weak, Anchor::Start, None, words)?;
        }
        Ok(())
    }
}
