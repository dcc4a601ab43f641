//! IDs of other types on a map of items: diamonds, larger than the points, in one colour a type.

use std::fmt::{self, Write as _};

use super::palette::{CATEGORIES, Ground, Rgba};
use super::palettes::Palettes;
use super::sizes::log_share;
use super::svg::{Colour, Fit, MapPicture};

/// From the middle to a corner, in points of a window's screen: of the most and of the least frequent ID.
const LARGEST: f32 = 9.0;
const SMALLEST: f32 = 4.5;
/// Marks from which on they are drawn smaller.
const MANY: f32 = 120.0;

/// A mark of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Where it lies on the map; the second axis points up.
    pub place: [f32; 2],
    /// From its middle to a corner, in points of a window's screen.
    pub radius: f32,
    /// Its colour.
    pub colour: Rgba,
}

/// What the marks mean: the colour of each type, its name and its marks.
pub type MarkKey = Vec<(Rgba, String, u64)>;

/// The colour of marks of the type at `type_index` of a run, from 1; `None`: of users.
#[must_use]
pub fn mark_colour(palettes: &Palettes, type_index: Option<usize>, dark: bool) -> Rgba {
    let last = palettes.categories.size().min(CATEGORIES) - 1;
    palettes.categories.colour(type_index.map_or(last, |k| k.saturating_sub(1)), dark)
}

/// From the middle of a mark to a corner, in points of a window's screen: of an ID with `count` events, where the type has
/// `placed` marks and `largest` events at most an ID.
#[must_use]
pub fn mark_radius(count: u64, largest: u64, placed: usize) -> f32 {
    let crowding = (MANY / placed.max(1) as f32).powf(0.2).clamp(0.6, 1.0);
    (SMALLEST + (LARGEST - SMALLEST) * log_share(count, largest).powi(2)) * crowding
}

impl MapPicture {
    /// Draws the marks, the first on top.
    pub(super) fn marks(&self, out: &mut String, fit: &Fit, ground: &Ground, point: f32) -> fmt::Result {
        if self.marks.is_empty() {
            return Ok(());
        }
        let (halo, ink) = (Colour(ground.canvas), Colour(ground.strong));
        writeln!(out, "<g id=\"marks\" clip-path=\"url(#frame)\" stroke-linejoin=\"round\">")?;
        for mark in self.marks.iter().rev() {
            let path = diamond(fit.pixel(mark.place), mark.radius * point);
            writeln!(
                out,
                "<path d=\"{path}\" fill=\"{halo}\" stroke=\"{halo}\" stroke-width=\"{:.2}\"/>\n\
                 <path d=\"{path}\" fill=\"{}\" stroke=\"{ink}\" stroke-width=\"{point:.2}\"/>",
                4.0 * point,
                Colour(mark.colour)
            )?;
        }
        out.push_str("</g>\n");
        Ok(())
    }
}

/// The path of a diamond of `radius` pixels around a pixel.
pub(super) fn diamond([x, y]: [f32; 2], radius: f32) -> String {
    let (left, right, top, bottom) = (x - radius, x + radius, y - radius, y + radius);
    format!("M{x:.2} {top:.2}L{right:.2} {y:.2}L{x:.2} {bottom:.2}L{left:.2} {y:.2}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_ids_have_larger_marks_and_many_marks_are_smaller() {
        let of = |count: u64, placed: usize| mark_radius(count, 1_000, placed);
        assert_eq!((of(1_000, 8), of(0, 8)), (LARGEST, SMALLEST));
        assert!(of(30, 8) > of(3, 8) && of(30, 2_000) < of(30, 8) && of(0, 100_000) > 2.5);
    }

    #[test]
    fn types_of_a_run_have_colours_of_their_own() {
        let palettes = Palettes::default();
        let colours: std::collections::BTreeSet<Rgba> =
            (1..8).map(Some).chain([None]).map(|index| mark_colour(&palettes, index, true)).collect();
        assert_eq!(colours.len(), 8);
    }
}
