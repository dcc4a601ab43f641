//! The files that TensorBoard's Embedding Projector loads.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::rows::{Rows, shortest};

/// One line a row, tabs between the numbers, no header.
pub(super) fn write_vectors(mut out: impl Write, rows: &Rows<'_>) -> io::Result<()> {
    for row in rows.iter() {
        let numbers: Vec<String> = row.vector.iter().map(|&value| shortest(value)).collect();
        writeln!(out, "{}", numbers.join("\t"))?;
    }
    out.flush()
}

/// id, label where there are any, count, x, y (z) where there is a map. There is always more than one column, so there
/// is always a header: the projector takes the first line for data if there is one column alone.
pub(super) fn write_metadata(mut out: impl Write, rows: &Rows<'_>) -> io::Result<()> {
    let label = rows.has_labels().then_some("label");
    let header: Vec<&str> =
        ["id"].into_iter().chain(label).chain(["count"]).chain(rows.axes().iter().copied()).collect();
    writeln!(out, "{}", header.join("\t"))?;
    for row in rows.iter() {
        let mut fields = vec![plain(row.id)];
        if label.is_some() {
            fields.push(plain(row.label.unwrap_or_default()));
        }
        fields.push(row.count.to_string());
        fields.extend(row.place().map(shortest));
        writeln!(out, "{}", fields.join("\t"))?;
    }
    out.flush()
}

/// One entry of `projector_config.json`.
pub(super) fn embedding(rows: &Rows<'_>, vectors: &str, metadata: &str) -> Value {
    json!({
        "tensorName": rows.table.name,
        "tensorShape": [rows.len(), rows.dims()],
        "tensorPath": vectors,
        "metadataPath": metadata,
    })
}

/// The format has no quotes: what would end a field or a line becomes a blank.
fn plain(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}
