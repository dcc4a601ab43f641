//! Runs as points of a space: hyperparameters, what they reached, and which of them are brushed.

use std::collections::BTreeMap;

use super::View;
use super::scale::Scale;
use crate::comparison::Sample;

/// What the metric that runs are compared by is called.
pub const METRIC: &str = "hit rate at 10";

/// What was measured of each run.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What it is called.
    pub name: String,
    /// Whether it is a share that is read in percent.
    pub is_share: bool,
    /// One a run; `None` where it was not measured.
    pub values: Vec<Option<f64>>,
}

/// The runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// What they are called.
    pub names: Vec<String>,
    /// What tells each from all others: a path, or the name of a trial.
    pub keys: Vec<String>,
    /// Hyperparameters, and what they are compared by.
    pub samples: Vec<Sample>,
    /// Other measures.
    pub more: Vec<Measured>,
    /// Which of them are trained in full.
    pub whole: Vec<bool>,
    /// Hyperparameters of which it is known whether they were drawn by their logarithm.
    pub log: BTreeMap<String, bool>,
    /// The position of the best.
    pub best: usize,
}

/// An axis: its name, its scale, and where each run stands on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it is called.
    pub name: String,
    /// Where values stand.
    pub scale: Scale,
    /// One a run, 0 to 1; `None` where there is no value.
    pub places: Vec<Option<f32>>,
    /// Whether it is a share that is read in percent.
    pub is_share: bool,
}

/// All axes of some runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axes {
    /// One a hyperparameter, by name.
    pub keys: Vec<Axis>,
    /// One a measure; the first is what runs are compared by.
    pub measures: Vec<Axis>,
}

impl Samples {
    /// Their axes.
    pub fn axes(&self) -> Axes {
        let mut keys: Vec<&String> = self.samples.iter().flat_map(|sample| sample.values.keys()).collect();
        keys.sort();
        keys.dedup();
        let main = Measured {
            name: METRIC.to_owned(),
            is_share: true,
            values: self.samples.iter().map(|sample| Some(sample.metric)).collect(),
        };
        Axes {
            keys: keys.into_iter().map(|key| self.of_key(key)).collect(),
            measures: std::iter::once(&main).chain(&self.more).map(of_measured).collect(),
        }
    }

    fn of_key(&self, key: &str) -> Axis {
        let value = |sample: &Sample| sample.values.get(key).cloned().unwrap_or_default();
        let values: Vec<String> = self.samples.iter().map(value).collect();
        let scale = Scale::of(values.iter().map(String::as_str), self.log.get(key).copied());
        let places = values.iter().map(|value| Some(scale.place(value))).collect();
        Axis { name: key.to_owned(), scale, places, is_share: false }
    }
}

fn of_measured(measured: &Measured) -> Axis {
    let finite = |value: &Option<f64>| value.filter(|value| value.is_finite());
    let texts: Vec<String> = measured.values.iter().filter_map(finite).map(|value| value.to_string()).collect();
    let scale = Scale::of(texts.iter().map(String::as_str), Some(false));
    let places = measured.values.iter().map(|value| finite(value).map(|value| scale.place_of(value))).collect();
    Axis { name: measured.name.clone(), scale, places, is_share: measured.is_share }
}

/// Which stretch of which axis is brushed.
#[derive(Debug, Default)]
pub struct Brushes {
    /// Shares of the axis, from below.
    by_axis: BTreeMap<String, (f32, f32)>,
    /// Of which runs they are.
    of: Option<View>,
}

impl Brushes {
    /// Forgets what was brushed of other runs than those of `view`.
    pub fn turn_to(&mut self, view: View) {
        if self.of.replace(view) != Some(view) {
            self.by_axis.clear();
        }
    }

    /// Whether nothing is brushed.
    pub fn is_empty(&self) -> bool {
        self.by_axis.is_empty()
    }

    /// Lets go of all.
    pub fn clear(&mut self) {
        self.by_axis.clear();
    }

    /// What is brushed of the axis `name`.
    pub fn get(&self, name: &str) -> Option<(f32, f32)> {
        self.by_axis.get(name).copied()
    }

    /// Brushes the axis `name` between two shares of it.
    pub fn set(&mut self, name: &str, [from, to]: [f32; 2]) {
        self.by_axis.insert(name.to_owned(), (from.min(to), from.max(to)));
    }

    /// Lets go of the axis `name`.
    pub fn remove(&mut self, name: &str) {
        self.by_axis.remove(name);
    }

    /// Which of the runs pass all that is brushed.
    pub fn kept(&self, axes: &Axes) -> Vec<bool> {
        let count = axes.measures.first().map_or(0, |axis| axis.places.len());
        let all = axes.keys.iter().chain(&axes.measures);
        let brushed: Vec<_> = all.filter_map(|axis| Some((axis, self.get(&axis.name)?))).collect();
        let within = |row: usize| {
            brushed.iter().all(|(axis, (low, high))| {
                axis.places[row].is_some_and(|place| (low - 1e-4..=high + 1e-4).contains(&place))
            })
        };
        (0..count).map(within).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brushed_of_any_axis_has_to_hold() {
        let sample = |rate: &str, metric| Sample { values: [("rate".to_owned(), rate.to_owned())].into(), metric };
        let loss = Measured { name: "loss".to_owned(), is_share: false, values: vec![Some(3.0), None, Some(1.0)] };
        let samples = Samples {
            samples: vec![sample("0.1", 0.3), sample("0.2", 0.1), sample("0.5", 0.2)],
            more: vec![loss],
            ..Samples::default()
        };
        let axes = samples.axes();
        let mut brushes = Brushes::default();
        brushes.turn_to(View::Sweep);
        assert_eq!(brushes.kept(&axes), [true; 3]);
        brushes.set("rate", [0.3, 0.0]);
        assert_eq!(brushes.kept(&axes), [true, true, false]);
        brushes.set("loss", [0.0, 1.0]);
        assert_eq!(brushes.kept(&axes), [true, false, false], "what was not measured is not kept");
        brushes.remove("rate");
        assert_eq!(brushes.kept(&axes), [true, false, true]);
        brushes.turn_to(View::Sweep);
        assert!(!brushes.is_empty());
        brushes.turn_to(View::Compare);
        assert!(brushes.is_empty(), "other runs have other axes");
    }
}
