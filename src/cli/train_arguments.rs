//! Arguments of `train`: as typed, then as meant.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::arguments::{DataArguments, GlobalArguments};
use super::machine_arguments::MachineArguments;
use super::run_folder::RunFolder;
use crate::dataset::Holdout;
use crate::engine::jobs::{BranchRequest, TrainRequest};
use crate::run::RunMetadata;
use crate::training::{HyperparameterError, Hyperparameters, Preset};

/// Arguments of `train`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  idatlas train --events events.csv --items items.csv --out runs/own --set epochs=10\n\nidatlas train --help lists the hyperparameters.", after_long_help = long_help())]
pub(super) struct TrainArguments {
    #[command(flatten)]
    pub(super) data: DataArguments,
    /// The folder to save the run to [default with --resume: that run's]
    #[arg(long, value_name = "RUN", required_unless_present = "resume", help_heading = "Run")]
    out: Option<PathBuf>,
    /// Replace a run that is already there
    #[arg(long, help_heading = "Run")]
    force: bool,
    /// The run's name [default: that of its folder]
    #[arg(long, help_heading = "Run", conflicts_with = "resume")]
    name: Option<String>,
    /// Go on with a stopped run, on the data it was trained on
    #[arg(long, value_name = "RUN", help_heading = "Run", conflicts_with_all = ["preset", "config", "set", "seed", "holdout"])]
    pub(super) resume: Option<PathBuf>,
    /// Start from what this run learned, on new data: its IDs keep their vectors, new items are placed by their
    /// attributes. Hyperparameters and hold-out that are not given are that run's
    #[arg(long, value_name = "RUN", help_heading = "Run", conflicts_with = "resume")]
    pub(super) from: Option<PathBuf>,
    /// Go on from this run, on the data it was trained on, with what --set changes: `learning_rate`, `lr_schedule`, alpha, beta,
    /// negatives, `struct_negatives`, `struct_share`, weight.TYPE. The run itself stays as it is
    #[arg(long, value_name = "RUN", help_heading = "Run", requires = "out", conflicts_with_all = ["resume", "from", "preset", "config", "seed", "holdout"])]
    pub(super) branch: Option<PathBuf>,
    /// With --branch: for how many epochs [default: as many as that run was to have]
    #[arg(long, value_name = "N", help_heading = "Run", requires = "branch", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    more_epochs: Option<u32>,
    /// Keep the vectors as they stand after every so many epochs [with the flag alone: 1], to be played back; how much room
    /// they take is said beforehand
    #[arg(long, value_name = "EPOCHS", num_args = 0..=1, default_missing_value = "1", value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Run")]
    pub(super) keep_history: Option<u32>,
    /// An item whose neighbourhood is looked at by itself while it trains (`neighbor_jaccard_at_10_pinned` of
    /// curve.parquet); repeat it for more
    #[arg(long, value_name = "ID", help_heading = "Run")]
    pub(super) pin: Vec<String>,
    /// Where hyperparameters start: paper (the paper, literally), default or fast [default: default; with --from: that
    /// run's]
    #[arg(long, help_heading = "Model")]
    preset: Option<Preset>,
    /// Hyperparameters from a TOML file; they replace the preset's
    #[arg(long, value_name = "FILE.toml", help_heading = "Model")]
    config: Option<PathBuf>,
    /// One hyperparameter; repeat it for more. Replaces the preset's and the file's
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value, help_heading = "Model")]
    set: Vec<(String, String)>,
    /// Seed of everything random; the same seed gives the same vectors
    #[arg(long, value_name = "N", help_heading = "Model")]
    seed: Option<u64>,
    /// Events kept from training to be predicted: last-session, last-event, time:FRACTION or none [default:
    /// last-session; with --from: that run's]
    #[arg(long, value_name = "WHAT", help_heading = "Model")]
    holdout: Option<Holdout>,
    /// Share of the items to withhold from training, to measure how new items are placed (the same as --set `hide_items`)
    #[arg(long, value_name = "FRACTION", help_heading = "Model", conflicts_with = "resume")]
    hide_items: Option<f64>,
    #[command(flatten)]
    machine: MachineArguments,
}

