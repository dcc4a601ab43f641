//! Files that appear whole: written aside in the same folder, then renamed.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::CliError;
use crate::run::stage;

/// A file that is complete but does not have its name yet; dropped, it leaves nothing.
pub(super) struct WrittenAside(NamedTempFile<File>);

/// Writes what will become `path`.
pub(super) fn write_aside(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>,
) -> Result<WrittenAside, CliError> {
    let written = stage(path).and_then(|file| {
        let mut buffer = BufWriter::new(file.as_file());
        write(&mut buffer)?;
        buffer.flush()?;
        drop(buffer);
        Ok(file)
    });
    written.map(WrittenAside).map_err(|source| CliError::writing(path, source))
}

/// Refuses a path whose folder is not there: better known before the work than after.
pub(super) fn folder_exists(path: &Path) -> Result<(), CliError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(CliError::Input(format!("There is no such folder; make it first\nFolder: {}", folder.display())))
        }
        _ => Ok(()),
    }
}

impl WrittenAside {
    /// Gives the file its name, in the place of what had it.
    pub(super) fn rename(self, path: &Path) -> Result<(), CliError> {
        self.0.persist(path).map(drop).map_err(|failed| CliError::writing(path, failed.error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let failed = write_aside(&path, |file| {
            file.write_all(b"half")?;
            Err(std::io::ErrorKind::StorageFull.into())
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
