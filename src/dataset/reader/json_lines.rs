//! JSON lines: one object a line, every value is text.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::DataType;

use super::blocks::{Block, Blocks};
use super::bytes::find;
use super::json_record::JsonRecord;
use super::source::FileSource;
use super::text_builder::TextRows;
use super::{BLOCK_BYTES, Column, HEAD_BYTES, Piece, Pieces, RowReader, Rows, quoted};
use crate::dataset::{DatasetError, ProblemKind};

/// Objects that are looked at to find the columns.
const HEADER_LINES: usize = 1000;

/// The lines of a block with their numbers.
struct Lines {
    block: Block,
    at: usize,
    /// The current line, its number, and where it stands.
    line: u64,
    current: Range<usize>,
}

impl Lines {
    fn new(block: Block) -> Self {
        let line = block.first_line - 1;
        Self { block, at: 0, line, current: 0..0 }
    }

    /// Goes to the next line that is not blank; false at the end.
    fn advance(&mut self) -> bool {
        while self.at < self.block.text.len() {
            let rest = &self.block.text[self.at..];
            let length = find(rest, b'\n').map_or(rest.len(), |end| end + 1);
            self.line += 1;
            self.current = self.at..self.at + length;
            self.at += length;
            if rest[..length].iter().any(|b| !b.is_ascii_whitespace()) {
                return true;
            }
        }
        false
    }

    fn parse(&self) -> Result<JsonRecord, (ProblemKind, String)> {
        let line = self.line;
        let Ok(text) = std::str::from_utf8(&self.block.text[self.current.clone()]) else {
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
    let mut blocks = Blocks::new(source.text(&Arc::default())?, None, HEAD_BYTES);
    let mut columns: Vec<Column> = Vec::new();
    let mut first_fault = None;
    let mut lines_left = HEADER_LINES;
    while lines_left > 0
        && let Some(block) = blocks.next_block().map_err(|e| blocks.read_error(source, &e))?
    {
        let mut lines = Lines::new(block);
        while lines_left > 0 && lines.advance() {
            lines_left -= 1;
            // A line that is no object is reported when the rows are read.
            match lines.parse() {
                Err((_, message)) => first_fault = first_fault.or(Some(message)),
                Ok(JsonRecord(members)) => {
                    for (name, _) in members {
                        if !columns.iter().any(|c| c.name == name) {
                            columns.push(Column { name, data_type: DataType::Utf8 });
                        }
                    }
                }
            }
        }
    }
    if columns.is_empty() {
        let message = first_fault.unwrap_or_else(|| "No object has a member".to_owned());
        return Err(super::unreadable(&source.path, &format!("{message}; write one object {{...}} a line")));
    }
    Ok(columns)
}

/// Cuts one file into blocks of lines.
pub(super) struct JsonLinesPieces {
    source: FileSource,
    blocks: Blocks<Box<dyn Read + Send>>,
    wanted: Vec<String>,
    read: Arc<AtomicU64>,
}

impl JsonLinesPieces {
    pub(super) fn open(source: &FileSource, wanted: Vec<String>) -> Result<Self, DatasetError> {
        let read = Arc::default();
        let blocks = Blocks::new(source.text(&read)?, None, BLOCK_BYTES);
        Ok(Self { source: source.clone(), blocks, wanted, read })
    }
}

impl Pieces for JsonLinesPieces {
    fn next_piece(&mut self) -> Result<Option<Piece>, DatasetError> {
        let block = self.blocks.next_block().map_err(|e| self.blocks.read_error(&self.source, &e))?;
        let Some(block) = block else { return Ok(None) };
        let rows = TextRows::new(self.wanted.len());
        let reader = JsonLinesReader { lines: Lines::new(block), wanted: self.wanted.clone(), rows };
        Ok(Some(Piece { reader: Box::new(reader), bytes_read: self.read.load(Ordering::Relaxed) }))
    }
}

/// Reads the wanted members of a block.
struct JsonLinesReader {
    lines: Lines,
    wanted: Vec<String>,
    rows: TextRows,
}

impl RowReader for JsonLinesReader {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        while !self.rows.is_full() && self.lines.advance() {
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
}
