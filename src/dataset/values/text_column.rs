//! A column of any type as text, without a `String` a row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::dataset::{ItemAttributes, Vocabulary};

/// Text as it stands, or each distinct text once with its rows pointing to it.
pub(in crate::dataset) struct TextColumn {
    values: StringArray,
    keys: Option<Int32Array>,
    /// Rows whose bytes are no UTF-8; empty where the type makes sure of it.
    invalid: Vec<bool>,
}

impl TextColumn {
    /// Reads `array` as text: integers in decimal, booleans as `true` and `false`, binary as UTF-8.
    ///
    /// # Errors
    /// If the type has no text form (lists, structs).
    pub(in crate::dataset) fn new(array: &ArrayRef) -> Result<Self, ArrowError> {
        let text = |array: &dyn Array| -> Result<StringArray, ArrowError> {
            Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
        };
        if let Some(dictionary) = array.as_any_dictionary_opt() {
            let keys = cast(dictionary.keys(), &DataType::Int32)?;
            let keys = Some(keys.as_primitive().clone());
            return Ok(Self { values: text(dictionary.values())?, keys, invalid: Vec::new() });
        }
        if array.data_type() == &DataType::Utf8 {
            return Ok(Self { values: array.as_string::<i32>().clone(), keys: None, invalid: Vec::new() });
        }
        let values = text(&in_utc(array)?)?;
        let is_binary = matches!(array.data_type(), DataType::Binary | DataType::LargeBinary | DataType::BinaryView);
        // The cast makes null of what is no UTF-8.
        let invalid = if is_binary && values.null_count() > array.null_count() {
            (0..array.len()).map(|row| array.is_valid(row) && values.is_null(row)).collect()
        } else {
            Vec::new()
        };
        Ok(Self { values, keys: None, invalid })
    }

    /// The text of row `row`; `None` where it is null or empty.
    pub(in crate::dataset) fn get(&self, row: usize) -> Option<&str> {
        let value = match &self.keys {
            None => row,
            Some(keys) if keys.is_null(row) => return None,
            Some(keys) => usize::try_from(keys.value(row)).ok()?,
        };
        self.is_text(value).then(|| self.values.value(value))
    }

    /// Whether every row has a text.
    pub(in crate::dataset) fn is_complete(&self) -> bool {
        let is_text = |ends: &[i32]| ends[0] < ends[1];
        let all_texts = || self.values.null_count() == 0 && self.values.value_offsets().windows(2).all(is_text);
        match &self.keys {
            None => all_texts(),
            Some(keys) if keys.null_count() > 0 => false,
            Some(keys) => {
                let has_text = |&key: &i32| usize::try_from(key).is_ok_and(|key| self.is_text(key));
                // A dictionary may be much longer than a batch.
                (self.values.len() <= keys.len() && all_texts()) || keys.values().iter().all(has_text)
            }
        }
    }

    /// Whether the value `value` is there and not empty.
    fn is_text(&self, value: usize) -> bool {
        let offsets = self.values.value_offsets();
        value < self.values.len() && offsets[value] < offsets[value + 1] && !self.values.is_null(value)
    }

    /// Whether a row holds bytes that are no text.
    pub(in crate::dataset) fn has_invalid(&self) -> bool {
        !self.invalid.is_empty()
    }

    /// Whether row `row` holds bytes that are no text.
    pub(in crate::dataset) fn is_invalid(&self, row: usize) -> bool {
        self.invalid.get(row).copied().unwrap_or(false)
    }

    /// Adds the index of each text of `rows` to `out`, new texts at the end of `vocabulary`;
    /// [`ItemAttributes::MISSING`] where there is none. `seen` belongs to this column and vocabulary alone.
    pub(in crate::dataset) fn intern(
        &self,
        rows: &[u32],
        vocabulary: &mut Vocabulary,
        seen: &mut SeenTexts,
        out: &mut Vec<u32>,
    ) {
        self.number(rows, seen, out, |text| vocabulary.intern(text));
    }

    /// As [`Self::intern`], but a text gets another index in another dictionary.
    pub(in crate::dataset) fn intern_once_a_dictionary(
        &self,
        rows: &[u32],
        vocabulary: &mut Vocabulary,
        seen: &mut SeenTexts,
        out: &mut Vec<u32>,
    ) {
        if self.keys.is_some() {
            self.number(rows, seen, out, |text| vocabulary.append(text));
        } else {
            self.number(rows, seen, out, |text| vocabulary.intern(text));
        }
    }

