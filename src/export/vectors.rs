//! Vectors with their IDs, in every format.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array2;
use tempfile::NamedTempFile;

use super::rows::Rows;
use super::{ExportError, ExportFormat, delimited, npy, parquet, projector, word2vec};
use crate::run::{Floats, Run, TableView, file_stems, stage, write_tensors};

/// What to export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportRequest {
    /// Tables by name; one that is named again counts once.
    pub tables: Vec<String>,
    /// Rows of the first table only, in this order; `None` = all rows of every table.
    pub rows: Option<Vec<u32>>,
    /// [rows of the first table, 2 or 3] a map of the first table (all its rows), to go with its vectors as x, y (z).
    /// word2vec has no place for it.
    pub coordinates: Option<Arc<Array2<f32>>>,
    /// The format.
    pub format: ExportFormat,
    /// The file; the folder, for the projector and for several tables (but safetensors holds them all in one file).
    pub out: PathBuf,
}

/// Writes vectors with their IDs and labels; returns the files written, the vectors' first.
///
/// Several tables become one file each in the folder `out`, called after the table.
///
/// # Errors
/// [`ExportError`]; no half-written file is left.
///
/// # Panics
/// If `coordinates` has not one row a row of the first table, or more than 3 axes.
pub fn export(run: &Run, request: &ExportRequest) -> Result<Vec<PathBuf>, ExportError> {
    let tables = select(run, request)?;
    let mut files = Files::default();
    match (request.format, tables.as_slice()) {
        (ExportFormat::Safetensors, tables) => safetensors(&mut files, tables, &request.out)?,
        (ExportFormat::Projector, tables) => projector_folder(&mut files, tables, &request.out)?,
        (format, [table]) => single(&mut files, table, format, &request.out)?,
        (format, tables) => {
            for table in tables {
                single(&mut files, table, format, &request.out.join(format!("{}.{}", table.stem, ending(format))))?;
            }
        }
    }
    files.appear()
}

/// Writes a table that need not be a run's, all its rows; returns the files written, the vectors' first.
///
/// # Errors
/// [`ExportError`]; no half-written file is left.
pub fn export_table(table: TableView<'_>, format: ExportFormat, out: &Path) -> Result<Vec<PathBuf>, ExportError> {
    let stem = file_stems([table.name]).pop().unwrap_or_default();
    let mut files = Files::default();
    single(&mut files, &Rows::new(table, stem, None, None)?, format, out)?;
    files.appear()
}

/// The rows of each table that is asked for.
fn select<'a>(run: &'a Run, request: &'a ExportRequest) -> Result<Vec<Rows<'a>>, ExportError> {
    let names = run.table_names();
    let stems = file_stems(names.iter().copied());
    let mut tables: Vec<Rows<'a>> = Vec::new();
    for wanted in &request.tables {
        if tables.iter().any(|rows| rows.table.name == wanted) {
            continue;
        }
        let table = run.table(wanted)?;
        let stem = names.iter().zip(&stems).find(|(name, _)| *name == wanted).map(|(_, stem)| stem.clone());
        let is_first = tables.is_empty();
        let rows = request.rows.as_deref().filter(|_| is_first);
        let coordinates = request.coordinates.as_ref().filter(|_| is_first).map(|places| places.view());
        tables.push(Rows::new(table, stem.unwrap_or_default(), rows, coordinates)?);
    }
    if tables.is_empty() { Err(ExportError::Empty) } else { Ok(tables) }
}

fn ending(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Word2vec => "txt",
        other => other.name(),
    }
}

