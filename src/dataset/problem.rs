//! What is odd or wrong in the input, counted, with the first place.

use std::path::PathBuf;

use serde::Serialize;

/// Whether the data can be used in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Note,
    /// Something is left out or filled in; training goes on.
    Warning,
    /// Rows cannot be read; training refuses unless bad rows may be skipped.
    Error,
}

/// What kind of problem it is. The kebab-case name is the `kind` of `inspect --json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// A row has fewer or more fields than the header.
    ColumnCount,
    /// A row cannot be taken apart: a quote that is never closed, a line that is no JSON object.
    UnreadableRow,
    /// A time cannot be read.
    UnreadableTime,
    /// A weight cannot be read.
    UnreadableWeight,
    /// A row lacks its user, item or time.
    MissingValue,
    /// Text is not UTF-8.
    InvalidText,
    /// An item of the events is not in the items file: it is kept, without attributes.
    UnknownItem,
    /// The items file lists an item again: the first row counts.
    RepeatedItem,
    /// Items that no event names: they are not trained, but can be placed by their attributes.
    ItemWithoutEvents,
    /// An ID type without a single ID: it is left out.
    EmptyType,
    /// An ID type that repeats another one to one: it is kept.
    DuplicateType,
    /// No sequence has two events, so there is nothing to learn from.
    NoSequences,
    /// There is no time column: the file's order counts.
    NoTime,
    /// There is no session column: sessions are cut where a user rests for 30 minutes.
    InferredSessions,
}

/// One kind of problem in one file, all its occurrences together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// How bad it is.
    pub severity: Severity,
    /// The file it is in.
    pub file: PathBuf,
    /// How many rows (or IDs, or types) have it.
    pub count: u64,
    /// The first line (text files, header = 1) or row (binary files, first = 1); `None` where it has no place.
    pub first_line: Option<u64>,
    /// What, where and what to do, in one sentence for people.
    pub message: String,
}
