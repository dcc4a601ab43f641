//! Arrow IPC: files and streams.

use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};

use super::source::{FileSource, Format, open_error};
use super::{BATCH_ROWS, Column, Faults, Places, RowReader, Rows, guarded};
use crate::dataset::DatasetError;

const WHAT: &str = "Arrow IPC";

enum Batches {
    File(Box<FileReader<BufReader<Counting>>>),
    Stream(Box<StreamReader<BufReader<Box<dyn Read + Send>>>>),
}

impl Batches {
    fn open(source: &FileSource, wanted: Option<Vec<usize>>, read: &Arc<AtomicU64>) -> Result<Self, DatasetError> {
        if source.format == Format::ArrowStream {
            let stream = BufReader::new(source.stream(read)?);
            let reader =
                guarded(&source.path, WHAT, || StreamReader::try_new(stream, wanted).map_err(|e| e.to_string()));
            return reader.map(|r| Self::Stream(Box::new(r)));
        }
        let file = File::open(&source.path).map_err(|e| open_error(&source.path, &e))?;
        let counting = BufReader::new(Counting { file, read: Arc::clone(read) });
        let reader = guarded(&source.path, WHAT, || FileReader::try_new(counting, wanted).map_err(|e| e.to_string()));
        reader.map(|r| Self::File(Box::new(r)))
    }

    fn schema(&self) -> SchemaRef {
        match self {
            Self::File(reader) => reader.schema(),
            Self::Stream(reader) => reader.schema(),
        }
    }

    fn next(&mut self) -> Option<Result<RecordBatch, ArrowError>> {
        match self {
            Self::File(reader) => reader.next(),
            Self::Stream(reader) => reader.next(),
        }
    }
}

/// A file that counts the bytes read; unlike [`FileSource::stream`] it can seek.
struct Counting {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl std::io::Seek for Counting {
    fn seek(&mut self, position: std::io::SeekFrom) -> std::io::Result<u64> {
        self.file.seek(position)
    }
}

/// The top-level columns.
pub(super) fn columns(source: &FileSource) -> Result<Vec<Column>, DatasetError> {
    let schema = Batches::open(source, None, &Arc::default())?.schema();
    Ok(schema.fields().iter().map(|f| Column { name: f.name().clone(), data_type: f.data_type().clone() }).collect())
}

/// Reads the wanted columns of one file.
pub(super) struct ArrowReader {
    source: FileSource,
    batches: Batches,
    wanted: Vec<usize>,
    row: u64,
    /// A batch of the file, cut into ours.
    current: Option<RecordBatch>,
    read: Arc<AtomicU64>,
}

impl ArrowReader {
    pub(super) fn open(source: &FileSource, wanted: &[usize]) -> Result<Self, DatasetError> {
        let read = Arc::default();
        // Projection in the reader is left out: dictionaries of skipped columns still have to be decoded.
        let batches = Batches::open(source, None, &read)?;
        Ok(Self { source: source.clone(), batches, wanted: wanted.to_vec(), row: 1, current: None, read })
    }
}

impl RowReader for ArrowReader {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        let batch = match self.current.take() {
            Some(batch) => batch,
            None => {
                let next = guarded(&self.source.path, WHAT, || {
                    self.batches.next().transpose().map_err(|e| format!("{e}, from row {} on", self.row))
                })?;
                match next {
                    Some(batch) => batch,
                    None => return Ok(None),
                }
            }
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
