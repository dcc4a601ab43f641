//! `idatlas train`.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::CliError;
use super::arguments::GlobalArguments;
use super::console::Console;
use super::evaluation_report::{EvaluationReport, LossesReport};
use super::inspect::described;
use super::progress_report::{Pace, ProgressReport};
use super::train_arguments::TrainArguments;
use crate::dataset::Severity;
use crate::engine::jobs::Prepared;
use crate::numbers::{bytes, duration, figures, percent, rate, short};
use crate::progress::Progress;
use crate::run::{BranchOf, Run, StartedFrom};
use crate::training::{LossPartsRow, PinnedId, StartOfType, TrainControl, TrainEvent};

#[derive(Debug, Serialize)]
struct TrainReport {
    run: PathBuf,
    name: String,
    backend: String,
    adapter: String,
    epochs: f64,
    pairs: u64,
    seconds: f64,
    pairs_per_second: f64,
    stopped: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<StartedFrom>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<BranchOf>,
    loss: Option<LossesReport>,
    metrics: Option<EvaluationReport>,
}

/// The parts of the loss, named as curve.parquet names them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct LossReport {
    total: f64,
    pub(super) pair: f64,
    #[serde(rename = "struct")]
    structure: f64,
    reg: f64,
}

impl From<&LossPartsRow> for LossReport {
    fn from(loss: &LossPartsRow) -> Self {
        Self { total: loss.total, pair: loss.pair, structure: loss.structure, reg: loss.regulariser }
    }
}

pub(super) fn run(arguments: &TrainArguments, global: &GlobalArguments, console: &Console) -> Result<(), CliError> {
    // All that can be refused without the data is refused before it is read.
    let folder = arguments.folder()?;
    let request = arguments.request(global, folder.path())?;

    let load_started = Instant::now();
    let dataset = Arc::new(arguments.data.load(console)?);
    let load_seconds = load_started.elapsed().as_secs_f64();
    for problem in dataset.problems.iter().filter(|problem| problem.severity != Severity::Note) {
        console.warn(described(problem));
    }
    let prepared = match (&arguments.resume, &arguments.from, &arguments.branch) {
        (Some(path), ..) => Prepared::resuming(path, &dataset, &request.backend, load_seconds)?,
        (_, Some(path), _) => Prepared::starting_from(path, &dataset, &request, load_seconds)?,
        (.., Some(path)) => {
            let branch = arguments.branch_request(path, &request)?;
            Prepared::branching(Run::read(path)?, Some(path), &dataset, &branch, load_seconds)?
        }
        _ => Prepared::new(&dataset, &request, load_seconds)?,
    };

    let prepared = keeping_history(prepared, arguments, console)?;
    let saved = folder.clone();
    let prepared = prepared.saving(move |run| saved.save(run).map_err(|error| error.to_string()));

    let control = TrainControl::default();
    control.pin(pinned(&prepared, &arguments.pin)?);
    console.interrupt.stops(&control);
    let metadata = &prepared.run().metadata;
    let mut observer = observer(Arc::clone(&console.progress), &metadata.name, metadata.hyperparameters.epochs);
    let run = prepared.train(&control, &console.watch(), &mut observer)?;
    folder.save(&run)?;
    console.result(&TrainReport::new(folder.path().to_owned(), &run))?;

    let place = folder.path().display();
    match run.metadata.trouble {
        Some(trouble) => {
            Err(CliError::Stopped(format!("{trouble}\nWhat was learned until then is saved\nFolder: {place}")))
        }
        None if run.metadata.stopped && console.interrupt.was_pressed() => Err(CliError::Interrupted(format!(
            "Interrupted; the run is saved, and --resume goes on with it\nFolder: {place}"
        ))),
        None => Ok(()),
    }
}

/// Keeps the epochs that `--keep-history` names, beside those that the run that is resumed or branched from keeps.
fn keeping_history(prepared: Prepared, arguments: &TrainArguments, console: &Console) -> Result<Prepared, CliError> {
    let Some(every) = arguments.keep_history else { return Ok(prepared) };
    let from = arguments.resume.as_ref().or(arguments.branch.as_ref());
    let earlier = from.map(|path| Run::read_history(path)).transpose()?.flatten();
    let (frames, size) = prepared.history_size(every);
    console.note(format_args!("Keeping the vectors of {frames} epochs: {}", bytes(size)));
    Ok(prepared.keeping_history(every, earlier))
}

/// The items that `--pin` names.
fn pinned(prepared: &Prepared, ids: &[String]) -> Result<Vec<PinnedId>, CliError> {
    let items = &prepared.run().types[0].vocabulary;
    let row = |id: &String| {
        let message = || {
            CliError::Input(format!(
                "There is no trained item {id:?} to pin; name one of the items file that is trained"
            ))
        };
        Ok(PinnedId { type_index: 0, row: items.index(id).ok_or_else(message)? })
    };
    ids.iter().map(row).collect()
}

