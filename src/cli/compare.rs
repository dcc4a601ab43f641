//! `idatlas compare`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::console::Console;
use super::evaluation_report::LossesReport;
use super::table::{Align, Table};
use crate::comparison::{ChangedId, NeighborhoodOverlap, differences};
use crate::engine::jobs;
use crate::numbers::{percent, short};
use crate::run::{Run, RunMetadata};
use crate::training::NextItem;

const EXAMPLES: &str = "\
Examples:
  idatlas compare runs/first runs/second
  idatlas compare runs/first runs/second --type brand store -k 20 --changed 10 --json";

/// Arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompareArguments {
    /// The run folders; each is compared with the first
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The types whose neighbourhoods are compared, or user [default: every type that all runs have]
    #[arg(long = "type", value_name = "TYPE", num_args = 1..)]
    tables: Vec<String>,
    /// How many neighbours of each ID
    #[arg(short, long = "count", value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    k: u32,
    /// List so many IDs whose neighbours changed most
    #[arg(long, value_name = "N", default_value_t = 5)]
    changed: usize,
}

#[derive(Debug, Serialize)]
struct CompareReport {
    runs: Vec<RunReport>,
    /// Only those that differ.
    hyperparameters: Vec<HyperparameterReport>,
    neighbor_overlap: Vec<OverlapReport>,
    /// By attribute type that all runs have.
    same_attribute: Vec<SameAttributeReport>,
}

/// How often the nearest items of an item have its ID of one type.
#[derive(Debug, Serialize)]
struct SameAttributeReport {
    #[serde(rename = "type")]
    name: String,
    k: usize,
    /// One a run.
    by_run: Vec<ShareReport>,
}

#[derive(Debug, Serialize)]
struct ShareReport {
    /// Items that have an ID of the type.
    items: usize,
    share: Option<f64>,
    by_chance: Option<f64>,
}

#[derive(Debug, Serialize)]
struct RunReport {
    path: PathBuf,
    name: String,
    backend: String,
    data_hash: String,
    epochs: Option<f64>,
    pairs: u64,
    seconds: Option<f64>,
    pairs_per_second: Option<f64>,
    loss: Option<LossesReport>,
    queries: Option<u64>,
    next_item: Option<NextItem>,
}

#[derive(Debug, Serialize)]
struct HyperparameterReport {
    key: String,
    /// One a run.
    values: Vec<Option<String>>,
}

#[derive(Debug, Serialize)]
struct OverlapReport {
    #[serde(rename = "type")]
    table: String,
    /// Which of the runs, from 0.
    runs: [usize; 2],
    k: usize,
    shared_ids: usize,
    only_first: usize,
    only_second: usize,
    overlap: Option<f64>,
    by_chance: Option<f64>,
    changed: Vec<ChangedReport>,
}

#[derive(Debug, Serialize)]
struct ChangedReport {
    id: String,
    label: Option<String>,
    overlap: f64,
    /// The nearest ID that is no longer among its neighbours.
    lost: Option<String>,
    /// The nearest ID that has become one.
    gained: Option<String>,
}

pub(super) fn run(arguments: &CompareArguments, console: &Console) -> Result<(), CliError> {
    let runs = arguments.runs.iter().map(|path| Run::read(path)).collect::<Result<Vec<_>, _>>()?;
    let (first, others) = runs.split_first().expect("the arguments name two runs at least");
    for (other, path) in others.iter().zip(&arguments.runs[1..]) {
        if other.metadata.data.hash != first.metadata.data.hash {
            console.warn(format!(
                "The runs were trained on different data, so that their metrics do not compare\nFolder: {}",
                path.display()
            ));
        }
    }
    let shared = || first.table_names().into_iter().filter(|name| others.iter().all(|other| other.table(name).is_ok()));
    let tables: Vec<String> = match arguments.tables.as_slice() {
        [] => shared().map(str::to_owned).collect(),
        named => named.to_vec(),
    };
    let mut neighbor_overlap = Vec::new();
    for (number, other) in (1..).zip(others) {
        for table in &tables {
            let k = arguments.k as usize;
            let found = jobs::compare_neighborhoods(first, other, table, k, &console.watch())?;
            neighbor_overlap.push(OverlapReport::new([first, other], number, table, found, arguments.changed)?);
        }
    }
    let same_attribute = same_attribute(&runs, arguments.k as usize, console)?;
    let metadata: Vec<&RunMetadata> = runs.iter().map(|run| &run.metadata).collect();
    let hyperparameters = differences(&metadata).into_iter();
    console.result(&CompareReport {
        hyperparameters: hyperparameters
            .map(|difference| HyperparameterReport { key: difference.key, values: difference.values })
            .collect(),
        runs: runs.iter().zip(&arguments.runs).map(|(run, path)| RunReport::new(run, path.clone())).collect(),
        neighbor_overlap,
        same_attribute,
    })
}

