//! One program at a time writes to a run folder.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::RunError;

/// Held by whoever writes to a run folder, or will: as long as it lives nobody else gets one for the same folder, in this
/// program or another. The system lets go of it when a program dies.
///
/// It is a locked file beside the folder, `.NAME.idatlas-lock`, since saving exchanges the folder itself.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    _file: File,
}

impl FolderLock {
    /// Locks `folder`, which need not exist; the folder around it is made.
    ///
    /// # Errors
    /// [`RunError::Locked`] if somebody else holds it, [`RunError::Io`].
    pub fn take(folder: &Path) -> Result<Self, RunError> {
        let folder = std::path::absolute(folder).map_err(RunError::io("Finding the folder", folder))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let path = folder.with_file_name(format!(".{name}.idatlas-lock"));
        let failed = |source| RunError::Io { action: "Locking the folder", source, path: path.clone() };
        if let Some(around) = folder.parent() {
            fs::create_dir_all(around).map_err(failed)?;
        }
        loop {
            let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok(Self { path, _file: file }),
                // Its holder let go and removed it between the two calls.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(RunError::Locked(folder)),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // While it is locked: whoever opens it from now on finds that it is not the file at its path any more. Where it
        // cannot be removed, an empty file stays, which locks nothing.
        drop(fs::remove_file(&self.path));
    }
}

/// Whether `file` is the one at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    file.metadata().map(identity).ok() == fs::metadata(path).map(identity).ok()
}

/// Elsewhere a file that is open keeps its path.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_for_all_others_until_it_is_let_go_and_nothing_stays_behind() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("runs").join("one");
        let first = FolderLock::take(&folder).unwrap();
        let refused = FolderLock::take(&folder).unwrap_err();
        assert!(matches!(&refused, RunError::Locked(path) if *path == folder), "{refused}");
        FolderLock::take(&folder.with_file_name("two")).expect("another folder is free");
        drop(first);
        drop(FolderLock::take(&folder).unwrap());
        assert_eq!(fs::read_dir(around.path().join("runs")).unwrap().count(), 0);
    }

    #[test]
    fn of_many_that_take_turns_only_one_holds_it() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("run");
        let inside = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    for _ in 0..200 {
                        let Ok(lock) = FolderLock::take(&folder) else { continue };
                        assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
    }
}