fn single(files: &mut Files, rows: &Rows<'_>, format: ExportFormat, out: &Path) -> Result<(), ExportError> {
    match format {
        ExportFormat::Csv => files.add(out, |file| Ok(delimited::write_vectors(file, rows, b',')?)),
        ExportFormat::Tsv => files.add(out, |file| Ok(delimited::write_vectors(file, rows, b'\t')?)),
        ExportFormat::Word2vec => files.add(out, |file| word2vec::write(file, rows)),
        ExportFormat::Parquet => files.add(out, |file| parquet::write(file, rows)),
        ExportFormat::Npy => {
            let vectors = rows.iter().map(|row| row.vector);
            files.add(out, |file| npy::write_npy(file, rows.len(), rows.dims(), vectors))?;
            files.add(&out.with_extension("ids.csv"), |file| Ok(delimited::write_ids(file, rows)?))
        }
        ExportFormat::Safetensors => safetensors(files, std::slice::from_ref(rows), out),
        ExportFormat::Projector => projector_folder(files, std::slice::from_ref(rows), out),
    }
}

/// One tensor a table; beside it NAME.ids.csv, or NAME.TABLE.ids.csv for several tables.
fn safetensors(files: &mut Files, tables: &[Rows<'_>], out: &Path) -> Result<(), ExportError> {
    let matrices: Vec<Array2<f32>> = tables.iter().map(matrix).collect();
    files.add(out, |file| {
        let names = tables.iter().map(|rows| rows.table.name.to_owned());
        let tensors = names.zip(matrices.iter().map(|matrix| Floats::matrix(matrix.view()))).collect();
        write_tensors(file, tensors, None)
    })?;
    for rows in tables {
        let ids = if tables.len() == 1 { "ids.csv".to_owned() } else { format!("{}.ids.csv", rows.stem) };
        files.add(&out.with_extension(ids), |file| Ok(delimited::write_ids(file, rows)?))?;
    }
    Ok(())
}

fn matrix(rows: &Rows<'_>) -> Array2<f32> {
    let mut matrix = Array2::zeros((rows.len(), rows.dims()));
    for (mut target, row) in matrix.rows_mut().into_iter().zip(rows.iter()) {
        target.assign(&row.vector);
    }
    matrix
}

/// vectors.tsv and metadata.tsv, called after the table where there are several, and `projector_config.json`.
fn projector_folder(files: &mut Files, tables: &[Rows<'_>], out: &Path) -> Result<(), ExportError> {
    let mut embeddings = Vec::new();
    for rows in tables {
        let prefix = if tables.len() == 1 { String::new() } else { format!("{}-", rows.stem) };
        let (vectors, metadata) = (format!("{prefix}vectors.tsv"), format!("{prefix}metadata.tsv"));
        files.add(&out.join(&vectors), |file| projector::write_vectors(file, rows))?;
        files.add(&out.join(&metadata), |file| projector::write_metadata(file, rows))?;
        embeddings.push(projector::embedding(rows, &vectors, &metadata));
    }
    let config = serde_json::json!({ "embeddings": embeddings });
    files.add(&out.join("projector_config.json"), |file| Ok(serde_json::to_writer_pretty(file, &config)?))
}

/// Writes one file that appears whole.
pub(super) fn whole(
    out: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), ExportError> {
    let mut files = Files::default();
    files.add(out, write)?;
    files.appear().map(|_| ())
}

/// Files written aside, to appear together.
#[derive(Default)]
struct Files(Vec<(PathBuf, NamedTempFile<File>)>);

impl Files {
    fn add(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        let written = (|| {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let file = stage(path)?;
            let mut buffered = BufWriter::new(file.as_file());
            write(&mut buffered)?;
            buffered.flush()?;
            drop(buffered);
            Ok(file)
        })();
        self.0.push((path.to_owned(), written.map_err(|error: io::Error| failed(&error, path))?));
        Ok(())
    }

    fn appear(self) -> Result<Vec<PathBuf>, ExportError> {
        let mut paths = Vec::new();
        for (path, file) in self.0 {
            file.persist(&path).map_err(|error| failed(&error.error, &path))?;
            paths.push(path);
        }
        Ok(paths)
    }
}

fn failed(error: &io::Error, path: &Path) -> ExportError {
    ExportError::Write { message: error.to_string(), path: path.to_owned() }
}