/// By attribute type of the first run that all have.
fn same_attribute(runs: &[Run], k: usize, console: &Console) -> Result<Vec<SameAttributeReport>, CliError> {
    let found = runs.iter().map(|run| jobs::neighbors_with_same_attribute(run, k, &console.watch()));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let Some(first) = found.first() else { return Ok(Vec::new()) };
    let of = |name: &String| {
        let by_run = found.iter().map(|of_run| {
            let own = of_run.iter().find(|own| own.name == *name)?;
            Some(ShareReport { items: own.items, share: own.share, by_chance: own.by_chance })
        });
        Some(SameAttributeReport { name: name.clone(), k, by_run: by_run.collect::<Option<_>>()? })
    };
    Ok(first.iter().filter_map(|own| of(&own.name)).collect())
}

impl RunReport {
    fn new(run: &Run, path: PathBuf) -> Self {
        let RunMetadata { name, backend, data, epochs_done, pairs, timings, metrics, .. } = &run.metadata;
        let finite = |value: f64| value.is_finite().then_some(value);
        Self {
            path,
            name: name.clone(),
            backend: backend.clone(),
            data_hash: data.hash.clone(),
            epochs: finite(*epochs_done),
            pairs: *pairs,
            seconds: finite(timings.train),
            pairs_per_second: finite(timings.pairs_per_second),
            loss: LossesReport::of(run),
            queries: metrics.as_ref().map(|metrics| metrics.queries),
            next_item: metrics.as_ref().map(|metrics| metrics.next_item.clone()),
        }
    }
}

impl OverlapReport {
    fn new(
        [first, second]: [&Run; 2],
        number: usize,
        table: &str,
        found: NeighborhoodOverlap,
        listed: usize,
    ) -> Result<Self, CliError> {
        let (first, second) = (first.table(table)?, second.table(table)?);
        let changed =
            found.changed.iter().filter(|id| id.overlap < 1.0).take(listed).map(|changed: &ChangedId| ChangedReport {
                id: first.vocabulary.id(changed.row).to_owned(),
                label: first.label(changed.row).map(str::to_owned),
                overlap: changed.overlap,
                lost: changed.lost.map(|row| first.vocabulary.id(row).to_owned()),
                gained: changed.gained.map(|row| second.vocabulary.id(row).to_owned()),
            });
        Ok(Self {
            changed: changed.collect(),
            table: table.to_owned(),
            runs: [0, number],
            k: found.k,
            shared_ids: found.shared,
            only_first: found.only_first,
            only_second: found.only_second,
            overlap: found.mean_overlap,
            by_chance: found.by_chance,
        })
    }
}

impl CompareReport {
    /// One row of a value a run under the runs' names.
    fn by_run(&self, rows: impl IntoIterator<Item = (String, Vec<String>)>) -> Table {
        let names = self.runs.iter().map(|run| (run.name.clone(), Align::Right));
        let mut table = Table::new(std::iter::once((String::new(), Align::Left)).chain(names));
        for (name, values) in rows {
            table.row(std::iter::once(name).chain(values).collect::<Vec<_>>());
        }
        table
    }