/// Shows what a training called `name` tells.
pub(super) fn observer(progress: Arc<ProgressReport>, name: &str, epochs: u32) -> impl FnMut(TrainEvent) + use<> {
    let stage = format!("Training {name}");
    let (mut loss, mut hit_rate) = (None, None);
    move |event| match event {
        TrainEvent::Point(point) => {
            loss = Some(point.loss.total);
            hit_rate = point.held_out.map(|held_out| held_out.hit_rate_at_10).or(hit_rate);
        }
        TrainEvent::Progress { epoch, pairs, total_pairs, pairs_per_second, seconds_left } => {
            let standing =
                Progress { stage: stage.clone(), done: pairs, total: Some(total_pairs.max(pairs)), unit: "pairs" };
            let loss = loss.map(|loss| format!(", loss {}", figures(loss, 3))).unwrap_or_default();
            let hits = hit_rate.map(|share| format!(", hit@10 {}", percent(share))).unwrap_or_default();
            let detail = format!("epoch {:.1} of {epochs}{loss}{hits}", epoch);
            progress.show_paced(&standing, Some(Pace { per_second: pairs_per_second, seconds_left }), Some(&detail));
        }
        TrainEvent::Started { .. }
        | TrainEvent::Segments(_)
        | TrainEvent::Snapshot { .. }
        | TrainEvent::Checkpoint(_)
        | TrainEvent::EpochDone(_) => {}
    }
}

impl TrainReport {
    fn new(path: PathBuf, run: &Run) -> Self {
        let metadata = &run.metadata;
        Self {
            run: path,
            name: metadata.name.clone(),
            backend: metadata.backend.clone(),
            adapter: metadata.adapter.clone(),
            epochs: metadata.epochs_done,
            pairs: metadata.pairs,
            seconds: metadata.timings.train,
            pairs_per_second: metadata.timings.pairs_per_second,
            stopped: metadata.stopped,
            from: metadata.from.clone(),
            branch: metadata.branch.clone(),
            loss: LossesReport::of(run),
            metrics: metadata.metrics.as_ref().map(|evaluation| EvaluationReport::of_training(run, evaluation)),
        }
    }
}

/// "2,900 kept (120 without new events), 250 placed by their attributes, 3 at random".
fn where_it_starts(of: &StartOfType) -> String {
    let idle = match of.without_events {
        0 => String::new(),
        idle => format!(" ({} without new events)", short(idle)),
    };
    let mut text = format!("{} kept{idle}", short(of.kept));
    for (count, how) in [(of.placed, "placed by their attributes"), (of.random, "at random")] {
        if count > 0 {
            text.push_str(&format!(", {} {how}", short(count)));
        }
    }
    text
}

impl fmt::Display for TrainReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Trained {} pairs in {} ({}/s), {} {}, on {}",
            short(self.pairs),
            duration(self.seconds),
            rate(self.pairs_per_second),
            if self.epochs.fract() == 0.0 { format!("{:.0}", self.epochs) } else { format!("{:.1}", self.epochs) },
            if self.epochs == 1.0 { "epoch" } else { "epochs" },
            self.adapter
        )?;
        if let Some(branch) = &self.branch {
            writeln!(f, "{}", branch.in_words())?;
        }
        if let Some(from) = &self.from {
            writeln!(f, "Started from {}", from.path)?;
            for of in &from.types {
                writeln!(f, "  {}: {}", of.name, where_it_starts(of))?;
            }
            match &from.fresh_optimizer {
                Some(why) => writeln!(f, "  The optimiser began afresh: {why}")?,
                None => writeln!(f, "  The optimiser went on from where it was")?,
            }
        }
        if let Some(LossesReport { training: loss, held_out }) = self.loss {
            let held_out = held_out.map(|loss| format!("; held out {}", figures(loss.total, 3))).unwrap_or_default();
            writeln!(
                f,
                "Loss {} = pairs {} + structure {} + regulariser {}{held_out}",
                figures(loss.total, 3),
                figures(loss.pair, 3),
                figures(loss.structure, 3),
                figures(loss.reg, 3)
            )?;
        }
        match &self.metrics {
            Some(metrics) => write!(f, "{metrics}")?,
            None => writeln!(f, "Not evaluated: no user has both a training history and a held-out event")?,
        }
        let stopped = if self.stopped { " (stopped early; go on with --resume)" } else { "" };
        writeln!(f, "Saved {}{stopped}", self.run.display())
    }
}
