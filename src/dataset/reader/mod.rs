//! Files of any format as one stream of column batches, each row with its place in its file.

mod arrow_ipc;
mod arrow_message;
mod blocks;
mod bytes;
mod delimited;
mod delimited_record;
mod delimiter;
mod in_order;
mod json_lines;
mod json_record;
mod parquet;
mod source;
mod table;
mod table_rows;
mod text_builder;

use std::path::Path;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::{DatasetError, ProblemKind};
pub(super) use source::unreadable;
pub(super) use table::Table;
pub(super) use table_rows::PieceRows;

/// Rows of a batch: small enough to cancel and to stay in cache, large enough to amortise a batch.
const BATCH_ROWS: usize = 8192;
/// Length of the blocks that text is cut into: long enough that an ID that comes again and again is seen anew in few of
/// them, short enough that all threads have some and that memory does not follow the file's size.
const BLOCK_BYTES: usize = 2 << 20;
/// Length of the first block where only the header is wanted.
const HEAD_BYTES: usize = 64 << 10;

/// A column of a file or table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub name: String,
    pub data_type: DataType,
}

/// Where the rows of a batch stand in their file.
#[derive(Debug)]
pub(super) enum Places {
    /// Row numbers from this one on (binary files; the first row is 1).
    RowsFrom(u64),
    /// The line each row starts on (text files; the first line is 1).
    Lines(Vec<u64>),
}

impl Places {
    /// Line or row number of row `row` of the batch.
    pub(super) fn of(&self, row: usize) -> u64 {
        match self {
            Self::RowsFrom(first) => first + row as u64,
            Self::Lines(lines) => lines[row],
        }
    }

    /// "line" or "row".
    pub(super) fn unit(&self) -> &'static str {
        match self {
            Self::RowsFrom(_) => "row",
            Self::Lines(_) => "line",
        }
    }
}

/// Rows that a reader could not give, of one kind.
#[derive(Debug)]
pub(super) struct Fault {
    pub kind: ProblemKind,
    pub count: u64,
    /// Line or row of the first.
    pub place: u64,
    /// What is wrong with the first.
    pub message: String,
}

/// The faults of one batch: the message of the first of each kind and how many there are.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn record(&mut self, kind: ProblemKind, place: u64, message: impl FnOnce() -> String) {
        match self.0.iter_mut().find(|fault| fault.kind == kind) {
            Some(fault) => fault.count += 1,
            None => self.0.push(Fault { kind, count: 1, place, message: message() }),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

/// Some rows of a table.
#[derive(Debug)]
pub(super) struct Rows {
    /// The columns asked for, in that order.
    pub columns: Vec<ArrayRef>,
    /// Number of rows.
    pub len: usize,
    pub places: Places,
    /// Rows left out of `columns`.
    pub faults: Faults,
}

/// Reads some consecutive rows of a file.
trait RowReader: Send {
    /// The next rows; `None` at the end.
    fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError>;
}

/// Consecutive rows of a file, not read yet.
struct Piece {
    reader: Box<dyn RowReader>,
    /// Bytes of the file up to the end of the piece, roughly.
    bytes_read: u64,
}

/// Cuts one file into pieces that can be read side by side. Each format has one.
trait Pieces: Send {
    /// The next piece; `None` at the end. Where pieces end depends on the file alone.
    fn next_piece(&mut self) -> Result<Option<Piece>, DatasetError>;
}

/// Runs a decoder of binary files; its panics on damaged input become errors.
fn guarded<T>(path: &Path, what: &str, decode: impl FnOnce() -> Result<T, String>) -> Result<T, DatasetError> {
    let result = crate::containment::contained(decode);
    result.unwrap_or_else(|| Err("the decoder gave up".to_owned())).map_err(|error| {
        unreadable(path, &format!("The {what} file is damaged or breaks off ({error}); copy or write it again"))
    })
}

/// `text` for a message: quoted, and not longer than a line can bear.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        return format!("{text:?}");
    }
    let short: String = text.chars().take(LONGEST).collect();
    format!("{:?}", format!("{short}…"))
}
