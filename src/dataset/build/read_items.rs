//! The items file, row by row, and the catalogue that comes of it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array};
use arrow::compute::{cast, concat_batches, take};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use ndarray::Array2;

use super::problem_log::ProblemLog;
use crate::dataset::reader::{Rows, Table, quoted, unreadable};
use crate::dataset::roles::ItemRoles;
use crate::dataset::values::text_column::{SeenTexts, TextColumn, plain_type};
use crate::dataset::{Catalogue, DatasetError, IdType, ItemAttributes, ProblemKind, Severity, Vocabulary};
use crate::progress::Watch;

/// An attribute while the items are read.
struct Attribute {
    name: String,
    column: String,
    vocabulary: Vocabulary,
    seen: SeenTexts,
    ids: Vec<u32>,
}

/// The items that were read. Without an items file it begins empty and the events fill it.
pub(super) struct ItemList {
    /// Item texts; the events add those that the file lacks.
    pub items: Vocabulary,
    /// The column of the items.
    column: String,
    attributes: Vec<Attribute>,
    labels: Option<Vec<Option<String>>>,
    schema: SchemaRef,
    descriptive: Vec<RecordBatch>,
    listed: usize,
}

impl ItemList {
    /// No items; `column` is where the events name them.
    pub(super) fn unlisted(column: &str) -> Self {
        Self {
            items: Vocabulary::default(),
            column: column.to_owned(),
            attributes: Vec::new(),
            labels: None,
            schema: Arc::new(Schema::empty()),
            descriptive: Vec::new(),
            listed: 0,
        }
    }

