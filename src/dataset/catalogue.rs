//! The items and what is known of them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use ndarray::Array2;

use super::Vocabulary;

/// One kind of ID: the item itself or an attribute.
#[derive(Debug, Clone)]
pub struct IdType {
    /// Its name: "item", "store".
    pub name: String,
    /// The column it comes from.
    pub column: String,
    /// All its IDs in the catalogue, in order of first appearance.
    pub vocabulary: Arc<Vocabulary>,
    /// Listed items that lack it (items known from events alone lack every attribute and are not counted).
    pub missing: u64,
}

/// Every item of the items file and of the events, one row each, in that order.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// The ID types; the first is the item, whose vocabulary gives the rows' order.
    pub id_types: Vec<IdType>,
    /// `[items, K]` index into each type's vocabulary; column 0 is the row itself;
    /// [`super::ItemAttributes::MISSING`] where absent.
    pub attributes: Array2<u32>,
    /// `[items]` the item's name for people, where there is a label column.
    pub labels: Option<Vec<Option<String>>>,
    /// Descriptive columns, one row an item, in file order (label included); no column if there is none.
    pub descriptive: RecordBatch,
    /// Rows that come from the items file; the later ones are known from events alone.
    pub listed: usize,
}

impl Catalogue {
    /// Number of items.
    #[must_use]
    pub fn item_count(&self) -> usize {
        self.attributes.nrows()
    }

    /// Number of ID types, K.
    #[must_use]
    pub fn type_count(&self) -> usize {
        self.id_types.len()
    }
}
