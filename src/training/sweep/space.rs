//! A space of hyperparameters, as TOML describes it.

use toml::de::{DeTable, DeValue};

use super::{Axis, Strategy, tpe};
use crate::training::hyperparameters::{BY_TYPE, place, scalar_text};
use crate::training::random::{Purpose, Random};
use crate::training::{HyperparameterError, Hyperparameters};

/// Draws before a trial that was there before is believed to be all that is left.
const DRAWS: u64 = 200;

/// Which values each hyperparameter may take. A key with one value is fixed to it; what is not named stays as it was.
///
/// ```toml
/// epochs = 10                                             # fixed
/// negatives = [1, 2, 5]                                   # one of these
/// window = { min = 2, max = 8 }                           # whole numbers, since both ends are whole
/// learning_rate = { min = 0.02, max = 0.5, scale = "log" }
/// dims.brand = [10, 20]
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// What every trial has in common.
    base: Hyperparameters,
    /// Keys that vary, in the file's order.
    axes: Vec<(String, Axis)>,
}

/// One point of a space: a value for each key that varies, in the order of the space.
pub type Point = Vec<(String, String)>;

impl Space {
    /// The space of `text` around `base`.
    ///
    /// # Errors
    /// [`HyperparameterError`] with line and column: no TOML, an unknown key, an impossible value (each value of a list
    /// and both ends of a range are tried), nothing that varies.
    pub fn parse(text: &str, base: Hyperparameters) -> Result<Self, HyperparameterError> {
        let refusal = |byte: usize, why: &str| HyperparameterError(format!("{}: {why}", place(text, byte)));
        let document = DeTable::parse(text)
            .map_err(|error| refusal(error.span().map_or(0, |span| span.start), error.message().trim_end()))?;
        let mut space = Self { base, axes: Vec::new() };
        let mut entries = Vec::new();
        for (key, value) in document.get_ref() {
            match value.get_ref() {
                DeValue::Table(widths) if BY_TYPE.contains(&&**key.get_ref()) => {
                    entries.extend(widths.iter().map(|(name, value)| {
                        (name.span().start, format!("{}.{}", key.get_ref(), name.get_ref()), value)
                    }));
                }
                _ => entries.push((key.span().start, key.get_ref().to_string(), value)),
            }
        }
        // TOML tables come sorted by key; people expect their own order.
        entries.sort_by_key(|entry| entry.0);
        for (at, key, value) in entries {
            match Axis::of_toml(&key, value.get_ref()).map_err(|why| refusal(value.span().start, &why))? {
                Some(axis) => {
                    let ends = axis.grid();
                    for value in &ends {
                        space.base.clone().set(&key, value).map_err(|error| refusal(at, &error.0))?;
                    }
                    space.axes.push((key, axis));
                }
                None => {
                    let text = scalar_text(&key, value.get_ref());
                    text.and_then(|text| space.base.set(&key, &text)).map_err(|error| refusal(at, &error.0))?;
                }
            }
        }
        if space.axes.is_empty() {
            let example = "learning_rate = [0.05, 0.1, 0.2]";
            return Err(HyperparameterError(format!(
                "Nothing varies in the space; give a key several values: {example}"
            )));
        }
        Ok(space)
    }

    /// The space of `rows` (key, values in words) around `base`; a row with one value fixes it.
    ///
    /// # Errors
    /// What is wrong, each with the number of its row; a number beyond the last row where it concerns all.
    pub fn of_rows(rows: &[(String, String)], base: Hyperparameters) -> Result<Self, Vec<(usize, String)>> {
        let mut space = Self { base, axes: Vec::new() };
        let mut refused = Vec::new();
        for (number, (key, words)) in rows.iter().enumerate() {
            let repeated = rows[..number].iter().any(|(other, _)| other == key);
            let added = match repeated {
                true => Err(format!("{key} has a row already")),
                false => space.add_row(key, words),
            };
            if let Err(why) = added {
                refused.push((number, why));
            }
        }
        if refused.is_empty() && space.axes.is_empty() {
            refused.push((rows.len(), "Nothing varies; give a row several values, such as 0.05, 0.1, 0.2".to_owned()));
        }
        if refused.is_empty() { Ok(space) } else { Err(refused) }
    }

    fn add_row(&mut self, key: &str, words: &str) -> Result<(), String> {
        let tried = |value: &str| self.base.clone().set(key, value).map_err(|error| error.0);
        match Axis::of_words(key, words)? {
            Some(axis) => {
                axis.grid().iter().try_for_each(|value| tried(value))?;
                self.axes.push((key.to_owned(), axis));
                Ok(())
            }
            None => self.base.set(key, words.trim().trim_matches(',').trim()).map_err(|error| error.0),
        }
    }

