//! Folder to [`Run`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int64Type, TimeUnit, UInt32Type};
use ndarray::Array2;
use serde::Deserialize;

use super::baskets::read_baskets;
use super::checkpoint::{Position, read_best};
use super::columns::Columns;
use super::curve::read_curve;
use super::layout::{BASKETS, BEST, CHECKPOINT, CURVE, HISTORIES, HOLDOUT, IDS, ITEMS, RUN_JSON, VECTORS, file_stems};
use super::tensors::Tensors;
use super::{
    Checkpoint, FORMAT_VERSION, FileFingerprint, HeldOut, Histories, ItemTable, Run, RunError, RunMetadata, USER_TABLE,
    UserTable, fingerprint,
};
use crate::dataset::{ItemAttributes, TrainedType, Vocabulary, Weighting};
use crate::embedding::Model;
use crate::objective::BackendState;
use crate::training::CurvePoint;

impl Run {
    /// Opens the run folder `path`. Every file is checked against its fingerprint in run.json (where there is one),
    /// and against the others.
    ///
    /// # Errors
    /// [`RunError`]: no run, a newer format (by name), damaged files.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let metadata = RunMetadata::read(path)?;
        let folder = Folder::open(path)?;
        let mut files = id_files(&metadata);
        let user_file = files.pop().unwrap_or_default();
        let types = metadata.types.iter().zip(files);
        let types = types.map(|(name, file)| folder.read_type(name, &file)).collect::<Result<Vec<_>, _>>()?;
        let (users, user_counts) = folder.read_users(&user_file)?;
        let (model, user_vectors) = folder.read_vectors(&types, users.len())?;
        let model = Arc::new(model);
        let (items, mut attributes) = folder.read_items(&types, metadata.hyperparameters.weighting)?;
        metadata.hyperparameters.weigh(&mut attributes, metadata.types.iter().map(String::as_str));
        let histories = folder.read_histories(&users, types[0].vocabulary.len())?;
        let baskets = folder.optional(BASKETS)?;
        let baskets = baskets.map(|path| read_baskets(&path, users.len(), types[0].vocabulary.len())).transpose()?;
        let (holdout, has_time) = folder.read_holdout()?;
        let checkpoint = folder.read_checkpoint(&types, &model)?.map(Arc::new);
        Ok(Self {
            curve: read_curve(&folder.file(CURVE)?)?,
            checkpoint,
            users: UserTable { vocabulary: Arc::new(users), counts: user_counts, vectors: user_vectors.into() },
            metadata,
            types: Arc::new(types),
            attributes: Arc::new(attributes),
            items,
            model,
            histories: Arc::new(histories),
            baskets: baskets.map(Arc::new),
            holdout: Arc::new(holdout),
            has_time,
            history: None,
        })
    }
}

impl Run {
    /// The loss curve of the run folder `path` alone.
    ///
    /// # Errors
    /// [`RunError`]: no run, a newer format (by name), a damaged curve.
    pub fn read_curve(path: &Path) -> Result<Vec<CurvePoint>, RunError> {
        RunMetadata::read(path)?;
        read_curve(&Folder::open(path)?.file(CURVE)?)
    }

    /// XXH3-128 of the vectors of the run folder `path`, as hexadecimal text: equal vectors, equal text.
    ///
    /// # Errors
    /// [`RunError`] if they cannot be read.
    pub fn vectors_fingerprint(path: &Path) -> Result<String, RunError> {
        let file = path.join(VECTORS);
        Ok(fingerprint(&file).map_err(RunError::io("Reading", &file))?.xxh3)
    }
}

#[derive(Deserialize)]
struct Version {
    format_version: serde_json::Number,
}

#[derive(Deserialize)]
struct Files {
    files: Option<BTreeMap<String, FileFingerprint>>,
}

impl RunMetadata {
    /// Reads run.json of the run folder `path` alone: quick, for lists of runs.
    ///
    /// # Errors
    /// [`RunError`]: no run, a newer format (by name), a damaged run.json.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let file = path.join(RUN_JSON);
        let text = read_run_json(path)?;
        // Nothing else is looked at before the version is known: a newer program may mean something else by it.
        let Version { format_version } = parse(&text, &file)?;
        let found = format_version.as_u64().map(|version| u32::try_from(version).unwrap_or(u32::MAX));
        match found {
            Some(found) if found > FORMAT_VERSION => {
                return Err(RunError::NewerFormat { found, known: FORMAT_VERSION, path: path.to_owned() });
            }
            Some(FORMAT_VERSION) => {}
            _ => return Err(RunError::damaged(&file, format!("There is no format version {format_version}"))),
        }
        let metadata: Self = parse(&text, &file)?;
        if metadata.types.is_empty() {
            return Err(RunError::damaged(&file, "The run has no ID type"));
        }
        Ok(metadata)
    }
}

