//! Points as they are drawn: how large, how opaque.

use super::colouring::Colouring;
use super::palette::Rgba;

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

/// How large the points of one table are.
#[derive(Debug, Clone, Copy)]
pub struct Sizes<'a> {
    counts: &'a [u64],
    largest: u64,
    placed: usize,
    by_count: bool,
}

impl<'a> Sizes<'a> {
    /// Sizes of points of which `placed` lie on the map; `counts` `[rows]`, the most of them is `largest`. Many points are
    /// small ones, and if `by_count` a frequent one is up to four times as wide as a rare one.
    #[must_use]
    pub fn new(counts: &'a [u64], largest: u64, placed: usize, by_count: bool) -> Self {
        Self { counts, largest, placed, by_count }
    }

    /// The radius of row `row` in points of a window's screen.
    #[must_use]
    pub fn radius(&self, row: u32) -> f32 {
        let base = (5.6 - 0.8 * (self.placed.max(10) as f32).log10()).clamp(1.2, 4.4);
        let share = log_share(self.counts.get(row as usize).copied().unwrap_or(0), self.largest);
        base * if self.by_count { 0.55 + 1.7 * share * share } else { 1.0 }
    }
}

/// Where `count` stands between 0 and `high`, by magnitude: 0..=1.
pub(super) fn log_share(count: u64, high: u64) -> f32 {
    if high == 0 { 0.0 } else { ((count as f64).ln_1p() / (high as f64).ln_1p()) as f32 }
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