    /// What every trial has in common.
    #[must_use]
    pub fn base(&self) -> &Hyperparameters {
        &self.base
    }

    /// Keys that vary.
    #[must_use]
    pub fn axes(&self) -> &[(String, Axis)] {
        &self.axes
    }

    /// The hyperparameters at `point`.
    ///
    /// # Errors
    /// [`HyperparameterError`] if values that are possible alone are impossible together.
    pub fn at(&self, point: &Point) -> Result<Hyperparameters, HyperparameterError> {
        let mut hyperparameters = self.base.clone();
        for (key, value) in point {
            hyperparameters.set(key, value)?;
        }
        Ok(hyperparameters)
    }

    /// How many different points there are; `None` where an axis is a continuum.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.axes.iter().try_fold(1_u64, |all, (_, axis)| Some(all.saturating_mul(axis.len()?)))
    }

    /// How many combinations a grid has.
    #[must_use]
    pub fn grid_size(&self) -> u64 {
        self.axes.iter().fold(1, |size: u64, (_, axis)| size.saturating_mul(axis.grid().len() as u64))
    }

    /// The first `trials` points by `strategy`, all different: fewer where the space has no more; by [`Strategy::Tpe`] those
    /// that come before any is proposed. The same seed gives the same points, and more trials only add to them; a grid is
    /// gone through in order if all of it is tried, else in a random order.
    #[must_use]
    pub fn points(&self, strategy: Strategy, trials: usize, seed: u64) -> Vec<Point> {
        match strategy {
            Strategy::Grid => self.grid_points(trials, seed),
            Strategy::Random | Strategy::Halving => self.random_points(trials, seed),
            Strategy::Tpe => self.random_points(trials.min(tpe::START), seed),
        }
    }

    fn grid_points(&self, trials: usize, seed: u64) -> Vec<Point> {
        let values: Vec<Vec<String>> = self.axes.iter().map(|(_, axis)| axis.grid()).collect();
        let size = self.grid_size();
        let point = |mut number: u64| {
            // The last key changes fastest.
            let mut point: Point = Vec::with_capacity(values.len());
            for ((key, _), values) in self.axes.iter().zip(&values).rev() {
                point.push((key.clone(), values[(number % values.len() as u64) as usize].clone()));
                number /= values.len() as u64;
            }
            point.reverse();
            point
        };
        if trials as u64 >= size {
            return (0..size).map(point).collect();
        }
        let mut random = Random::new(seed, Purpose::Sweep, 0, 0);
        let mut seen = std::collections::HashSet::new();
        std::iter::repeat_with(|| random.below(size))
            .filter(|number| seen.insert(*number))
            .take(trials)
            .map(point)
            .collect()
    }

    fn random_points(&self, trials: usize, seed: u64) -> Vec<Point> {
        let size = self.size();
        let mut points: Vec<Point> = Vec::with_capacity(trials);
        while points.len() < trials && size.is_none_or(|size| (points.len() as u64) < size) {
            match self.random_point(points.len() as u64, seed, |point| points.contains(point)) {
                Some(point) => points.push(point),
                None => break,
            }
        }
        points
    }

    /// The random point of trial `number`, from 0; `None` if none is found that is not taken.
    pub(super) fn random_point(&self, number: u64, seed: u64, is_taken: impl Fn(&Point) -> bool) -> Option<Point> {
        let mut random = Random::new(seed, Purpose::Sweep, 1, number);
        let mut draw =
            || -> Point { self.axes.iter().map(|(key, axis)| (key.clone(), axis.draw(&mut random))).collect() };
        (0..DRAWS).map(|_| draw()).find(|point| !is_taken(point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::Preset;

    fn space(text: &str) -> Result<Space, HyperparameterError> {
        Space::parse(text, Hyperparameters::preset(Preset::Default))
    }

    #[test]
    fn a_grid_is_every_combination_in_the_order_of_the_file() {
        let space = space("window = [2, 4]\nepochs = 3\nlearning_rate = { min = 0.1, max = 0.4, steps = 3 }").unwrap();
        assert_eq!(space.base().epochs, 3);
        let points = space.points(Strategy::Grid, 100, 1);
        let texts: Vec<String> = points
            .iter()
            .map(|point| point.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(texts, ["2 0.1", "2 0.25", "2 0.4", "4 0.1", "4 0.25", "4 0.4"]);
        let hyperparameters = space.at(&points[4]).unwrap();
        assert_eq!((hyperparameters.get("window"), hyperparameters.learning_rate), (Some("4".to_owned()), 0.25));
        let few = space.points(Strategy::Grid, 4, 1);
        assert_eq!(few.len(), 4);
        assert!(few.iter().all(|point| points.contains(point)) && few.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn random_trials_stay_inside_are_repeatable_and_only_grow() {
        let text = "learning_rate = { min = 0.01, max = 1.0, scale = \"log\" }\nwindow = { min = 2, max = 8 }\ndims.item = [16, 32]";
        let space = space(text).unwrap();
        let points = space.points(Strategy::Random, 200, 7);
        assert_eq!(points[..50], space.points(Strategy::Halving, 50, 7));
        assert_ne!(points, space.points(Strategy::Random, 200, 8));
        let rates: Vec<f64> = points.iter().map(|point| point[0].1.parse().unwrap()).collect();
        assert!(rates.iter().all(|rate| (0.01..=1.0).contains(rate)));
        let low = rates.iter().filter(|&&rate| rate < 0.1).count();
        assert!((70..130).contains(&low), "half of a logarithmic range lies below its geometric middle: {low} of 200");
        for window in 2..=8 {
            let drawn = points.iter().filter(|point| point[1].1 == window.to_string()).count();
            assert!((14..45).contains(&drawn), "window {window}: {drawn} of 200");
        }
    }

    #[test]
    fn a_space_that_is_used_up_ends() {
        let space = space("window = [2, 4, 4]\nnegatives = [1, 2, 3]").unwrap();
        let points = space.points(Strategy::Random, 50, 3);
        assert_eq!(points.len(), 6, "the list names 4 twice");
    }

    #[test]
    fn an_impossible_space_is_refused_with_its_place() {
        for (text, parts) in [
            ("lerning_rate = [1, 2]", ["line 1", "learning_rate"]),
            ("epochs = 3\nwindow = [0, 4]", ["line 2", "window"]),
            ("window = []", ["line 1", "empty"]),
            ("window = { min = 5, max = 2 }", ["line 1", "less"]),
            ("window = { min = 5 }", ["line 1", "max"]),
            ("learning_rate = { min = 0.0, max = 1.0, scale = \"log\" }", ["line 1", "above 0"]),
            ("learning_rate = { min = 0.1, max = 1.0, scal = \"log\" }", ["line 1", "scal"]),
            ("optimizer = [\"adagrad-row\", \"adma\"]", ["line 1", "adam"]),
            ("epochs = 3", ["Nothing varies", "several values"]),
            ("window = ", ["line 1", "value"]),
        ] {
            let refused = space(text).unwrap_err().to_string();
            for part in parts {
                assert!(refused.contains(part), "{text}: no {part:?} in {refused:?}");
            }
        }
    }

    fn of_rows(rows: &[(&str, &str)]) -> Result<Space, Vec<(usize, String)>> {
        let rows: Vec<_> = rows.iter().map(|(key, words)| ((*key).to_owned(), (*words).to_owned())).collect();
        Space::of_rows(&rows, Hyperparameters::preset(Preset::Default))
    }

    #[test]
    fn rows_in_words_are_the_space_that_toml_describes() {
        let rows = [
            ("epochs", "3"),
            ("window", "2 to 8"),
            ("learning_rate", "0.02 to 0.5 log"),
            ("negatives", "1, 2, 2,5"),
            ("alpha", "0.0 to 1.0 in 3 steps"),
        ];
        let toml = "epochs = 3\nwindow = { min = 2, max = 8 }\nlearning_rate = { min = 0.02, max = 0.5, scale = \"log\" }\n\
                    negatives = [1, 2, 5]\nalpha = { min = 0.0, max = 1.0, steps = 3 }";
        let typed = of_rows(&rows).unwrap();
        assert_eq!(typed, space(toml).unwrap());
        for (key, axis) in typed.axes() {
            assert_eq!(Axis::of_words(key, &axis.words()), Ok(Some(axis.clone())), "{key}");
        }
    }

    #[test]
    fn what_is_wrong_with_rows_is_told_by_row() {
        let rows =
            [("windw", "1, 2"), ("window", "8 to 2"), ("alpha", "0 to 1 log"), ("epochs", "1 to x"), ("beta", " ")];
        let refused = of_rows(&rows).unwrap_err();
        for ((number, why), part) in refused.iter().zip(["window", "less", "above 0", "not a number", "no value"]) {
            assert!(why.contains(part), "row {number}: no {part:?} in {why:?}");
        }
        assert_eq!(refused.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(of_rows(&[("window", "1, 2"), ("window", "3, 4")]).unwrap_err()[0].0, 1);
        assert_eq!(of_rows(&[("epochs", "3")]).unwrap_err()[0].0, 1, "nothing varies");
    }
}
