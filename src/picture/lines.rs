//! Lines of equal density over the points of a picture.

use std::fmt::Write as _;

use super::palette::Ground;
use super::svg::{Colour, Fit, MapPicture};
use crate::progress::Watch;
use crate::projection::{DensityOf, contours};

/// The points that density lines are drawn of.
#[derive(Debug, Clone, PartialEq)]
pub struct DensityLines {
    /// The points.
    pub of: DensityOf,
    /// Whether they are what is selected, whose lines have the accent's colour.
    pub selected: bool,
}

/// How opaque the line around the densest `share` of the points is: the nearer to a summit, the more.
#[must_use]
pub fn contour_strength(share: f32) -> f32 {
    0.9 - 0.5 * share
}

impl MapPicture {
    /// Draws the density lines, if there are any; `None` once `watch` is cancelled.
    pub(super) fn density_lines(
        &self,
        out: &mut String,
        fit: &Fit,
        ground: &Ground,
        point: f32,
        watch: &Watch,
    ) -> Option<()> {
        let Some(lines) = &self.lines else { return Some(()) };
        let found = contours(&lines.of, watch).ok()?;
        let ink = Colour(if lines.selected { ground.accent } else { ground.strong });
        let (halo, wide) = (Colour(ground.canvas), 2.5 * point);
        writeln!(out, "<g id=\"density\" clip-path=\"url(#frame)\" fill=\"none\" stroke-linejoin=\"round\">").ok()?;
        for contour in found {
            let mut path = String::new();
            for (i, &corner) in contour.corners.iter().enumerate() {
                let [x, y] = fit.pixel(corner);
                write!(path, "{}{x:.2} {y:.2}", if i == 0 { "M" } else { "L" }).ok()?;
            }
            writeln!(
                out,
                "<path d=\"{path}Z\" stroke=\"{halo}\" stroke-width=\"{wide:.2}\" stroke-opacity=\"0.45\"/>\n\
                 <path d=\"{path}Z\" stroke=\"{ink}\" stroke-width=\"{point:.2}\" stroke-opacity=\"{:.3}\"/>",
                contour_strength(contour.share)
            )
            .ok()?;
        }
        out.push_str("</g>\n");
        Some(())
    }
}
