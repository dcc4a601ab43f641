//! [`Run`] to folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array, UInt64Array,
};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::baskets::{basket_rows, lists};
use super::checkpoint::{Position, best_apart, best_tensors};
use super::columns::{batch, write_parquet};
use super::curve::curve_rows;
use super::history::{self, EPOCHS, frame_tensors};
use super::layout::{
    BASKETS, BEST, CHECKPOINT, CURVE, HISTORIES, HISTORY, HOLDOUT, IDS, ITEMS, PROJECTIONS, RUN_JSON, VECTORS,
    file_stems,
};
use super::tensors::{Floats, write_tensors};
use super::{FileFingerprint, FolderLock, Run, RunError, RunMetadata, fingerprint, stage};
use crate::dataset::{TrainedType, Vocabulary};
use crate::embedding::Model;

/// run.json as it is written.
#[derive(Serialize)]
struct RunJson<'a> {
    #[serde(flatten)]
    metadata: &'a RunMetadata,
    files: BTreeMap<String, FileFingerprint>,
}

impl Run {
    /// Writes the run folder `path` (CLI.md, "A run folder"). Each file is written aside and renamed, run.json last,
    /// so a folder with run.json is whole. A run that is there already is replaced, together with its maps, which no
    /// longer show its vectors; other files in its folder are left alone.
    ///
    /// # Errors
    /// [`RunError::Io`], [`RunError::Occupied`] if the folder holds something else, [`RunError::Locked`] if somebody else is
    /// writing to it, [`RunError::RepeatedTable`].
    pub fn write(&self, path: &Path) -> Result<(), RunError> {
        let names = self.table_names();
        if let Some(repeated) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            return Err(RunError::RepeatedTable((*repeated.1).to_owned()));
        }
        let _lock = FolderLock::take(path)?;
        make_room(path)?;
        let mut staged = Staged { folder: path.to_owned(), files: Vec::new(), fingerprints: BTreeMap::new() };
        staged.tensors(VECTORS, self.vector_tensors(), None)?;
        let stems = file_stems(names);
        for (id_type, stem) in self.types.iter().zip(&stems) {
            staged.parquet(&format!("{IDS}/{stem}.parquet"), &id_rows(id_type))?;
        }
        if let Some(user_stem) = stems.last() {
            let users = batch(vec![
                ("id", false, texts(&self.users.vocabulary)),
                ("count", false, Arc::new(UInt64Array::from(self.users.counts.clone()))),
            ]);
            staged.parquet(&format!("{IDS}/{user_stem}.parquet"), &users)?;
        }
        staged.parquet(ITEMS, &self.items.rows)?;
        staged.parquet(CURVE, &curve_rows(&self.curve))?;
        staged.parquet(HOLDOUT, &self.holdout_rows())?;
        staged.parquet(HISTORIES, &self.history_rows())?;
        if let Some(baskets) = &self.baskets {
            let (rows, metadata) = basket_rows(baskets);
            staged.parquet_with(BASKETS, &rows, &metadata)?;
        }
        if let Some(checkpoint) = &self.checkpoint {
            let state = &checkpoint.state;
            let tensors = state.tensors.iter().map(|(name, values)| (name.clone(), Floats::flat(values))).collect();
            let position = serde_json::to_string(&Position::of(checkpoint)).map_err(io::Error::from);
            let position = position.map_err(RunError::io("Writing", &path.join(CHECKPOINT)))?;
            staged.tensors(CHECKPOINT, tensors, Some(("position", position)))?;
            if let Some(best) = best_apart(checkpoint) {
                staged.tensors(BEST, best_tensors(&self.types, best), None)?;
            }
        }
        if let Some(history) = &self.history {
            let place = path.join(HISTORY);
            fs::create_dir_all(&place).map_err(RunError::io("Creating the folder", &place))?;
            for (number, frame) in history.frames.iter().enumerate() {
                let epochs = (EPOCHS, frame.epochs.to_string());
                staged.tensors(&history::file_of(number), frame_tensors(&self.types, frame), Some(epochs))?;
            }
        }
        staged.appear(&self.metadata)
    }

    fn vector_tensors(&self) -> Vec<(String, Floats<'_>)> {
        let mut tensors = model_tensors(&self.types, &self.model);
        tensors.push(("target/user".to_owned(), Floats::matrix(self.users.vectors.view())));
        tensors
    }

    fn holdout_rows(&self) -> RecordBatch {
        let text = |value: fn(&super::HeldOut) -> &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.holdout.iter().map(value)))
        };
        let times = self.holdout.iter().map(|event| event.time);
        let time: ArrayRef = match self.has_time {
            true => Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC")),
            false => Arc::new(Int64Array::from_iter_values(times)),
        };
        let repeat: BooleanArray = self.holdout.iter().map(|event| Some(event.repeat)).collect();
        batch(vec![
            ("user", false, text(|event| &event.user)),
            ("item", false, text(|event| &event.item)),
            ("time", false, time),
            ("session", false, text(|event| &event.session)),
            ("repeat", false, Arc::new(repeat)),
        ])
    }

    fn history_rows(&self) -> RecordBatch {
        let lengths = self.histories.offsets.windows(2).map(|range| range[1] - range[0]);
        let lists = lists(lengths, &self.histories.items);
        batch(vec![("user", false, texts(&self.users.vocabulary)), ("items", false, lists)])
    }
}

