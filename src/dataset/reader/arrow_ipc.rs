//! Arrow IPC: streams, and files, which are streams with a frame around them.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::root_as_message;

use super::arrow_message::{FILE_MAGIC, read_message};
use super::source::{FileSource, Format};
use super::{BATCH_ROWS, Column, Faults, Places, RowReader, Rows, guarded};
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

/// Reads the wanted columns of one file.
pub(super) struct ArrowReader {
    source: FileSource,
    input: BufReader<Box<dyn Read + Send>>,
    decoder: StreamDecoder,
    wanted: Vec<usize>,
    row: u64,
    /// A batch of the file, cut into ours.
    current: Option<RecordBatch>,
    read: Arc<AtomicU64>,
}

impl ArrowReader {
    pub(super) fn open(source: &FileSource, wanted: &[usize]) -> Result<Self, DatasetError> {
        let read = Arc::default();
        let input = open(source, &read)?;
        let decoder = StreamDecoder::new();
        Ok(Self { source: source.clone(), input, decoder, wanted: wanted.to_vec(), row: 1, current: None, read })
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

impl RowReader for ArrowReader {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        let batch = match self.current.take() {
            Some(batch) => batch,
            None => match self.next_batch()? {
                Some(batch) => batch,
                None => return Ok(None),
            },
        };
        let len = batch.num_rows().min(BATCH_ROWS);
        if batch.num_rows() > len {
            self.current = Some(batch.slice(len, batch.num_rows() - len));
        }
        let columns = self.wanted.iter().map(|&c| batch.column(c).slice(0, len)).collect();
        let places = Places::RowsFrom(self.row);
        self.row += len as u64;
        Ok(Some(Rows { columns, len, places, faults: Faults::default() }))
    }

    fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed).min(self.source.bytes)
    }
}
