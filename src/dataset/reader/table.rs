//! Several files read as one table.

use std::path::{Path, PathBuf};

use arrow::datatypes::DataType;

use super::source::{FileSource, Format, unreadable};
use super::{Column, arrow_ipc, delimited, json_lines, parquet};
use crate::dataset::DatasetError;

/// One file and its columns.
#[derive(Debug)]
pub(super) struct Part {
    pub source: FileSource,
    pub columns: Vec<Column>,
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

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Sum of the files' sizes in bytes.
    pub(in crate::dataset) fn bytes(&self) -> u64 {
        self.sources().map(|source| source.bytes).sum()
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
