//! Comma- and tab-separated text.

use std::io::Write;

use super::rows::{Rows, shortest};

/// id, label, count, x, y (z) where there is a map, then one column a dimension (d0, d1, ...).
pub(super) fn write_vectors(out: impl Write, rows: &Rows<'_>, delimiter: u8) -> csv::Result<()> {
    write(out, rows, delimiter, true)
}

/// The same without the vectors: what stands beside formats that have no room for IDs.
pub(super) fn write_ids(out: impl Write, rows: &Rows<'_>) -> csv::Result<()> {
    write(out, rows, b',', false)
}

fn write(out: impl Write, rows: &Rows<'_>, delimiter: u8, with_vectors: bool) -> csv::Result<()> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    let dims = if with_vectors { rows.dims() } else { 0 };
    let header = ["id", "label", "count"].iter().chain(rows.axes()).map(|name| (*name).to_owned());
    writer.write_record(header.chain((0..dims).map(|d| format!("d{d}"))))?;
    for row in rows.iter() {
        writer.write_field(row.id)?;
        writer.write_field(row.label.unwrap_or_default())?;
        writer.write_field(row.count.to_string())?;
        for value in row.place().chain(row.vector.iter().copied().take(dims)) {
            writer.write_field(shortest(value))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    Ok(())
}
