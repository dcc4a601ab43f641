//! sweep.json: what a sweep has done so far, so that it goes on after a crash.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SweepError;
use crate::run::stage;
use crate::training::Score;
use crate::training::sweep::Point;

/// The file in a sweep's folder.
pub(super) const LEDGER: &str = "sweep.json";

/// The newest format this program knows.
const FORMAT_VERSION: u32 = 1;

/// How a trial stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialStatus {
    /// Not begun.
    Waiting,
    /// Trained as far as its round asked for; the next round has not begun.
    Paused,
    /// Fell behind and was stopped before its last epoch.
    Stopped,
    /// Trained in full.
    Done,
    /// Could not be trained.
    Failed,
}

/// What was measured at the end of a round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Epochs trained until then.
    pub epochs: f64,
    /// Held-out hit rate at 10, 0 to 1.
    pub metric: f64,
}

/// One set of hyperparameters and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number, from 1.
    pub number: usize,
    /// Those hyperparameters that vary, as `--set` takes them.
    pub hyperparameters: Map<String, Value>,
    /// How it stands.
    pub status: TrialStatus,
    /// Epochs trained.
    pub epochs: f64,
    /// Held-out hit rate at 10, 0 to 1; `None` if it was not measured.
    pub metric: Option<f64>,
    /// What was measured at the end of each round, so that a halving that goes on halves as it did before.
    pub rounds: Vec<Measured>,
    /// Mean total loss over the last epoch.
    pub loss: Option<f64>,
    /// Seconds of training.
    pub seconds: f64,
    /// Its run folder, inside of the sweep's; `None` where none is kept.
    pub run: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Trial {
    /// A trial at `point` that has not begun.
    pub(super) fn waiting(number: usize, point: &Point) -> Self {
        Self {
            number,
            hyperparameters: point.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect(),
            status: TrialStatus::Waiting,
            epochs: 0.0,
            metric: None,
            rounds: Vec::new(),
            loss: None,
            seconds: 0.0,
            run: None,
            message: None,
        }
    }

    /// Where it is in the space.
    pub(super) fn point(&self) -> Point {
        let values = self.hyperparameters.iter();
        values.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }
}

/// What must be the same for a sweep to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepIdentity {
    /// The strategy's name.
    pub strategy: String,
    /// The seed of the trials.
    pub seed: u64,
    /// Hash of the data.
    pub data: String,
    /// What is held out.
    pub holdout: String,
    /// The score by whose hit rate trials are ranked.
    #[serde(default, skip_serializing_if = "Score::is_default")]
    pub score: Score,
    /// What every trial has in common, by key.
    pub base: Map<String, Value>,
    /// The values that vary: key and values in words.
    pub space: Map<String, Value>,
    /// How many trials, where it matters which there are.
    pub trials: Option<usize>,
}

/// What a sweep that proposes its trials was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// How many trials, at most.
    pub(super) trials: usize,
    /// How many are proposed at a time.
    pub(super) batch: usize,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ledger {
    format_version: u32,
    pub(super) identity: SweepIdentity,
    pub(super) trials: Vec<Trial>,
    /// Only of trials that are proposed from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<Plan>,
    /// Seconds spent so far, all sittings together.
    pub(super) seconds: f64,
}

impl Ledger {
    pub(super) fn new(identity: SweepIdentity) -> Self {
        Self { format_version: FORMAT_VERSION, identity, trials: Vec::new(), plan: None, seconds: 0.0 }
    }

    /// The ledger in `folder`; `None` if the folder holds none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, SweepError> {
        let path = folder.join(LEDGER);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SweepError::Io { action: "Reading", source, path }),
        };
        let damaged = |message: String| SweepError::Damaged { message, path: path.clone() };
        let value: Value = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        match value["format_version"].as_u64() {
            Some(version) if version > u64::from(FORMAT_VERSION) => {
                return Err(damaged(format!("it has format version {version}, this program knows {FORMAT_VERSION}")));
            }
            Some(_) => {}
            None => return Err(damaged("it has no format version".to_owned())),
        }
        serde_json::from_value(value).map(Some).map_err(|error| damaged(error.to_string()))
    }

    /// Writes it aside and puts it in place.
    pub(super) fn write(&self, folder: &Path) -> Result<(), SweepError> {
        let path = folder.join(LEDGER);
        let failed = |source| SweepError::Io { action: "Writing", source, path: path.clone() };
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let mut file = stage(&path).map_err(failed)?;
        file.write_all(&text).map_err(failed)?;
        file.persist(&path).map(drop).map_err(|error| failed(error.error))
    }
}
