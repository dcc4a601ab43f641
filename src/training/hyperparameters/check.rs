//! From typed to checked: ranges, and what only the data can tell.

use std::fmt::Display;

use super::text::nearest;
use super::values::Choice;
use super::widths::ITEM_WIDTH;
use super::{
    CheckedHyperparameters, Execution, HyperparameterError, Hyperparameters, NegativeSampling, NegativeSharing, Window,
};
use crate::dataset::{Corpus, CorpusSettings, Holdout, TrainedType};
use crate::objective::Optimizer;
use crate::training::sampling::{contexts_of_longest, pairs_of_sequence};

/// Most contexts or negatives in one batch: 2^27 indices are 512 MiB, and a few batches are in flight at a time.
const MAX_BATCH_ENTRIES: u64 = 1 << 27;

type Result<T> = std::result::Result<T, HyperparameterError>;

impl Hyperparameters {
    /// Checks every value as far as that is possible without data.
    ///
    /// # Errors
    /// [`HyperparameterError`] naming the key, its range and the nearest valid value.
    pub fn check_values(&self) -> Result<()> {
        Self::keys().iter().try_for_each(|doc| self.check_key(doc.key))?;
        self.dims.keys().try_for_each(|name| self.check_key(&format!("dims.{name}")))?;
        self.weight.keys().try_for_each(|name| self.check_key(&format!("weight.{name}")))?;
        if self.execution == Execution::Asynchronous && self.optimizer != Optimizer::AdagradRow {
            return Err(HyperparameterError(format!(
                "optimizer = {} does not work with execution = asynchronous; the nearest is optimizer = {}, or execution \
                 = {} for all optimizers",
                self.optimizer.word(),
                Optimizer::AdagradRow.word(),
                Execution::Deterministic.word(),
            )));
        }
        Ok(())
    }

    /// How the corpus is to be cut for these hyperparameters.
    ///
    /// # Errors
    /// [`HyperparameterError`] where values are impossible whatever the data.
    pub fn corpus_settings(&self, holdout: Holdout) -> Result<CorpusSettings> {
        self.check_values()?;
        if self.early_stop > 0 && holdout == Holdout::None {
            return Err(HyperparameterError(format!(
                "early_stop = {} needs held-out events to measure on; choose another --holdout than none, or \
                 early_stop = 0",
                self.early_stop
            )));
        }
        Ok(CorpusSettings {
            holdout,
            min_count: self.min_count,
            sequence: self.sequence,
            weighting: self.weighting,
            hide_items: self.hide_items,
            seed: self.seed,
        })
    }

    /// Checks every value against the data.
    ///
    /// # Errors
    /// [`HyperparameterError`] naming the key, the value and what would do.
    pub fn check(&self, corpus: &Corpus) -> Result<CheckedHyperparameters> {
        self.check_values()?;
        let known = |name: &String| corpus.types.iter().any(|known| known.name == *name);
        let mut by_type =
            self.dims.keys().map(|name| ("dims", name)).chain(self.weight.keys().map(|name| ("weight", name)));
        if let Some((table, unknown)) = by_type.find(|(_, name)| !known(name)) {
            let names: Vec<&str> = corpus.types.iter().map(|known| known.name.as_str()).collect();
            let near = nearest(unknown, names.iter().copied()).unwrap_or("item");
            return Err(HyperparameterError(format!(
                "There is no ID type {unknown:?} in the data ({table}.{unknown}); did you mean {table}.{near}? The types are {}",
                names.join(", ")
            )));
        }
        self.check_size(corpus)?;
        Ok(CheckedHyperparameters { typed: self.clone(), dims: self.resolve_dims(&corpus.types) })
    }

