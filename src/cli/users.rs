//! `idatlas users`.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::aside::folder_exists;
use super::console::Console;
use crate::dataset::{self, DataRequest, ProblemKind, Severity};
use crate::engine::jobs;
use crate::export::{ExportFormat, export_table};
use crate::numbers::short;
use crate::run::{Run, TableView, USER_TABLE};

const EXAMPLES: &str = "\
Examples:
  idatlas users runs/first --events today.csv --out users.parquet
  idatlas users runs/first --events logs/*.csv.gz --history 5 --out users.csv

The format follows the ending: .csv, .tsv, .parquet, .npy or .safetensors (the last two with their IDs beside them).";

/// Arguments of `users`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct UsersArguments {
    /// The run folder
    run: PathBuf,
    /// Event files or globs, read as one table: CSV, TSV, Parquet, Arrow IPC or JSON lines, also gzip or zstd
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    events: Vec<PathBuf>,
    /// Column of the user [default: found by name]
    #[arg(long, value_name = "COLUMN")]
    user_col: Option<String>,
    /// Column of the item [default: found by name]
    #[arg(long, value_name = "COLUMN")]
    item_col: Option<String>,
    /// Column of the time [default: found by name; without one the file's order counts]
    #[arg(long, value_name = "COLUMN")]
    time_col: Option<String>,
    /// Leave out rows that cannot be read, with a warning, instead of refusing the file
    #[arg(long)]
    skip_bad_rows: bool,
    /// How many of a user's last items make up the vector [default: as in the run's training]
    #[arg(long, value_name = "T")]
    history: Option<NonZeroU32>,
    /// The file to write: .csv, .tsv, .parquet, .npy or .safetensors
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Serialize)]
struct UsersReport {
    files: Vec<PathBuf>,
    users: usize,
    dims: usize,
    history: u32,
    events: usize,
    unknown_items: UnknownItems,
    users_left_out: LeftOut,
}

/// Items of the events that the run has no vector for.
#[derive(Debug, Serialize)]
struct UnknownItems {
    items: usize,
    events: u64,
    first: Option<String>,
}

/// Users without a known item.
#[derive(Debug, Serialize)]
struct LeftOut {
    users: usize,
    first: Option<String>,
}

pub(super) fn run(arguments: &UsersArguments, console: &Console) -> Result<(), CliError> {
    let format = ExportFormat::of_path(&arguments.out)?;
    folder_exists(&arguments.out)?;
    let run = Run::read(&arguments.run)?;
    let request = DataRequest {
        events: arguments.events.clone(),
        user_column: arguments.user_col.clone(),
        item_column: arguments.item_col.clone(),
        time_column: arguments.time_col.clone(),
        skip_bad_rows: arguments.skip_bad_rows,
        ..DataRequest::default()
    };
    let dataset = dataset::load(&request, &console.watch())?;
    // One event is enough for a user's vector.
    let told = |kind| kind != ProblemKind::NoSequences;
    for problem in dataset.problems.iter().filter(|p| p.severity != Severity::Note && told(p.kind)) {
        console.warn(super::inspect::described(problem));
    }
    let history = arguments.history.map_or(run.metadata.hyperparameters.user_history, NonZeroU32::get);
    let fresh = jobs::fresh_users(&run, &dataset, history as usize);
    if fresh.users.vocabulary.is_empty() {
        return Err(CliError::Input(format!(
            "No user of the events has an item that the run knows, so there is nothing to write; name the column of \
             the items (--item-col) or another run\nFolder: {}",
            arguments.run.display()
        )));
    }
    let report = UsersReport {
        users: fresh.users.vocabulary.len(),
        dims: fresh.users.vectors.ncols(),
        history,
        events: dataset.events.len(),
        unknown_items: UnknownItems {
            items: fresh.unknown_items.len(),
            events: fresh.unknown_events,
            first: fresh.unknown_items.first().cloned(),
        },
        users_left_out: LeftOut { users: fresh.left_out.len(), first: fresh.left_out.first().cloned() },
        files: Vec::new(),
    };
    if let UnknownItems { items: items @ 1.., events, first: Some(first) } = &report.unknown_items {
        console.warn(format!(
            "{items} items in {events} events have no vector in the run and are passed over, the first is {first:?}"
        ));
    }
    if let LeftOut { users: users @ 1.., first: Some(first) } = &report.users_left_out {
        console.warn(format!("{users} users have no known item and are left out, the first is {first:?}"));
    }
    let table = TableView {
        name: USER_TABLE,
        type_index: None,
        vocabulary: &fresh.users.vocabulary,
        counts: &fresh.users.counts,
        labels: &[],
        vectors: fresh.users.vectors.view(),
    };
    console.result(&UsersReport { files: export_table(table, format, &arguments.out)?, ..report })
}

impl fmt::Display for UsersReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} users' vectors of {} dimensions, each the mean of the user's last {} known items, in",
            short(self.users as u64),
            self.dims,
            self.history
        )?;
        self.files.iter().try_for_each(|file| writeln!(f, "  {}", file.display()))
    }
}