fn read_run_json(path: &Path) -> Result<String, RunError> {
    let file = path.join(RUN_JSON);
    let bytes = fs::read(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            RunError::NotARun { missing: RUN_JSON.to_owned(), path: path.to_owned() }
        }
        _ => RunError::io("Reading", &file)(error),
    })?;
    String::from_utf8(bytes).map_err(|error| RunError::damaged(&file, format!("The file is not UTF-8: {error}")))
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, file: &Path) -> Result<T, RunError> {
    serde_json::from_str(text).map_err(|error| RunError::damaged(file, format!("The file cannot be read: {error}")))
}

/// A run folder whose files are as they were written.
pub(super) struct Folder {
    path: PathBuf,
    files: Option<BTreeMap<String, FileFingerprint>>,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, RunError> {
        let file = path.join(RUN_JSON);
        let Files { files } = parse(&read_run_json(path)?, &file)?;
        Ok(Self { path: path.to_owned(), files })
    }

    /// The files in the folder `place` of the run, in order.
    pub(super) fn names_in(&self, place: &str) -> Vec<String> {
        let names = self.files.iter().flat_map(BTreeMap::keys);
        names.filter(|name| name.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'))).cloned().collect()
    }

    /// The file `name`, compared with its fingerprint.
    pub(super) fn file(&self, name: &str) -> Result<PathBuf, RunError> {
        let path = self.path.join(name);
        if !path.is_file() {
            return Err(RunError::NotARun { missing: name.to_owned(), path: self.path.clone() });
        }
        let Some(expected) = self.files.as_ref().and_then(|files| files.get(name)) else { return Ok(path) };
        let found = fingerprint(&path).map_err(RunError::io("Reading", &path))?;
        if found.bytes != expected.bytes {
            let (found, expected) = (found.bytes, expected.bytes);
            return Err(RunError::damaged(
                &path,
                format!("The file has {found} bytes, it was written with {expected}"),
            ));
        }
        if found != *expected {
            return Err(RunError::damaged(&path, "The file was changed since it was written (its checksum differs)"));
        }
        Ok(path)
    }

    /// The file `name`, if the run has one.
    fn optional(&self, name: &str) -> Result<Option<PathBuf>, RunError> {
        let is_there = match &self.files {
            Some(files) => files.contains_key(name),
            None => self.path.join(name).is_file(),
        };
        is_there.then(|| self.file(name)).transpose()
    }

    fn read_type(&self, name: &str, file: &str) -> Result<TrainedType, RunError> {
        let path = self.file(file)?;
        let columns = Columns::read(&path)?;
        Ok(TrainedType {
            name: name.to_owned(),
            vocabulary: Arc::new(vocabulary(&columns, "id")?),
            counts: columns.counts("count")?,
            items: columns.numbers::<UInt32Type>("items")?,
            labels: columns.optional_texts("label")?.iter().map(|label| label.map(str::to_owned)).collect(),
        })
    }

    fn read_users(&self, file: &str) -> Result<(Vocabulary, Vec<u64>), RunError> {
        let path = self.file(file)?;
        let columns = Columns::read(&path)?;
        Ok((vocabulary(&columns, "id")?, columns.counts("count")?))
    }

    /// The model, and the users' vectors.
    fn read_vectors(&self, types: &[TrainedType], users: usize) -> Result<(Model, Array2<f32>), RunError> {
        let path = self.file(VECTORS)?;
        let bytes = fs::read(&path).map_err(RunError::io("Reading", &path))?;
        let tensors = Tensors::parse(&bytes, &path)?;
        let model = read_model(&tensors, types)?;
        let user_vectors = tensors.matrix("target/user", Some(users), Some(model.target[0].ncols()))?;
        Ok((model, user_vectors))
    }

    /// The items, and which IDs each trained one carries.
    fn read_items(&self, types: &[TrainedType], weighting: Weighting) -> Result<(ItemTable, ItemAttributes), RunError> {
        let path = self.file(ITEMS)?;
        let columns = Columns::read(&path)?;
        let catalogue = vocabulary(&columns, "id")?;
        let trained = &types[0].vocabulary;
        let mut row_of_item = Vec::with_capacity(trained.len());
        for id in trained.iter() {
            let row = catalogue.index(id);
            row_of_item.push(row.ok_or_else(|| columns.damaged(format!("The trained item {id:?} is missing")))?);
        }
        let mut ids = Array2::from_elem((trained.len(), types.len()), ItemAttributes::MISSING);
        let mut weights = Array2::zeros(ids.dim());
        for (k, id_type) in types.iter().enumerate() {
            let texts = if k == 0 { columns.texts("id")? } else { columns.optional_texts(&id_type.name)? };
            for (item, &row) in row_of_item.iter().enumerate() {
                if texts.is_null(row as usize) {
                    continue;
                }
                let text = texts.value(row as usize);
                let id = id_type.vocabulary.index(text).ok_or_else(|| {
                    let (name, item) = (&id_type.name, trained.id(item as u32));
                    columns.damaged(format!("The item {item:?} has {name} {text:?}, which is not in the list of IDs"))
                })?;
                ids[[item, k]] = id;
                weights[[item, k]] = weighting.weight(id_type.items[id as usize]);
            }
        }
        Ok((ItemTable { rows: columns.batch, row_of_item }, ItemAttributes { ids, weights }))
    }

    /// The held-out events, and whether their times are real.
    fn read_holdout(&self) -> Result<(Vec<HeldOut>, bool), RunError> {
        let path = self.file(HOLDOUT)?;
        let columns = Columns::read(&path)?;
        let has_time = is_time(&columns.batch);
        let times = match has_time {
            true => {
                let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
                let times = columns.column("time", &micros)?;
                if times.logical_null_count() > 0 {
                    return Err(columns.damaged("The column \"time\" has empty values, and may have none"));
                }
                times.as_primitive::<arrow::datatypes::TimestampMicrosecondType>().values().to_vec()
            }
            false => columns.numbers::<Int64Type>("time")?,
        };
        let (users, items, sessions) = (columns.texts("user")?, columns.texts("item")?, columns.texts("session")?);
        let repeats = columns.flags("repeat")?;
        let text = |texts: &StringArray, i: usize| texts.value(i).to_owned();
        let event = |i: usize| HeldOut {
            user: text(&users, i),
            item: text(&items, i),
            time: times[i],
            session: text(&sessions, i),
            repeat: repeats[i],
        };
        Ok(((0..columns.len()).map(event).collect(), has_time))
    }

    fn read_histories(&self, users: &Vocabulary, items: usize) -> Result<Histories, RunError> {
        let path = self.file(HISTORIES)?;
        let columns = Columns::read(&path)?;
        if !columns.texts("user")?.iter().flatten().eq(users.iter()) {
            return Err(columns.damaged("The users are not those of the list of IDs"));
        }
        let (offsets, entries) = columns.lists("items")?;
        if let Some(wrong) = entries.iter().find(|&&item| item as usize >= items) {
            return Err(columns.damaged(format!("There is no item in row {wrong}, there are {items}")));
        }
        Ok(Histories { offsets, items: entries })
    }

    fn read_checkpoint(&self, types: &[TrainedType], model: &Arc<Model>) -> Result<Option<Checkpoint>, RunError> {
        let Some(path) = self.optional(CHECKPOINT)? else { return Ok(None) };
        let bytes = fs::read(&path).map_err(RunError::io("Reading", &path))?;
        let tensors = Tensors::parse(&bytes, &path)?;
        let position: Position = parse(&tensors.metadata("position")?, &path)?;
        let state = BackendState { step: position.step, tensors: tensors.all_flat()?.into_iter().collect() };
        let best = self.optional(BEST)?;
        position
            .checkpoint(state, &path, model, |step| {
                let path = match &best {
                    Some(path) => path,
                    // The message names what is missing.
                    None => &self.file(BEST)?,
                };
                let bytes = fs::read(path).map_err(RunError::io("Reading", path))?;
                read_best(&Tensors::parse(&bytes, path)?, types, step)
            })
            .map(Some)
    }
}

/// The learned tables, by the names of their types.
pub(super) fn read_model(tensors: &Tensors<'_>, types: &[TrainedType]) -> Result<Model, RunError> {
    let mut model = Model { target: Vec::new(), context: Vec::new(), transfer: Vec::new() };
    for id_type in types {
        let name = &id_type.name;
        let target = tensors.matrix(&format!("target/{name}"), Some(id_type.vocabulary.len()), None)?;
        let (rows, dims) = target.dim();
        model.context.push(tensors.matrix(&format!("context/{name}"), Some(rows), Some(dims))?);
        if let Some(items) = model.target.first() {
            model.transfer.push(tensors.matrix(&format!("transfer/{name}"), Some(items.ncols()), Some(dims))?);
        }
        model.target.push(target);
    }
    Ok(model)
}

/// Names of the ID files of all tables, users last.
fn id_files(metadata: &RunMetadata) -> Vec<String> {
    let names = metadata.types.iter().map(String::as_str).chain([USER_TABLE]);
    file_stems(names).into_iter().map(|stem| format!("{IDS}/{stem}.parquet")).collect()
}

fn is_time(rows: &RecordBatch) -> bool {
    rows.column_by_name("time").is_some_and(|column| matches!(column.data_type(), DataType::Timestamp(..)))
}

/// The texts of a column, each of which may stand there once.
fn vocabulary(columns: &Columns<'_>, name: &str) -> Result<Vocabulary, RunError> {
    let texts = columns.texts(name)?;
    let mut vocabulary = Vocabulary::default();
    for (row, text) in texts.iter().flatten().enumerate() {
        if vocabulary.intern(text) as usize != row {
            return Err(columns.damaged(format!("The ID {text:?} stands in it twice")));
        }
    }
    Ok(vocabulary)
}
