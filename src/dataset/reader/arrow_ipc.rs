//! Arrow IPC: streams, and files, which are streams with a frame around them.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::root_as_message;

use super::arrow_message::{FILE_MAGIC, read_message};
use super::source::{FileSource, Format};
use super::{BATCH_ROWS, Column, Faults, Piece, Pieces, Places, RowReader, Rows, guarded};
use crate::dataset::DatasetError;

const WHAT: &str = "Arrow IPC";

/// The stream in `source`, from its first message on.
fn open(source: &FileSource, read: &Arc<AtomicU64>) -> Result<BufReader<Box<dyn Read + Send>>, DatasetError> {
    let mut input = BufReader::with_capacity(256 << 10, source.stream(read)?);
    if source.format == Format::ArrowFile {
        let mut magic = [0; FILE_MAGIC.len()];
        input.read_exact(&mut magic).map_err(|e| source.read_error(&e, None))?;
        // The format pads the magic to 8 bytes, some writers to 64; no message begins with a zero.
        while input.fill_buf().map_err(|e| source.read_error(&e, None))?.first() == Some(&0) {
            input.consume(1);
        }
    }
    Ok(input)
}

/// The top-level columns.
pub(super) fn columns(source: &FileSource) -> Result<Vec<Column>, DatasetError> {
    let mut input = open(source, &Arc::default())?;
    let schema: Schema = guarded(&source.path, WHAT, || {
        let first = read_message(&mut input)?.ok_or("there is no schema")?;
        let message = root_as_message(&first.bytes[first.metadata]).map_err(|e| e.to_string())?;
        message.header_as_schema().map(fb_to_schema).ok_or_else(|| "it does not begin with a schema".to_owned())
    })?;
    Ok(schema.fields().iter().map(|f| Column { name: f.name().clone(), data_type: f.data_type().clone() }).collect())
}

/// Cuts one file into its batches.
pub(super) struct ArrowPieces {
    source: FileSource,
    input: BufReader<Box<dyn Read + Send>>,
    decoder: StreamDecoder,
    wanted: Vec<usize>,
    row: u64,
    read: Arc<AtomicU64>,
}

impl ArrowPieces {
    pub(super) fn open(source: &FileSource, wanted: &[usize]) -> Result<Self, DatasetError> {
        let read = Arc::default();
        let input = open(source, &read)?;
        let decoder = StreamDecoder::new();
        Ok(Self { source: source.clone(), input, decoder, wanted: wanted.to_vec(), row: 1, read })
    }

    /// The next batch as the file has it.
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, DatasetError> {
        let Self { source, input, decoder, row, .. } = self;
        guarded(&source.path, WHAT, || {
            let place = |error: String| format!("{error}, from row {row} on");
            while let Some(mut message) = read_message(input).map_err(place)? {
                let batch = decoder.decode(&mut message.bytes).map_err(|e| place(e.to_string()))?;
                if let Some(batch) = batch.filter(|b| b.num_rows() > 0) {
                    return Ok(Some(batch));
                }
            }
            Ok(None)
        })
    }
}

impl Pieces for ArrowPieces {
    fn next_piece(&mut self) -> Result<Option<Piece>, DatasetError> {
        let Some(batch) = self.next_batch()? else { return Ok(None) };
        let columns = self.wanted.iter().map(|&c| Arc::clone(batch.column(c))).collect();
        let reader = ArrowReader { columns, at: 0, len: batch.num_rows(), first_row: self.row };
        self.row += batch.num_rows() as u64;
        let bytes_read = self.read.load(Ordering::Relaxed).min(self.source.bytes);
        Ok(Some(Piece { reader: Box::new(reader), bytes_read }))
    }
}

/// Reads the wanted columns of a batch, cut into ours.
struct ArrowReader {
    columns: Vec<ArrayRef>,
    at: usize,
    len: usize,
    first_row: u64,
}

impl RowReader for ArrowReader {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        let len = (self.len - self.at).min(BATCH_ROWS);
        if len == 0 {
            return Ok(None);
        }
        let columns = self.columns.iter().map(|column| column.slice(self.at, len)).collect();
        let places = Places::RowsFrom(self.first_row + self.at as u64);
        self.at += len;
        Ok(Some(Rows { columns, len, places, faults: Faults::default() }))
    }
}
