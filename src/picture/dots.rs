//! Points as they are drawn: their colour and how opaque they are.

use super::colouring::Colouring;
use super::palette::Rgba;
use super::sizes::Sizes;

/// Opacity of a point that stands out.
const PLAIN_OPACITY: f32 = 0.88;
/// Opacity of a point that does not stand out while others do.
const DIMMED_OPACITY: f32 = 0.16;

/// A point of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dot {
    /// Where it lies on the map; the second axis points up.
    pub place: [f32; 2],
    /// Colour and opacity.
    pub colour: Rgba,
    /// Radius in points of a window's screen.
    pub radius: f32,
}

/// How the points of one table look.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    colouring: &'a Colouring,
    sizes: Sizes<'a>,
    dark: bool,
}

impl<'a> Look<'a> {
    /// The look of a table's points by their `colouring` and [`Sizes`], on dark or light ground.
    #[must_use]
    pub fn new(colouring: &'a Colouring, sizes: Sizes<'a>, dark: bool) -> Self {
        Self { colouring, sizes, dark }
    }

    /// The colour of row `row`, which stands out, or does not while others do.
    #[must_use]
    pub fn colour(&self, row: u32, stands_out: bool) -> Rgba {
        let [r, g, b, a] = self.colouring.colour(row, self.dark);
        let opacity = if stands_out { PLAIN_OPACITY } else { DIMMED_OPACITY };
        [r, g, b, (opacity * f32::from(a)) as u8]
    }

    /// Row `row` at `place`.
    #[must_use]
    pub fn dot(&self, row: u32, place: [f32; 2], stands_out: bool) -> Dot {
        Dot { place, colour: self.colour(row, stands_out), radius: self.sizes.radius(row) }
    }
}
