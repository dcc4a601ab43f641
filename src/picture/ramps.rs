//! Named ramps of colours for amounts.

use super::palette::Rgba;

/// Colours that a ramp has, so that dots of one colour can be drawn together.
const STEPS: f32 = 63.0;

/// A named ramp. Sequential ones are perceptually even; they run so that large amounts stand out from the ground.
/// Diverging ones have a quiet middle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ramp {
    /// Nunez et al. (2018): the same to all common kinds of colour vision.
    #[default]
    Cividis,
    /// Smith and van der Walt (2015).
    Viridis,
    /// The same authors'.
    Magma,
    /// The same authors'.
    Plasma,
    /// ColorBrewer's RdBu, blue below.
    BlueRed,
    /// ColorBrewer's PRGn, purple below.
    PurpleGreen,
    /// ColorBrewer's BrBG, brown below.
    BrownTeal,
}

const CIVIDIS: [u32; 5] = [0x00224e, 0x414d6b, 0x7c7b78, 0xbcae6c, 0xfee838];
const VIRIDIS: [u32; 9] = [0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21908c, 0x27ad81, 0x5dc863, 0xaadc32, 0xfde725];
const MAGMA: [u32; 9] = [0x000004, 0x1d1147, 0x51127c, 0x822681, 0xb63679, 0xe65164, 0xfb8861, 0xfec287, 0xfcfdbf];
const PLASMA: [u32; 9] = [0x0d0887, 0x4c02a1, 0x7e03a8, 0xa92395, 0xcc4678, 0xe56b5d, 0xf89441, 0xfdc328, 0xf0f921];
/// The arms of diverging ramps, from their ends to beside the middle.
const BLUE: [u32; 2] = [0x2166ac, 0x6aaed6];
const RED: [u32; 2] = [0xb2182b, 0xea8d6a];
const PURPLE: [u32; 2] = [0x762a83, 0xb48ac4];
const GREEN: [u32; 2] = [0x1b7837, 0x7fc07c];
const BROWN: [u32; 2] = [0x8c510a, 0xd8ab5a];
const TEAL: [u32; 2] = [0x01665e, 0x5ab5ab];
/// The middle of a diverging ramp on light and on dark ground: near to it, but seen.
const MIDDLE: [u32; 2] = [0xd3d6dc, 0x3d424d];

impl Ramp {
    /// All of them, in the order menus show them.
    pub const ALL: [Self; 7] =
        [Self::Cividis, Self::Viridis, Self::Magma, Self::Plasma, Self::BlueRed, Self::PurpleGreen, Self::BrownTeal];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cividis => "Cividis",
            Self::Viridis => "Viridis",
            Self::Magma => "Magma",
            Self::Plasma => "Plasma",
            Self::BlueRed => "Blue-red",
            Self::PurpleGreen => "Purple-green",
            Self::BrownTeal => "Brown-teal",
        }
    }

    /// Whether it has two arms, for amounts on both sides of zero.
    #[must_use]
    pub fn is_diverging(self) -> bool {
        self.arms().is_some()
    }

    fn arms(self) -> Option<[[u32; 2]; 2]> {
        match self {
            Self::BlueRed => Some([BLUE, RED]),
            Self::PurpleGreen => Some([PURPLE, GREEN]),
            Self::BrownTeal => Some([BROWN, TEAL]),
            _ => None,
        }
    }

    fn stops(self) -> &'static [u32] {
        match self {
            Self::Viridis => &VIRIDIS,
            Self::Magma => &MAGMA,
            Self::Plasma => &PLASMA,
            _ => &CIVIDIS,
        }
    }

    /// The colour of `share` in 0..=1 of the way from the least to the most.
    #[must_use]
    pub fn colour(self, share: f32, dark: bool) -> Rgba {
        let share = (share.clamp(0.0, 1.0) * STEPS).round() / STEPS;
        match self.arms() {
            Some([low, high]) => {
                let middle = MIDDLE[usize::from(dark)];
                // What is far from the middle is deep on light ground and bright on dark ground.
                let arm = |arm: [u32; 2]| if dark { [arm[1], brighter(arm[0], 0.2)] } else { arm };
                let ([low, near_low], [high, near_high]) = (arm(low), arm(high));
                between(&[low, near_low, middle, near_high, high], share)
            }
            // The darkest fifth is lost on dark ground, the brightest on light ground.
            None => between(self.stops(), if dark { 0.2 + 0.8 * share } else { 0.85 * (1.0 - share) }),
        }
    }
}

/// `colour`, so far on its way to white.
fn brighter(colour: u32, part: f32) -> u32 {
    let [r, g, b, _] = between(&[colour, 0xff_ffff], part);
    u32::from_be_bytes([0, r, g, b])
}

/// The colour at `at` in 0..=1 along evenly spaced `stops`.
fn between(stops: &[u32], at: f32) -> Rgba {
    let at = at * (stops.len() - 1) as f32;
    let low = (at.floor() as usize).min(stops.len() - 2);
    let part = at - low as f32;
    let (from, to) = (stops[low].to_be_bytes(), stops[low + 1].to_be_bytes());
    let mix = |i: usize| (f32::from(from[i]) + (f32::from(to[i]) - f32::from(from[i])) * part).round() as u8;
    [mix(1), mix(2), mix(3), 0xff]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brightness([r, g, b, _]: Rgba) -> f32 {
        0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b)
    }

    #[test]
    fn more_stands_out_more_from_the_ground() {
        for ramp in Ramp::ALL.into_iter().filter(|ramp| !ramp.is_diverging()) {
            for dark in [false, true] {
                let steps: Vec<f32> = (0..=20).map(|step| brightness(ramp.colour(step as f32 / 20.0, dark))).collect();
                let is_even = steps.windows(2).all(|pair| if dark { pair[0] < pair[1] } else { pair[0] > pair[1] });
                assert!(is_even, "{} on {dark}: {steps:?}", ramp.name());
            }
        }
    }

    #[test]
    fn the_middle_of_a_diverging_ramp_is_the_quietest_and_its_arms_differ() {
        let ground = [255.0, 15.0];
        for ramp in Ramp::ALL.into_iter().filter(|ramp| ramp.is_diverging()) {
            for dark in [false, true] {
                let off = |share: f32| (brightness(ramp.colour(share, dark)) - ground[usize::from(dark)]).abs();
                assert!(off(0.5) < off(0.25) && off(0.5) < off(0.75), "{} on {dark}", ramp.name());
                assert_ne!(ramp.colour(0.0, dark), ramp.colour(1.0, dark));
            }
        }
    }
}
