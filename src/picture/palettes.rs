//! The palettes that the colours of a map are taken from, and colours that were picked one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::amounts::Amounts;
use super::categories::CategoryPalette;
use super::colouring::Paint;
use super::palette::{Rgba, category_other};
use super::ramps::Ramp;

/// Red, green and blue of an ID's own colour, by the name of its type and the ID.
pub type OwnColours = BTreeMap<(String, String), [u8; 3]>;

/// The palettes of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palettes {
    /// For categories.
    pub categories: CategoryPalette,
    /// For amounts.
    pub ramp: Ramp,
    /// For amounts on both sides of zero.
    pub diverging: Ramp,
    /// Colours that were picked for single IDs; they are the same on both grounds.
    pub own: Arc<OwnColours>,
}

impl Default for Palettes {
    fn default() -> Self {
        Self {
            categories: CategoryPalette::default(),
            ramp: Ramp::default(),
            diverging: Ramp::BlueRed,
            own: Arc::default(),
        }
    }
}

impl Palettes {
    /// These palettes with the one called `name` in its place; `None` if none is called so. A ramp is for all amounts; one
    /// with two arms is for those on both sides of zero.
    #[must_use]
    pub fn with(&self, name: &str) -> Option<Self> {
        let is_named = |other: &str| other.eq_ignore_ascii_case(name);
        if let Some(categories) = CategoryPalette::ALL.into_iter().find(|palette| is_named(palette.name())) {
            return Some(Self { categories, ..self.clone() });
        }
        let ramp = Ramp::ALL.into_iter().find(|ramp| is_named(ramp.name()))?;
        let both = if ramp.is_diverging() { self.ramp } else { ramp };
        Some(Self { ramp: both, diverging: ramp, ..self.clone() })
    }

    /// The palettes of these names; where one is unknown, the usual one.
    #[must_use]
    pub fn named(categories: &str, ramp: &str, diverging: &str) -> Self {
        let usual = Self::default();
        let ramp_named = |name: &str| Ramp::ALL.into_iter().find(|ramp| ramp.name() == name);
        Self {
            categories: CategoryPalette::ALL
                .into_iter()
                .find(|palette| palette.name() == categories)
                .unwrap_or(usual.categories),
            ramp: ramp_named(ramp).unwrap_or(usual.ramp),
            diverging: ramp_named(diverging).unwrap_or(usual.diverging),
            own: usual.own,
        }
    }

    /// These palettes with `ramp` for amounts; for those on both sides of zero if `both_sides` or if it has two arms.
    #[must_use]
    pub fn with_ramp(&self, ramp: Ramp, both_sides: bool) -> Self {
        if both_sides || ramp.is_diverging() {
            Self { diverging: ramp, ..self.clone() }
        } else {
            Self { ramp, ..self.clone() }
        }
    }