/// The learned tables by name.
pub(super) fn model_tensors<'a>(types: &[TrainedType], model: &'a Model) -> Vec<(String, Floats<'a>)> {
    let mut tensors = Vec::new();
    for (k, id_type) in types.iter().enumerate() {
        let name = &id_type.name;
        tensors.push((format!("target/{name}"), Floats::matrix(model.target[k].view())));
        tensors.push((format!("context/{name}"), Floats::matrix(model.context[k].view())));
        if k > 0 {
            tensors.push((format!("transfer/{name}"), Floats::matrix(model.transfer[k - 1].view())));
        }
    }
    tensors
}

fn texts(vocabulary: &Vocabulary) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(vocabulary.iter()))
}

fn id_rows(id_type: &TrainedType) -> RecordBatch {
    batch(vec![
        ("id", false, texts(&id_type.vocabulary)),
        ("count", false, Arc::new(UInt64Array::from(id_type.counts.clone()))),
        ("items", false, Arc::new(UInt32Array::from(id_type.items.clone()))),
        ("label", true, Arc::new(StringArray::from_iter(&id_type.labels))),
    ])
}

/// Stands in a folder while its files are being exchanged, so that a write that was cut off can be done again.
const EXCHANGING: &str = ".idatlas-exchanging";

/// Makes sure that `path` is a folder that may be written to: new, empty, or a run.
fn make_room(path: &Path) -> Result<(), RunError> {
    let ids = path.join(IDS);
    if path.exists() {
        let is_run = path.join(RUN_JSON).exists() || path.join(EXCHANGING).exists();
        let is_free = holds_nothing(path, IDS)? && (!ids.exists() || holds_nothing(&ids, "")?);
        if !is_run && !is_free {
            return Err(RunError::Occupied(path.to_owned()));
        }
    }
    fs::create_dir_all(&ids).map_err(RunError::io("Creating the folder", &ids))
}

/// Whether the folder is empty but for an entry called `except` and hidden files (a write that was cut off leaves such).
fn holds_nothing(folder: &Path, except: &str) -> Result<bool, RunError> {
    let entries = fs::read_dir(folder).map_err(RunError::io("Opening the folder", folder))?;
    let mut names = entries.flatten().map(|entry| entry.file_name());
    Ok(names.all(|name| name == except || name.to_string_lossy().starts_with('.')))
}

/// All files of a run, written aside.
struct Staged {
    folder: PathBuf,
    files: Vec<(PathBuf, NamedTempFile<File>)>,
    fingerprints: BTreeMap<String, FileFingerprint>,
}

impl Staged {
    fn parquet(&mut self, name: &str, rows: &RecordBatch) -> Result<(), RunError> {
        self.parquet_with(name, rows, &[])
    }

    fn parquet_with(&mut self, name: &str, rows: &RecordBatch, metadata: &[(String, String)]) -> Result<(), RunError> {
        self.add(name, |file| write_parquet(file.as_file(), rows, metadata).map_err(io::Error::other))
    }

    fn tensors(
        &mut self,
        name: &str,
        tensors: Vec<(String, Floats<'_>)>,
        metadata: Option<(&str, String)>,
    ) -> Result<(), RunError> {
        self.add(name, |file| write_tensors(BufWriter::new(file.as_file()), tensors, metadata))
    }

    fn add(&mut self, name: &str, write: impl FnOnce(&NamedTempFile<File>) -> io::Result<()>) -> Result<(), RunError> {
        let path = self.folder.join(name);
        let file = stage(&path).map_err(RunError::io("Writing", &path))?;
        write(&file).map_err(RunError::io("Writing", &path))?;
        let written = fingerprint(file.path()).map_err(RunError::io("Reading what was written", &path))?;
        self.fingerprints.insert(name.to_owned(), written);
        self.files.push((path, file));
        Ok(())
    }

    /// Lets the files appear, run.json last; what an older run left and this one lacks goes.
    fn appear(self, metadata: &RunMetadata) -> Result<(), RunError> {
        let run_json = self.folder.join(RUN_JSON);
        let content = RunJson { metadata, files: self.fingerprints };
        let staged = stage(&run_json).map_err(RunError::io("Writing", &run_json))?;
        serde_json::to_writer_pretty(BufWriter::new(staged.as_file()), &content)
            .map_err(|error| RunError::io("Writing", &run_json)(error.into()))?;
        // From here until run.json is back, the folder is not taken for a whole run.
        let exchanging = self.folder.join(EXCHANGING);
        fs::write(&exchanging, "").map_err(RunError::io("Writing", &exchanging))?;
        remove(&run_json)?;
        remove_stale(&self.folder, &content.files)?;
        for (path, file) in self.files {
            file.persist(&path).map_err(|error| RunError::io("Writing", &path)(error.error))?;
        }
        staged.persist(&run_json).map_err(|error| RunError::io("Writing", &run_json)(error.error))?;
        remove(&exchanging)
    }
}

/// Removes maps, ID lists, kept epochs and what not every run has, if they are not among `files`.
fn remove_stale(folder: &Path, files: &BTreeMap<String, FileFingerprint>) -> Result<(), RunError> {
    for optional in [CHECKPOINT, BEST, BASKETS].into_iter().filter(|name| !files.contains_key(*name)) {
        remove(&folder.join(optional))?;
    }
    for (place, ending) in [(IDS, ".parquet"), (PROJECTIONS, ".parquet"), (HISTORY, ".safetensors")] {
        let Ok(entries) = fs::read_dir(folder.join(place)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(ending) && !files.contains_key(&format!("{place}/{name}")) {
                remove(&entry.path())?;
            }
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), RunError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RunError::io("Replacing", path)(error)),
        _ => Ok(()),
    }
}
