//! `idatlas inspect`.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::CliError;
use super::arguments::DataArguments;
use super::console::Console;
use super::memory::Memory;
use super::table::{Align, Table};
use crate::dataset::{ColumnRole, Dataset, Events, Problem, Severity};
use crate::numbers::{bytes, short};

const EXAMPLES: &str = "\
Examples:
  idatlas inspect --events events.csv --items items.csv
  idatlas inspect --events 'logs/*.parquet' --items items.csv --id-type store=shop --json

Exit code 2 says that training would refuse the data.";

/// Arguments of `inspect`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct InspectArguments {
    #[command(flatten)]
    data: DataArguments,
}

#[derive(Debug, Serialize)]
struct InspectReport {
    events: EventsReport,
    items: Option<ItemsReport>,
    problems: Vec<Problem>,
    memory: Option<Memory>,
}

#[derive(Debug, Serialize)]
struct EventsReport {
    rows: usize,
    users: usize,
    sessions: usize,
    columns: Map<String, Value>,
    sequence_length: SequenceLength,
}

#[derive(Debug, Serialize)]
struct SequenceLength {
    median: f64,
    p95: f64,
    max: usize,
}

#[derive(Debug, Serialize)]
struct ItemsReport {
    rows: usize,
    /// Items that only the events name.
    unlisted: usize,
    types: Map<String, Value>,
    columns: Map<String, Value>,
}

pub(super) fn run(arguments: &InspectArguments, console: &Console) -> Result<(), CliError> {
    let dataset = Arc::new(arguments.data.inspect(console)?);
    let report = InspectReport::new(&dataset);
    for problem in report.problems.iter().filter(|problem| problem.severity != Severity::Note) {
        console.warn(described(problem));
    }
    console.result(&report)?;
    match report.problems.iter().filter(|problem| problem.severity == Severity::Error).count() {
        0 => Ok(()),
        errors => Err(CliError::Input(format!(
            "Training would refuse this data: {errors} of its problems must be mended first"
        ))),
    }
}

/// A problem in one line; the message names the first line already.
pub(super) fn described(problem: &Problem) -> String {
    let Problem { message, file, count: n, .. } = problem;
    let in_all = if *n > 1 { format!("; {} in all", short(*n)) } else { String::new() };
    match file.as_os_str().is_empty() {
        true => message.clone(),
        false => format!("{message} ({}{in_all})", file.display()),
    }
}

impl InspectReport {
    fn new(dataset: &Arc<Dataset>) -> Self {
        let Dataset { events, users, session_count, catalogue, problems, .. } = dataset.as_ref();
        let items = dataset.item_columns.as_ref().map(|item_columns| ItemsReport {
            rows: catalogue.listed,
            unlisted: catalogue.item_count() - catalogue.listed,
            types: catalogue
                .id_types
                .iter()
                .map(|of_type| {
                    (of_type.name.clone(), json!({ "ids": of_type.vocabulary.len(), "missing": of_type.missing }))
                })
                .collect(),
            columns: columns(item_columns),
        });
        Self {
            events: EventsReport {
                rows: events.len(),
                users: users.len(),
                sessions: *session_count,
                columns: columns(&dataset.event_columns),
                sequence_length: SequenceLength::of(events),
            },
            items,
            problems: problems.clone(),
            memory: Memory::estimate(dataset),
        }
    }
}

fn columns(columns: &[(String, Option<ColumnRole>)]) -> Map<String, Value> {
    columns.iter().map(|(name, role)| (name.clone(), role.as_ref().map_or(Value::Null, role_name))).collect()
}

fn role_name(role: &ColumnRole) -> Value {
    let name = match role {
        ColumnRole::User => "user",
        ColumnRole::Item => "item",
        ColumnRole::Time => "time",
        ColumnRole::Session => "session",
        ColumnRole::Weight => "weight",
        ColumnRole::IdType(name) => return Value::String(format!("id-type:{name}")),
        ColumnRole::Label => "label",
        ColumnRole::Descriptive => "descriptive",
    };
    Value::String(name.to_owned())
}

