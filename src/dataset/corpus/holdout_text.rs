//! The hold-out as text: `--holdout`, run.json and the window share it.

use std::fmt;
use std::str::FromStr;

use crate::dataset::Holdout;

impl fmt::Display for Holdout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastSession => f.write_str("last-session"),
            Self::LastEvent => f.write_str("last-event"),
            Self::Time(fraction) => write!(f, "time:{fraction}"),
            Self::None => f.write_str("none"),
        }
    }
}

impl FromStr for Holdout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "last-session" => return Ok(Self::LastSession),
            "last-event" => return Ok(Self::LastEvent),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let Some(fraction) = text.strip_prefix("time:") else {
            return Err(format!(
                "unknown hold-out {text:?}; use last-session, last-event, time:FRACTION (as time:0.1) or none"
            ));
        };
        match fraction.parse::<f64>() {
            Ok(fraction) if fraction > 0.0 && fraction < 1.0 => Ok(Self::Time(fraction)),
            _ => Err(format!("the hold-out {text:?} needs a fraction between 0 and 1, as time:0.1")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_holdout_reads_back_from_its_text() {
        for holdout in [Holdout::LastSession, Holdout::LastEvent, Holdout::Time(0.125), Holdout::None] {
            assert_eq!(holdout.to_string().parse(), Ok(holdout));
        }
    }

    #[test]
    fn impossible_fractions_and_unknown_names_are_refused() {
        for text in ["time:0", "time:1", "time:nan", "time:", "time:-0.5", "last", ""] {
            let read = text.parse::<Holdout>();
            assert!(read.is_err(), "{text:?} was read as {read:?}");
        }
    }
}