    fn metrics(&self) -> Vec<(String, Vec<String>)> {
        let share = |pick: fn(&crate::training::RankedMetrics) -> f64| {
            let value = |run: &RunReport| run.next_item.as_ref().and_then(|by_cutoff| by_cutoff.get(&10)).map(pick);
            self.runs.iter().map(|run| value(run).map_or_else(dash, percent)).collect::<Vec<_>>()
        };
        let number = |pick: fn(&RunReport) -> Option<f64>| {
            let text = |run| pick(run).map_or_else(dash, |value| format!("{value:.4}"));
            self.runs.iter().map(text).collect::<Vec<_>>()
        };
        let held_out =
            |run: &RunReport| run.loss.as_ref().and_then(|loss| loss.held_out.as_ref()).map(|loss| loss.pair);
        vec![
            ("hit rate at 10".to_owned(), share(|metrics| metrics.hit_rate)),
            ("recall at 10".to_owned(), share(|metrics| metrics.recall)),
            ("NDCG at 10".to_owned(), share(|metrics| metrics.ndcg)),
            ("MRR at 10".to_owned(), share(|metrics| metrics.mrr)),
            ("loss, pair".to_owned(), number(|run| run.loss.as_ref().map(|loss| loss.training.pair))),
            ("held-out loss, pair".to_owned(), number(held_out)),
            ("epochs".to_owned(), number(|run| run.epochs)),
            ("pairs".to_owned(), self.runs.iter().map(|run| short(run.pairs)).collect()),
            ("seconds".to_owned(), number(|run| run.seconds)),
        ]
    }
}

fn dash() -> String {
    "-".to_owned()
}

impl fmt::Display for CompareReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.hyperparameters.is_empty() {
            writeln!(f, "All hyperparameters are the same")?;
        } else {
            let rows = self.hyperparameters.iter().map(|difference| {
                let values = difference.values.iter().map(|value| value.clone().unwrap_or_else(|| "auto".to_owned()));
                (difference.key.clone(), values.collect())
            });
            write!(f, "Hyperparameters that differ\n{}", self.by_run(rows))?;
        }
        write!(f, "\nMetrics\n{}", self.by_run(self.metrics()))?;
        writeln!(f, "\nShare of each ID's nearest neighbours that both runs have, against the first run")?;
        let headings = ["overlap", "by chance", "k", "shared IDs", "only first", "only other"];
        let headings = headings.map(|heading| (heading, Align::Right));
        let start = [("run", Align::Left), ("type", Align::Left)];
        let mut table = Table::new(start.into_iter().chain(headings));
        for overlap in &self.neighbor_overlap {
            let share = |share: Option<f64>| share.map_or_else(dash, percent);
            table.row(vec![
                self.runs.get(overlap.runs[1]).map(|run| run.name.clone()).unwrap_or_default(),
                overlap.table.clone(),
                share(overlap.overlap),
                share(overlap.by_chance),
                overlap.k.to_string(),
                short(overlap.shared_ids as u64),
                short(overlap.only_first as u64),
                short(overlap.only_second as u64),
            ]);
        }
        write!(f, "{table}")?;
        if !self.same_attribute.is_empty() {
            writeln!(f, "\nShare of each item's nearest items that have its attribute (by chance)")?;
            let rows = self.same_attribute.iter().map(|own| {
                let text = |of: &ShareReport| match (of.share, of.by_chance) {
                    (Some(share), Some(chance)) => format!("{} ({})", percent(share), percent(chance)),
                    _ => dash(),
                };
                (format!("same {}", own.name), own.by_run.iter().map(text).collect())
            });
            write!(f, "{}", self.by_run(rows))?;
        }
        for overlap in self.neighbor_overlap.iter().filter(|overlap| !overlap.changed.is_empty()) {
            let run = self.runs.get(overlap.runs[1]).map(|run| run.name.as_str()).unwrap_or_default();
            writeln!(f, "\nChanged most in {run}: {}", overlap.table)?;
            let headings = ["ID", "lost", "gained", "name"].map(|heading| (heading, Align::Left));
            let mut table = Table::new(std::iter::once(("kept", Align::Right)).chain(headings));
            for ChangedReport { id, label, overlap, lost, gained } in &overlap.changed {
                let text = |id: &Option<String>| id.clone().unwrap_or_default();
                table.row(vec![percent(*overlap), id.clone(), text(lost), text(gained), text(label)]);
            }
            write!(f, "{table}")?;
        }
        Ok(())
    }
}
