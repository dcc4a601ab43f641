//! Why an export failed.

use std::path::PathBuf;

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Writing failed.
    #[error("Writing failed: {message}\nFile: {}", path.display())]
    Write {
        /// The cause.
        message: String,
        /// The file.
        path: PathBuf,
    },
    /// Nothing is selected.
    #[error("There is nothing to export: no ID is selected")]
    Empty,
    /// The format name is unknown.
    #[error("{0}")]
    Format(String),
    /// A type or ID is unknown.
    #[error(transparent)]
    Run(#[from] crate::run::RunError),
}