    /// Reads the items of `table`, whose item column is `item`.
    pub(super) fn read(
        table: &Table,
        item: usize,
        roles: &ItemRoles,
        log: &mut ProblemLog,
        watch: &Watch,
    ) -> Result<Self, DatasetError> {
        let columns = table.columns();
        let described: Vec<usize> = (0..columns.len())
            .filter(|&c| item != c && (roles.label == Some(c) || !roles.types.iter().any(|(_, t)| *t == c)))
            .collect();
        let fields = described.iter().map(|&c| Field::new(&columns[c].name, plain_type(&columns[c].data_type), true));
        let mut list = Self { schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())), ..Self::unlisted("") };
        list.column.clone_from(&columns[item].name);
        list.labels = roles.label.map(|_| Vec::new());
        list.attributes = roles
            .types
            .iter()
            .map(|(name, c)| Attribute {
                name: name.clone(),
                column: columns[*c].name.clone(),
                vocabulary: Vocabulary::default(),
                seen: SeenTexts::default(),
                ids: Vec::new(),
            })
            .collect();

        let mut wanted = vec![item];
        wanted.extend(roles.types.iter().map(|(_, c)| c));
        wanted.extend(roles.label);
        wanted.extend(&described);
        let mut rows_seen = 0;
        table.read(&wanted, "Reading items", watch, |path, rows| {
            rows_seen += rows.len as u64 + rows.faults.iter().map(|f| f.count).sum::<u64>();
            log.faults(path, &rows);
            list.add(path, &rows, log)
        })?;
        if rows_seen == 0 {
            return Err(DatasetError::Empty(table.first_path().to_owned()));
        }
        list.listed = list.items.len();
        Ok(list)
    }

    fn add(&mut self, path: &Path, rows: &Rows, log: &mut ProblemLog) -> Result<(), DatasetError> {
        let described_from = 1 + self.attributes.len() + usize::from(self.labels.is_some());
        let names = std::iter::once(self.column.as_str()).chain(self.attributes.iter().map(|a| a.column.as_str()));
        let names: Vec<&str> = names.chain(self.labels.is_some().then_some("the label")).collect();
        let mut texts = Vec::with_capacity(described_from);
        for (array, name) in rows.columns.iter().zip(&names) {
            texts.push(TextColumn::new(array).map_err(|e| no_text(path, name, &e))?);
        }
        let unit = rows.places.unit();
        let mut keep = Vec::with_capacity(rows.len);
        for row in 0..rows.len {
            let place = rows.places.of(row);
            if let Some(column) = texts.iter().position(|t| t.is_invalid(row)) {
                log.bad_row(ProblemKind::InvalidText, path, place, || {
                    format!("The text in column {} on {unit} {place} is not UTF-8", names[column])
                });
                continue;
            }
            let Some(item) = texts[0].get(row) else {
                log.bad_row(ProblemKind::MissingValue, path, place, || {
                    format!("There is no item in column {} on {unit} {place}", names[0])
                });
                continue;
            };
            let next = self.items.len();
            if self.items.intern(item) as usize == next {
                keep.push(row as u32);
            } else {
                log.count(Severity::Warning, ProblemKind::RepeatedItem, path, Some(place), 1, || {
                    format!(
                        "The item {} is listed again on {unit} {place}; only the first row of an item counts",
                        quoted(item)
                    )
                });
            }
        }
        for (attribute, text) in self.attributes.iter_mut().zip(&texts[1..]) {
            text.intern(&keep, &mut attribute.vocabulary, &mut attribute.seen, &mut attribute.ids);
        }
        if let (Some(labels), Some(text)) = (&mut self.labels, texts.last()) {
            labels.extend(keep.iter().map(|&row| text.get(row as usize).map(str::to_owned)));
        }
        let described = rows.columns.get(described_from..).unwrap_or_default();
        let batch =
            self.describe(described, &keep).map_err(|e| unreadable(path, &format!("Cannot keep a column: {e}")))?;
        self.descriptive.push(batch);
        Ok(())
    }

    /// The descriptive columns of the rows `keep`.
    fn describe(&self, columns: &[ArrayRef], keep: &[u32]) -> Result<RecordBatch, ArrowError> {
        let keep = UInt32Array::from(keep.to_vec());
        let kept = columns.iter().zip(self.schema.fields()).map(|(array, field)| {
            let array = cast(array, field.data_type())?;
            take(&array, &keep, None)
        });
        let kept = kept.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(keep.len()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), kept, &options)
    }

    /// How many items the file lists.
    pub(super) fn listed(&self) -> usize {
        self.listed
    }

    /// The catalogue; items added to `items` since reading lack every attribute. `path` is the items file.
    pub(super) fn finish(mut self, path: &Path, log: &mut ProblemLog) -> Result<Catalogue, DatasetError> {
        let count = self.items.len();
        self.drop_empty_types(path, log);
        self.tell_duplicate_types(path, log);
        let extra = count - self.listed;
        let descriptive = self.descriptive_batch(extra);
        let descriptive = descriptive.map_err(|e| unreadable(path, &format!("Cannot keep the columns: {e}")))?;
        if let Some(labels) = &mut self.labels {
            labels.resize(count, None);
        }
        let mut attributes = Array2::from_elem((count, 1 + self.attributes.len()), ItemAttributes::MISSING);
        attributes.column_mut(0).iter_mut().zip(0..).for_each(|(id, row)| *id = row);
        let item_type =
            IdType { name: "item".to_owned(), column: self.column, vocabulary: Arc::new(self.items), missing: 0 };
        let mut id_types = vec![item_type];
        for (k, attribute) in self.attributes.into_iter().enumerate() {
            for (id, &value) in attributes.column_mut(k + 1).iter_mut().zip(&attribute.ids) {
                *id = value;
            }
            id_types.push(IdType {
                name: attribute.name,
                column: attribute.column,
                vocabulary: Arc::new(attribute.vocabulary),
                missing: attribute.ids.iter().filter(|&&id| id == ItemAttributes::MISSING).count() as u64,
            });
        }
        Ok(Catalogue { id_types, attributes, labels: self.labels, descriptive, listed: self.listed })
    }

    fn descriptive_batch(&mut self, extra: usize) -> Result<RecordBatch, ArrowError> {
        let nulls = self.schema.fields().iter().map(|f| new_null_array(f.data_type(), extra)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(extra));
        self.descriptive.push(RecordBatch::try_new_with_options(Arc::clone(&self.schema), nulls, &options)?);
        if self.schema.fields().is_empty() {
            let options = RecordBatchOptions::new().with_row_count(Some(self.items.len()));
            return RecordBatch::try_new_with_options(Arc::clone(&self.schema), Vec::new(), &options);
        }
        concat_batches(&self.schema, &self.descriptive)
    }

    fn drop_empty_types(&mut self, path: &Path, log: &mut ProblemLog) {
        let (kept, empty): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.attributes).into_iter().partition(|a| !a.vocabulary.is_empty());
        self.attributes = kept;
        if empty.is_empty() {
            return;
        }
        let names: Vec<String> = empty.iter().map(|a| format!("{} (column {})", a.name, a.column)).collect();
        log.count(Severity::Warning, ProblemKind::EmptyType, path, None, empty.len() as u64, || {
            let left_out = if empty.len() == 1 { "it is left out" } else { "these types are left out" };
            format!("No item has an ID of the type {}; {left_out}", names.join(" or "))
        });
    }

    /// IDs are numbered by first appearance, so two columns that repeat each other one to one have equal numbers.
    fn tell_duplicate_types(&self, path: &Path, log: &mut ProblemLog) {
        let mut pairs = Vec::new();
        for (k, attribute) in self.attributes.iter().enumerate() {
            let same = if attribute.ids.iter().copied().eq(0..self.listed as u32) {
                Some("item")
            } else {
                self.attributes[..k].iter().find(|other| other.ids == attribute.ids).map(|other| other.name.as_str())
            };
            pairs.extend(same.map(|same| format!("{} (column {}) repeats {same}", attribute.name, attribute.column)));
        }
        if !pairs.is_empty() {
            log.count(Severity::Warning, ProblemKind::DuplicateType, path, None, pairs.len() as u64, || {
                format!("The ID type {} one to one; it is kept, but adds nothing", pairs.join(", and "))
            });
        }
    }
}

/// The error of a column whose type has no text form.
pub(super) fn no_text(path: &Path, column: &str, error: &ArrowError) -> DatasetError {
    unreadable(path, &format!("The column {column} cannot be read as text ({error}); write it as text or integers"))
}
