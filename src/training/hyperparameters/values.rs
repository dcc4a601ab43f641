//! The values that hyperparameters take, and how each is written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::dataset::{SequenceUnit, Weighting};
use crate::objective::{Optimizer, Regulariser, Structure};

/// Items on each side of a centre that are its contexts. Written as a whole number or `"session"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// That many on each side, fewer at the ends of the sequence.
    Items(u32),
    /// All other items of the sequence.
    Session,
}

/// How often a model is measured while it trains. Written as `"auto"` or a whole number of pairs, 0 for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "NumberOrWord", into = "NumberOrWord")]
pub enum EvaluateEvery {
    /// As often as takes a twentieth of the time.
    #[default]
    Auto,
    /// After that many pairs; never if 0.
    Pairs(u64),
}

/// How negatives are drawn. Written as `"log-uniform"` or `"power:P"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NegativeSampling {
    /// Log-uniform over the frequency rank.
    LogUniform,
    /// Frequency to that power.
    Power(f64),
}

/// Who shares negatives. Written as `"pair"`, `"window"` or `"group:G"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NegativeSharing {
    /// Nobody (the paper).
    Pair,
    /// The contexts of a centre.
    Window,
    /// That many neighbouring centres.
    Group(u32),
}

/// Where vectors start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialisation {
    /// Xavier uniform over the table, limit `sqrt(6 / (D_k + m_k))` (the paper's TensorFlow).
    Xavier,
    /// Per row, limit `sqrt(6 / (1 + m_k))`.
    Row,
}

/// How many dimensions a type gets that `dims` does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WidthRule {
    /// The paper's widths, matched by the type's name; 10 for other names.
    Paper,
    /// By the number of IDs: 4 D^(1/4), at most the item's width.
    ByCount,
}

/// How the learning rate falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearningRateSchedule {
    /// It does not.
    Constant,
    /// Linearly to 0 over all steps.
    Linear,
}

/// Whether the CPU's threads wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Execution {
    /// Same seed, same vectors.
    Deterministic,
    /// Faster, not repeatable, CPU only.
    Asynchronous,
}

/// A hyperparameter that takes one of a few words.
pub(super) trait Choice: Copy + PartialEq + 'static {
    /// Every value with its word, which is also how serde writes it.
    const WORDS: &'static [(&'static str, Self)];

    /// The word of this value.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }
}

impl Choice for Structure {
    const WORDS: &'static [(&'static str, Self)] = &[("joint", Self::Joint), ("per-type", Self::PerType)];
}

impl Choice for Regulariser {
    const WORDS: &'static [(&'static str, Self)] = &[("l2", Self::L2), ("l2sq", Self::L2sq)];
}

impl Choice for Weighting {
    const WORDS: &'static [(&'static str, Self)] =
        &[("inverse-count", Self::InverseCount), ("inverse-sqrt", Self::InverseSqrt), ("uniform", Self::Uniform)];
}

impl Choice for Initialisation {
    const WORDS: &'static [(&'static str, Self)] = &[("xavier", Self::Xavier), ("row", Self::Row)];
}

impl Choice for WidthRule {
    const WORDS: &'static [(&'static str, Self)] = &[("paper", Self::Paper), ("by-count", Self::ByCount)];
}

impl Choice for SequenceUnit {
    const WORDS: &'static [(&'static str, Self)] = &[("user", Self::User), ("session", Self::Session)];
}

impl Choice for LearningRateSchedule {
    const WORDS: &'static [(&'static str, Self)] = &[("constant", Self::Constant), ("linear", Self::Linear)];
}

impl Choice for Optimizer {
    const WORDS: &'static [(&'static str, Self)] =
        &[("adam-lazy", Self::AdamLazy), ("adam", Self::Adam), ("adagrad-row", Self::AdagradRow), ("sgd", Self::Sgd)];
}

impl Choice for Execution {
    const WORDS: &'static [(&'static str, Self)] =
        &[("deterministic", Self::Deterministic), ("asynchronous", Self::Asynchronous)];
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Items(items) => write!(f, "{items}"),
            Self::Session => f.write_str("session"),
        }
    }
}

impl FromStr for Window {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "session" => Ok(Self::Session),
            number => number.parse().map(Self::Items).map_err(|_reason| "it takes a whole number or session"),
        }
    }
}

impl fmt::Display for EvaluateEvery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Pairs(pairs) => write!(f, "{pairs}"),
        }
    }
}

impl FromStr for EvaluateEvery {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            number => number.parse().map(Self::Pairs).map_err(|_reason| "it takes auto or a whole number of pairs"),
        }
    }
}

impl fmt::Display for NegativeSampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogUniform => f.write_str("log-uniform"),
            Self::Power(power) => write!(f, "power:{power}"),
        }
    }
}

