//! A map with its IDs.

use std::io;
use std::path::Path;

use ndarray::ArrayView2;

use super::rows::{AXES, shortest};
use super::{ExportError, vectors};
use crate::run::{Run, write_parquet};

/// Writes a projection of `rows` of a table (`None`: all): id, label, x, y (z), and each point's `trust` if there is any, as CSV, TSV or Parquet by the
/// ending of `out`. `metadata` goes into the
/// key-values of Parquet; the text formats have no place for it.
///
/// # Errors
/// [`ExportError`]; no half-written file is left.
///
/// # Panics
/// If there is not one place (and trust) a row, or not 1 to 3 axes.
pub fn export_projection(
    run: &Run,
    table: &str,
    rows: Option<&[u32]>,
    coordinates: ArrayView2<'_, f32>,
    trust: Option<&[f32]>,
    metadata: &[(String, String)],
    out: &Path,
) -> Result<(), ExportError> {
    let ending = out.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let written = run.projection_rows(table, rows, coordinates, trust)?;
    let delimiter = match ending.as_str() {
        "parquet" => {
            return vectors::whole(out, |file| write_parquet(file, &written, metadata).map_err(io::Error::other));
        }
        "csv" => b',',
        "tsv" => b'\t',
        _ => {
            let message = format!("unknown ending {ending:?} of a map's file; use .csv, .tsv or .parquet");
            return Err(ExportError::Format(message));
        }
    };
    let table = run.table(table)?;
    vectors::whole(out, |file| {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(file);
        let axes = AXES.iter().take(coordinates.ncols());
        writer.write_record(["id", "label"].iter().chain(axes).chain(trust.map(|_| &"trust")))?;
        for (point, place) in coordinates.rows().into_iter().enumerate() {
            let row = rows.map_or(point as u32, |rows| rows[point]);
            writer.write_field(table.vocabulary.id(row))?;
            writer.write_field(table.labels.get(row as usize).and_then(Option::as_deref).unwrap_or_default())?;
            for &value in place {
                writer.write_field(shortest(value))?;
            }
            if let Some(trust) = trust {
                writer.write_field(shortest(trust[point]))?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()
    })
}