    /// The names of all palettes, those of categories first.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        CategoryPalette::ALL
            .into_iter()
            .map(CategoryPalette::name)
            .chain(Ramp::ALL.into_iter().map(Ramp::name))
            .collect()
    }

    /// These palettes with the colour of one ID picked, or no more picked if `colour` is `None`.
    #[must_use]
    pub fn with_own(&self, type_name: &str, id: &str, colour: Option<[u8; 3]>) -> Self {
        let mut palettes = self.clone();
        let own = Arc::make_mut(&mut palettes.own);
        let key = (type_name.to_owned(), id.to_owned());
        match colour {
            Some(colour) => own.insert(key, colour),
            None => own.remove(&key),
        };
        palettes
    }

    /// These palettes without the colours that were picked for IDs of that type.
    #[must_use]
    pub fn without_own(&self, type_name: &str) -> Self {
        let mut palettes = self.clone();
        Arc::make_mut(&mut palettes.own).retain(|(own, _), _| own != type_name);
        palettes
    }

    /// The colour that was picked for an ID.
    #[must_use]
    pub fn own(&self, type_name: &str, id: &str) -> Option<[u8; 3]> {
        if self.own.is_empty() {
            return None;
        }
        self.own.get(&(type_name.to_owned(), id.to_owned())).copied()
    }

    /// The colour of a class of points on dark or light ground.
    #[must_use]
    pub fn colour(&self, paint: Paint, dark: bool) -> Rgba {
        match paint {
            Paint::Category(slot) => self.categories.colour(usize::from(slot), dark),
            Paint::Own([r, g, b]) => [r, g, b, 0xff],
            Paint::Other => category_other(dark),
            Paint::Missing => {
                let [r, g, b, _] = category_other(dark);
                [r, g, b, 0x99]
            }
        }
    }

    /// The ramp that `amounts` are shown by.
    #[must_use]
    pub fn ramp_of(&self, amounts: &Amounts) -> Ramp {
        if amounts.crosses_zero() { self.diverging } else { self.ramp }
    }

    /// The colour of `share` in 0..=1 of the way from the least to the most of `amounts`. Where a ramp with two arms shows
    /// amounts on both sides of zero, zero is in its middle and both arms are as long as the longer one needs.
    #[must_use]
    pub fn amount(&self, amounts: &Amounts, share: f32, dark: bool) -> Rgba {
        let ramp = self.ramp_of(amounts);
        let at = match amounts.range.filter(|_| ramp.is_diverging() && amounts.crosses_zero()) {
            Some([low, high]) => {
                let value = low + (high - low) * f64::from(share);
                (0.5 + 0.5 * value / high.max(-low)) as f32
            }
            None => share,
        };
        ramp.colour(at, dark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_the_middle_of_a_ramp_with_two_arms() {
        let amounts = Amounts::of(&[-1.0, 0.0, 3.0]);
        assert!(amounts.crosses_zero());
        let palettes = Palettes::default();
        let colour = |share: f32| palettes.amount(&amounts, share, false);
        assert_eq!(colour(0.25), Ramp::BlueRed.colour(0.5, false), "0 stands a quarter of the way from -1 to 3");
        assert_eq!(colour(1.0), Ramp::BlueRed.colour(1.0, false));
        assert_eq!(colour(0.0), Ramp::BlueRed.colour(1.0 / 3.0, false), "-1 is as far from 0 as 1 is");
        let plain = palettes.with("viridis").unwrap();
        assert_eq!(plain.amount(&amounts, 0.25, false), Ramp::Viridis.colour(0.25, false));
        assert_eq!(palettes.amount(&Amounts::of(&[1.0, 3.0]), 0.5, true), Ramp::Cividis.colour(0.5, true));
    }

    #[test]
    fn a_palette_is_chosen_by_its_name() {
        let palettes = Palettes::default();
        assert_eq!(palettes.with("okabe-ito").map(|chosen| chosen.categories), Some(CategoryPalette::OkabeIto));
        let brown = palettes.with("Brown-teal").unwrap();
        assert_eq!((brown.ramp, brown.diverging), (Ramp::Cividis, Ramp::BrownTeal));
        assert_eq!(palettes.with("rainbow"), None);
        assert!(Palettes::names().into_iter().all(|name| palettes.with(name).is_some()));
    }

    #[test]
    fn a_colour_that_was_picked_is_one_ids_alone_until_it_is_given_up() {
        let palettes =
            Palettes::default().with_own("brand", "7", Some([1, 2, 3])).with_own("store", "7", Some([9, 9, 9]));
        assert_eq!((palettes.own("brand", "7"), palettes.own("brand", "8")), (Some([1, 2, 3]), None));
        assert_eq!(palettes.with_own("brand", "7", None).own("brand", "7"), None);
        let left = palettes.without_own("brand");
        assert_eq!((left.own("brand", "7"), left.own("store", "7")), (None, Some([9, 9, 9])));
    }
}
