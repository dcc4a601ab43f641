//! What the colours and sizes of a picture mean.

use super::colouring::{Colouring, Paint};
use super::palette::Rgba;

/// Pieces that a ramp is drawn in.
const PIECES: usize = 64;

/// What the colours of a picture mean.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Key {
    /// There is nothing to say.
    #[default]
    None,
    /// One colour a class.
    Classes {
        /// What the classes are of.
        heading: String,
        /// Colour, name and points of each.
        lines: Vec<(Rgba, String, u64)>,
    },
    /// A ramp of amounts.
    Ramp {
        /// What it is an amount of.
        heading: String,
        /// The least in words.
        least: String,
        /// The most in words.
        most: String,
        /// Its colours from the least to the most.
        colours: Vec<Rgba>,
    },
}

impl Key {
    /// The key of `colouring` less the classes that `is_hidden`; classes without a colour of their own share a line.
    #[must_use]
    pub fn of(colouring: &Colouring, dark: bool, is_hidden: impl Fn(u32) -> bool) -> Self {
        let heading = colouring.by.heading().to_owned();
        if let Some(amounts) = &colouring.amounts {
            let (least, most) = (amounts.least.clone(), amounts.most.clone());
            return Self::Ramp { heading, least, most, colours: ramp_colours(colouring, dark) };
        }
        let shown = || (0..).zip(&colouring.legend).filter(|(class, _)| !is_hidden(*class)).map(|(_, entry)| entry);
        let colour = |paint: Paint| colouring.palettes.colour(paint, dark);
        let line = |entry: &super::LegendEntry| (colour(entry.paint), entry.name.clone(), entry.points);
        let of = |wanted: fn(Paint) -> bool| shown().filter(move |entry| wanted(entry.paint));
        let mut lines: Vec<_> = of(Paint::is_its_own).map(line).collect();
        let others = of(|paint| paint == Paint::Other);
        let (count, points) = others.fold((0, 0), |(count, points), entry| (count + 1, points + entry.points));
        if count > 0 {
            lines.push((colour(Paint::Other), format!("other ({count})"), points));
        }
        lines.extend(of(|paint| paint == Paint::Missing).map(line));
        if lines.is_empty() { Self::None } else { Self::Classes { heading, lines } }
    }
}

/// The colours of amounts, from the least to the most.
#[must_use]
pub fn ramp_colours(colouring: &Colouring, dark: bool) -> Vec<Rgba> {
    let Some(amounts) = &colouring.amounts else { return Vec::new() };
    let share = |piece: usize| piece as f32 / (PIECES - 1) as f32;
    (0..PIECES).map(|piece| colouring.palettes.amount(amounts, share(piece), dark)).collect()
}