impl FromStr for NegativeSampling {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "log-uniform" => Ok(Self::LogUniform),
            Some(("power", power)) => {
                power.parse().map(Self::Power).map_err(|_reason| "power takes a number, as in power:0.75")
            }
            _ => Err("it takes log-uniform or power:P"),
        }
    }
}

impl fmt::Display for NegativeSharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pair => f.write_str("pair"),
            Self::Window => f.write_str("window"),
            Self::Group(group) => write!(f, "group:{group}"),
        }
    }
}

impl FromStr for NegativeSharing {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.split_once(':')) {
            ("pair", _) => Ok(Self::Pair),
            ("window", _) => Ok(Self::Window),
            (_, Some(("group", group))) => {
                group.parse().map(Self::Group).map_err(|_reason| "group takes a whole number, as in group:8")
            }
            _ => Err("it takes pair, window or group:G"),
        }
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Items(items) => serializer.serialize_u32(*items),
            Self::Session => serializer.serialize_str("session"),
        }
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Window;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or \"session\"")
            }

            fn visit_u64<E: de::Error>(self, items: u64) -> Result<Window, E> {
                u32::try_from(items)
                    .map(Window::Items)
                    .map_err(|_reason| E::invalid_value(de::Unexpected::Unsigned(items), &self))
            }

            fn visit_i64<E: de::Error>(self, items: i64) -> Result<Window, E> {
                u32::try_from(items)
                    .map(Window::Items)
                    .map_err(|_reason| E::invalid_value(de::Unexpected::Signed(items), &self))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Window, E> {
                text.parse().map_err(|_reason| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// A value that is a number, or a word where no number will do.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum NumberOrWord {
    Number(u64),
    Word(String),
}

impl From<EvaluateEvery> for NumberOrWord {
    fn from(value: EvaluateEvery) -> Self {
        match value {
            EvaluateEvery::Pairs(pairs) => Self::Number(pairs),
            EvaluateEvery::Auto => Self::Word(value.to_string()),
        }
    }
}

impl TryFrom<NumberOrWord> for EvaluateEvery {
    type Error = &'static str;

    fn try_from(value: NumberOrWord) -> Result<Self, Self::Error> {
        match value {
            NumberOrWord::Number(pairs) => Ok(Self::Pairs(pairs)),
            NumberOrWord::Word(word) => word.parse(),
        }
    }
}

/// Serde through the text form, for values that are always text.
macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(|why| de::Error::custom(format!("{text:?} is not valid: {why}")))
            }
        }
    };
}

as_text!(NegativeSampling);
as_text!(NegativeSharing);

#[cfg(test)]
mod tests {
    use super::*;

    fn words_are_serdes<T: Choice + Serialize + fmt::Debug>() {
        for (word, value) in T::WORDS {
            assert_eq!(serde_json::to_value(value).unwrap(), *word, "{value:?}");
            assert_eq!(value.word(), *word);
        }
    }

    #[test]
    fn every_choice_is_written_as_serde_writes_it() {
        words_are_serdes::<Structure>();
        words_are_serdes::<Regulariser>();
        words_are_serdes::<Weighting>();
        words_are_serdes::<Initialisation>();
        words_are_serdes::<WidthRule>();
        words_are_serdes::<SequenceUnit>();
        words_are_serdes::<LearningRateSchedule>();
        words_are_serdes::<Optimizer>();
        words_are_serdes::<Execution>();
    }

    #[test]
    fn the_composite_values_read_what_they_write() {
        for text in ["4", "session"] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
        }
        for text in ["log-uniform", "power:0.75", "power:-1"] {
            assert_eq!(text.parse::<NegativeSampling>().unwrap().to_string(), text);
        }
        for text in ["pair", "window", "group:8"] {
            assert_eq!(text.parse::<NegativeSharing>().unwrap().to_string(), text);
        }
        for text in ["auto", "0", "5000000"] {
            let value = text.parse::<EvaluateEvery>().unwrap();
            assert_eq!(value.to_string(), text);
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(json, if text == "auto" { "\"auto\"" } else { text });
            assert_eq!(serde_json::from_str::<EvaluateEvery>(&json).unwrap(), value);
        }
        assert!(serde_json::from_str::<EvaluateEvery>("\"often\"").is_err());
        assert_eq!(serde_json::to_string(&Window::Items(4)).unwrap(), "4");
        assert_eq!(serde_json::to_string(&Window::Session).unwrap(), "\"session\"");
        assert_eq!(serde_json::from_str::<Window>("4").unwrap(), Window::Items(4));
        assert!(serde_json::from_str::<Window>("-4").is_err());
        assert!(serde_json::from_str::<NegativeSharing>("\"group:x\"").unwrap_err().to_string().contains("group:8"));
    }
}
