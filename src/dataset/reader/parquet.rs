//! Parquet files.

use std::fs::File;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelector,
};

use super::source::{FileSource, open_error};
use super::{BATCH_ROWS, Column, Faults, Piece, Pieces, Places, RowReader, Rows, guarded};
use crate::dataset::DatasetError;

const WHAT: &str = "Parquet";
/// Pieces of a row group have no more rows: row groups are often too few for all threads.
const PIECE_ROWS: usize = 256 << 10;
/// Nor more bytes in the wanted columns, uncompressed.
const PIECE_BYTES: usize = 16 << 20;

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

/// Cuts one file into parts of its row groups.
pub(super) struct ParquetPieces {
    source: FileSource,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    /// Where each wanted column stands in a batch.
    order: Vec<usize>,
    /// The next piece begins in this row group, at this row of it.
    group: usize,
    row_in_group: usize,
    /// The row of the file that the next piece begins with; the first is 1.
    row: u64,
}

impl ParquetPieces {
    pub(super) fn open(source: &FileSource, wanted: &[usize]) -> Result<Self, DatasetError> {
        let (_, metadata) = metadata(source)?;
        let mut roots = wanted.to_vec();
        roots.sort_unstable();
        roots.dedup();
        let order = wanted.iter().map(|c| roots.partition_point(|r| r < c)).collect();
        // Text stays in its pages' dictionaries, so that each distinct text is looked up once.
        let options = ArrowReaderOptions::new().with_schema(dictionary_schema(metadata.schema()));
        let (metadata, mask) = guarded(&source.path, WHAT, || {
            let metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).unwrap_or(metadata);
            let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
            Ok((metadata, mask))
        })?;
        Ok(Self { source: source.clone(), metadata, mask, order, group: 0, row_in_group: 0, row: 1 })
    }

    /// Rows of the pieces of row group `group`, which has `rows`.
    fn piece_rows(&self, group: usize, rows: usize) -> usize {
        let columns = self.metadata.metadata().row_group(group).columns().iter().enumerate();
        let wanted = columns.filter(|(leaf, _)| self.mask.leaf_included(*leaf));
        let bytes: i64 = wanted.map(|(_, column)| column.uncompressed_size().max(0)).sum();
        let bytes_of_row = usize::try_from(bytes).unwrap_or(usize::MAX) / rows + 1;
        let most = (PIECE_BYTES / bytes_of_row).clamp(BATCH_ROWS, PIECE_ROWS);
        rows.div_ceil(rows.div_ceil(most))
    }

    fn reader(&self, group: usize, skipped: usize, rows: usize) -> Result<ParquetRecordBatchReader, DatasetError> {
        // Clones of a file share their position; each reader needs its own.
        let file = File::open(&self.source.path).map_err(|e| open_error(&self.source.path, &e))?;
        guarded(&self.source.path, WHAT, || {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
            let selection = vec![RowSelector::skip(skipped), RowSelector::select(rows)];
            let reader = builder
                .with_projection(self.mask.clone())
                .with_row_groups(vec![group])
                .with_row_selection(selection.into())
                .with_batch_size(BATCH_ROWS)
                .build();
            reader.map_err(|e| e.to_string())
        })
    }
}

impl Pieces for ParquetPieces {
    fn next_piece(&mut self) -> Result<Option<Piece>, DatasetError> {
        let all = self.metadata.metadata();
        let rows_of = |group: usize| usize::try_from(all.row_group(group).num_rows()).unwrap_or(0);
        while self.group < all.num_row_groups() && self.row_in_group >= rows_of(self.group) {
            self.group += 1;
            self.row_in_group = 0;
        }
        if self.group >= all.num_row_groups() {
            return Ok(None);
        }
        let rows = rows_of(self.group);
        let len = self.piece_rows(self.group, rows).min(rows - self.row_in_group);
        let reader = ParquetReader {
            source: self.source.clone(),
            reader: self.reader(self.group, self.row_in_group, len)?,
            order: self.order.clone(),
            row: self.row,
        };
        self.row_in_group += len;
        self.row += len as u64;
        let total = u64::try_from(all.file_metadata().num_rows()).unwrap_or(0).max(1);
        let share = ((self.row - 1) as f64 / total as f64).min(1.0);
        let bytes_read = (share * self.source.bytes as f64) as u64;
        Ok(Some(Piece { reader: Box::new(reader), bytes_read }))
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

/// Reads the wanted columns of a piece.
struct ParquetReader {
    source: FileSource,
    reader: ParquetRecordBatchReader,
    order: Vec<usize>,
    row: u64,
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
}
