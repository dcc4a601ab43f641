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
        let log = match text("scale").transpose().map_err(|error| error.0)?.as_deref() {
            None | Some("linear") => false,
            Some("log") => true,
            Some(other) => return Err(format!("{key} has scale {other:?}; use linear or log")),
        };
        let steps = text("steps").transpose().map_err(|error| error.0)?;
        Self::between(key, [min, max], log, min_is_whole && max_is_whole, steps.as_deref())
    }

    /// The range between two numbers.
    fn between(key: &str, [min, max]: [f64; 2], log: bool, whole: bool, steps: Option<&str>) -> Result<Self, Refusal> {
        if min >= max {
            return Err(format!("{key} has min {min} and max {max}; min has to be less"));
        }
        if log && min <= 0.0 {
            return Err(format!("{key} has scale log and min {min}; that takes a min above 0"));
        }
        let steps = match steps.map(str::parse) {
            None => STEPS,
            Some(Ok(steps @ 2..=1000)) => steps,
            Some(_) => {
                let text = steps.unwrap_or_default();
                return Err(format!("{key} has steps {text}; use a whole number from 2 to 1000"));
            }
        };
        Ok(Self::Range { min, max, log, whole, steps })
    }

    /// The axis that words describe: "1, 2, 5", "2 to 8", "0.02 to 0.5 log", "2 to 8 in 4 steps"; `None` for a single value.
    pub(super) fn of_words(key: &str, text: &str) -> Result<Option<Self>, Refusal> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.get(1) == Some(&"to") {
            let number = |word: Option<&&str>| {
                let word = word.copied().unwrap_or_default();
                let value = word.parse::<f64>().ok().filter(|value| value.is_finite());
                let value = value.ok_or_else(|| format!("{key}: {word:?} is not a number; write 2 to 8"))?;
                Ok::<_, Refusal>((value, word.parse::<i64>().is_ok()))
            };
            let ((min, min_is_whole), (max, max_is_whole)) = (number(words.first())?, number(words.get(2))?);
            let (log, rest) = match words.get(3..).unwrap_or_default() {
                ["log", rest @ ..] => (true, rest),
                rest => (false, rest),
            };
            let steps = match rest {
                [] => None,
                ["in", steps, "steps"] => Some(*steps),
                _ => return Err(format!("{key}: after the range may stand log, and in 4 steps")),
            };
            return Self::between(key, [min, max], log, min_is_whole && max_is_whole, steps).map(Some);
        }
        let mut distinct: Vec<String> = Vec::new();
        for value in text.split(',').map(str::trim).filter(|value| !value.is_empty()) {
            if !distinct.iter().any(|known| known == value) {
                distinct.push(value.to_owned());
            }
        }
        match distinct.len() {
            0 => Err(format!("{key} has no value; write several, such as 1, 2, 5, or a range, such as 2 to 8")),
            1 => Ok(None),
            _ => Ok(Some(Self::Values(distinct))),
        }
    }

    /// The words that `of_words` takes.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Values(values) => values.join(", "),
            Self::Range { min, max, log, whole, steps } => {
                let number = |value: &f64| if *whole { value.to_string() } else { format!("{value:?}") };
                let log = if *log { " log" } else { "" };
                let steps = if *steps == STEPS { String::new() } else { format!(" in {steps} steps") };
                format!("{} to {}{log}{steps}", number(min), number(max))
            }
        }
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
            Self::Range { min, max, log: true, .. } => self.text(min * (max / min).powf(part)),
            Self::Range { min, max, .. } => self.text(min + part * (max - min)),
        }
    }

    /// `value` as a range has it: a whole number, or one of three digits, between its ends.
    pub(super) fn text(&self, value: f64) -> String {
        match self {
            Self::Range { min, max, whole: true, .. } => value.round().clamp(*min, *max).to_string(),
            Self::Range { min, max, .. } => {
                let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
                rounded.clamp(*min, *max).to_string()
            }
            Self::Values(_) => value.to_string(),
        }
    }
}
