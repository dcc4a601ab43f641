//! Parquet with the vector as a list of fixed length.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};

use super::rows::Rows;
use crate::run::write_parquet;

/// Columns id, label, count, x, y (z) where there is a map, vector (fixed-size list of f32).
pub(super) fn write(out: impl Write + Send, rows: &Rows<'_>) -> io::Result<()> {
    let ids: StringArray = rows.iter().map(|row| Some(row.id)).collect();
    let labels: StringArray = rows.iter().map(|row| row.label).collect();
    let counts = UInt64Array::from_iter_values(rows.iter().map(|row| row.count));
    let mut fields = vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("label", DataType::Utf8, true),
        Field::new("count", DataType::UInt64, false),
    ];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(labels), Arc::new(counts)];
    for (axis, name) in rows.axes().iter().enumerate() {
        let values = rows.iter().map(|row| row.place().nth(axis).unwrap_or(f32::NAN));
        fields.push(Field::new(*name, DataType::Float32, false));
        columns.push(Arc::new(Float32Array::from_iter_values(values)));
    }
    let entry = Arc::new(Field::new_list_field(DataType::Float32, false));
    let length = i32::try_from(rows.dims()).map_err(io::Error::other)?;
    let mut values = Vec::with_capacity(rows.len() * rows.dims());
    rows.iter().for_each(|row| values.extend(row.vector.iter().copied()));
    let vectors = FixedSizeListArray::try_new(Arc::clone(&entry), length, Arc::new(Float32Array::from(values)), None)
        .map_err(io::Error::other)?;
    fields.push(Field::new("vector", DataType::FixedSizeList(entry, length), false));
    columns.push(Arc::new(vectors));
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(io::Error::other)?;
    let table = ("table".to_owned(), rows.table.name.to_owned());
    write_parquet(out, &batch, &[table]).map_err(io::Error::other)
}
