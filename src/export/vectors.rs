//! The writers.

use std::path::{Path, PathBuf};

use ndarray::ArrayView2;

use super::{ExportError, ExportFormat};
use crate::run::Run;

/// What to export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportRequest {
    /// Tables by name.
    pub tables: Vec<String>,
    /// Rows of the first table only, in this order; `None` = all rows of every table.
    pub rows: Option<Vec<u32>>,
    /// The format.
    pub format: ExportFormat,
    /// The file or (several tables, projector) folder.
    pub out: PathBuf,
}

/// Writes vectors with their IDs and labels; returns the files written.
///
/// # Errors
/// [`ExportError`]; no half-written file is left.
pub fn export(run: &Run, request: &ExportRequest) -> Result<Vec<PathBuf>, ExportError> {
    let _ = run;
    todo!("{request:?}")
}

/// Writes a projection: id, label, x, y (z) as CSV or Parquet by the ending of `out`.
///
/// # Errors
/// [`ExportError`]; no half-written file is left.
pub fn export_projection(
    run: &Run,
    table: &str,
    coordinates: ArrayView2<'_, f32>,
    metadata: &[(String, String)],
    out: &Path,
) -> Result<(), ExportError> {
    let _ = (run, table, coordinates, metadata);
    todo!("{out:?}")
}
