//! Several files read as one table.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use crossbeam_channel::Sender;

use super::arrow_ipc::ArrowReader;
use super::delimited::DelimitedReader;
use super::json_lines::JsonLinesReader;
use super::parquet::ParquetReader;
use super::source::{FileSource, Format, unreadable};
use super::{Column, RowReader, Rows, arrow_ipc, delimited, json_lines, parquet};
use crate::dataset::DatasetError;
use crate::progress::Watch;

/// Batches that are decoded before they are wanted.
const BATCHES_AHEAD: usize = 4;

/// A file's path, some of its rows, and how many bytes of the table were read with them.
type Message<'a> = (&'a Path, Rows, u64);

/// One file and its columns.
#[derive(Debug)]
struct Part {
    source: FileSource,
    columns: Vec<Column>,
}

/// Files with the columns of all of them, matched by name.
#[derive(Debug)]
pub(in crate::dataset) struct Table {
    parts: Vec<Part>,
    columns: Vec<Column>,
}

impl Table {
    /// Opens the files that `paths` name, globs resolved in sorted order; a file named twice is read once.
    pub(in crate::dataset) fn open(paths: &[PathBuf]) -> Result<Self, DatasetError> {
        let mut files: Vec<PathBuf> = Vec::new();
        for path in paths {
            for file in resolve(path)? {
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
        let mut parts = Vec::with_capacity(files.len());
        let mut columns: Vec<Column> = Vec::new();
        for file in files {
            let source = FileSource::detect(&file)?;
            let own = file_columns(&source)?;
            if let Some(name) = repeated_name(&own) {
                let message = format!("Two columns are named {name:?}; give one of them another name");
                return Err(unreadable(&file, &message));
            }
            for column in &own {
                match columns.iter_mut().find(|c| c.name == column.name) {
                    // Files that disagree about a column's type are read as text.
                    Some(known) if known.data_type != column.data_type => known.data_type = DataType::Utf8,
                    Some(_) => {}
                    None => columns.push(column.clone()),
                }
            }
            parts.push(Part { source, columns: own });
        }
        Ok(Self { parts, columns })
    }

    /// The columns of all files, in order of first appearance.
    pub(in crate::dataset) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The files.
    pub(in crate::dataset) fn sources(&self) -> impl ExactSizeIterator<Item = &FileSource> {
        self.parts.iter().map(|part| &part.source)
    }

    /// The first file, for messages about the whole table.
    pub(in crate::dataset) fn first_path(&self) -> &Path {
        self.parts.first().map_or(Path::new(""), |part| &part.source.path)
    }

    /// The first file that lacks the column `name`.
    pub(in crate::dataset) fn file_without(&self, name: &str) -> Option<(&Path, &[Column])> {
        let part = self.parts.iter().find(|part| !part.columns.iter().any(|c| c.name == name))?;
        Some((&part.source.path, &part.columns))
    }

    /// Sum of the files' sizes in bytes.
    pub(in crate::dataset) fn bytes(&self) -> u64 {
        self.sources().map(|source| source.bytes).sum()
    }

    /// Hands the rows of the columns `wanted` (indices into [`Self::columns`]) to `visit`, file by file, with the
    /// file's path; a column that a file lacks is null there.
    ///
    /// # Errors
    /// [`DatasetError`] of a file, of `visit`, or [`DatasetError::Cancelled`].
    pub(in crate::dataset) fn read(
        &self,
        wanted: &[usize],
        stage: &str,
        watch: &Watch,
        mut visit: impl FnMut(&Path, Rows) -> Result<(), DatasetError>,
    ) -> Result<(), DatasetError> {
        let total = self.bytes();
        let (sender, receiver) = crossbeam_channel::bounded(BATCHES_AHEAD);
        std::thread::scope(|scope| {
            // Decoding takes about as long as looking the texts up, so each has a thread.
            let thread = std::thread::Builder::new().name("table reader".to_owned());
            thread.spawn_scoped(scope, move || self.send_rows(wanted, &sender)).map_err(|error| {
                unreadable(self.first_path(), &format!("Cannot start a thread to read with: {error}"))
            })?;
            for message in receiver {
                if watch.is_cancelled() {
                    return Err(DatasetError::Cancelled);
                }
                let (path, rows, done) = message?;
                visit(path, rows)?;
                watch.report(stage, done, Some(total), "bytes");
            }
            Ok(())
        })
    }

    /// Sends the rows of all files, or the first error, until the receiver hangs up.
    fn send_rows<'a>(&'a self, wanted: &[usize], sender: &Sender<Result<Message<'a>, DatasetError>>) {
        let total = self.bytes();
        let mut before = 0;
        for part in &self.parts {
            let path = part.source.path.as_path();
            let mut reader = match self.part_reader(part, wanted) {
                Ok(reader) => reader,
                Err(error) => return drop(sender.send(Err(error))),
            };
            while let Some(rows) = reader.next_rows().transpose() {
                let is_last = rows.is_err();
                let done = (before + reader.bytes_read()).min(total);
                if sender.send(rows.map(|rows| (path, rows, done))).is_err() || is_last {
                    return;
                }
            }
            before += part.source.bytes;
        }
    }

    /// The first rows of the first file, all columns of the table.
    pub(in crate::dataset) fn first_rows(&self) -> Result<Option<Rows>, DatasetError> {
        let Some(part) = self.parts.first() else { return Ok(None) };
        let all: Vec<usize> = (0..self.columns.len()).collect();
        self.part_reader(part, &all)?.next_rows()
    }

    fn part_reader<'a>(&'a self, part: &'a Part, wanted: &[usize]) -> Result<PartReader<'a>, DatasetError> {
        let wanted: Vec<&Column> = wanted.iter().map(|&c| &self.columns[c]).collect();
        let mut own = Vec::new();
        let mut slots = Vec::with_capacity(wanted.len());
        for column in &wanted {
            let found = part.columns.iter().position(|c| c.name == column.name);
            slots.push(found.map(|_| own.len()));
            own.extend(found);
        }
        let source = &part.source;
        let reader: Box<dyn RowReader + 'a> = match source.format {
            Format::Parquet => Box::new(ParquetReader::open(source, &own)?),
            Format::ArrowFile | Format::ArrowStream => Box::new(ArrowReader::open(source, &own)?),
            Format::JsonLines => {
                let names = own.iter().map(|&c| part.columns[c].name.clone()).collect();
                Box::new(JsonLinesReader::open(source, names)?)
            }
            Format::Delimited(delimiter) => Box::new(DelimitedReader::open(source, delimiter, &own)?),
        };
        let fits = slots.iter().zip(&wanted).map(|(slot, column)| {
            // Only where the files disagree does a column have to be cast.
            slot.is_none_or(|s| part.columns[own[s]].data_type == column.data_type)
        });
        let fits = fits.collect();
        let types = wanted.into_iter().map(|c| c.data_type.clone()).collect();
        Ok(PartReader { reader, slots, types, fits, path: &source.path })
    }
}

