//! run.json.

use serde::{Deserialize, Serialize};

use crate::numbers::figures;
use crate::objective::DeviceWork;
use crate::training::{Evaluation, Hyperparameters, LossPartsRow, StartOfType};

/// The newest format this program knows.
pub const FORMAT_VERSION: u32 = 1;

/// Which data a run was trained on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataFingerprint {
    /// Hash of the kept events and attributes.
    pub hash: String,
    /// Files that were read.
    pub files: Vec<String>,
    /// Events kept.
    pub events: u64,
    /// Users.
    pub users: u64,
    /// Trained items.
    pub items: u64,
    /// Events held out.
    pub held_out: u64,
}

/// One file of a run folder, so that damage is found before anything is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFingerprint {
    /// Its size.
    pub bytes: u64,
    /// XXH3-128 of its bytes, as hexadecimal text.
    pub xxh3: String,
}

/// How long things took, in seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Loading.
    #[serde(with = "null_is_nan")]
    pub load: f64,
    /// Training, pauses left out.
    #[serde(with = "null_is_nan")]
    pub train: f64,
    /// Pairs a second while training.
    #[serde(with = "null_is_nan")]
    pub pairs_per_second: f64,
    /// Bytes that a pair reads and writes on the device, caches left out (BENCHMARKS.md); of the GPU backend only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_pair: Option<f64>,
    /// `bytes_per_pair` times `pairs_per_second`, in bytes a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub achieved_bandwidth: Option<f64>,
    /// Share of the training time, 0 to 1, in which the device waited for the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_wait: Option<f64>,
}

impl Timings {
    /// Adds what a device's work tells.
    pub fn measure(&mut self, work: &DeviceWork) {
        self.bytes_per_pair = work.bytes_per_pair();
        self.achieved_bandwidth =
            self.bytes_per_pair.map(|bytes| bytes * self.pairs_per_second).filter(|rate| rate.is_finite());
        self.host_wait = work.host_wait();
    }
}

/// run.json.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunMetadata {
    /// [`FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// The program's version.
    pub program_version: String,
    /// Name for people.
    pub name: String,
    /// When it was saved, RFC 3339.
    pub created: String,
    /// ID types in the tables' order; the first is the item.
    pub types: Vec<String>,
    /// Hyperparameters as typed.
    pub hyperparameters: Hyperparameters,
    /// The hold-out as the command line writes it.
    pub holdout: String,
    /// The seed.
    pub seed: u64,
    /// "cpu" or "gpu".
    pub backend: String,
    /// The backend's full name: adapter, or threads and instruction set.
    pub adapter: String,
    /// The data.
    pub data: DataFingerprint,
    /// Timings.
    pub timings: Timings,
    /// Epochs finished, with fraction.
    #[serde(with = "null_is_nan")]
    pub epochs_done: f64,
    /// Steps taken.
    pub steps: u64,
    /// Pairs trained.
    pub pairs: u64,
    /// Whether it was stopped before its last epoch.
    pub stopped: bool,
    /// Why training ended early, if something went wrong.
    #[serde(default)]
    pub trouble: Option<String>,
    /// Mean loss parts over the last finished epoch.
    #[serde(default)]
    pub loss: Option<LossPartsRow>,
    /// The last evaluation.
    pub metrics: Option<Evaluation>,
    /// The run it started from, if it did not start afresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StartedFrom>,
    /// The run that it branched from, if it goes on from one with other hyperparameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchOf>,
}

/// The run that another one branched from, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BranchOf {
    /// Its name.
    pub name: String,
    /// Its folder, if it had one.
    pub path: Option<String>,
    /// Epochs that it had trained by then, with fraction: from there on the rate of the branch falls.
    pub epochs_done: f64,
    /// Pairs that it had trained by then: where the branch's own part of the curve begins.
    pub pairs: u64,
    /// The hyperparameters that were changed: key, value before (null: none), value since.
    pub changed: Vec<(String, Option<String>, String)>,
}

impl BranchOf {
    /// In words for people, a change a line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = format!("Branched from {} after {} epochs", self.name, figures(self.epochs_done, 3));
        for (key, before, since) in &self.changed {
            words.push_str(&format!("\n{key}: {} → {since}", before.as_deref().unwrap_or("-")));
        }
        if let Some(path) = &self.path {
            words.push_str(&format!("\nFolder: {path}"));
        }
        words
    }
}

/// The run that a warm start began from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartedFrom {
    /// Its folder, as it was named.
    pub path: String,
    /// Its name.
    pub name: String,
    /// XXH3-128 of its vectors.safetensors.
    pub vectors_xxh3: String,
    /// Hash of the data it was trained on.
    pub data_hash: String,
    /// Why its optimiser's memory was not taken over; `None` if it was.
    pub fresh_optimizer: Option<String>,
    /// Where each type's IDs start.
    pub types: Vec<StartOfType>,
}

/// JSON has no infinity and no NaN: they are written as null, which must read again.
mod null_is_nan {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        value.is_finite().then_some(*value).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
    }
}