impl TrainArguments {
    /// Where the run will be saved.
    pub(super) fn folder(&self) -> Result<RunFolder, CliError> {
        match (&self.out, &self.resume) {
            (None, Some(resumed)) => RunFolder::of_run(resumed),
            (Some(out), Some(resumed)) => {
                RunFolder::of_run(resumed)?;
                RunFolder::claim(out, self.force || out == resumed)
            }
            (Some(out), None) => RunFolder::claim(out, self.force),
            // clap requires one or the other.
            (None, None) => Err(CliError::Input("Name the folder to save the run to: --out RUN".to_owned())),
        }
    }

    /// What is to be trained, the hyperparameters still unchecked against data.
    pub(super) fn request(&self, global: &GlobalArguments, out: &Path) -> Result<TrainRequest, CliError> {
        let earlier = self.from.as_deref().or(self.branch.as_deref()).map(RunMetadata::read).transpose()?;
        let hyperparameters = self.hyperparameters(earlier.as_ref())?;
        let backend = self.machine.choice(global, hyperparameters.execution)?;
        let holdout = match (self.holdout, &earlier) {
            (Some(holdout), _) => holdout,
            (None, Some(earlier)) => earlier.holdout.parse().map_err(CliError::Input)?,
            (None, None) => Holdout::LastSession,
        };
        let folder_name = || out.file_name().map_or("run".into(), |name| name.to_string_lossy());
        let name = self.name.clone().unwrap_or_else(|| folder_name().into_owned());
        Ok(TrainRequest { hyperparameters, holdout, backend, name })
    }

    /// What a branch of the run `path` is to change.
    pub(super) fn branch_request(&self, path: &Path, request: &TrainRequest) -> Result<BranchRequest, CliError> {
        let epochs = match self.more_epochs {
            Some(epochs) => epochs,
            None => RunMetadata::read(path)?.hyperparameters.epochs,
        };
        let (backend, name) = (request.backend.clone(), request.name.clone());
        Ok(BranchRequest { changes: self.set.clone(), epochs, backend, name })
    }

    fn hyperparameters(&self, earlier: Option<&RunMetadata>) -> Result<Hyperparameters, CliError> {
        let mut hyperparameters = match (self.preset, earlier) {
            (Some(preset), _) => Hyperparameters::preset(preset),
            (None, Some(earlier)) => earlier.hyperparameters.clone(),
            (None, None) => Hyperparameters::preset(Preset::Default),
        };
        if let Some(path) = &self.config {
            let text = std::fs::read_to_string(path).map_err(|source| CliError::reading(path, source))?;
            hyperparameters.merge_toml(&text).map_err(|HyperparameterError(message)| {
                CliError::Input(format!("{message}\nFile: {}", path.display()))
            })?;
        }
        for (key, value) in &self.set {
            hyperparameters.set(key, value)?;
        }
        if let Some(seed) = self.seed {
            hyperparameters.seed = seed;
        }
        if let Some(share) = self.hide_items {
            hyperparameters.set("hide_items", &share.to_string())?;
        }
        Ok(hyperparameters)
    }
}

pub(super) fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err("write it as KEY=VALUE, for example epochs=10".to_owned()),
    }
}

/// The example and every hyperparameter.
fn long_help() -> String {
    let mut help = "\
Examples:
  idatlas train --sample --out runs/first
  idatlas train --events events.csv --items items.csv --out runs/own --set epochs=10
  idatlas train --events events.csv --items items.csv --resume runs/own
  idatlas train --events june.csv --items items.csv --from runs/may --out runs/june
  idatlas train --sample --branch runs/first --set weight.brand=3 --set learning_rate=0.02 --more-epochs 5 --out runs/branch

Hyperparameters (--set KEY=VALUE, or KEY = VALUE in the TOML file of --config):
"
    .to_owned();
    for key in Hyperparameters::keys() {
        help.push_str(&format!("  {} ({})\n      {}\n", key.key, key.values, key.help));
    }
    help
}
