//! `idatlas export`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::aside::folder_exists;
use super::console::Console;
use super::id_list::{filtered, listed};
use crate::export::{ExportFormat, ExportRequest, export};
use crate::numbers;
use crate::run::Run;

const EXAMPLES: &str = "\
Examples:
  idatlas export runs/first --type item --format parquet --out items.parquet
  idatlas export runs/first --type item brand store --format projector --out projector
  idatlas export runs/first --type item --where 'brand = 69 and count >= 10' --format csv --out some.csv";

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArguments {
    /// The run folder
    run: PathBuf,
    /// The ID types to write, or user
    #[arg(long = "type", value_name = "TYPE", num_args = 1.., required = true)]
    tables: Vec<String>,
    /// Write only the IDs that this file lists, one a line, in its order
    #[arg(long, value_name = "FILE")]
    ids: Option<PathBuf>,
    /// Write only the IDs that this filter means, such as `brand = acme and count >= 10`
    #[arg(long = "where", id = "filter", value_name = "FILTER", conflicts_with = "ids")]
    filter: Option<String>,
    /// csv, tsv, parquet, npy, safetensors, word2vec or projector
    #[arg(long)]
    format: ExportFormat,
    /// The file to write; a folder for several types and for projector
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
}

#[derive(Debug, Serialize)]
struct ExportReport {
    files: Vec<PathBuf>,
    rows: usize,
}

pub(super) fn run(arguments: &ExportArguments, console: &Console) -> Result<(), CliError> {
    folder_exists(&arguments.out)?;
    let run = Run::read(&arguments.run)?;
    let rows = match (&arguments.ids, &arguments.filter, arguments.tables.as_slice()) {
        (None, None, _) => None,
        (Some(file), _, [table]) => Some(listed(file, |id| Ok(run.row(table, id)?))?),
        (None, Some(filter), [table]) => Some(filtered(&run, table, filter)?),
        (Some(_), ..) => {
            return Err(CliError::Input("--ids lists IDs of one type; name one --type with it".to_owned()));
        }
        (None, Some(_), _) => {
            return Err(CliError::Input("--where means IDs of one type; name one --type with it".to_owned()));
        }
    };
    let mut total = 0;
    for table in &arguments.tables {
        total += run.table(table)?.vocabulary.len();
    }
    let request = ExportRequest {
        tables: arguments.tables.clone(),
        rows: rows.clone(),
        format: arguments.format,
        out: arguments.out.clone(),
        coordinates: None,
    };
    let files = export(&run, &request)?;
    console.result(&ExportReport { files, rows: rows.map_or(total, |rows| rows.len()) })
}

impl fmt::Display for ExportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} vectors in", numbers::short(self.rows as u64))?;
        for file in &self.files {
            writeln!(f, "  {}", file.display())?;
        }
        Ok(())
    }
}
