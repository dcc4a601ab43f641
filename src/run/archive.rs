//! A run folder as one zip file, to be sent to somebody else, and back.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::free_place::numbered;
use super::layout::RUN_JSON;
use super::{RunError, stage};
use crate::progress::Watch;

/// Bytes copied between two looks at the watch.
const PIECE: usize = 1 << 20;

/// Packs the run folder `run` into the zip file `out`: all its files, in a folder of the run's own name. The file appears
/// whole. `false` if the watch was cancelled; then there is no file.
///
/// # Errors
/// [`RunError::NotARun`], [`RunError::Io`].
pub fn pack(run: &Path, out: &Path, watch: &Watch) -> Result<bool, RunError> {
    if !run.join(RUN_JSON).is_file() {
        return Err(RunError::NotARun { missing: RUN_JSON.to_owned(), path: run.to_owned() });
    }
    let absolute = std::path::absolute(run).map_err(RunError::io("Finding the folder", run))?;
    let name = absolute.file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned());
    let mut files = Vec::new();
    list(run, &mut files).map_err(RunError::io("Reading the folder", run))?;
    files.sort();
    let staged = stage(out).map_err(RunError::io("Writing", out))?;
    let mut zip = ZipWriter::new(staged.as_file());
    // Vectors hardly shrink, whatever the effort.
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(1));
    for file in files {
        let inside: Vec<_> =
            file.strip_prefix(run).unwrap_or(&file).iter().map(|part| part.to_string_lossy()).collect();
        let mut from = File::open(&file).map_err(RunError::io("Reading", &file))?;
        let is_large = from.metadata().is_ok_and(|about| about.len() >= u64::from(u32::MAX));
        let entry = format!("{name}/{}", inside.join("/"));
        let failed = |error: ZipError| RunError::io("Writing", out)(error.into());
        zip.start_file(entry, options.large_file(is_large)).map_err(failed)?;
        if !copy(&mut from, &mut zip, watch).map_err(RunError::io("Packing", &file))? {
            return Ok(false);
        }
    }
    zip.finish().map_err(|error| RunError::io("Writing", out)(error.into()))?;
    staged.persist(out).map_err(|error| RunError::io("Writing", out)(error.error))?;
    Ok(true)
}

/// Unpacks the run in the zip file `packed` into the folder `into`, which is made. It appears whole. `false` if the
/// watch was cancelled; then there is no folder.
///
/// # Errors
/// [`RunError::Occupied`] if there is something at `into`, [`RunError::Damaged`] if the file is no zip file, or no run is
/// in it, [`RunError::Io`].
pub fn unpack(packed: &Path, into: &Path, watch: &Watch) -> Result<bool, RunError> {
    if into.exists() {
        return Err(RunError::Occupied(into.to_owned()));
    }
    let mut zip = open(packed)?;
    let inside = run_inside(&mut zip, packed)?;
    let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(RunError::io("Making the folder", parent))?;
    let aside = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(parent);
    let aside = aside.map_err(RunError::io("Making the folder", parent))?;
    let place = aside.path().join("run");
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|error| no_zip(packed, &error))?;
        // Names that lead out of the folder, and links, have no place in a run.
        let Some(name) = entry.enclosed_name().filter(|_| !entry.is_symlink()) else {
            return Err(RunError::damaged(packed, format!("It holds {:?}, which is no file of a run", entry.name())));
        };
        let Ok(own) = name.strip_prefix(&inside) else { continue };
        if entry.is_dir() || own.as_os_str().is_empty() {
            continue;
        }
        let file = place.join(own);
        let folder = file.parent().unwrap_or(&place);
        fs::create_dir_all(folder).map_err(RunError::io("Making the folder", folder))?;
        let mut to = File::create_new(&file).map_err(RunError::io("Writing", &file))?;
        if !copy(&mut entry, &mut to, watch).map_err(RunError::io("Unpacking", packed))? {
            return Ok(false);
        }
    }
    fs::rename(&place, into).map_err(RunError::io("Moving the folder", into))?;
    Ok(true)
}

/// The folder beside the zip file `packed` in which its run is opened: the one that was unpacked there before, or a new
/// one of its name. `None` if the watch was cancelled.
///
/// # Errors
/// As [`unpack`].
pub fn unpacked_beside(packed: &Path, watch: &Watch) -> Result<Option<PathBuf>, RunError> {
    let mut zip = open(packed)?;
    let inside = run_inside(&mut zip, packed)?;
    let mut run_json = Vec::new();
    zip.by_path(inside.join(RUN_JSON))
        .map_err(|error| no_zip(packed, &error))?
        .read_to_end(&mut run_json)
        .map_err(RunError::io("Unpacking", packed))?;
    let parent = packed.parent().unwrap_or(Path::new(""));
    let stem = packed.file_stem().map_or_else(|| "run".into(), |stem| stem.to_string_lossy());
    for folder in numbered(parent, &stem, "") {
        if fs::read(folder.join(RUN_JSON)).is_ok_and(|there| there == run_json) {
            return Ok(Some(folder));
        }
        if !folder.exists() {
            return Ok(unpack(packed, &folder, watch)?.then_some(folder));
        }
    }
    Err(RunError::Occupied(parent.join(&*stem)))
}

fn open(packed: &Path) -> Result<ZipArchive<File>, RunError> {
    let file = File::open(packed).map_err(RunError::io("Reading", packed))?;
    ZipArchive::new(file).map_err(|error| no_zip(packed, &error))
}

fn no_zip(packed: &Path, error: &ZipError) -> RunError {
    RunError::damaged(packed, format!("It does not read as a zip file: {error}"))
}

/// The folder inside that holds the one run.
fn run_inside<R: Read + Seek>(zip: &mut ZipArchive<R>, packed: &Path) -> Result<PathBuf, RunError> {
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|error| no_zip(packed, &error))?;
        let name = entry.enclosed_name().filter(|name| name.ends_with(RUN_JSON));
        found.extend(name.and_then(|name| name.parent().map(Path::to_owned)));
    }
    match found.as_slice() {
        [folder] => Ok(folder.clone()),
        [] => Err(RunError::damaged(packed, format!("It holds no run: {RUN_JSON} is missing"))),
        several => Err(RunError::damaged(packed, format!("It holds {} runs; unpack it by hand", several.len()))),
    }
}

/// All files in `folder` and below; what is being written there is left out.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            list(&path, files)?;
        } else if kind.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// Copies all; `false` if the watch was cancelled.
fn copy(from: &mut impl Read, to: &mut impl Write, watch: &Watch) -> io::Result<bool> {
    let mut piece = vec![0; PIECE];
    loop {
        if watch.is_cancelled() {
            return Ok(false);
        }
        match from.read(&mut piece)? {
            0 => return Ok(true),
            read => to.write_all(&piece[..read])?,
        }
    }
}
