//! `idatlas sample`.

use std::fmt;
use std::fs;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use clap::Args;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;

use super::CliError;
use super::aside::{WrittenAside, write_aside};
use super::console::Console;
use crate::engine::jobs;

/// Arguments of `sample`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  idatlas sample data\n  idatlas inspect --events data/events.csv --items data/items.csv"
)]
pub(super) struct SampleArguments {
    /// The folder to write events.csv, items.csv and README.txt to
    dir: PathBuf,
    /// Replace files that are already there
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Serialize)]
struct SampleReport {
    files: Vec<PathBuf>,
}

pub(super) fn run(arguments: &SampleArguments, console: &Console) -> Result<(), CliError> {
    let targets = jobs::sample_files().map(|(name, bytes)| (arguments.dir.join(name_outside(name)), bytes));
    let taken = targets.iter().map(|(path, _)| path).find(|path| path.exists());
    if let (Some(path), false) = (taken, arguments.force) {
        return Err(CliError::Input(format!(
            "The file is already there; use --force to replace it, or another folder\nFile: {}",
            path.display()
        )));
    }
    fs::create_dir_all(&arguments.dir).map_err(|source| CliError::writing(&arguments.dir, source))?;
    let written = targets.iter().map(|(path, bytes)| write_one(path, bytes)).collect::<Result<Vec<_>, _>>()?;
    for (file, (path, _)) in written.into_iter().zip(&targets) {
        file.rename(path)?;
    }
    console.result(&SampleReport { files: targets.map(|(path, _)| path).to_vec() })
}

/// The tables are bundled as Parquet for its size, and written as CSV for people.
fn name_outside(bundled: &str) -> String {
    match bundled.strip_suffix(".parquet") {
        Some(stem) => format!("{stem}.csv"),
        None => "README.txt".to_owned(),
    }
}

fn write_one(path: &Path, bytes: &[u8]) -> Result<WrittenAside, CliError> {
    write_aside(path, |file| match path.extension() {
        Some(csv) if csv == "csv" => parquet_to_csv(bytes, file),
        _ => file.write_all(bytes),
    })
}

fn parquet_to_csv(parquet: &[u8], csv: &mut BufWriter<&fs::File>) -> std::io::Result<()> {
    let mut file = tempfile::tempfile()?;
    file.write_all(parquet)?;
    file.rewind()?;
    let batches = ParquetRecordBatchReaderBuilder::try_new(file)?.build()?;
    let mut writer = arrow::csv::WriterBuilder::new().with_header(true).build(csv);
    for batch in batches {
        let batch = batch.and_then(zones_as_offsets).map_err(std::io::Error::other)?;
        writer.write(&batch).map_err(std::io::Error::other)?;
    }
    Ok(())
}

/// Timestamps in UTC with the zone given as an offset: the CSV writer knows no zone by name, and writes these as
/// RFC 3339.
fn zones_as_offsets(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Timestamp(unit, Some(zone)) if zone.as_ref() == "UTC" => {
            cast(column, &DataType::Timestamp(*unit, Some("+00:00".into())))
        }
        _ => Ok(Arc::clone(column)),
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let schema = batch.schema();
    RecordBatch::try_from_iter(schema.fields().iter().map(|field| field.name()).zip(columns))
}

impl fmt::Display for SampleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            writeln!(f, "{}", file.display())?;
        }
        Ok(())
    }
}
