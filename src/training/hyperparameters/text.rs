//! Hyperparameters from and to text: `--set KEY=VALUE`, TOML, and one key at a time.

use std::fmt::Display;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{DIMS_KEY, WEIGHT_KEY};
use super::values::Choice;
use super::{HyperparameterError, Hyperparameters};

type Result<T> = std::result::Result<T, HyperparameterError>;

/// Tables with one entry an ID type.
pub(in crate::training) const BY_TYPE: [&str; 2] = ["dims", "weight"];

impl Hyperparameters {
    /// Sets one key from text ("dims.brand", "20"); `dims.TYPE` also takes "auto", which leaves the width to
    /// `width_rule`. Nothing changes on error.
    ///
    /// # Errors
    /// [`HyperparameterError`] naming the key and the nearest valid key or value.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let mut changed = self.clone();
        changed.assign(key.trim(), value.trim())?;
        changed.check_key(key.trim())?;
        *self = changed;
        Ok(())
    }

    /// One key's value as text, as [`Self::set`] takes it; `None` for an unknown key and a type without a width.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        Some(match key {
            "window" => self.window.to_string(),
            "negatives" => self.negatives.to_string(),
            "negative_sampling" => self.negative_sampling.to_string(),
            "negative_sharing" => self.negative_sharing.to_string(),
            "shared_negatives" => self.shared_negatives.to_string(),
            "structure" => self.structure.word().to_owned(),
            "struct_negatives" => self.struct_negatives.to_string(),
            "struct_share" => self.struct_share.to_string(),
            "width_rule" => self.width_rule.word().to_owned(),
            "alpha" => self.alpha.to_string(),
            "beta" => self.beta.to_string(),
            "regulariser" => self.regulariser.word().to_owned(),
            "weighting" => self.weighting.word().to_owned(),
            "init" => self.init.word().to_owned(),
            "sequence" => self.sequence.word().to_owned(),
            "subsample" => self.subsample.to_string(),
            "min_count" => self.min_count.to_string(),
            "batch_size" => self.batch_size.to_string(),
            "epochs" => self.epochs.to_string(),
            "learning_rate" => self.learning_rate.to_string(),
            "lr_schedule" => self.lr_schedule.word().to_owned(),
            "optimizer" => self.optimizer.word().to_owned(),
            "execution" => self.execution.word().to_owned(),
            "user_history" => self.user_history.to_string(),
            "early_stop" => self.early_stop.to_string(),
            "evaluate_every" => self.evaluate_every.to_string(),
            "evaluate_users" => self.evaluate_users.to_string(),
            "hide_items" => self.hide_items.to_string(),
            "seed" => self.seed.to_string(),
            _ => match key.strip_prefix("weight.") {
                Some(name) => self.weight.get(name)?.to_string(),
                None => self.dims.get(key.strip_prefix("dims.")?)?.to_string(),
            },
        })
    }

    /// Changes what the TOML text names and leaves the rest; nothing changes on error.
    ///
    /// # Errors
    /// [`HyperparameterError`] with line and column.
    pub fn merge_toml(&mut self, text: &str) -> Result<()> {
        let document = DeTable::parse(text).map_err(|error| {
            let place = error.span().map_or_else(String::new, |span| format!("{}: ", place(text, span.start)));
            HyperparameterError(format!("{place}this is not TOML: {}", error.message().trim_end()))
        })?;
        let mut changed = self.clone();
        for (key, value) in document.get_ref() {
            changed.merge_entry(key.get_ref(), value).map_err(|(at, error)| {
                let at = at.unwrap_or(key.span().start);
                HyperparameterError(format!("{}: {error}", place(text, at)))
            })?;
        }
        *self = changed;
        Ok(())
    }

    /// Sets one entry of a TOML document; an error says where it is if that is not at `key` itself.
    fn merge_entry(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> std::result::Result<(), (Option<usize>, HyperparameterError)> {
        match value.get_ref() {
            DeValue::Table(values) if BY_TYPE.contains(&key) => {
                for (name, value) in values {
                    let key = format!("{key}.{}", name.get_ref());
                    scalar_text(&key, value.get_ref())
                        .and_then(|text| self.set(&key, &text))
                        .map_err(|error| (Some(name.span().start), error))?;
                }
                Ok(())
            }
            scalar => scalar_text(key, scalar).and_then(|text| self.set(key, &text)).map_err(|error| (None, error)),
        }
    }

    fn assign(&mut self, key: &str, value: &str) -> Result<()> {
        match key {
            "window" => self.window = composite(key, value, &["session", "4"])?,
            "negatives" => self.negatives = whole(key, value)?,
            "negative_sampling" => self.negative_sampling = composite(key, value, &["log-uniform", "power:0.75"])?,
            "negative_sharing" => self.negative_sharing = composite(key, value, &["pair", "window", "group:8"])?,
            "shared_negatives" => self.shared_negatives = whole(key, value)?,
            "structure" => self.structure = choice(key, value)?,
            "struct_negatives" => self.struct_negatives = whole(key, value)?,
            "struct_share" => self.struct_share = real(key, value)?,
            "width_rule" => self.width_rule = choice(key, value)?,
            "alpha" => self.alpha = real(key, value)?,
            "beta" => self.beta = real(key, value)?,
            "regulariser" => self.regulariser = choice(key, value)?,
            "weighting" => self.weighting = choice(key, value)?,
            "init" => self.init = choice(key, value)?,
            "sequence" => self.sequence = choice(key, value)?,
            "subsample" => self.subsample = real(key, value)?,
            "min_count" => self.min_count = whole(key, value)?,
            "batch_size" => self.batch_size = whole(key, value)?,
            "epochs" => self.epochs = whole(key, value)?,
            "learning_rate" => self.learning_rate = real(key, value)?,
            "lr_schedule" => self.lr_schedule = choice(key, value)?,
            "optimizer" => self.optimizer = choice(key, value)?,
            "execution" => self.execution = choice(key, value)?,
            "user_history" => self.user_history = whole(key, value)?,
            "early_stop" => self.early_stop = whole(key, value)?,
            "evaluate_every" => self.evaluate_every = composite(key, value, &["auto", "1000000", "0"])?,
            "evaluate_users" => self.evaluate_users = whole(key, value)?,
            "hide_items" => self.hide_items = real(key, value)?,
            "seed" => self.seed = whole(key, value)?,
            _ => match key.split_once('.') {
                Some(("dims", name)) if !name.is_empty() && value == "auto" => {
                    self.dims.remove(name);
                }
                Some(("dims", name)) if !name.is_empty() => {
                    self.dims.insert(name.to_owned(), whole(key, value)?);
                }
                Some(("weight", name)) if !name.is_empty() => {
                    let weight = real(key, value)?;
                    if weight == 1.0 {
                        self.weight.remove(name);
                    } else {
                        self.weight.insert(name.to_owned(), weight);
                    }
                }
                _ => return Err(unknown_key(key)),
            },
        }
        Ok(())
    }
}

