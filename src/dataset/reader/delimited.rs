//! CSV, TSV and their kin: every column is text.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::DataType;

use super::delimited_record::{Record, RecordReader};
use super::source::{FileSource, unreadable};
use super::text_builder::TextRows;
use super::{Column, RowReader, Rows, quoted};
use crate::dataset::{DatasetError, ProblemKind};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

type Records = RecordReader<Box<dyn Read + Send>>;

/// Opens `source` and reads its header line.
fn open(source: &FileSource, delimiter: u8, read: &Arc<AtomicU64>) -> Result<(Records, Vec<Column>), DatasetError> {
    let mut stream = source.stream(read)?;
    let mut start = Vec::new();
    stream
        .by_ref()
        .take(BYTE_ORDER_MARK.len() as u64)
        .read_to_end(&mut start)
        .map_err(|e| source.read_error(&e, None))?;
    if start == BYTE_ORDER_MARK {
        start.clear();
    }
    let mut records: Records = RecordReader::new(Box::new(std::io::Cursor::new(start).chain(stream)), delimiter);
    let mut header = Record::default();
    if !records.read(&mut header).map_err(|e| source.read_error(&e, None))? {
        return Err(DatasetError::Empty(source.path.clone()));
    }
    let mut columns = Vec::with_capacity(header.len());
    for (i, field) in header.fields().enumerate() {
        let Ok(name) = std::str::from_utf8(field) else {
            let place = format!("column {} of the header, line {}", i + 1, header.line);
            return Err(unreadable(&source.path, &format!("The text is not UTF-8 in {place}; save the file as UTF-8")));
        };
        let name = name.trim();
        let name = if name.is_empty() { format!("column {}", i + 1) } else { name.to_owned() };
        columns.push(Column { name, data_type: DataType::Utf8 });
    }
    Ok((records, columns))
}

/// The columns that the header names.
pub(super) fn columns(source: &FileSource, delimiter: u8) -> Result<Vec<Column>, DatasetError> {
    open(source, delimiter, &Arc::default()).map(|(_, columns)| columns)
}

/// Reads the wanted columns of one file.
pub(super) struct DelimitedReader {
    source: FileSource,
    records: Records,
    names: Vec<String>,
    wanted: Vec<usize>,
    record: Record,
    rows: TextRows,
    read: Arc<AtomicU64>,
}

impl DelimitedReader {
    pub(super) fn open(source: &FileSource, delimiter: u8, wanted: &[usize]) -> Result<Self, DatasetError> {
        let read = Arc::default();
        let (records, columns) = open(source, delimiter, &read)?;
        Ok(Self {
            source: source.clone(),
            records,
            names: columns.into_iter().map(|c| c.name).collect(),
            wanted: wanted.to_vec(),
            record: Record::default(),
            rows: TextRows::new(wanted.len()),
            read,
        })
    }

    /// Moves the record just read into `rows`, or notes what is wrong with it.
    fn take_record(&mut self) {
        let Self { record, rows, names, wanted, .. } = self;
        if let Some(quote) = record.unclosed_quote {
            rows.faults.record(ProblemKind::UnreadableRow, record.line, || {
                format!("The quote that opens on line {quote} is never closed; close it or double it")
            });
            return;
        }
        if record.len() != names.len() {
            rows.faults.record(ProblemKind::ColumnCount, record.line, || {
                format!("Expected {} columns but found {} on line {}", names.len(), record.len(), record.line)
            });
            return;
        }
        let invalid = wanted.iter().find(|&&c| record.field(c).is_some_and(|f| std::str::from_utf8(f).is_err()));
        if let Some(&column) = invalid {
            rows.faults.record(ProblemKind::InvalidText, record.line, || {
                let text = String::from_utf8_lossy(record.field(column).unwrap_or_default());
                let name = &names[column];
                format!("The text {} in column {name} on line {} is not UTF-8", quoted(&text), record.line)
            });
            return;
        }
        let fields = wanted.iter().map(|&c| record.field(c).and_then(|f| std::str::from_utf8(f).ok()));
        rows.push(record.line, fields.map(|f| f.filter(|text| !text.is_empty())));
    }
}

impl RowReader for DelimitedReader {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        while !self.rows.is_full() {
            let line = self.records.line();
            let more = self.records.read(&mut self.record);
            if !more.map_err(|e| self.source.read_error(&e, Some(line.saturating_sub(1))))? {
                break;
            }
            self.take_record();
        }
        Ok(self.rows.take())
    }

    fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}
