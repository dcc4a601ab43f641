//! Named lists of colours for categories.

use super::palette::{CATEGORIES, Rgba, category};

/// A named list of colours, told apart by all common kinds of colour vision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CategoryPalette {
    /// This program's own, of twelve.
    #[default]
    Atlas,
    /// Okabe and Ito (2008), eight.
    OkabeIto,
    /// Tol's bright ones (2021), six.
    TolBright,
    /// Tol's vibrant ones, six.
    TolVibrant,
    /// Tol's muted ones, nine.
    TolMuted,
    /// Tol's light ones, eight.
    TolLight,
}

const OKABE_ITO: [u32; 8] = [0xe69f00, 0x56b4e9, 0x009e73, 0xf0e442, 0x0072b2, 0xd55e00, 0xcc79a7, 0x000000];
const TOL_BRIGHT: [u32; 6] = [0x4477aa, 0xee6677, 0x228833, 0xccbb44, 0x66ccee, 0xaa3377];
const TOL_VIBRANT: [u32; 6] = [0xee7733, 0x0077bb, 0x33bbee, 0xee3377, 0xcc3311, 0x009988];
const TOL_MUTED: [u32; 9] = [0xcc6677, 0x332288, 0xddcc77, 0x117733, 0x88ccee, 0x882255, 0x44aa99, 0x999933, 0xaa4499];
const TOL_LIGHT: [u32; 8] = [0x77aadd, 0xee8866, 0xeedd88, 0xffaabb, 0x99ddff, 0x44bb99, 0xbbcc33, 0xaaaa00];

/// Relative luminance that a colour has at least on dark ground and at most on light ground.
const DARKEST: f32 = 0.1;
const BRIGHTEST: f32 = 0.78;

impl CategoryPalette {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 6] =
        [Self::Atlas, Self::OkabeIto, Self::TolBright, Self::TolVibrant, Self::TolMuted, Self::TolLight];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Atlas => "Atlas",
            Self::OkabeIto => "Okabe-Ito",
            Self::TolBright => "Tol bright",
            Self::TolVibrant => "Tol vibrant",
            Self::TolMuted => "Tol muted",
            Self::TolLight => "Tol light",
        }
    }

    fn published(self) -> &'static [u32] {
        match self {
            Self::Atlas => &[],
            Self::OkabeIto => &OKABE_ITO,
            Self::TolBright => &TOL_BRIGHT,
            Self::TolVibrant => &TOL_VIBRANT,
            Self::TolMuted => &TOL_MUTED,
            Self::TolLight => &TOL_LIGHT,
        }
    }

    /// How many colours it has.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Atlas => CATEGORIES,
            other => other.published().len(),
        }
    }

    /// The colour of `slot`. One that would be lost on the ground is made brighter or darker until it is seen.
    #[must_use]
    pub fn colour(self, slot: usize, dark: bool) -> Rgba {
        let published = self.published();
        let Some(&colour) = published.get(slot % published.len().max(1)) else { return category(slot, dark) };
        let [_, r, g, b] = colour.to_be_bytes();
        seen_on_ground([r, g, b], dark)
    }
}

/// `colour`, mixed with white on dark ground, or with black on light ground, no more than it needs to be seen.
fn seen_on_ground(colour: [u8; 3], dark: bool) -> Rgba {
    let towards = if dark { 255.0 } else { 0.0 };
    let mixed = |part: f32| colour.map(|channel| (f32::from(channel) + (towards - f32::from(channel)) * part) as u8);
    let is_seen = |colour: [u8; 3]| {
        let bright = luminance(colour);
        if dark { bright >= DARKEST } else { bright <= BRIGHTEST }
    };
    let part = (0..=20).map(|step| step as f32 / 20.0).find(|&part| is_seen(mixed(part))).unwrap_or(1.0);
    let [r, g, b] = mixed(part);
    [r, g, b, 0xff]
}

/// Relative luminance (WCAG 2.1), 0..=1.
fn luminance(colour: [u8; 3]) -> f32 {
    let linear = |channel: u8| {
        let value = f32::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_every_palette_is_seen_on_both_grounds_and_is_no_other() {
        for palette in CategoryPalette::ALL {
            for dark in [false, true] {
                let colours: Vec<Rgba> = (0..palette.size()).map(|slot| palette.colour(slot, dark)).collect();
                for (slot, &[r, g, b, _]) in colours.iter().enumerate() {
                    let bright = luminance([r, g, b]);
                    let range = if dark { 0.07..1.0 } else { 0.0..0.8 };
                    assert!(range.contains(&bright), "{} {slot} on {dark}: {bright}", palette.name());
                    assert!(!colours[..slot].contains(&colours[slot]), "{} {slot} is there twice", palette.name());
                }
            }
        }
    }

    #[test]
    fn colours_that_are_seen_are_as_they_were_published() {
        assert_eq!(CategoryPalette::OkabeIto.colour(0, false), [0xe6, 0x9f, 0x00, 0xff]);
        assert_eq!(CategoryPalette::OkabeIto.colour(7, false), [0, 0, 0, 0xff]);
        assert_eq!(CategoryPalette::TolMuted.colour(4, true), [0x88, 0xcc, 0xee, 0xff]);
        assert!(luminance([0xff; 3]) > 0.999 && luminance([0; 3]) == 0.0);
    }
}