    /// Checks the value of one key; unknown keys pass, since [`Self::set`] has refused them.
    pub(super) fn check_key(&self, key: &str) -> Result<()> {
        match key {
            "window" => match self.window {
                Window::Items(items) => in_range(key, items, 1, 1000),
                Window::Session => Ok(()),
            },
            "negatives" => in_range(key, self.negatives, 1, 1000),
            "negative_sampling" => match self.negative_sampling {
                NegativeSampling::Power(power) => in_range(key, power, -10.0, 10.0).map_err(|_reason| {
                    let near = NegativeSampling::Power(if power.is_nan() { 0.75 } else { power.clamp(-10.0, 10.0) });
                    out_of_range(key, self.negative_sampling, "power:-10", "power:10", near)
                }),
                NegativeSampling::LogUniform => Ok(()),
            },
            "negative_sharing" => match self.negative_sharing {
                NegativeSharing::Group(group) => in_range(key, group, 1, 1024).map_err(|_reason| {
                    let near = NegativeSharing::Group(group.clamp(1, 1024));
                    out_of_range(key, self.negative_sharing, "group:1", "group:1024", near)
                }),
                NegativeSharing::Pair | NegativeSharing::Window => Ok(()),
            },
            "shared_negatives" => in_range(key, self.shared_negatives, 0, 1024),
            "struct_negatives" => in_range(key, self.struct_negatives, 0, 1000),
            // Of the largest batch that is one centre.
            "struct_share" => in_range(key, self.struct_share, 1e-6, 1.0),
            "alpha" => in_range(key, self.alpha, 0.0, 1e6),
            "beta" => in_range(key, self.beta, 0.0, 1e6),
            "subsample" => in_range(key, self.subsample, 0.0, 1.0),
            "min_count" => in_range(key, self.min_count, 1, u32::MAX),
            "batch_size" => in_range(key, self.batch_size, 1, 1_048_576),
            "epochs" => in_range(key, self.epochs, 1, 1_000_000),
            // Below the lower end a step vanishes in f32.
            "learning_rate" => in_range(key, self.learning_rate, 1e-12, 1e6),
            "user_history" => in_range(key, self.user_history, 1, u32::MAX),
            "hide_items" => in_range(key, self.hide_items, 0.0, 0.9),
            "evaluate_users" => in_range(key, self.evaluate_users, 1, 1_000_000),
            "early_stop" => in_range(key, self.early_stop, 0, 1_000_000),
            // TOML's integers end there.
            "seed" => in_range(key, self.seed, 0, i64::MAX as u64),
            _ => match (key.strip_prefix("weight."), key.strip_prefix("dims.")) {
                (Some(name), _) => self.weight.get(name).map_or(Ok(()), |&weight| in_range(key, weight, 0.0, 1000.0)),
                (_, Some(name)) => self.dims.get(name).map_or(Ok(()), |&width| in_range(key, width, 1, 4096)),
                _ => Ok(()),
            },
        }
    }

    /// Refuses what 32-bit positions or memory cannot hold.
    fn check_size(&self, corpus: &Corpus) -> Result<()> {
        let events = corpus.sequences.items.len();
        if u32::try_from(events).is_err() {
            return Err(HyperparameterError(format!(
                "There are {events} training events, more than the 4294967295 that one training takes; use fewer event \
                 files or raise min_count"
            )));
        }
        let lengths = || corpus.sequences.offsets.windows(2).map(|ends| ends[1] - ends[0]);
        let longest = lengths().max().unwrap_or(0);
        let per_centre = contexts_of_longest(longest, self.window) as u64;
        let pairs: u64 = lengths().map(|length| pairs_of_sequence(length, self.window)).fold(0, u64::saturating_add);
        let negatives = match self.negative_sharing {
            NegativeSharing::Pair => u64::from(self.negatives),
            NegativeSharing::Window | NegativeSharing::Group(_) => 1,
        };
        let entries = (u64::from(self.batch_size) * per_centre).min(pairs).saturating_mul(negatives);
        if entries > MAX_BATCH_ENTRIES {
            let would_do = MAX_BATCH_ENTRIES / (per_centre * negatives).max(1);
            let advice = if would_do == 0 {
                "choose a narrower window".to_owned()
            } else {
                format!("batch_size = {would_do} would do, or a narrower window")
            };
            return Err(HyperparameterError(format!(
                "batch_size = {} is too large for these data: the longest sequence gives a centre {per_centre} contexts, \
                 so a batch may have {entries} entries, more than {MAX_BATCH_ENTRIES}; {advice}",
                self.batch_size
            )));
        }
        Ok(())
    }

    fn resolve_dims(&self, types: &[TrainedType]) -> Vec<usize> {
        let typed = |of: &TrainedType| self.dims.get(&of.name).map(|&width| width as usize);
        let item_width = types.first().and_then(typed).unwrap_or(ITEM_WIDTH);
        let attributes = types
            .iter()
            .skip(1)
            .map(|of| typed(of).unwrap_or_else(|| self.width_rule.width(&of.name, of.vocabulary.len(), item_width)));
        std::iter::once(item_width).chain(attributes).collect()
    }
}

fn in_range<T: PartialOrd + Display>(key: &str, value: T, low: T, high: T) -> Result<()> {
    if value >= low && value <= high {
        return Ok(());
    }
    // What is not a number is nearest to nothing; the lower end is as good an example as any.
    let near = if value > high { high.to_string() } else { low.to_string() };
    Err(out_of_range(key, value, low, high, near))
}

fn out_of_range(
    key: &str,
    value: impl Display,
    low: impl Display,
    high: impl Display,
    near: impl Display,
) -> HyperparameterError {
    HyperparameterError(format!("{key} = {value} is out of range: it takes {low} to {high}; the nearest is {near}"))
}
