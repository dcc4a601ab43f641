//! Maps of a run's tables, kept in its folder.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, RecordBatch, StringArray};
use arrow::datatypes::Float32Type;
use ndarray::{Array2, ArrayView2};

use super::columns::{Columns, batch, write_parquet};
use super::layout::{PROJECTIONS, file_stems};
use super::{Run, RunError, stage};

/// A map of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedProjection {
    /// The table: an ID type or "user".
    pub table: String,
    /// "pca", "tsne", "umap", "axes".
    pub method: String,
    /// [rows, 2 or 3] x, y (z) of every row of the table.
    pub coordinates: Array2<f32>,
    /// `[rows]` how far each point can be trusted, if that was measured.
    pub trust: Option<Vec<f32>>,
    /// How it was made and how good it is (`explained_variance_ratio`, `kl_divergence`, ...), in this order.
    pub metadata: Vec<(String, String)>,
}

/// Where IDs lie, as a file of a map says: of any table, also of some of its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct MapFile {
    /// `[points]` IDs.
    pub ids: Vec<String>,
    /// [points, 2 or 3] x, y (z).
    pub coordinates: Array2<f32>,
}

impl MapFile {
    /// Reads the Parquet file of a map.
    ///
    /// # Errors
    /// [`RunError::Io`]; [`RunError::Damaged`] if it is no such file.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let columns = Columns::read(path)?;
        let ids = columns.texts("id")?.iter().flatten().map(str::to_owned).collect();
        let coordinates = coordinates(&columns)?;
        match coordinates.ncols() {
            2 | 3 => Ok(Self { ids, coordinates }),
            _ => Err(columns.damaged("It has no columns x and y, as maps have")),
        }
    }
}

fn coordinates(columns: &Columns<'_>) -> Result<Array2<f32>, RunError> {
    let axes = AXES.iter().filter(|&axis| columns.batch.column_by_name(axis).is_some());
    let places = axes.map(|axis| columns.numbers::<Float32Type>(axis)).collect::<Result<Vec<_>, _>>()?;
    Ok(Array2::from_shape_fn((columns.len(), places.len()), |(row, axis)| places[axis][row]))
}

/// Names of coordinates.
const AXES: [&str; 3] = ["x", "y", "z"];

impl Run {
    /// Writes a map to its place in the run folder `folder` and returns the file. It appears whole.
    ///
    /// # Errors
    /// [`RunError::UnknownType`], [`RunError::Io`].
    ///
    /// # Panics
    /// If there is not one coordinate a row, or not 1 to 3 axes.
    pub fn write_projection(&self, folder: &Path, projection: &SavedProjection) -> Result<PathBuf, RunError> {
        let (coordinates, trust) = (projection.coordinates.view(), projection.trust.as_deref());
        let rows = self.projection_rows(&projection.table, None, coordinates, trust)?;
        let path = self.projection_path(folder, &projection.table, &projection.method);
        fs::create_dir_all(folder.join(PROJECTIONS)).map_err(RunError::io("Creating the folder", &path))?;
        let own = [("table", &projection.table), ("method", &projection.method)];
        let own = own.into_iter().map(|(key, value)| (key.to_owned(), value.clone()));
        let metadata: Vec<_> = own.chain(projection.metadata.iter().cloned()).collect();
        let file = stage(&path).map_err(RunError::io("Writing", &path))?;
        write_parquet(file.as_file(), &rows, &metadata)
            .map_err(|error| RunError::io("Writing", &path)(std::io::Error::other(error)))?;
        file.persist(&path).map_err(|error| RunError::io("Writing", &path)(error.error))?;
        Ok(path)
    }

    /// Reads the map of `table` by `method` from the run folder `folder`; `None` if there is none.
    ///
    /// # Errors
    /// [`RunError::UnknownType`], [`RunError::Damaged`], also if it shows other rows than this run's.
    pub fn read_projection(
        &self,
        folder: &Path,
        table: &str,
        method: &str,
    ) -> Result<Option<SavedProjection>, RunError> {
        let rows = self.table(table)?;
        let path = self.projection_path(folder, table, method);
        if !path.exists() {
            return Ok(None);
        }
        let columns = Columns::read(&path)?;
        if !columns.texts("id")?.iter().flatten().eq(rows.vocabulary.iter()) {
            return Err(columns.damaged(format!("It shows other IDs than the run's table {table:?}")));
        }
        let coordinates = coordinates(&columns)?;
        let has_trust = columns.batch.column_by_name("trust").is_some();
        let trust = has_trust.then(|| columns.numbers::<Float32Type>("trust")).transpose()?;
        let mut metadata = columns.key_values;
        metadata.retain(|(key, _)| key != "table" && key != "method");
        Ok(Some(SavedProjection { table: table.to_owned(), method: method.to_owned(), coordinates, trust, metadata }))
    }

    /// id, label, x, y (z) of each of `rows` of `table` (`None`: all), and its trust where that was measured.
    pub(crate) fn projection_rows(
        &self,
        table: &str,
        rows: Option<&[u32]>,
        coordinates: ArrayView2<'_, f32>,
        trust: Option<&[f32]>,
    ) -> Result<RecordBatch, RunError> {
        let table = self.table(table)?;
        let rows: Cow<'_, [u32]> = rows.map_or_else(|| (0..table.vocabulary.len() as u32).collect(), Cow::Borrowed);
        assert_eq!(coordinates.nrows(), rows.len(), "one place a row");
        assert!((1..=AXES.len()).contains(&coordinates.ncols()), "a map has 1 to 3 axes");
        let ids = rows.iter().map(|&row| table.vocabulary.id(row));
        let labels = rows.iter().map(|&row| table.labels.get(row as usize).and_then(Option::as_deref));
        let mut columns: Vec<(&str, bool, ArrayRef)> = vec![
            ("id", false, Arc::new(StringArray::from_iter_values(ids))),
            ("label", true, Arc::new(labels.collect::<StringArray>())),
        ];
        for (axis, values) in AXES.iter().zip(coordinates.columns()) {
            columns.push((axis, false, Arc::new(Float32Array::from_iter_values(values.iter().copied()))));
        }
        if let Some(trust) = trust {
            columns.push(("trust", false, Arc::new(Float32Array::from_iter_values(trust.iter().copied()))));
        }
        Ok(batch(columns))
    }

    /// Where the run folder `folder` keeps the map of `table` by `method`.
    #[must_use]
    pub fn projection_path(&self, folder: &Path, table: &str, method: &str) -> PathBuf {
        let names = self.table_names();
        let stems = file_stems(names.iter().copied());
        let stem = names.iter().zip(stems).find(|(name, _)| **name == table).map_or_else(String::new, |(_, stem)| stem);
        folder.join(PROJECTIONS).join(format!("{stem}-{}.parquet", file_stems([method]).concat()))
    }
}
