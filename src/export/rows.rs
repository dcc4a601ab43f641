//! What is exported of one table.

use std::borrow::Cow;

use ndarray::{ArrayView1, ArrayView2};

use super::ExportError;
use crate::run::{RunError, TableView};

/// Names of coordinates.
pub(super) const AXES: [&str; 3] = ["x", "y", "z"];

/// Some rows of a table, in the order they are written.
pub(super) struct Rows<'a> {
    /// The table.
    pub table: TableView<'a>,
    /// Its name as a file name.
    pub stem: String,
    /// Where every row of the table lies on a map, if that is exported.
    coordinates: Option<ArrayView2<'a, f32>>,
    rows: Cow<'a, [u32]>,
}

impl<'a> Rows<'a> {
    /// The rows `rows` of `table`, or all.
    pub fn new(
        table: TableView<'a>,
        stem: String,
        rows: Option<&'a [u32]>,
        coordinates: Option<ArrayView2<'a, f32>>,
    ) -> Result<Self, ExportError> {
        let count = table.vocabulary.len();
        let rows = match rows {
            Some(rows) => Cow::Borrowed(rows),
            None => Cow::Owned((0..count as u32).collect()),
        };
        if let Some(row) = rows.iter().find(|&&row| row as usize >= count) {
            let hint = format!("; the table has {count} rows");
            let (type_name, wanted) = (table.name.to_owned(), format!("row {row}"));
            return Err(RunError::UnknownId { type_name, wanted, hint }.into());
        }
        if rows.is_empty() {
            return Err(ExportError::Empty);
        }
        if let Some(coordinates) = &coordinates {
            assert_eq!(coordinates.nrows(), count, "one place a row of the table");
            assert!(coordinates.ncols() <= AXES.len(), "a map has at most 3 axes");
        }
        Ok(Self { table, stem, coordinates, rows })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Number of dimensions.
    pub fn dims(&self) -> usize {
        self.table.vectors.ncols()
    }

    /// The axes that are exported.
    pub fn axes(&self) -> &'static [&'static str] {
        &AXES[..self.coordinates.map_or(0, |coordinates| coordinates.ncols())]
    }

    /// Whether any row of the table has a name for people.
    pub fn has_labels(&self) -> bool {
        self.table.labels.iter().any(Option::is_some)
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|&row| {
            let index = row as usize;
            Row {
                id: self.table.vocabulary.id(row),
                label: self.table.labels.get(index).and_then(Option::as_deref),
                count: self.table.counts.get(index).copied().unwrap_or(0),
                place: self.coordinates.as_ref().map(|coordinates| coordinates.row(index)),
                vector: self.table.vectors.row(index),
            }
        })
    }
}

/// One row.
pub(super) struct Row<'a> {
    /// The ID.
    pub id: &'a str,
    /// Its name for people.
    pub label: Option<&'a str>,
    /// Training events.
    pub count: u64,
    /// x, y (z).
    place: Option<ArrayView1<'a, f32>>,
    /// `[dims]`
    pub vector: ArrayView1<'a, f32>,
}

impl Row<'_> {
    /// x, y (z), or nothing.
    pub fn place(&self) -> impl Iterator<Item = f32> {
        self.place.iter().flat_map(|place| place.iter().copied())
    }
}

/// The shortest text that reads as the same f32.
pub(super) fn shortest(value: f32) -> String {
    // Debug, unlike Display, writes small and large numbers with an exponent.
    format!("{value:?}")
}
