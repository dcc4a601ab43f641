//! `idatlas sweep`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::CliError;
use super::arguments::{DataArguments, GlobalArguments};
use super::console::Console;
use super::evaluate::ScoreName;
use super::machine_arguments::MachineArguments;
use super::table::{Align, Table};
use super::train::observer;
use super::train_arguments::key_and_value;
use crate::dataset::Holdout;
use crate::engine::jobs::sweep::{Sweep, SweepEvent, SweepRequest, Trial, TrialStatus, sweep};
use crate::numbers::{duration, percent};
use crate::training::sweep::{Space, Strategy};
use crate::training::{HyperparameterError, Hyperparameters, Preset};

const EXAMPLES: &str = "\
A space is a TOML file:
  epochs = 10                                              one value for all
  negatives = [1, 2, 5]                                    one of these
  window = { min = 2, max = 8 }                            whole numbers in between
  learning_rate = { min = 0.02, max = 0.5, scale = \"log\" }
  dims.brand = [10, 20]

Examples:
  idatlas sweep --sample --space space.toml --out sweeps/first --trials 20
  idatlas sweep --events events.csv --items items.csv --space space.toml --out sweeps/own --strategy halving
  idatlas sweep --sample --space space.toml --out sweeps/guided --strategy tpe --jobs 2
  idatlas train --sample --config sweeps/first/best.toml --out runs/best

The same command goes on with a sweep that was interrupted.";

/// Arguments of `sweep`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SweepArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Hyperparameters and the values to try
    #[arg(long, value_name = "FILE.toml", help_heading = "Sweep")]
    space: PathBuf,
    /// The folder of the sweep
    #[arg(long, value_name = "DIR", help_heading = "Sweep")]
    out: PathBuf,
    /// How many trials at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000), help_heading = "Sweep")]
    trials: u32,
    /// Begin no trial after so many minutes
    #[arg(long, value_name = "MINUTES", value_parser = minutes, help_heading = "Sweep")]
    minutes: Option<f64>,
    /// How many trials are trained at once, where there is memory for it; they share the cores. What comes of them does not
    /// depend on it, but tpe proposes so many at a time, none of which knows what comes of the others
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256), help_heading = "Sweep")]
    jobs: u32,
    /// grid, random, halving (all get few epochs, the best third of each round goes on) or tpe (proposed from what earlier
    /// trials reached)
    #[arg(long, default_value = "random", help_heading = "Sweep")]
    strategy: Strategy,
    /// Seed of the choice of trials; that of the trainings is the hyperparameter `seed`
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Sweep")]
    seed: u64,
    /// Keep the run folder of every trial, not of the best alone
    #[arg(long, help_heading = "Sweep")]
    keep_all: bool,
    /// Where hyperparameters that the space does not name start: paper, default or fast
    #[arg(long, default_value = "default", help_heading = "Model")]
    preset: Preset,
    /// One hyperparameter for all trials; repeat it for more. The space replaces it
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value, help_heading = "Model")]
    set: Vec<(String, String)>,
    /// Events kept from training, by which trials are ranked: last-session, last-event or time:FRACTION
    #[arg(long, value_name = "WHAT", default_value = "last-session", help_heading = "Model")]
    holdout: Holdout,
    /// How a candidate is scored against a user's history where trials are ranked by hit rate
    #[arg(long, value_enum, default_value = "context", help_heading = "Model")]
    score: ScoreName,
    #[command(flatten)]
    machine: MachineArguments,
}

fn minutes(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(minutes) if minutes > 0.0 && f64::is_finite(minutes) => Ok(minutes),
        _ => Err("write a number above 0, for example 30".to_owned()),
    }
}

#[derive(Debug, Serialize)]
struct SweepReport {
    best: Option<Best>,
    /// Best first.
    trials: Vec<TrialReport>,
    seconds: f64,
    interrupted: bool,
    folder: PathBuf,
}

#[derive(Debug, Serialize)]
struct Best {
    run: Option<PathBuf>,
    hyperparameters: Map<String, Value>,
    metric: Option<f64>,
    /// All its hyperparameters, for `train --config`.
    config: PathBuf,
}

#[derive(Debug, Serialize)]
struct TrialReport {
    #[serde(flatten)]
    trial: Trial,
    /// From 1; null for a trial that was not measured.
    rank: Option<usize>,
}

pub(super) fn run(arguments: &SweepArguments, global: &GlobalArguments, console: &Console) -> Result<(), CliError> {
    let request = arguments.request(global)?;
    let grid = request.space.grid_size();
    if request.strategy == Strategy::Grid && grid > u64::from(arguments.trials) {
        let trials = arguments.trials;
        console.note(format_args!("The grid has {grid} combinations; {trials} of them are tried, drawn at random"));
    }
    let dataset = Arc::new(arguments.data.load(console)?);
    let mut training = BTreeMap::new();
    let found = sweep(&dataset, &request, &arguments.out, &console.watch(), &mut |event| match event {
        SweepEvent::Begins { trial, trials, epochs, control } => {
            console.interrupt.stops(control);
            let name = format!("trial {} of {trials}", trial.number);
            let epochs = epochs.min(request.space.base().epochs);
            training.insert(trial.number, observer(Arc::clone(&console.progress), &name, epochs));
        }
        SweepEvent::Training { number, event } => {
            if let Some(observe) = training.get_mut(&number) {
                observe(event);
            }
        }
        SweepEvent::Standing(_) => {}
        SweepEvent::Ends(trial) => {
            training.remove(&trial.number);
            console.note(format_args!("Trial {}: {}", trial.number, in_words(trial)));
        }
    })?;
    let interrupted = found.interrupted;
    console.result(&SweepReport::new(found, arguments))?;
    match interrupted {
        true => Err(CliError::Interrupted(format!(
            "Interrupted; the same command goes on with it\nFolder: {}",
            arguments.out.display()
        ))),
        false => Ok(()),
    }
}

