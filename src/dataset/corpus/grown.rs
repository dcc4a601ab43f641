//! New data together with the items that an earlier run knows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{cast, interleave};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use ndarray::Array2;

use super::{ItemAttributes, TrainedType};
use crate::dataset::{Catalogue, Dataset, IdType};

/// The trained items of an earlier run and what it knows of them.
#[derive(Debug, Clone, Copy)]
pub struct TrainedItems<'a> {
    /// K types; the first is the item.
    pub types: &'a [TrainedType],
    /// `[D_1, K]` their IDs.
    pub attributes: &'a ItemAttributes,
    /// Every item of that run's catalogue: its ID first, a column a type, descriptive columns.
    pub described: &'a RecordBatch,
    /// `[D_1]` row of each trained item in `described`.
    pub rows: &'a [u32],
}

impl TrainedItems<'_> {
    fn row(&self, id: &str) -> Option<u32> {
        self.types.first()?.vocabulary.index(id)
    }

    /// The text of attribute `k` of `item`.
    fn attribute(&self, item: u32, k: usize) -> Option<&str> {
        match self.attributes.ids[(item as usize, k)] {
            ItemAttributes::MISSING => None,
            id => Some(self.types[k].vocabulary.id(id)),
        }
    }

    fn label(&self, item: u32) -> Option<&String> {
        self.types.first()?.labels.get(item as usize)?.as_ref()
    }
}

impl Dataset {
    /// The same events, with a catalogue that also holds the items of `earlier`, at its end.
    ///
    /// What the items file says of an item counts. Where it does not list an item or lacks a type or column,
    /// `earlier` is asked. The fingerprint stays that of the files.
    #[must_use]
    pub fn grown(&self, earlier: &TrainedItems<'_>) -> Self {
        Self { catalogue: grown(&self.catalogue, earlier), ..self.clone() }
    }
}

fn grown(catalogue: &Catalogue, earlier: &TrainedItems<'_>) -> Catalogue {
    let mut items = catalogue.id_types[0].vocabulary.as_ref().clone();
    if let Some(item_type) = earlier.types.first() {
        for id in item_type.vocabulary.iter() {
            items.intern(id);
        }
    }
    let known: Vec<Option<u32>> = items.iter().map(|id| earlier.row(id)).collect();

    let absent = earlier.types.iter().skip(1).filter(|old| !catalogue.id_types.iter().any(|own| own.name == old.name));
    let absent = absent.map(|old| IdType {
        name: old.name.clone(),
        column: old.name.clone(),
        vocabulary: Arc::default(),
        missing: 0,
    });
    let mut id_types: Vec<IdType> = catalogue.id_types.iter().cloned().chain(absent).collect();
    let mut attributes = Array2::from_elem((items.len(), id_types.len()), ItemAttributes::MISSING);
    for (k, id_type) in id_types.iter_mut().enumerate().skip(1) {
        let mut vocabulary = id_type.vocabulary.as_ref().clone();
        let old_type = earlier.types.iter().skip(1).position(|old| old.name == id_type.name).map(|old| old + 1);
        for (row, old) in known.iter().enumerate() {
            attributes[(row, k)] = if row < catalogue.listed && k < catalogue.type_count() {
                catalogue.attributes[(row, k)]
            } else {
                let text = old.zip(old_type).and_then(|(old, k)| earlier.attribute(old, k));
                text.map_or(ItemAttributes::MISSING, |text| vocabulary.intern(text))
            };
        }
        id_type.vocabulary = Arc::new(vocabulary);
    }
    attributes.column_mut(0).iter_mut().zip(0..).for_each(|(id, row)| *id = row);
    let labels = grown_labels(catalogue, earlier, &known);
    // Descriptions are for reading alone: without them everything still works.
    let descriptive = grown_descriptions(catalogue, earlier, &known)
        .unwrap_or_else(|_undescribed| empty_batch(Arc::new(Schema::empty()), known.len()));
    id_types[0].vocabulary = Arc::new(items);
    Catalogue { id_types, attributes, labels, descriptive, listed: catalogue.listed }
}

fn grown_labels(
    catalogue: &Catalogue,
    earlier: &TrainedItems<'_>,
    known: &[Option<u32>],
) -> Option<Vec<Option<String>>> {
    let old_label = |old: &Option<u32>| old.and_then(|old| earlier.label(old)).cloned();
    if catalogue.labels.is_none() && known.iter().all(|old| old_label(old).is_none()) {
        return None;
    }
    let label = |(row, old): (usize, &Option<u32>)| match &catalogue.labels {
        Some(labels) if row < catalogue.listed => labels[row].clone(),
        _ => old_label(old),
    };
    Some(known.iter().enumerate().map(label).collect())
}

/// The columns of both, each value from the items file where that has the column and lists the item.
fn grown_descriptions(
    catalogue: &Catalogue,
    earlier: &TrainedItems<'_>,
    known: &[Option<u32>],
) -> Result<RecordBatch, ArrowError> {
    let own = catalogue.descriptive.schema();
    let old = earlier.described.schema();
    let mut fields: Vec<Arc<Field>> = own.fields().iter().cloned().collect();
    let is_type = |name: &str| earlier.types.iter().skip(1).any(|id_type| id_type.name == name);
    let described = old.fields().iter().skip(1).filter(|field| !is_type(field.name()));
    fields.extend(described.filter(|field| own.column_with_name(field.name()).is_none()).cloned());
    let fields: Vec<Field> = fields.iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(fields.len());
    for field in &fields {
        let nulls = new_null_array(field.data_type(), 1);
        let new = catalogue.descriptive.column_by_name(field.name());
        let old = earlier.described.column_by_name(field.name()).and_then(|old| cast(old, field.data_type()).ok());
        let sources: [&dyn Array; 3] =
            [new.map_or(&nulls, |new| new), old.as_ref().map_or(&nulls, |old| old), &nulls].map(|array| &**array);
        let source = |(row, item): (usize, &Option<u32>)| match item {
            _ if new.is_some() && row < catalogue.listed => (0, row),
            Some(item) if old.is_some() => (1, earlier.rows[*item as usize] as usize),
            _ => (2, 0),
        };
        let indices: Vec<(usize, usize)> = known.iter().enumerate().map(source).collect();
        columns.push(interleave(&sources, &indices)?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(known.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

fn empty_batch(schema: Arc<Schema>, rows: usize) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, Vec::new(), &options).expect("a batch without columns has any length")
}
