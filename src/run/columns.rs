//! Record batches to Parquet and back, each column checked.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{CastOptions, cast_with_options, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type, UInt64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::RunError;
use crate::containment::contained;

/// A batch of named columns, each with whether it may hold nulls.
///
/// # Panics
/// If the columns differ in length.
pub(super) fn batch(columns: Vec<(&str, bool, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, nullable, column)| Field::new(*name, column.data_type().clone(), *nullable))
        .collect();
    let columns = columns.into_iter().map(|(_, _, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one table have one length")
}

/// Writes `batch` and `key_values` as a Parquet file; equal input, equal bytes.
///
/// # Errors
/// [`ParquetError`] if writing fails or a column's type has no place in Parquet.
pub(crate) fn write_parquet(
    file: impl Write + Send,
    batch: &RecordBatch,
    key_values: &[(String, String)],
) -> Result<(), ParquetError> {
    let metadata = key_values.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(metadata));
    // A dictionary of numbers would take most of the time, and lists of row numbers are the longest columns by far.
    for field in batch.schema().fields() {
        let path = match field.data_type() {
            DataType::List(entry) if entry.data_type().is_integer() => {
                vec![field.name().clone(), "list".to_owned(), entry.name().clone()]
            }
            kind if kind.is_integer() || matches!(kind, DataType::Timestamp(..)) => vec![field.name().clone()],
            _ => continue,
        };
        let path = ColumnPath::new(path);
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build()))?;
    writer.write(batch)?;
    writer.close()?;
    Ok(())
}

/// Writes columns user and group as a Parquet file.
///
/// # Errors
/// [`ParquetError`] if writing fails.
pub(crate) fn write_user_groups(file: impl Write + Send, users: &[&str], groups: Vec<u32>) -> Result<(), ParquetError> {
    let users: ArrayRef = Arc::new(StringArray::from_iter_values(users));
    let groups: ArrayRef = Arc::new(UInt32Array::from(groups));
    write_parquet(file, &batch(vec![("user", false, users), ("group", false, groups)]), &[])
}

/// A Parquet file in memory.
pub(super) struct Columns<'a> {
    /// All rows.
    pub batch: RecordBatch,
    /// The file's key-value metadata, the Arrow schema left out.
    pub key_values: Vec<(String, String)>,
    path: &'a Path,
}

impl<'a> Columns<'a> {
    /// Reads the whole file.
    pub fn read(path: &'a Path) -> Result<Self, RunError> {
        let file = File::open(path).map_err(RunError::io("Reading", path))?;
        let unreadable = |cause: String| RunError::damaged(path, format!("The Parquet file is damaged: {cause}"));
        // The reader has asserts that a damaged page can reach; a file must never bring the program down.
        let (batch, key_values) = contained(|| read_all(file))
            .ok_or_else(|| unreadable("its pages contradict each other".to_owned()))?
            .map_err(|error| unreadable(error.to_string()))?;
        Ok(Self { batch, key_values, path })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// The error that `message` describes, about this file.
    pub fn damaged(&self, message: impl Into<String>) -> RunError {
        RunError::damaged(self.path, message)
    }

    /// The column `name` as `wanted`, which may hold nulls.
    pub fn column(&self, name: &str, wanted: &DataType) -> Result<ArrayRef, RunError> {
        let column =
            self.batch.column_by_name(name).ok_or_else(|| self.damaged(format!("The column {name:?} is missing")))?;
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(column, wanted, &strict)
            .map_err(|error| self.damaged(format!("The column {name:?} is not {wanted}: {error}")))
    }

    fn full(&self, name: &str, wanted: &DataType) -> Result<ArrayRef, RunError> {
        let column = self.column(name, wanted)?;
        match column.logical_null_count() {
            0 => Ok(column),
            nulls => Err(self.damaged(format!("The column {name:?} has {nulls} empty values, and may have none"))),
        }
    }

    /// Numbers, without nulls.
    pub fn numbers<T: ArrowPrimitiveType>(&self, name: &str) -> Result<Vec<T::Native>, RunError> {
        Ok(self.full(name, &T::DATA_TYPE)?.as_primitive::<T>().values().to_vec())
    }

    /// Counts, without nulls.
    pub fn counts(&self, name: &str) -> Result<Vec<u64>, RunError> {
        self.numbers::<UInt64Type>(name)
    }

    /// Lists of row numbers, without nulls: offsets and entries.
    pub fn lists(&self, name: &str) -> Result<(Vec<usize>, Vec<u32>), RunError> {
        let wanted = DataType::List(Arc::new(Field::new_list_field(DataType::UInt32, true)));
        let lists = self.full(name, &wanted)?;
        let lists = lists.as_list::<i32>();
        let mut offsets = vec![0];
        let mut entries: Vec<u32> = Vec::new();
        for row in 0..lists.len() {
            let list = lists.value(row);
            if list.logical_null_count() > 0 {
                return Err(self.damaged(format!("The column {name:?} has an empty value in row {row}")));
            }
            entries.extend_from_slice(list.as_primitive::<UInt32Type>().values());
            offsets.push(entries.len());
        }
        Ok((offsets, entries))
    }

    /// Texts, without nulls.
    pub fn texts(&self, name: &str) -> Result<StringArray, RunError> {
        Ok(self.full(name, &DataType::Utf8)?.as_string::<i32>().clone())
    }

    /// Texts, some of which may be missing.
    pub fn optional_texts(&self, name: &str) -> Result<StringArray, RunError> {
        Ok(self.column(name, &DataType::Utf8)?.as_string::<i32>().clone())
    }

    /// Truth values, without nulls.
    pub fn flags(&self, name: &str) -> Result<Vec<bool>, RunError> {
        Ok(self.full(name, &DataType::Boolean)?.as_boolean().values().iter().collect())
    }
}

fn read_all(file: File) -> Result<(RecordBatch, Vec<(String, String)>), ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let schema = Arc::clone(builder.schema());
    let key_values = builder.metadata().file_metadata().key_value_metadata().into_iter().flatten();
    let key_values = key_values
        .filter(|entry| entry.key != parquet::arrow::ARROW_SCHEMA_META_KEY)
        .map(|entry| (entry.key.clone(), entry.value.clone().unwrap_or_default()))
        .collect();
    let batches = builder.build()?.collect::<Result<Vec<_>, _>>()?;
    Ok((concat_batches(&schema, &batches)?, key_values))
}
