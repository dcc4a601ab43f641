//! Colours of points and of what lies behind them, on light and on dark ground.

use super::ramps::Ramp;

/// Red, green, blue and opacity, 0..=255, not premultiplied.
pub type Rgba = [u8; 4];

/// Colours of categories: Okabe and Ito's (2008), extended by Tol's muted ones, told apart by all common kinds of
/// colour vision and evenly bright against the ground.
pub const CATEGORIES: usize = 12;

const CATEGORY_LIGHT: [[u8; 3]; CATEGORIES] = [
    [0x00, 0x72, 0xb2],
    [0xe6, 0x8a, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x50, 0x9a],
    [0x56, 0xa8, 0xdc],
    [0xd5, 0x4a, 0x00],
    [0x88, 0x22, 0x55],
    [0x99, 0x99, 0x22],
    [0x4b, 0x3a, 0xa8],
    [0x33, 0xb0, 0xa8],
    [0xcc, 0x66, 0x77],
    [0x7a, 0x5a, 0x3c],
];

const CATEGORY_DARK: [[u8; 3]; CATEGORIES] = [
    [0x3d, 0x9c, 0xe0],
    [0xf0, 0xa8, 0x2e],
    [0x1f, 0xb8, 0x8b],
    [0xdd, 0x86, 0xbb],
    [0x8f, 0xd0, 0xf5],
    [0xee, 0x6c, 0x2c],
    [0xb8, 0x4e, 0x86],
    [0xc9, 0xc6, 0x4a],
    [0x8b, 0x7c, 0xe8],
    [0x62, 0xd4, 0xcb],
    [0xe8, 0x92, 0x9e],
    [0xb8, 0x95, 0x70],
];

/// What lies behind points, and the ink on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Behind the points.
    pub canvas: Rgba,
    /// Text that is read first.
    pub strong: Rgba,
    /// Text.
    pub text: Rgba,
    /// Text that is read last.
    pub weak: Rgba,
    /// Points that have no colour of their own.
    pub accent: Rgba,
}

const LIGHT: Ground = Ground {
    canvas: [0xff, 0xff, 0xff, 0xff],
    strong: [0x14, 0x18, 0x20, 0xff],
    text: [0x2e, 0x35, 0x42, 0xff],
    weak: [0x62, 0x6b, 0x7b, 0xff],
    accent: [0x2f, 0x5b, 0xd8, 0xff],
};

const DARK: Ground = Ground {
    canvas: [0x0f, 0x11, 0x15, 0xff],
    strong: [0xf2, 0xf4, 0xf8, 0xff],
    text: [0xcf, 0xd5, 0xdf, 0xff],
    weak: [0x8c, 0x95, 0xa5, 0xff],
    accent: [0x8a, 0xa8, 0xff, 0xff],
};

impl Ground {
    /// The dark or the light ground.
    #[must_use]
    pub const fn of(dark: bool) -> &'static Self {
        if dark { &DARK } else { &LIGHT }
    }
}

/// The colour of category `slot` in 0..[`CATEGORIES`].
#[must_use]
pub fn category(slot: usize, dark: bool) -> Rgba {
    let [r, g, b] = if dark { CATEGORY_DARK } else { CATEGORY_LIGHT }[slot % CATEGORIES];
    [r, g, b, 0xff]
}

/// The colour of everything that has no category of its own.
#[must_use]
pub fn category_other(dark: bool) -> Rgba {
    if dark { [0x5a, 0x61, 0x6e, 0xff] } else { [0xae, 0xb4, 0xbf, 0xff] }
}

/// The colour of an amount `share` in 0..=1 of the largest, by the first of the [ramps](Ramp).
#[must_use]
pub fn amount(share: f32, dark: bool) -> Rgba {
    Ramp::default().colour(share, dark)
}