impl SequenceLength {
    fn of(events: &Events) -> Self {
        let mut lengths: Vec<usize> = (0..events.user_count()).map(|user| events.of_user(user).len()).collect();
        lengths.sort_unstable();
        Self {
            median: quantile(&lengths, 0.5),
            p95: quantile(&lengths, 0.95),
            max: lengths.last().copied().unwrap_or(0),
        }
    }
}

/// Linear between the two nearest ranks, as NumPy does by default; 0 of nothing.
fn quantile(sorted: &[usize], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = share * last as f64;
    let below = position.floor() as usize;
    let (low, high) = (sorted[below] as f64, sorted[(below + 1).min(last)] as f64);
    low + (high - low) * position.fract()
}

impl fmt::Display for InspectReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EventsReport { rows, users, sessions, columns, sequence_length } = &self.events;
        writeln!(
            f,
            "Events: {}, {} users, {} sessions",
            short(*rows as u64),
            short(*users as u64),
            short(*sessions as u64)
        )?;
        writeln!(
            f,
            "  events of a user: median {}, 95% up to {}, most {}",
            short(sequence_length.median.round() as u64),
            short(sequence_length.p95.round() as u64),
            short(sequence_length.max as u64)
        )?;
        writeln!(f, "{}", column_table(columns))?;
        match &self.items {
            Some(items) => items.fmt(f)?,
            None => writeln!(f, "Items: no items file, so the item is the only ID type\n")?,
        }
        match self.problems.is_empty() {
            true => writeln!(f, "Problems: none\n")?,
            false => writeln!(f, "Problems:\n{}", problem_table(&self.problems))?,
        }
        match self.memory {
            Some(memory) => writeln!(
                f,
                "Memory to train with the default preset: {}, or {} on a GPU",
                bytes(memory.host_bytes()),
                bytes(memory.device_bytes())
            ),
            None => writeln!(f, "Memory to train: unknown, since nothing can be trained on this data"),
        }
    }
}

impl fmt::Display for ItemsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unlisted = match self.unlisted {
            0 => String::new(),
            n => format!(", and {} that only the events name", short(n as u64)),
        };
        writeln!(f, "Items: {}{unlisted}", short(self.rows as u64))?;
        writeln!(f, "{}", column_table(&self.columns))?;
        let mut table = Table::new([("ID type", Align::Left), ("IDs", Align::Right), ("missing", Align::Right)]);
        for (name, figures) in &self.types {
            let figure = |key| short(figures.get(key).and_then(Value::as_u64).unwrap_or(0));
            table.row([name.clone(), figure("ids"), figure("missing")]);
        }
        writeln!(f, "{table}")
    }
}

fn column_table(columns: &Map<String, Value>) -> Table {
    let mut table = Table::new([("column", Align::Left), ("role", Align::Left)]);
    for (name, role) in columns {
        let role = match role.as_str() {
            Some("weight") => "weight (read, not used: every event counts as one)",
            Some(role) => role,
            None => "(ignored)",
        };
        table.row([name.clone(), role.to_owned()]);
    }
    table
}

fn problem_table(problems: &[Problem]) -> Table {
    let mut table = Table::new([
        ("", Align::Left),
        ("count", Align::Right),
        ("first line", Align::Right),
        ("file", Align::Left),
        ("problem", Align::Left),
    ]);
    for problem in problems {
        let severity = match problem.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let file: PathBuf = problem.file.file_name().map(PathBuf::from).unwrap_or_default();
        table.row([
            severity.to_owned(),
            short(problem.count),
            problem.first_line.map(|line| line.to_string()).unwrap_or_default(),
            file.display().to_string(),
            problem.message.clone(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        assert_eq!(quantile(&[], 0.5), 0.0);
        assert_eq!(quantile(&[7], 0.95), 7.0);
        assert_eq!(quantile(&[1, 2], 0.5), 1.5);
        assert!((quantile(&[1, 2, 3, 4, 10], 0.95) - 8.8).abs() < 1e-12);
    }
}
