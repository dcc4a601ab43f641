//! `idatlas evaluate`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::CliError;
use super::console::Console;
use super::table::{Align, Table};
use super::train::LossReport;
use crate::engine::jobs;
use crate::numbers::{percent, short};
use crate::run::{Repeats, Run};
use crate::training::{Evaluation, EvaluationSettings, NextItem, Score};

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

/// The report of `evaluate`, which `train` shows too.
#[derive(Debug, Serialize)]
pub(super) struct EvaluationReport {
    protocol: Protocol,
    next_item: NextItem,
    by_segment: BTreeMap<String, ()>,
    baselines: Baselines,
    cold_start: Option<()>,
    attribute_auc: BTreeMap<String, f64>,
    loss: Option<LossReport>,
}

#[derive(Debug, Serialize)]
struct Protocol {
    holdout: String,
    score: Score,
    repeats: &'static str,
    queries: u64,
    candidates: u64,
    untrained_targets: u64,
}

#[derive(Debug, Serialize)]
struct Baselines {
    popularity: NextItem,
}

impl EvaluationReport {
    /// The report of the evaluation that ends a training, by the default score and on all held-out events.
    pub(super) fn of_training(run: &Run, evaluation: &Evaluation) -> Self {
        Self::new(run, evaluation, EvaluationSettings::default().score, RepeatsName::All)
    }

    fn new(run: &Run, evaluation: &Evaluation, score: Score, repeats: RepeatsName) -> Self {
        Self {
            protocol: Protocol {
                holdout: run.metadata.holdout.clone(),
                score,
                repeats: match repeats {
                    RepeatsName::All => "all",
                    RepeatsName::FirstTime => "first-time",
                    RepeatsName::Repeat => "repeat",
                },
                queries: evaluation.queries,
                candidates: evaluation.candidates,
                untrained_targets: evaluation.untrained_targets,
            },
            next_item: evaluation.next_item.clone(),
            by_segment: BTreeMap::new(),
            baselines: Baselines { popularity: evaluation.popularity.clone() },
            cold_start: None,
            attribute_auc: BTreeMap::new(),
            loss: run.curve.last().map(LossReport::from),
        }
    }
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
    console.result(&EvaluationReport::new(&run, &evaluation, score, arguments.repeats))
}

impl fmt::Display for EvaluationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Protocol { holdout, repeats, queries, candidates, untrained_targets, .. } = &self.protocol;
        writeln!(
            f,
            "Next item, hold-out {holdout}, {repeats} events: {} queries, {} candidates each",
            short(*queries),
            short(*candidates)
        )?;
        if *untrained_targets > 0 {
            writeln!(f, "{} held-out events are of items that were not trained", short(*untrained_targets))?;
        }
        let mut table = Table::new([
            ("", Align::Left),
            ("at", Align::Right),
            ("hit rate", Align::Right),
            ("recall", Align::Right),
            ("NDCG", Align::Right),
            ("MRR", Align::Right),
        ]);
        for (name, figures) in [("model", &self.next_item), ("popularity", &self.baselines.popularity)] {
            for (cutoff, metrics) in figures {
                table.row([
                    name.to_owned(),
                    cutoff.to_string(),
                    percent(metrics.hit_rate),
                    percent(metrics.recall),
                    format!("{:.4}", metrics.ndcg),
                    format!("{:.4}", metrics.mrr),
                ]);
            }
        }
        write!(f, "{table}")
    }
}
