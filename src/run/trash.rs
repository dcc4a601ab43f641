//! Run folders that are not wanted any more: moved aside, never removed.

use std::fs;
use std::path::{Path, PathBuf};

use super::layout::{RUN_JSON, TRASH};
use super::{FolderLock, RunError, free_place};

/// Moves the run folder `run` into the folder `.trash` beside it, from where [`put_back`] brings it; says where it lies.
///
/// # Errors
/// [`RunError::NotARun`] if it holds no run, [`RunError::Locked`] if somebody is writing to it, [`RunError::Io`].
pub fn set_aside(run: &Path) -> Result<PathBuf, RunError> {
    let no_run = || RunError::NotARun { missing: RUN_JSON.to_owned(), path: run.to_owned() };
    if !run.join(RUN_JSON).is_file() {
        return Err(no_run());
    }
    let run = std::path::absolute(run).map_err(RunError::io("Finding the folder", run))?;
    let _lock = FolderLock::take(&run)?;
    let (parent, name) = run.parent().zip(run.file_name()).ok_or_else(no_run)?;
    let trash = parent.join(TRASH);
    fs::create_dir_all(&trash).map_err(RunError::io("Making the folder", &trash))?;
    let aside = free_place(&trash, &name.to_string_lossy(), "");
    fs::rename(&run, &aside).map_err(RunError::io("Moving the folder", &run))?;
    Ok(aside)
}

/// Brings a run folder back from where [`set_aside`] put it.
///
/// # Errors
/// [`RunError::Occupied`] if something else took its place meanwhile, [`RunError::Io`].
pub fn put_back(aside: &Path, run: &Path) -> Result<(), RunError> {
    if run.exists() {
        return Err(RunError::Occupied(run.to_owned()));
    }
    fs::rename(aside, run).map_err(RunError::io("Moving the folder back", aside))?;
    if let Some(trash) = aside.parent().filter(|folder| folder.ends_with(TRASH)) {
        // Fails while other runs lie there, which is as it should be.
        let _ = fs::remove_dir(trash);
    }
    Ok(())
}
