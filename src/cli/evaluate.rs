//! `idatlas evaluate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CliError;
use super::console::Console;
use super::evaluation_report::EvaluationReport;
use super::inspect::described;
use crate::dataset::{self, DataRequest, Severity};
use crate::engine::jobs;
use crate::run::Run;
use crate::training::{EvaluationSettings, Repeats, Score};

const EXAMPLE: &str = "\
Example:
  idatlas evaluate runs/first --json

  idatlas evaluate runs/first --events next-week.csv --score cosine

For each user with a training history and held-out events all trained items are ranked. Hit rate: share of \
users with a held-out item among the first k. Recall: share of the held-out items found there.";

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct EvaluateArguments {
    /// The run folder
    run: PathBuf,
    /// New events to predict instead of the hold-out: files or globs in any format that train reads
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Data")]
    events: Vec<PathBuf>,
    /// Column of the user [default: found by name]
    #[arg(long, value_name = "COLUMN", requires = "events", help_heading = "Data")]
    user_col: Option<String>,
    /// Column of the item [default: found by name]
    #[arg(long, value_name = "COLUMN", requires = "events", help_heading = "Data")]
    item_col: Option<String>,
    /// Column of the time [default: found by name]
    #[arg(long, value_name = "COLUMN", requires = "events", help_heading = "Data")]
    time_col: Option<String>,
    /// Column of the shopping session [default: found by name]
    #[arg(long, value_name = "COLUMN", requires = "events", help_heading = "Data")]
    session_col: Option<String>,
    /// Column of the event's weight, which is read and checked, but not used [default: found by name]
    #[arg(long, value_name = "COLUMN", requires = "events", help_heading = "Data")]
    weight_col: Option<String>,
    /// Leave out rows that cannot be read, with a warning, instead of refusing the file
    #[arg(long, requires = "events", help_heading = "Data")]
    skip_bad_rows: bool,
    /// How a candidate is scored against a user's history
    #[arg(long, value_enum, default_value_t = ScoreName::Context)]
    score: ScoreName,
    /// Which held-out events count, by whether the user took the item in training already
    #[arg(long, value_enum, default_value_t = RepeatsName::All)]
    repeats: RepeatsName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ScoreName {
    /// Target-context product plus the log of the item's frequency
    Context,
    /// Cosine of item vectors
    Cosine,
    /// Cosine of composed vectors: the item's and its attributes'
    Composed,
    /// As context, but no item of the history has a say in its own score: what goes with what the user took
    Others,
}

impl ScoreName {
    pub(super) fn score(self) -> Score {
        match self {
            Self::Context => Score::Context,
            Self::Cosine => Score::Cosine,
            Self::Composed => Score::Composed,
            Self::Others => Score::Others,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RepeatsName {
    /// All of them
    All,
    /// Items that are new to the user
    FirstTime,
    /// Items that the user took before
    Repeat,
    /// Items that are new to the user, ranked among such items alone
    NewToUser,
}

pub(super) fn run(arguments: &EvaluateArguments, console: &Console) -> Result<(), CliError> {
    let mut run = Run::read(&arguments.run)?;
    let mut unknown = None;
    if !arguments.events.is_empty() {
        let dataset = dataset::load(&arguments.data(), &console.watch())?;
        for problem in dataset.problems.iter().filter(|problem| problem.severity != Severity::Note) {
            console.warn(described(problem));
        }
        let (with_events, events) = jobs::with_test_events(&run, &dataset);
        run = with_events;
        unknown = Some(events);
    }
    if run.holdout.is_empty() {
        return Err(CliError::Input(format!(
            "The run held no event out (hold-out {}), so there is nothing to predict; train again with --holdout, or \
             name new events (--events FILE)\nFolder: {}",
            run.metadata.holdout,
            arguments.run.display()
        )));
    }
    let score = arguments.score.score();
    let repeats = match arguments.repeats {
        RepeatsName::All => Repeats::All,
        RepeatsName::FirstTime => Repeats::FirstTime,
        RepeatsName::Repeat => Repeats::Repeat,
        RepeatsName::NewToUser => Repeats::NewToUser,
    };
    if repeats == Repeats::NewToUser && run.baskets.is_none() {
        return Err(CliError::Input(format!(
            "The run does not know what its users took in training, so nothing can be ranked among what is new to them; \
             train again, or take --repeats first-time\nFolder: {}",
            arguments.run.display()
        )));
    }
    let settings = EvaluationSettings { score, ..EvaluationSettings::default() };
    let evaluation = jobs::evaluate(&run, repeats, &settings, &console.watch())?;
    console.result(&EvaluationReport::new(&run, &evaluation, score, repeats).on_test_events(unknown))
}

impl EvaluateArguments {
    fn data(&self) -> DataRequest {
        DataRequest {
            events: self.events.clone(),
            user_column: self.user_col.clone(),
            item_column: self.item_col.clone(),
            time_column: self.time_col.clone(),
            session_column: self.session_col.clone(),
            weight_column: self.weight_col.clone(),
            skip_bad_rows: self.skip_bad_rows,
            ..DataRequest::default()
        }
    }
}
