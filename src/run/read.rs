//! Folder to [`Run`].

use std::path::Path;

use super::{Run, RunError};

impl Run {
    /// Opens the run folder `path`.
    ///
    /// # Errors
    /// [`RunError`]: no run, a newer format (by name), damaged files.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        todo!("{path:?}")
    }
}
