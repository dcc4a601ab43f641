//! The values that one hyperparameter may take.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::training::hyperparameters::scalar_text;
use crate::training::random::Random;

/// Points of a range that a grid tries, unless `steps` says otherwise.
const STEPS: u32 = 5;

/// The values that one hyperparameter may take.
#[derive(Debug, Clone, PartialEq)]
pub enum Axis {
    /// Any of these, as `--set` takes them.
    Values(Vec<String>),
    /// Any number in between.
    Range {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// Whether their logarithm is drawn evenly instead of themselves.
        log: bool,
        /// Whether only whole numbers are meant.
        whole: bool,
        /// How many a grid tries, ends included.
        steps: u32,
    },
}

/// Why a value describes no axis.
type Refusal = String;

impl Axis {
    /// The axis that a TOML list or table describes; `None` for a single value.
    pub(super) fn of_toml(key: &str, value: &DeValue<'_>) -> Result<Option<Self>, Refusal> {
        match value {
            DeValue::Array(values) => {
                let texts = values.iter().map(|value| scalar_text(key, value.get_ref()).map_err(|error| error.0));
                let mut distinct: Vec<String> = Vec::new();
                for text in texts {
                    let text = text?;
                    if !distinct.contains(&text) {
                        distinct.push(text);
                    }
                }
                match distinct.is_empty() {
                    true => Err(format!("{key} has an empty list; name the values to try")),
                    false => Ok(Some(Self::Values(distinct))),
                }
            }
            DeValue::Table(fields) => Self::range(key, fields).map(Some),
            _ => Ok(None),
        }
    }

    fn range(key: &str, fields: &DeTable<'_>) -> Result<Self, Refusal> {
        let known = ["min", "max", "scale", "steps"];
        if let Some((name, _)) = fields.iter().find(|(name, _)| !known.contains(&&**name.get_ref())) {
            return Err(format!(
                "{key} has no field {:?}; a range has min, max, and may have scale and steps",
                name.get_ref()
            ));
        }
        let text = |name: &str| fields.get(name).map(|value: &Spanned<DeValue<'_>>| scalar_text(key, value.get_ref()));
        let number = |name: &str| -> Result<(f64, bool), Refusal> {
            let text = text(name).ok_or_else(|| format!("{key} lacks {name}; a range has min and max"))?;
            let text = text.map_err(|error| error.0)?;
            let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
            let value = value.ok_or_else(|| format!("{key}.{name} = {text} is not a number"))?;
            Ok((value, text.parse::<i64>().is_ok()))
        };
        let ((min, min_is_whole), (max, max_is_whole)) = (number("min")?, number("max")?);
        if min >= max {
            return Err(format!("{key} has min {min} and max {max}; min has to be less"));
        }
        let log = match text("scale").transpose().map_err(|error| error.0)?.as_deref() {
            None | Some("linear") => false,
            Some("log") if min > 0.0 => true,
            Some("log") => return Err(format!("{key} has scale log and min {min}; that takes a min above 0")),
            Some(other) => return Err(format!("{key} has scale {other:?}; use linear or log")),
        };
        let steps = match text("steps").transpose().map_err(|error| error.0)? {
            None => STEPS,
            Some(text) => match text.parse() {
                Ok(steps @ 2..=1000) => steps,
                _ => return Err(format!("{key} has steps {text}; use a whole number from 2 to 1000")),
            },
        };
        Ok(Self::Range { min, max, log, whole: min_is_whole && max_is_whole, steps })
    }

    /// The values that a grid tries.
    pub(super) fn grid(&self) -> Vec<String> {
        match self {
            Self::Values(values) => values.clone(),
            Self::Range { steps, .. } => {
                let mut values: Vec<String> =
                    (0..*steps).map(|step| self.at(f64::from(step) / f64::from(steps - 1))).collect();
                // Neighbouring steps may round to the same whole number.
                values.dedup();
                values
            }
        }
    }

    /// A value at random.
    pub(super) fn draw(&self, random: &mut Random) -> String {
        match self {
            Self::Values(values) => values[random.below(values.len() as u64) as usize].clone(),
            // Half a step beyond either end, so that the ends of a range of whole numbers are as likely as the rest.
            Self::Range { min, max, log: false, whole: true, .. } => {
                let count = (max - min) as u64 + 1;
                (min + random.below(count) as f64).to_string()
            }
            Self::Range { .. } => self.at((random.next() >> 11) as f64 / (1_u64 << 53) as f64),
        }
    }

    /// How many different values there are; `None` for a continuum.
    pub(super) fn len(&self) -> Option<u64> {
        match self {
            Self::Values(values) => Some(values.len() as u64),
            Self::Range { min, max, whole: true, .. } => Some((max - min) as u64 + 1),
            Self::Range { .. } => None,
        }
    }

    /// The value a share `part` of the way from min to max, to three digits.
    fn at(&self, part: f64) -> String {
        match self {
            Self::Values(values) => values[((part * values.len() as f64) as usize).min(values.len() - 1)].clone(),
            Self::Range { min, max, log, whole, .. } => {
                let value = if *log { min * (max / min).powf(part) } else { min + part * (max - min) };
                if *whole {
                    return value.round().clamp(*min, *max).to_string();
                }
                let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
                rounded.clamp(*min, *max).to_string()
            }
        }
    }
}
