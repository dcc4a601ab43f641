//! JSON lines: one object a line, every value is text.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::DataType;

use super::json_record::JsonRecord;
use super::source::FileSource;
use super::text_builder::TextRows;
use super::{Column, RowReader, Rows, quoted};
use crate::dataset::{DatasetError, ProblemKind};

/// Objects that are looked at to find the columns.
const HEADER_LINES: usize = 1000;
/// A line may not be longer; a file without line ends would fill the memory.
const MAX_LINE_BYTES: u64 = 64 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Lines with their numbers.
struct Lines {
    source: FileSource,
    input: BufReader<Box<dyn Read + Send>>,
    line: u64,
    text: Vec<u8>,
}

impl Lines {
    fn open(source: &FileSource, read: &Arc<AtomicU64>) -> Result<Self, DatasetError> {
        let input = BufReader::with_capacity(256 << 10, source.stream(read)?);
        Ok(Self { source: source.clone(), input, line: 0, text: Vec::new() })
    }

    /// Reads the next line that is not blank; false at the end.
    fn advance(&mut self) -> Result<bool, DatasetError> {
        loop {
            self.text.clear();
            let read = self.input.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut self.text);
            let read = read.map_err(|e| self.source.read_error(&e, Some(self.line)))?;
            if read == 0 {
                return Ok(false);
            }
            self.line += 1;
            if self.line == 1 && self.text.starts_with(BYTE_ORDER_MARK) {
                self.text.drain(..BYTE_ORDER_MARK.len());
            }
            if self.text.iter().any(|b| !b.is_ascii_whitespace()) {
                return Ok(true);
            }
        }
    }

    fn parse(&self) -> Result<JsonRecord, (ProblemKind, String)> {
        let line = self.line;
        let Ok(text) = std::str::from_utf8(&self.text) else {
            return Err((ProblemKind::InvalidText, format!("The text on line {line} is not UTF-8")));
        };
        serde_json::from_str(text).map_err(|error| {
            let column = error.column();
            let start = quoted(text.trim());
            (
                ProblemKind::UnreadableRow,
                format!("Line {line} is not one JSON object (at character {column}); it begins {start}"),
            )
        })
    }
}

/// The members of the first objects, in order of first appearance.
pub(super) fn columns(source: &FileSource) -> Result<Vec<Column>, DatasetError> {
    let mut lines = Lines::open(source, &Arc::default())?;
    let mut columns: Vec<Column> = Vec::new();
    for _ in 0..HEADER_LINES {
        if !lines.advance()? {
            break;
        }
        // A line that is no object is reported when the rows are read.
        for (name, _) in lines.parse().map_or_else(|_| Vec::new(), |record| record.0) {
            if !columns.iter().any(|c| c.name == name) {
                columns.push(Column { name, data_type: DataType::Utf8 });
            }
        }
    }
    if columns.is_empty() {
        let (_, message) = lines.parse().err().unwrap_or((ProblemKind::UnreadableRow, "No object has a member".into()));
        return Err(super::unreadable(&source.path, &format!("{message}; write one object {{...}} a line")));
    }
    Ok(columns)
}

/// Reads the wanted members of one file.
pub(super) struct JsonLinesReader {
    lines: Lines,
    wanted: Vec<String>,
    rows: TextRows,
    read: Arc<AtomicU64>,
}

impl JsonLinesReader {
    pub(super) fn open(source: &FileSource, wanted: Vec<String>) -> Result<Self, DatasetError> {
        let read = Arc::default();
        let lines = Lines::open(source, &read)?;
        let rows = TextRows::new(wanted.len());
        Ok(Self { lines, wanted, rows, read })
    }
}

impl RowReader for JsonLinesReader {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        while !self.rows.is_full() && self.lines.advance()? {
            match self.lines.parse() {
                Ok(JsonRecord(members)) => {
                    let value = |name: &String| members.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.as_deref());
                    self.rows.push(self.lines.line, self.wanted.iter().map(value));
                }
                Err((kind, message)) => self.rows.faults.record(kind, self.lines.line, || message),
            }
        }
        Ok(self.rows.take())
    }

    fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}
