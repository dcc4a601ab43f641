//! CSV, TSV and their kin: every column is text.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::DataType;

use super::blocks::{Block, Blocks};
use super::delimited_record::{Record, Records};
use super::source::{FileSource, unreadable};
use super::text_builder::TextRows;
use super::{BLOCK_BYTES, Column, HEAD_BYTES, Piece, Pieces, RowReader, Rows, quoted};
use crate::dataset::{DatasetError, ProblemKind};

type TextBlocks = Blocks<Box<dyn Read + Send>>;

/// A file that was opened and its header read.
struct Opened {
    blocks: TextBlocks,
    /// The first block, which the header is part of.
    first: Block,
    /// What follows the header in it.
    records: Records,
    columns: Vec<Column>,
}

/// Opens `source` and reads its header line.
fn open(source: &FileSource, delimiter: u8, block: usize, read: &Arc<AtomicU64>) -> Result<Opened, DatasetError> {
    let mut blocks = Blocks::new(source.text(read)?, Some(delimiter), block);
    let first = blocks.next_block().map_err(|e| blocks.read_error(source, &e))?;
    let Some(first) = first else { return Err(DatasetError::Empty(source.path.clone())) };
    let mut records = Records::new(delimiter, first.first_line);
    let mut header = Record::default();
    if !records.read(&first.text, &mut header) {
        return Err(DatasetError::Empty(source.path.clone()));
    }
    let mut columns = Vec::with_capacity(header.len());
    for (i, field) in header.fields(&first.text).enumerate() {
        let Ok(name) = std::str::from_utf8(field) else {
            let place = format!("column {} of the header, line {}", i + 1, header.line);
            return Err(unreadable(&source.path, &format!("The text is not UTF-8 in {place}; save the file as UTF-8")));
        };
        let name = name.trim();
        let name = if name.is_empty() { format!("column {}", i + 1) } else { name.to_owned() };
        columns.push(Column { name, data_type: DataType::Utf8 });
    }
    Ok(Opened { blocks, first, records, columns })
}

/// The columns that the header names.
pub(super) fn columns(source: &FileSource, delimiter: u8) -> Result<Vec<Column>, DatasetError> {
    open(source, delimiter, HEAD_BYTES, &Arc::default()).map(|opened| opened.columns)
}

/// Cuts one file into blocks of rows.
pub(super) struct DelimitedPieces {
    source: FileSource,
    delimiter: u8,
    blocks: TextBlocks,
    first: Option<(Block, Records)>,
    names: Arc<[String]>,
    wanted: Vec<usize>,
    read: Arc<AtomicU64>,
}

impl DelimitedPieces {
    pub(super) fn open(source: &FileSource, delimiter: u8, wanted: &[usize]) -> Result<Self, DatasetError> {
        let read = Arc::default();
        let Opened { blocks, first, records, columns } = open(source, delimiter, BLOCK_BYTES, &read)?;
        Ok(Self {
            source: source.clone(),
            delimiter,
            blocks,
            first: Some((first, records)),
            names: columns.into_iter().map(|c| c.name).collect(),
            wanted: wanted.to_vec(),
            read,
        })
    }

    fn next_block(&mut self) -> Result<Option<(Block, Records)>, DatasetError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let block = self.blocks.next_block().map_err(|e| self.blocks.read_error(&self.source, &e))?;
        Ok(block.map(|block| {
            let records = Records::new(self.delimiter, block.first_line);
            (block, records)
        }))
    }
}

impl Pieces for DelimitedPieces {
    fn next_piece(&mut self) -> Result<Option<Piece>, DatasetError> {
        let Some((block, records)) = self.next_block()? else { return Ok(None) };
        let reader = DelimitedReader {
            text: BlockText::Unseen(block.text),
            records,
            names: Arc::clone(&self.names),
            wanted: self.wanted.clone(),
            record: Record::default(),
            rows: TextRows::new(self.wanted.len()),
        };
        Ok(Some(Piece { reader: Box::new(reader), bytes_read: self.read.load(Ordering::Relaxed) }))
    }
}

/// The text of a block. Blocks are cut where characters end, so that one look at the whole spares one at each field.
enum BlockText {
    Unseen(Vec<u8>),
    Text(String),
    /// There are bytes that are no UTF-8, perhaps in columns without a role.
    Bytes(Vec<u8>),
}

impl BlockText {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Unseen(bytes) | Self::Bytes(bytes) => bytes,
        }
    }

    /// Finds out which it is; done where the rows are read, not where the file is cut.
    fn look(&mut self) {
        if let Self::Unseen(bytes) = self {
            *self = match String::from_utf8(std::mem::take(bytes)) {
                Ok(text) => Self::Text(text),
                Err(error) => Self::Bytes(error.into_bytes()),
            };
        }
    }
}

/// Reads the wanted columns of a block.
struct DelimitedReader {
    text: BlockText,
    records: Records,
    names: Arc<[String]>,
    wanted: Vec<usize>,
    record: Record,
    rows: TextRows,
}

impl DelimitedReader {
    /// What is wrong with the record just read.
    fn fault(&self) -> Option<(ProblemKind, String)> {
        let Self { text, record, names, wanted, .. } = self;
        if let Some(quote) = record.unclosed_quote {
            let message = format!("The quote that opens on line {quote} is never closed; close it or double it");
            return Some((ProblemKind::UnreadableRow, message));
        }
        if record.len() != names.len() {
            let message =
                format!("Expected {} columns but found {} on line {}", names.len(), record.len(), record.line);
            return Some((ProblemKind::ColumnCount, message));
        }
        let field = |column: usize| record.field(text.bytes(), column).unwrap_or_default();
        let column = *wanted.iter().find(|&&column| std::str::from_utf8(field(column)).is_err())?;
        let (text, name) = (String::from_utf8_lossy(field(column)), &names[column]);
        let message = format!("The text {} in column {name} on line {} is not UTF-8", quoted(&text), record.line);
        Some((ProblemKind::InvalidText, message))
    }

    /// Moves the record just read into `rows`, unless something is wrong with it.
    fn take_record(&mut self) {
        let Self { text, record, names, wanted, rows, .. } = self;
        if record.unclosed_quote.is_none() && record.len() == names.len() {
            if let BlockText::Text(text) = text {
                rows.push(record.line, wanted.iter().map(|&column| record.text(text, column)));
                return;
            }
            if self.fault().is_none() {
                let Self { text, record, wanted, rows, .. } = self;
                let field = |&column: &usize| record.field(text.bytes(), column);
                let texts = wanted.iter().map(|column| field(column).and_then(|f| std::str::from_utf8(f).ok()));
                rows.push(record.line, texts.map(|text| text.filter(|text| !text.is_empty())));
                return;
            }
        }
        if let Some((kind, message)) = self.fault() {
            self.rows.faults.record(kind, self.record.line, || message);
        }
    }
}

impl RowReader for DelimitedReader {
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        self.text.look();
        while !self.rows.is_full() && self.records.read(self.text.bytes(), &mut self.record) {
            self.take_record();
        }
        Ok(self.rows.take())
    }
}
