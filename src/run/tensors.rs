//! f32 tensors to safetensors and back, each shape checked.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use ndarray::{Array2, ArrayView2};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};

use super::RunError;

/// An f32 tensor to write.
#[derive(Debug)]
pub(crate) struct Floats<'a> {
    values: Cow<'a, [f32]>,
    shape: Vec<usize>,
}

impl<'a> Floats<'a> {
    /// A matrix; it is copied only if its rows do not lie one behind the other.
    pub fn matrix(matrix: ArrayView2<'a, f32>) -> Self {
        let values = match matrix.to_slice() {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(matrix.iter().copied().collect()),
        };
        Self { values, shape: matrix.shape().to_vec() }
    }

    /// A vector.
    pub fn flat(values: &'a [f32]) -> Self {
        Self { values: Cow::Borrowed(values), shape: vec![values.len()] }
    }
}

/// Writes `tensors`, sorted by name, as a safetensors file: row-major, little endian. One entry of metadata at most:
/// several would be written in an order of chance. (The crate's own writer replaces the file by one that nobody but its
/// owner may read, or needs everything in memory twice.)
///
/// # Errors
/// If writing fails, or two tensors have one name.
pub(crate) fn write_tensors(
    mut out: impl Write,
    mut tensors: Vec<(String, Floats<'_>)>,
    metadata: Option<(&str, String)>,
) -> io::Result<()> {
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let mut end = 0;
    let infos = tensors.iter().map(|(name, tensor)| {
        let start = end;
        end += tensor.values.len() * size_of::<f32>();
        let shape = tensor.shape.clone();
        (name.clone(), TensorInfo { dtype: Dtype::F32, shape, data_offsets: (start, end) })
    });
    let metadata = metadata.map(|(key, value)| HashMap::from([(key.to_owned(), value)]));
    let header = Metadata::new(metadata, infos.collect()).map_err(io::Error::other)?;
    let mut header = serde_json::to_vec(&header)?;
    // The data begins at a multiple of 8.
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for (_, tensor) in &tensors {
        for value in tensor.values.iter() {
            out.write_all(&value.to_le_bytes())?;
        }
    }
    out.flush()
}

/// A safetensors file in memory.
pub(super) struct Tensors<'a> {
    tensors: SafeTensors<'a>,
    bytes: &'a [u8],
    path: &'a Path,
}

impl<'a> Tensors<'a> {
    /// Reads the header of the file whose contents are `bytes`.
    pub fn parse(bytes: &'a [u8], path: &'a Path) -> Result<Self, RunError> {
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| RunError::damaged(path, format!("The safetensors file is damaged: {error}")))?;
        Ok(Self { tensors, bytes, path })
    }

    /// The matrix `name` with `rows` rows, or any number of rows.
    pub fn matrix(&self, name: &str, rows: Option<usize>, columns: Option<usize>) -> Result<Array2<f32>, RunError> {
        let (shape, values) = self.values(name)?;
        let &[found_rows, found_columns] = shape.as_slice() else {
            return Err(self.damaged(format!("The tensor {name:?} has shape {shape:?}, it should have two axes")));
        };
        if rows.is_some_and(|rows| rows != found_rows) || columns.is_some_and(|columns| columns != found_columns) {
            let side = |wanted: Option<usize>| wanted.map_or_else(|| "any".to_owned(), |size| size.to_string());
            let wanted = format!("[{}, {}]", side(rows), side(columns));
            return Err(self.damaged(format!("The tensor {name:?} has shape {shape:?}, it should have {wanted}")));
        }
        Array2::from_shape_vec((found_rows, found_columns), values)
            .map_err(|error| self.damaged(format!("The tensor {name:?} is damaged: {error}")))
    }

    /// All tensors by name, flat.
    pub fn all_flat(&self) -> Result<Vec<(String, Vec<f32>)>, RunError> {
        let names = self.tensors.names();
        names.into_iter().map(|name| Ok((name.to_owned(), self.values(name)?.1))).collect()
    }

    /// The metadata entry `key`.
    pub fn metadata(&self, key: &str) -> Result<String, RunError> {
        let (_, header) = SafeTensors::read_metadata(self.bytes)
            .map_err(|error| self.damaged(format!("The safetensors file is damaged: {error}")))?;
        let value = header.metadata().as_ref().and_then(|entries| entries.get(key)).cloned();
        value.ok_or_else(|| self.damaged(format!("The metadata entry {key:?} is missing")))
    }

    fn values(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>), RunError> {
        let tensor =
            self.tensors.tensor(name).map_err(|_missing| self.damaged(format!("The tensor {name:?} is missing")))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(self.damaged(format!("The tensor {name:?} has type {:?}, it should be F32", tensor.dtype())));
        }
        let (values, _) = tensor.data().as_chunks::<4>();
        Ok((tensor.shape().to_vec(), values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()))
    }

    /// The error that `message` describes, about this file.
    pub fn damaged(&self, message: impl Into<String>) -> RunError {
        RunError::damaged(self.path, message)
    }
}
