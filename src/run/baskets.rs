//! baskets.parquet: all training events, basket by basket.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, RecordBatch, TimestampMicrosecondArray, UInt32Array, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int64Type, UInt32Type};

use super::RunError;
use super::columns::{Columns, batch};
use crate::dataset::{BasketUnit, Baskets};

/// The entry of the file's metadata that says what makes a basket.
const UNIT: &str = "unit";
/// The column of the times, which a run of an earlier program lacks.
const TIME: &str = "time";

/// One row a basket: whose it is (the row of the table of users), its items (rows of the table of items) and, where that is
/// known, when it began; and the file's metadata.
pub(super) fn basket_rows(baskets: &Baskets) -> (RecordBatch, Vec<(String, String)>) {
    let users: ArrayRef = Arc::new(UInt32Array::from(baskets.users.clone()));
    let lengths = baskets.offsets.windows(2).map(|ends| ends[1] - ends[0]);
    let mut columns = vec![("user", false, users), ("items", false, lists(lengths, &baskets.items))];
    if !baskets.times.is_empty() {
        let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(baskets.times.clone()).with_timezone("UTC"));
        columns.push((TIME, false, times));
    }
    (batch(columns), vec![(UNIT.to_owned(), baskets.unit.word().to_owned())])
}

/// Lists of row numbers, one after the other in `entries`.
pub(super) fn lists(lengths: impl ExactSizeIterator<Item = usize>, entries: &[u32]) -> ArrayRef {
    let field = Arc::new(Field::new_list_field(DataType::UInt32, true));
    if lengths.len() == 0 {
        return new_empty_array(&DataType::List(field));
    }
    let entries = Arc::new(UInt32Array::from(entries.to_vec()));
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), entries, None))
}

/// Reads them back, for `users` users and `items` items.
///
/// # Errors
/// [`RunError::Damaged`] if a row names a user or an item that is not there, or the users are out of order.
pub(super) fn read_baskets(path: &Path, users: usize, items: usize) -> Result<Baskets, RunError> {
    let columns = Columns::read(path)?;
    let unit = columns.key_values.iter().find(|(key, _)| key == UNIT).and_then(|(_, word)| BasketUnit::from_word(word));
    let unit = unit.ok_or_else(|| columns.damaged("The metadata do not say what a basket is"))?;
    let owners = columns.numbers::<UInt32Type>("user")?;
    if let Some(pair) = owners.windows(2).find(|pair| pair[0] > pair[1]) {
        return Err(columns.damaged(format!("User {} stands after user {}", pair[1], pair[0])));
    }
    if let Some(wrong) = owners.last().filter(|&&user| user as usize >= users) {
        return Err(columns.damaged(format!("There is no user in row {wrong}, there are {users}")));
    }
    let (offsets, entries) = columns.lists("items")?;
    if let Some(wrong) = entries.iter().find(|&&item| item as usize >= items) {
        return Err(columns.damaged(format!("There is no item in row {wrong}, there are {items}")));
    }
    let times = match columns.batch.column_by_name(TIME) {
        Some(_) => columns.numbers::<Int64Type>(TIME)?,
        None => Vec::new(),
    };
    Ok(Baskets { unit, users: owners, offsets, items: entries, times })
}