/// Reads one file in the columns of the table.
struct PartReader<'a> {
    reader: Box<dyn RowReader + 'a>,
    /// Where each wanted column is among those that the reader gives.
    slots: Vec<Option<usize>>,
    /// The type of each wanted column in the table.
    types: Vec<DataType>,
    /// Whether this file's column has that type.
    fits: Vec<bool>,
    path: &'a Path,
}

impl PartReader<'_> {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        let Some(mut rows) = self.reader.next_rows()? else { return Ok(None) };
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.slots.len());
        for ((slot, data_type), fits) in self.slots.iter().zip(&self.types).zip(&self.fits) {
            columns.push(match slot {
                None => new_null_array(data_type, rows.len),
                Some(slot) if *fits => Arc::clone(&rows.columns[*slot]),
                Some(slot) => cast(&rows.columns[*slot], data_type).map_err(|e| {
                    unreadable(self.path, &format!("The files give a column different types that do not fit ({e})"))
                })?,
            });
        }
        rows.columns = columns;
        Ok(Some(rows))
    }

    fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }
}

fn file_columns(source: &FileSource) -> Result<Vec<Column>, DatasetError> {
    match source.format {
        Format::Parquet => parquet::columns(source),
        Format::ArrowFile | Format::ArrowStream => arrow_ipc::columns(source),
        Format::JsonLines => json_lines::columns(source),
        Format::Delimited(delimiter) => delimited::columns(source, delimiter),
    }
}

fn repeated_name(columns: &[Column]) -> Option<&str> {
    let repeated = |i: usize| columns[..i].iter().any(|c| c.name == columns[i].name);
    (1..columns.len()).find(|&i| repeated(i)).map(|i| columns[i].name.as_str())
}

/// The file `path`, or the files that it matches as a glob, sorted.
fn resolve(path: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let is_pattern = path.to_str().filter(|text| text.contains(['*', '?', '['])).filter(|_| !path.exists());
    let Some(pattern) = is_pattern else { return Ok(vec![path.to_owned()]) };
    let matches = glob::glob(pattern).map_err(|e| unreadable(path, &format!("The pattern cannot be read: {e}")))?;
    let mut files = Vec::new();
    for found in matches {
        let file = found.map_err(|e| unreadable(e.path(), &format!("Cannot look into the folder: {}", e.error())))?;
        if !file.is_dir() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(DatasetError::NotFound(path.to_owned()));
    }
    files.sort();
    Ok(files)
}
