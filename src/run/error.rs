//! Why a run folder cannot be read or written.

use std::path::{Path, PathBuf};

/// Why a run folder cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The folder is not there, or lacks a file.
    #[error("This is no run folder: {missing} is missing; name a folder that idatlas train wrote\nFolder: {}", path.display())]
    NotARun {
        /// The file looked for.
        missing: String,
        /// The folder.
        path: PathBuf,
    },
    /// A later program wrote it.
    #[error("The run has format version {found}, this program knows versions up to {known}; use a newer ID Atlas\nFolder: {}", path.display())]
    NewerFormat {
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
        /// The folder.
        path: PathBuf,
    },
    /// A file is damaged or inconsistent.
    #[error("{message}\nFile: {}", path.display())]
    Damaged {
        /// What is wrong.
        message: String,
        /// The file.
        path: PathBuf,
    },
    /// The folder to write to holds something else.
    #[error("The folder is not empty and holds no run, so nothing was written; name a new folder\nFolder: {}", .0.display())]
    Occupied(PathBuf),
    /// Somebody else writes to the folder.
    #[error("Another training or program is writing to this folder; wait until it is done, or name another one\nFolder: {}", .0.display())]
    Locked(PathBuf),
    /// Two tables have the same name.
    #[error("There are two tables called {0:?} in this run; call the ID type otherwise (--id-type NAME=COLUMN)")]
    RepeatedTable(String),
    /// Reading or writing failed.
    #[error("{action} failed: {source}\nFile: {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The cause.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// Training cannot go on from it.
    #[error("{message}\nFolder: {}", path.display())]
    NotResumable {
        /// Why, and what to do.
        message: String,
        /// The folder.
        path: PathBuf,
    },
    /// There is no such ID type.
    #[error("There is no ID type {wanted:?} in this run; it has {available}")]
    UnknownType {
        /// The name.
        wanted: String,
        /// Those that exist.
        available: String,
    },
    /// There is no such ID.
    #[error("There is no {type_name} {wanted:?} among the trained IDs{hint}")]
    UnknownId {
        /// The type.
        type_name: String,
        /// The ID.
        wanted: String,
        /// A nearby ID, or why it may be missing.
        hint: String,
    },
    /// There is no such numeric column.
    #[error("There is no numeric column {wanted:?} in this run; it has {available}")]
    UnknownColumn {
        /// The name.
        wanted: String,
        /// Those that exist.
        available: String,
    },
}

impl RunError {
    /// A file that is not what it should be.
    pub(super) fn damaged(path: &Path, message: impl Into<String>) -> Self {
        Self::Damaged { message: message.into(), path: path.to_owned() }
    }

    /// What to put around an I/O error: `map_err(RunError::io("Reading", path))`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { action, source, path: path.to_owned() }
    }
}
