//! [`Run`] to folder.

use std::path::Path;

use super::{Run, RunError};

impl Run {
    /// Writes the run folder `path` (CLI.md, "A run folder"). Each file is written aside and renamed, run.json last,
    /// so a folder with run.json is whole.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn write(&self, path: &Path) -> Result<(), RunError> {
        todo!("{path:?}")
    }
}
