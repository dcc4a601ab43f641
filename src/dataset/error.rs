//! Why data cannot be loaded.

use std::path::PathBuf;

use super::Problem;

/// Why data cannot be loaded. The message says what, where and what to do; the path comes last.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file is not there.
    #[error("There is no such file; check the path\nFile: {}", .0.display())]
    NotFound(PathBuf),
    /// The file cannot be read as what it seems to be.
    #[error("{message}\nFile: {}", path.display())]
    Unreadable {
        /// What failed and what to do.
        message: String,
        /// The file.
        path: PathBuf,
    },
    /// The file has no rows.
    #[error("The file has no rows; it needs a header line and at least one row\nFile: {}", .0.display())]
    Empty(PathBuf),
    /// A column that is needed or was named is not there.
    #[error("There is no column {wanted:?}{flag}; the columns are {available}\nFile: {}", path.display())]
    UnknownColumn {
        /// The name looked for.
        wanted: String,
        /// How to name another, with a leading blank, or nothing.
        flag: String,
        /// The columns that exist, in words.
        available: String,
        /// The file.
        path: PathBuf,
    },
    /// Rows cannot be read and may not be skipped.
    #[error("{}{}\nFile: {}", .0.message, skip_hint(), .0.file.display())]
    BadRows(Problem),
    /// There is nothing to learn from.
    #[error("{message}")]
    NothingToLearn {
        /// What is missing and what to do.
        message: String,
    },
    /// The caller's settings contradict each other or the data.
    #[error("{0}")]
    Settings(String),
    /// The caller cancelled.
    #[error("Cancelled")]
    Cancelled,
}

fn skip_hint() -> &'static str {
    "; mend the file, or leave such rows out with --skip-bad-rows"
}