impl SweepArguments {
    fn request(&self, global: &GlobalArguments) -> Result<SweepRequest, CliError> {
        let mut base = Hyperparameters::preset(self.preset);
        for (key, value) in &self.set {
            base.set(key, value)?;
        }
        let text = std::fs::read_to_string(&self.space).map_err(|source| CliError::reading(&self.space, source))?;
        let space = Space::parse(&text, base).map_err(|HyperparameterError(message)| {
            CliError::Input(format!("{message}\nFile: {}", self.space.display()))
        })?;
        if self.strategy == Strategy::Halving && space.axes().iter().any(|(key, _)| key == "epochs") {
            return Err(CliError::Input(format!(
                "Halving decides how many epochs a trial gets; give epochs one value\nFile: {}",
                self.space.display()
            )));
        }
        let backend = self.machine.choice(global, space.base().execution)?;
        Ok(SweepRequest {
            space,
            strategy: self.strategy,
            trials: self.trials as usize,
            seed: self.seed,
            seconds: self.minutes.map(|minutes| 60.0 * minutes),
            jobs: self.jobs as usize,
            keep_all: self.keep_all,
            holdout: self.holdout,
            score: self.score.score(),
            backend,
        })
    }
}

/// "`learning_rate` 0.2, window 4: hit rate at 10 41.2%, 20 epochs in 12 s".
fn in_words(trial: &Trial) -> String {
    let point =
        trial.hyperparameters.iter().map(|(key, value)| format!("{key} {}", value.as_str().unwrap_or_default()));
    let point = point.collect::<Vec<_>>().join(", ");
    match (trial.metric, &trial.message) {
        (Some(metric), None) => {
            let epochs = trial.epochs;
            format!("{point}: hit rate at 10 {}, {epochs} epochs in {}", percent(metric), duration(trial.seconds))
        }
        (_, message) => format!("{point}: failed: {}", message.as_deref().unwrap_or("not measured")),
    }
}

impl SweepReport {
    fn new(found: Sweep, arguments: &SweepArguments) -> Self {
        let Sweep { trials, ranking, seconds, interrupted } = found;
        let best = ranking.first().and_then(|&best| trials.get(best)).map(|trial| Best {
            run: trial.run.as_ref().map(|run| arguments.out.join(run)),
            hyperparameters: trial.hyperparameters.clone(),
            metric: trial.metric,
            config: arguments.out.join("best.toml"),
        });
        let ranks = trials.iter().enumerate().map(|(i, _)| ranking.iter().position(|&trial| trial == i));
        let ranks: Vec<Option<usize>> = ranks.map(|rank| rank.map(|rank| rank + 1)).collect();
        let mut ranked: Vec<TrialReport> =
            trials.into_iter().zip(ranks).map(|(trial, rank)| TrialReport { trial, rank }).collect();
        // Those that were not measured come last, by number.
        ranked.sort_by_key(|report| report.rank.unwrap_or(usize::MAX));
        Self { best, trials: ranked, seconds, interrupted, folder: arguments.out.clone() }
    }
}

impl fmt::Display for SweepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.trials.iter().flat_map(|trial| trial.trial.hyperparameters.keys()).collect();
        let mut distinct: Vec<&String> = Vec::new();
        for key in keys {
            if !distinct.contains(&key) {
                distinct.push(key);
            }
        }
        let start =
            [("trial", Align::Right), ("hit@10", Align::Right), ("epochs", Align::Right), ("time", Align::Right)];
        let headings = start.map(|(name, align)| (name.to_owned(), align)).into_iter();
        let varied = distinct.iter().map(|key| ((*key).clone(), Align::Right));
        let mut table = Table::new(headings.chain(varied).chain([(String::new(), Align::Left)]));
        for TrialReport { trial, .. } in &self.trials {
            let metric = trial.metric.map_or_else(|| "-".to_owned(), percent);
            let mut cells = vec![trial.number.to_string(), metric, trial.epochs.to_string(), duration(trial.seconds)];
            let value =
                |key: &&String| trial.hyperparameters.get(*key).and_then(Value::as_str).unwrap_or("-").to_owned();
            cells.extend(distinct.iter().map(value));
            cells.push(match trial.status {
                TrialStatus::Done => String::new(),
                TrialStatus::Stopped => "fell behind".to_owned(),
                TrialStatus::Paused => "not finished".to_owned(),
                TrialStatus::Waiting => "not begun".to_owned(),
                TrialStatus::Failed => trial.message.clone().unwrap_or_default().replace('\n', "; "),
            });
            table.row(cells);
        }
        write!(f, "{table}")?;
        writeln!(f, "{} trials in {}", self.trials.len(), duration(self.seconds))?;
        if let Some(best) = &self.best {
            if let Some(run) = &best.run {
                writeln!(f, "Best run: {}", run.display())?;
            }
            writeln!(f, "Its hyperparameters, for train --config: {}", best.config.display())?;
        }
        Ok(())
    }
}
