//! The columns of the events that play a role, and what may be wrong with a row.

use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use super::event_piece::EventSlots;
use super::read_items::no_text;
use crate::dataset::reader::{Rows, quoted, unreadable};
use crate::dataset::values::text_column::TextColumn;
use crate::dataset::values::time::{NOTATIONS, TimeFault, Times, read_times};
use crate::dataset::{DatasetError, ProblemKind};

/// Where a role's column stands in a batch, and its name.
pub(super) struct SlotName {
    pub slot: usize,
    pub name: String,
}

/// The values of a batch.
pub(super) struct RowColumns {
    pub users: TextColumn,
    pub items: TextColumn,
    pub sessions: Option<TextColumn>,
    pub times: Option<Times>,
    /// `None` where a weight cannot be used.
    pub weights: Option<Vec<Option<f32>>>,
}

impl RowColumns {
    pub(super) fn new(path: &Path, rows: &Rows, slots: &EventSlots) -> Result<Self, DatasetError> {
        let text =
            |role: &SlotName| TextColumn::new(&rows.columns[role.slot]).map_err(|e| no_text(path, &role.name, &e));
        let times = |role: &SlotName| {
            // What the first rows decided holds for all.
            read_times(&rows.columns[role.slot], &mut slots.notation.clone())
                .map_err(|data_type| no_time(path, &role.name, &data_type))
        };
        let weights = |role: &SlotName| {
            read_weights(&rows.columns[role.slot]).map_err(|data_type| {
                let message =
                    format!("The weight column is {data_type}, which is no number; name another (--weight-col)");
                unreadable(path, &message)
            })
        };
        Ok(Self {
            users: text(&slots.user)?,
            items: text(&slots.item)?,
            sessions: slots.session.as_ref().map(text).transpose()?,
            times: slots.time.as_ref().map(times).transpose()?,
            weights: slots.weight.as_ref().map(weights).transpose()?,
        })
    }

    /// True if no row has a fault; false if one may have.
    pub(super) fn are_complete(&self) -> bool {
        self.users.is_complete()
            && self.items.is_complete()
            && self.sessions.as_ref().is_none_or(|sessions| !sessions.has_invalid())
            && self.times.as_ref().is_none_or(|times| times.faults.is_empty())
            && self.weights.as_ref().is_none_or(|weights| weights.iter().all(Option::is_some))
    }

    /// What is wrong with row `row`.
    pub(super) fn fault(&self, rows: &Rows, slots: &EventSlots, row: usize) -> Option<(ProblemKind, RowFault)> {
        let text_fault = |texts: &TextColumn, what, name: &str| {
            if texts.get(row).is_some() {
                None
            } else if texts.is_invalid(row) {
                Some((ProblemKind::InvalidText, RowFault::NotText(name.to_owned())))
            } else {
                Some((ProblemKind::MissingValue, RowFault::Missing(what, name.to_owned())))
            }
        };
        let session_fault = || {
            let slot = slots.session.as_ref()?;
            let is_invalid = self.sessions.as_ref()?.is_invalid(row);
            is_invalid.then(|| (ProblemKind::InvalidText, RowFault::NotText(slot.name.clone())))
        };
        text_fault(&self.users, "user", &slots.user.name)
            .or_else(|| text_fault(&self.items, "item", &slots.item.name))
            .or_else(session_fault)
            .or_else(|| self.time_fault(rows, slots.time.as_ref()?, row))
            .or_else(|| self.weight_fault(rows, slots.weight.as_ref()?, row))
    }

    fn time_fault(&self, rows: &Rows, role: &SlotName, row: usize) -> Option<(ProblemKind, RowFault)> {
        let column = role.name.clone();
        Some(match self.times.as_ref()?.fault(row)? {
            TimeFault::Missing => (ProblemKind::MissingValue, RowFault::Missing("time", column)),
            TimeFault::Unreadable => {
                let text = value_text(&rows.columns[role.slot], row);
                (ProblemKind::UnreadableTime, RowFault::Time { text, column })
            }
        })
    }

    fn weight_fault(&self, rows: &Rows, role: &SlotName, row: usize) -> Option<(ProblemKind, RowFault)> {
        if self.weights.as_ref()?.get(row)?.is_some() {
            return None;
        }
        let fault = RowFault::Weight { text: value_text(&rows.columns[role.slot], row), column: role.name.clone() };
        Some((ProblemKind::UnreadableWeight, fault))
    }
}

/// What is wrong with a row.
pub(super) enum RowFault {
    NotText(String),
    Missing(&'static str, String),
    Time { text: String, column: String },
    Weight { text: String, column: String },
}

impl RowFault {
    pub(super) fn message(&self, place: &str) -> String {
        match self {
            Self::NotText(column) => format!("The text in column {column} on {place} is not UTF-8"),
            Self::Missing(what, column) => format!("There is no {what} in column {column} on {place}"),
            Self::Time { text, column } => {
                format!("Cannot read the time {} in column {column} on {place}; {NOTATIONS}", quoted(text))
            }
            Self::Weight { text, column } => {
                format!("Cannot read the weight {} in column {column} on {place}; weights are 0 or more", quoted(text))
            }
        }
    }
}

/// The error of a time column whose type holds no times.
pub(super) fn no_time(path: &Path, column: &str, data_type: &str) -> DatasetError {
    unreadable(path, &format!("The column {column} is {data_type}, which is no time; {NOTATIONS}"))
}

fn value_text(array: &ArrayRef, row: usize) -> String {
    let slice = array.slice(row, 1);
    TextColumn::new(&slice).ok().and_then(|t| t.get(0).map(str::to_owned)).unwrap_or_default()
}

/// Finite weights of 0 or more; `None` for anything else.
///
/// # Errors
/// The type's name, if it can hold no numbers.
fn read_weights(array: &ArrayRef) -> Result<Vec<Option<f32>>, String> {
    let usable = |weight: f64| Some(weight as f32).filter(|w| w.is_finite() && *w >= 0.0);
    // The type says all that the cast's error would.
    let type_name = |_error| array.data_type().to_string();
    if array.data_type().is_numeric() {
        let values = cast(array, &DataType::Float64).map_err(type_name)?;
        return Ok(values.as_primitive::<Float64Type>().iter().map(|v| v.and_then(usable)).collect());
    }
    let text = TextColumn::new(array).map_err(type_name)?;
    let value = |row| text.get(row).and_then(|t| t.trim().parse::<f64>().ok()).and_then(usable);
    Ok((0..array.len()).map(value).collect())
}