    fn number(&self, rows: &[u32], seen: &mut SeenTexts, out: &mut Vec<u32>, mut index: impl FnMut(&str) -> u32) {
        let Some(keys) = &self.keys else {
            // Users and sessions come in runs.
            let mut last = ("", ItemAttributes::MISSING);
            out.extend(rows.iter().map(|&row| {
                let text = self.get(row as usize).unwrap_or("");
                if text != last.0 {
                    last = (text, if text.is_empty() { ItemAttributes::MISSING } else { index(text) });
                }
                last.1
            }));
            return;
        };
        let indices = seen.indices_of(&self.values);
        let has_nulls = keys.null_count() > 0;
        out.extend(rows.iter().map(|&row| {
            let row = row as usize;
            if has_nulls && keys.is_null(row) {
                return ItemAttributes::MISSING;
            }
            // A key beyond the dictionary has no text.
            let Some(slot) = usize::try_from(keys.value(row)).ok().and_then(|key| indices.get_mut(key)) else {
                return ItemAttributes::MISSING;
            };
            if *slot == UNSEEN {
                *slot = self.get(row).map_or(ItemAttributes::MISSING, &mut index);
            }
            *slot
        }));
    }
}

/// Stands where a text of a dictionary was not looked up yet.
const UNSEEN: u32 = u32::MAX - 1;

/// Indices of the texts of the last dictionary: batches often share one.
#[derive(Default)]
pub(in crate::dataset) struct SeenTexts {
    values: Option<StringArray>,
    indices: Vec<u32>,
}

impl SeenTexts {
    fn indices_of(&mut self, values: &StringArray) -> &mut [u32] {
        // The array held here keeps its buffers alive, so equal addresses are equal texts.
        let same = |known: &StringArray| {
            known.len() == values.len()
                && std::ptr::eq(known.value_offsets(), values.value_offsets())
                && std::ptr::eq(known.value_data(), values.value_data())
        };
        if !self.values.as_ref().is_some_and(same) {
            self.values = Some(values.clone());
            self.indices.clear();
            self.indices.resize(values.len(), UNSEEN);
        }
        &mut self.indices
    }
}

/// The type of `data_type` that every consumer can print: one text type, no dictionaries, no zone but UTC.
pub(in crate::dataset) fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => plain_type(value),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        // Naming a zone needs the database of zones to print; UTC in numbers does not.
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        other => other.clone(),
    }
}

fn in_utc(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        zoned @ DataType::Timestamp(_, Some(_)) => cast(array, &plain_type(zoned)),
        _ => Ok(Arc::clone(array)),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{BinaryArray, DictionaryArray, Int64Array, LargeStringArray, StringViewArray, UInt64Array};
    use arrow::datatypes::{Int8Type, UInt16Type};

    use super::*;

    fn texts(array: ArrayRef) -> Vec<Option<String>> {
        let column = TextColumn::new(&array).unwrap();
        (0..array.len()).map(|row| column.get(row).map(str::to_owned)).collect()
    }

    #[test]
    fn every_type_reads_as_its_text() {
        let expected = vec![Some("007".to_owned()), None, Some("7".to_owned())];
        let values = || vec![Some("007"), None, Some("7")];
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(values())),
            Arc::new(LargeStringArray::from(values())),
            Arc::new(StringViewArray::from(values())),
            Arc::new(values().into_iter().collect::<DictionaryArray<Int8Type>>()),
            Arc::new(values().into_iter().collect::<DictionaryArray<UInt16Type>>()),
            Arc::new(BinaryArray::from(vec![Some(b"007".as_slice()), None, Some(b"7")])),
        ];
        for array in arrays {
            let data_type = array.data_type().clone();
            assert_eq!(texts(array), expected, "{data_type}");
        }
        let numbers = |array: ArrayRef| texts(array).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(numbers(Arc::new(Int64Array::from(vec![-7, i64::MAX]))), ["-7", "9223372036854775807"]);
        assert_eq!(numbers(Arc::new(UInt64Array::from(vec![u64::MAX]))), ["18446744073709551615"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_told_from_missing_ones() {
        let array: ArrayRef = Arc::new(BinaryArray::from(vec![Some(b"\xff".as_slice()), None, Some(b"a")]));
        let column = TextColumn::new(&array).unwrap();
        assert_eq!((0..3).map(|row| column.is_invalid(row)).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn interning_a_dictionary_equals_interning_its_texts() {
        let values = ["b", "a", "", "b", "c"];
        let plain: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        let keyed: ArrayRef = Arc::new(values.into_iter().collect::<DictionaryArray<Int8Type>>());
        let intern = |array: &ArrayRef| {
            let (mut vocabulary, mut out) = (Vocabulary::default(), Vec::new());
            TextColumn::new(array).unwrap().intern(
                &[4, 1, 2, 3, 0],
                &mut vocabulary,
                &mut SeenTexts::default(),
                &mut out,
            );
            (vocabulary, out)
        };
        assert_eq!(intern(&plain), intern(&keyed));
        assert_eq!(intern(&plain).1, [0, 1, ItemAttributes::MISSING, 2, 2]);
    }
}
