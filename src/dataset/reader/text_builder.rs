//! Text columns of one batch, filled row by row.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};

use super::{BATCH_ROWS, Faults, Places, Rows};

/// Collects rows of text; [`Self::take`] hands them out.
pub(super) struct TextRows {
    builders: Vec<StringBuilder>,
    lines: Vec<u64>,
    /// Rows that could not be read since the last batch.
    pub faults: Faults,
}

impl TextRows {
    pub(super) fn new(columns: usize) -> Self {
        let builders = (0..columns).map(|_| StringBuilder::with_capacity(BATCH_ROWS, BATCH_ROWS * 8)).collect();
        Self { builders, lines: Vec::with_capacity(BATCH_ROWS), faults: Faults::default() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= BATCH_ROWS
    }

    /// Adds a row; the iterator gives one value a column.
    pub(super) fn push<'a>(&mut self, line: u64, values: impl Iterator<Item = Option<&'a str>>) {
        for (builder, value) in self.builders.iter_mut().zip(values) {
            builder.append_option(value);
        }
        self.lines.push(line);
    }

    /// The rows since the last call; `None` if there is neither row nor fault.
    pub(super) fn take(&mut self) -> Option<Rows> {
        let faults = std::mem::take(&mut self.faults);
        if self.lines.is_empty() && faults.is_empty() {
            return None;
        }
        let columns = self.builders.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef).collect();
        let lines = std::mem::take(&mut self.lines);
        Some(Rows { columns, len: lines.len(), places: Places::Lines(lines), faults })
    }
}
