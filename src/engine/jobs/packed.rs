//! Runs that travel as one file.

use std::path::{Path, PathBuf};

use crate::engine::EngineError;
use crate::progress::Watch;
use crate::run::{free_place, pack, unpacked_beside};

/// The folder of the run at `path`: itself, or, of a zip file, the folder beside it that the run is unpacked into.
///
/// # Errors
/// [`EngineError::Run`], [`EngineError::Cancelled`].
pub fn run_folder(path: PathBuf, watch: &Watch) -> Result<PathBuf, EngineError> {
    if !is_packed(&path) {
        return Ok(path);
    }
    unpacked_beside(&path, watch)?.ok_or(EngineError::Cancelled)
}

/// Whether `path` names a packed run by its ending.
#[must_use]
pub fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) && !path.is_dir()
}

/// Packs the run folder `folder` into a zip file beside it that was not there, and returns the file.
///
/// # Errors
/// [`EngineError::Run`], [`EngineError::Cancelled`].
pub fn pack_beside(folder: &Path, watch: &Watch) -> Result<PathBuf, EngineError> {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = absolute.file_name().map_or_else(|| "run".into(), |name| name.to_string_lossy());
    let out = free_place(absolute.parent().unwrap_or(&absolute), &name, ".zip");
    if pack(folder, &out, watch)? { Ok(out) } else { Err(EngineError::Cancelled) }
}