/// The candidate that differs least from `wanted`, case ignored; one that begins with it comes before others.
pub(super) fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let begins = !wanted.is_empty() && candidate.starts_with(&wanted);
        f64::from(u8::from(begins)) + strsim::normalized_damerau_levenshtein(&wanted, &candidate)
    };
    candidates.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

fn unknown_key(key: &str) -> HyperparameterError {
    let near = if key == "dims" || key == "dims." {
        DIMS_KEY
    } else if key == "weight" || key == "weight." {
        WEIGHT_KEY
    } else {
        let plain = key.replace(['-', ' '], "_");
        nearest(&plain, Hyperparameters::keys().iter().map(|doc| doc.key)).unwrap_or(DIMS_KEY)
    };
    HyperparameterError(format!("There is no hyperparameter {key:?}; did you mean {near}?"))
}

fn invalid(key: &str, value: impl Display, why: impl Display) -> HyperparameterError {
    HyperparameterError(format!("{key} = {value} is not valid: {why}"))
}

fn whole<T: FromStr>(key: &str, value: &str) -> Result<T> {
    value.parse().map_err(|_reason| {
        let near = match value.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                format!("; the nearest is {}", number.round().clamp(0.0, 4_294_967_295.0))
            }
            _ => String::new(),
        };
        invalid(key, value, format_args!("it takes a whole number from 0{near}"))
    })
}

fn real(key: &str, value: &str) -> Result<f64> {
    value.parse().map_err(|_reason| invalid(key, value, "it takes a number, such as 0.01"))
}

fn choice<T: Choice>(key: &str, value: &str) -> Result<T> {
    T::WORDS.iter().find(|(word, _)| *word == value).map(|(_, choice)| *choice).ok_or_else(|| {
        let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
        let near = nearest(value, words.iter().copied()).unwrap_or_default();
        invalid(key, value, format_args!("did you mean {near}? It takes {}", words.join(", ")))
    })
}

fn composite<T: FromStr<Err = &'static str>>(key: &str, value: &str, examples: &[&'static str]) -> Result<T> {
    value.parse().map_err(|why| {
        let near = nearest(value, examples.iter().copied()).unwrap_or_default();
        invalid(key, value, format_args!("did you mean {near}? ({why})"))
    })
}

/// A TOML value as `set` would be given it.
pub(in crate::training) fn scalar_text(key: &str, value: &DeValue<'_>) -> Result<String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
            .map(|number| number.to_string())
            .map_err(|_reason| invalid(key, number, "the number is too large")),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        DeValue::Datetime(time) => Err(invalid(key, time, "a date is no hyperparameter")),
        DeValue::Array(_) => Err(HyperparameterError(format!("{key} takes one value, not a list"))),
        DeValue::Table(_) if Hyperparameters::keys().iter().any(|doc| doc.key == key) => {
            Err(HyperparameterError(format!("{key} takes one value, not a table; only dims and weight are tables")))
        }
        DeValue::Table(_) => {
            let near = nearest(key, Hyperparameters::keys().iter().map(|doc| doc.key).chain(BY_TYPE)).unwrap_or("dims");
            Err(HyperparameterError(format!(
                "There is no table {key:?}; did you mean {near}? Only dims and weight are tables"
            )))
        }
    }
}

/// Line and column of a byte, both from 1, the column in characters.
pub(in crate::training) fn place(text: &str, byte: usize) -> String {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}
