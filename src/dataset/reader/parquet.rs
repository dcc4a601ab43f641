//! Parquet files.

use std::fs::File;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use super::source::{FileSource, open_error};
use super::{BATCH_ROWS, Column, Faults, Places, RowReader, Rows, guarded};
use crate::dataset::DatasetError;

const WHAT: &str = "Parquet";

fn metadata(source: &FileSource) -> Result<(File, ArrowReaderMetadata), DatasetError> {
    let file = File::open(&source.path).map_err(|e| open_error(&source.path, &e))?;
    let metadata = guarded(&source.path, WHAT, || {
        ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| e.to_string())
    })?;
    Ok((file, metadata))
}

/// The top-level columns.
pub(super) fn columns(source: &FileSource) -> Result<Vec<Column>, DatasetError> {
    let (_, metadata) = metadata(source)?;
    let fields = metadata.schema().fields();
    Ok(fields.iter().map(|f| Column { name: f.name().clone(), data_type: f.data_type().clone() }).collect())
}

/// Reads the wanted columns of one file.
pub(super) struct ParquetReader {
    source: FileSource,
    reader: ParquetRecordBatchReader,
    /// Where each wanted column stands in a batch.
    order: Vec<usize>,
    row: u64,
    total: u64,
}

impl ParquetReader {
    pub(super) fn open(source: &FileSource, wanted: &[usize]) -> Result<Self, DatasetError> {
        let (file, metadata) = metadata(source)?;
        let schema = Arc::clone(metadata.schema());
        let mut roots = wanted.to_vec();
        roots.sort_unstable();
        roots.dedup();
        let order = wanted.iter().map(|c| roots.partition_point(|r| r < c)).collect();
        let (reader, total) = guarded(&source.path, WHAT, || {
            // Text stays in its pages' dictionaries, so that each distinct text is looked up once.
            let hinted = dictionary_schema(&schema);
            let metadata = ArrowReaderMetadata::try_new(
                Arc::clone(metadata.metadata()),
                ArrowReaderOptions::new().with_schema(hinted),
            )
            .unwrap_or(metadata);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
            let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
            let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
            Ok((reader.map_err(|e| e.to_string())?, total))
        })?;
        Ok(Self { source: source.clone(), reader, order, row: 1, total })
    }
}

/// `schema` with its text columns as dictionaries.
fn dictionary_schema(schema: &Schema) -> Arc<Schema> {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Arc::new(Field::new(field.name(), dictionary.clone(), field.is_nullable()))
        }
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

impl RowReader for ParquetReader {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        let batch = guarded(&self.source.path, WHAT, || {
            let batch = self.reader.next().transpose();
            batch.map_err(|e| format!("{e}, from row {} on", self.row))
        })?;
        let Some(batch) = batch else { return Ok(None) };
        let len = batch.num_rows();
        let columns = self.order.iter().map(|&i| Arc::clone(batch.column(i))).collect();
        let places = Places::RowsFrom(self.row);
        self.row += len as u64;
        Ok(Some(Rows { columns, len, places, faults: Faults::default() }))
    }

    fn bytes_read(&self) -> u64 {
        let share = (self.row - 1) as f64 / self.total.max(1) as f64;
        (share.min(1.0) * self.source.bytes as f64) as u64
    }
}
