//! Where a training saves its run: claimed before the work, replaced only when the new run is whole.

use std::fs;
use std::path::{Path, PathBuf};

use super::CliError;
use crate::run::{Run, RunError};

const RUN_FILE: &str = "run.json";

/// A folder that a run may be saved to.
#[derive(Debug)]
pub(super) struct RunFolder(PathBuf);

impl RunFolder {
    /// Refuses a folder that holds a run, unless `replace`, or anything else, always.
    pub(super) fn claim(path: &Path, replace: bool) -> Result<Self, CliError> {
        let refused = |what: &str| Err(CliError::Input(format!("{what}\nFolder: {}", path.display())));
        if path.join(RUN_FILE).is_file() {
            return match replace {
                true => Ok(Self(path.to_owned())),
                false => refused("The folder holds a run already; use --force to replace it, or another --out"),
            };
        }
        match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(true) => Ok(Self(path.to_owned())),
            Ok(false) => refused("The folder is not empty and holds no run; name another --out"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => match could_write_below(path) {
                Ok(()) => Ok(Self(path.to_owned())),
                Err(error) => refused(&format!("The folder cannot be made ({error}); name another --out")),
            },
            Err(error) => refused(&format!("The folder cannot be used ({error}); name another --out")),
        }
    }

    /// The folder of a run that is there, to be replaced by what follows from it.
    pub(super) fn of_run(path: &Path) -> Result<Self, CliError> {
        match path.join(RUN_FILE).is_file() {
            true => Ok(Self(path.to_owned())),
            false => Err(RunError::NotARun { missing: RUN_FILE.to_owned(), path: path.to_owned() }.into()),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Saves `run`: written beside the folder, which is replaced once the new one is whole.
    pub(super) fn save(&self, run: &Run) -> Result<(), CliError> {
        let Self(path) = self;
        let failed = |source| CliError::writing(path, source);
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(failed)?;
        let aside = tempfile::Builder::new().prefix(".idatlas-").tempdir_in(parent).map_err(failed)?;
        let new = aside.path().join("new");
        run.write(&new)?;
        if path.exists() {
            fs::rename(path, aside.path().join("old")).map_err(failed)?;
        }
        fs::rename(&new, path).map_err(failed)
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
