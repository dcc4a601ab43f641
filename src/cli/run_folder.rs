//! Where a training saves its run: claimed before the work, replaced only when the new run is whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::CliError;
use crate::run::{FolderLock, Run, RunError};

const RUN_FILE: &str = "run.json";

/// A folder that a run may be saved to, by nobody else as long as this lives.
#[derive(Debug, Clone)]
pub(super) struct RunFolder {
    path: PathBuf,
    _lock: Arc<FolderLock>,
}

impl RunFolder {
    /// Refuses a folder that holds a run, unless `replace`, or anything else, always; and one that somebody else writes to.
    pub(super) fn claim(path: &Path, replace: bool) -> Result<Self, CliError> {
        let refused = |what: &str| Err(CliError::Input(format!("{what}\nFolder: {}", path.display())));
        if !path.exists()
            && let Err(error) = could_write_below(path)
        {
            return refused(&format!("The folder cannot be made ({error}); name another --out"));
        }
        let folder = Self::locked(path)?;
        if path.join(RUN_FILE).is_file() {
            return match replace {
                true => Ok(folder),
                false => refused("The folder holds a run already; use --force to replace it, or another --out"),
            };
        }
        match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(true) => Ok(folder),
            Ok(false) => refused("The folder is not empty and holds no run; name another --out"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(folder),
            Err(error) => refused(&format!("The folder cannot be used ({error}); name another --out")),
        }
    }

    /// The folder of a run that is there, to be replaced by what follows from it.
    pub(super) fn of_run(path: &Path) -> Result<Self, CliError> {
        let folder = Self::locked(path)?;
        match path.join(RUN_FILE).is_file() {
            true => Ok(folder),
            false => Err(RunError::NotARun { missing: RUN_FILE.to_owned(), path: path.to_owned() }.into()),
        }
    }

    /// Locks the folder before anything in it is looked at or mended.
    fn locked(path: &Path) -> Result<Self, CliError> {
        let lock = FolderLock::take(path)?;
        put_back(path);
        Ok(Self { path: path.to_owned(), _lock: Arc::new(lock) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Saves `run`: written beside the folder, which is replaced once the new one is whole.
    pub(super) fn save(&self, run: &Run) -> Result<(), CliError> {
        let Self { path, .. } = self;
        let failed = |source| CliError::writing(path, source);
        let aside = aside_of(path);
        fs::create_dir_all(&aside).map_err(failed)?;
        let (new, old) = (aside.join(NEW), aside.join(OLD));
        for left_over in [&new, &old] {
            if left_over.exists() {
                fs::remove_dir_all(left_over).map_err(failed)?;
            }
        }
        run.write(&new)?;
        if path.exists() {
            fs::rename(path, &old).map_err(failed)?;
        }
        fs::rename(&new, path).map_err(failed)?;
        fs::remove_dir_all(&aside).map_err(failed)
    }
}

/// The run to come, in [`aside_of`] its folder.
const NEW: &str = "new";

/// The run that it replaces.
const OLD: &str = "old";

/// Where a run is written before it takes its place: beside its folder, under a name that is the same each time, so that
/// a save that was cut off is found again.
fn aside_of(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(|| "run".into(), |name| name.to_string_lossy());
    path.with_file_name(format!(".{name}.idatlas-saving"))
}

/// Mends a save that was killed between its two renames, when the folder had no name: the newer whole run gets it.
fn put_back(path: &Path) {
    let whole = [NEW, OLD].map(|name| aside_of(path).join(name)).into_iter().find(|run| run.join(RUN_FILE).is_file());
    if let Some(run) = whole.filter(|_| !path.exists()) {
        // Where that fails, the folder is missed by name in what follows.
        drop(fs::rename(run, path));
    }
}

/// Better known before hours of training than after.
fn could_write_below(path: &Path) -> std::io::Result<()> {
    let here = Path::new(".");
    let existing = path.ancestors().skip(1).find(|folder| folder.exists());
    let existing = existing.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(here);
    tempfile::tempfile_in(existing).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_that_was_cut_off_between_its_renames_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let run_at = |name: &str| {
            let run = aside_of(&path).join(name);
            fs::create_dir_all(&run).unwrap();
            fs::write(run.join(RUN_FILE), name).unwrap();
        };
        run_at(OLD);
        fs::create_dir_all(aside_of(&path).join(NEW)).unwrap();
        assert!(RunFolder::of_run(&path).is_ok(), "the new one is not whole, so the old one counts");
        assert_eq!(fs::read_to_string(path.join(RUN_FILE)).unwrap(), OLD);
        run_at(OLD);
        run_at(NEW);
        assert!(RunFolder::claim(&path, true).is_ok());
        assert_eq!(fs::read_to_string(path.join(RUN_FILE)).unwrap(), OLD, "a run that has its name keeps it");
        fs::remove_dir_all(&path).unwrap();
        assert!(RunFolder::of_run(&path).is_ok());
        assert_eq!(fs::read_to_string(path.join(RUN_FILE)).unwrap(), NEW);
    }

    #[test]
    fn only_runs_are_replaced_and_only_if_asked() {
        let folder = tempfile::tempdir().unwrap();
        let [new, empty, run, other] = ["new", "empty", "run", "other"].map(|name| folder.path().join(name));
        for path in [&empty, &run, &other] {
            fs::create_dir(path).unwrap();
        }
        fs::write(run.join("run.json"), "{}").unwrap();
        fs::write(other.join("notes.txt"), "mine").unwrap();
        assert!(RunFolder::claim(&new, false).is_ok());
        assert!(RunFolder::claim(&empty, false).is_ok());
        assert!(RunFolder::claim(&run, true).is_ok());
        let refusal = RunFolder::claim(&run, false).unwrap_err().to_string();
        assert!(refusal.contains("--force"), "{refusal}");
        assert!(RunFolder::claim(&other, true).is_err(), "a folder of other files would be lost");
        let below_a_file = RunFolder::claim(&other.join("notes.txt/run"), false);
        assert!(below_a_file.is_err(), "{below_a_file:?}");
    }
}
