//! Why a sweep cannot go on.

use std::path::PathBuf;

/// Why a sweep cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Nothing to rank trials by.
    #[error("{0}")]
    Impossible(String),
    /// The folder holds another sweep.
    #[error("The folder holds a sweep with another {what}; give the same again to go on with it, or name another folder\nFolder: {}", path.display())]
    Other {
        /// What differs.
        what: &'static str,
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds something else.
    #[error("The folder is not empty and holds no sweep; name another\nFolder: {}", .0.display())]
    Occupied(PathBuf),
    /// Another program is at work in the folder.
    #[error("Another ID Atlas is sweeping in this folder; wait for it, or name another folder\nFolder: {}", .0.display())]
    Locked(PathBuf),
    /// sweep.json is no such file.
    #[error("The file cannot be read: {message}\nFile: {}", path.display())]
    Damaged {
        /// What is wrong.
        message: String,
        /// The file.
        path: PathBuf,
    },
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
}
