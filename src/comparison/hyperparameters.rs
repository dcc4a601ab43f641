//! Hyperparameters in which runs differ.

use std::collections::BTreeSet;

use crate::run::RunMetadata;
use crate::training::Hyperparameters;

/// One hyperparameter with its value in each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its key, as `--set` takes it.
    pub key: String,
    /// `[runs]` its value; `None` where a run has none: the width of a type that it leaves to the rule.
    pub values: Vec<Option<String>>,
}

/// The hyperparameters that are not the same in all `runs`, in the order in which the keys are listed, widths last.
#[must_use]
pub fn differences(runs: &[&RunMetadata]) -> Vec<Difference> {
    let fixed = Hyperparameters::keys().iter().filter(|doc| !doc.is_by_type()).map(|doc| doc.key);
    let widths: BTreeSet<String> =
        runs.iter().flat_map(|run| run.hyperparameters.dims.keys()).map(|name| format!("dims.{name}")).collect();
    let weights: BTreeSet<String> =
        runs.iter().flat_map(|run| run.hyperparameters.weight.keys()).map(|name| format!("weight.{name}")).collect();
    let keys = fixed.map(str::to_owned).chain(widths).chain(weights);
    let all = keys.map(|key| {
        let values = runs.iter().map(|run| run.hyperparameters.get(&key)).collect();
        Difference { key, values }
    });
    all.filter(|difference| difference.values.windows(2).any(|pair| pair[0] != pair[1])).collect()
}
