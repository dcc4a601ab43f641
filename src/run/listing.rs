//! The runs there are: found in folders, and described by run.json alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::layout::RUN_JSON;
use super::{RunMetadata, RunNotes};
use crate::progress::Watch;

/// Folder of a sweep's runs, inside of the sweep's own.
const TRIALS: &str = "trials";

/// A run folder as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedRun {
    /// Its folder.
    pub path: PathBuf,
    /// What run.json says, or why it says nothing.
    pub about: Result<Arc<RunMetadata>, Unreadable>,
    /// What people say of it.
    pub notes: RunNotes,
}

/// Why a run cannot be listed like others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Its folder is no longer there.
    Gone,
    /// Its run.json, or its notes, cannot be understood: why, in words.
    Damaged(String),
}

impl Unreadable {
    /// In words, on one line.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Gone => "The folder is gone".to_owned(),
            Self::Damaged(message) => message.lines().next().unwrap_or_default().to_owned(),
        }
    }
}

impl ListedRun {
    /// Reads run.json and notes of the folder `path`.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let damaged = |error: super::RunError| Unreadable::Damaged(error.to_string());
        let notes = RunNotes::read(path);
        let about = match path.join(RUN_JSON).exists() {
            true => RunMetadata::read(path).map(Arc::new).map_err(damaged),
            false if path.exists() => Err(Unreadable::Damaged("The folder holds no run any more".to_owned())),
            false => Err(Unreadable::Gone),
        };
        match (about, notes) {
            (Ok(_), Err(error)) => {
                Self { path: path.to_owned(), about: Err(damaged(error)), notes: RunNotes::default() }
            }
            (about, notes) => Self { path: path.to_owned(), about, notes: notes.unwrap_or_default() },
        }
    }

    /// The name it is called by: that of its notes, its own, or its folder's.
    #[must_use]
    pub fn name(&self) -> String {
        let own = || self.about.as_ref().ok().map(|about| about.name.clone());
        let folder = || self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        self.notes.name.clone().or_else(own).or_else(folder).unwrap_or_default()
    }
}

/// The runs in `known` folders, those in the folders beside them, and those in `folders` (and in the sweeps there), by path,
/// each once. Folders whose names begin with a point are passed over. `None` if `watch` is cancelled.
#[must_use]
pub fn list_runs(known: &[PathBuf], folders: &[PathBuf], watch: &Watch) -> Option<Vec<ListedRun>> {
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let known: Vec<PathBuf> = known.iter().map(absolute).collect();
    let mut paths: BTreeSet<PathBuf> = known.iter().cloned().collect();
    let beside = known.iter().filter_map(|path| path.parent().map(Path::to_owned));
    let places: BTreeSet<PathBuf> = beside.chain(folders.iter().map(absolute)).collect();
    for place in places {
        if watch.is_cancelled() {
            return None;
        }
        if place.join(RUN_JSON).is_file() {
            paths.insert(place.clone());
        }
        for folder in subfolders(&place) {
            if folder.join(RUN_JSON).is_file() {
                paths.insert(folder);
            } else {
                paths.extend(subfolders(&folder.join(TRIALS)).into_iter().filter(|run| run.join(RUN_JSON).is_file()));
            }
        }
        paths.extend(subfolders(&place.join(TRIALS)).into_iter().filter(|run| run.join(RUN_JSON).is_file()));
    }
    let total = paths.len() as u64;
    let mut runs = Vec::with_capacity(paths.len());
    for (path, done) in paths.into_iter().zip(0_u64..) {
        if watch.is_cancelled() {
            return None;
        }
        watch.report("Reading runs", done, Some(total), "runs");
        runs.push(ListedRun::read(&path));
    }
    Some(runs)
}

/// The folders in `place` whose names do not begin with a point; none if it cannot be read.
fn subfolders(place: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let visible = entries.flatten().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    visible.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}
