//! `idatlas evaluate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CliError;
use super::console::Console;
use super::evaluation_report::EvaluationReport;
use crate::engine::jobs;
use crate::run::Run;
use crate::training::{EvaluationSettings, Repeats, Score};

const EXAMPLE: &str = "\
Example:
  idatlas evaluate runs/first --json

For each user with a training history and held-out events all trained items are ranked. Hit rate: share of
users with a held-out item among the first k. Recall: share of the held-out items found there.";

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct EvaluateArguments {
    /// The run folder
    run: PathBuf,
    /// How a candidate is scored against a user's history
    #[arg(long, value_enum, default_value_t = ScoreName::Context)]
    score: ScoreName,
    /// Which held-out events count, by whether the user took the item in training already
    #[arg(long, value_enum, default_value_t = RepeatsName::All)]
    repeats: RepeatsName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScoreName {
    /// Target-context product plus the log of the item's frequency
    Context,
    /// Cosine of item vectors
    Cosine,
    /// Cosine of composed vectors: the item's and its attributes'
    Composed,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RepeatsName {
    /// All of them
    All,
    /// Items that are new to the user
    FirstTime,
    /// Items that the user took before
    Repeat,
}

pub(super) fn run(arguments: &EvaluateArguments, console: &Console) -> Result<(), CliError> {
    let run = Run::read(&arguments.run)?;
    if run.holdout.is_empty() {
        return Err(CliError::Input(format!(
            "The run held no event out (hold-out {}), so there is nothing to predict; train again with --holdout\nFolder: {}",
            run.metadata.holdout,
            arguments.run.display()
        )));
    }
    let score = match arguments.score {
        ScoreName::Context => Score::Context,
        ScoreName::Cosine => Score::Cosine,
        ScoreName::Composed => Score::Composed,
    };
    let repeats = match arguments.repeats {
        RepeatsName::All => Repeats::All,
        RepeatsName::FirstTime => Repeats::FirstTime,
        RepeatsName::Repeat => Repeats::Repeat,
    };
    let settings = EvaluationSettings { score, ..EvaluationSettings::default() };
    let evaluation = jobs::evaluate(&run, repeats, &settings, &console.watch())?;
    console.result(&EvaluationReport::new(&run, &evaluation, score, repeats))
}
