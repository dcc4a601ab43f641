//! The columns that a filter may name.

use arrow::datatypes::DataType;

use crate::run::{Run, RunError};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Texts.
    Text,
    /// Numbers.
    Number,
}

/// Where the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The rows' IDs.
    Id,
    /// Their names for people.
    Label,
    /// Their events.
    Count,
    /// The items that carry each ID.
    Items,
    /// An item's ID of type k.
    Type(usize),
    /// A descriptive column of the items file.
    Described(usize),
}

/// A column that a filter may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    pub(super) source: Source,
}

impl Run {
    /// The columns that a filter of `table` may name: id, label and count; of items every ID type and descriptive column,
    /// of other types the number of items.
    ///
    /// # Errors
    /// [`RunError::UnknownType`].
    pub fn filter_columns(&self, table: &str) -> Result<Vec<FilterColumn>, RunError> {
        let column = |name: &str, kind, source| FilterColumn { name: name.to_owned(), kind, source };
        let mut columns =
            vec![column("id", ColumnKind::Text, Source::Id), column("label", ColumnKind::Text, Source::Label)];
        columns.push(column("count", ColumnKind::Number, Source::Count));
        match self.table(table)?.type_index {
            Some(0) => {
                let types = self.types.iter().enumerate().skip(1);
                columns.extend(types.map(|(k, own)| column(&own.name, ColumnKind::Text, Source::Type(k))));
                let schema = self.items.rows.schema();
                for (at, field) in schema.fields().iter().enumerate().skip(self.types.len()) {
                    let kind = match field.data_type() {
                        DataType::Utf8 => ColumnKind::Text,
                        kind if kind.is_numeric() => ColumnKind::Number,
                        _ => continue,
                    };
                    if columns.iter().all(|other| other.name != *field.name()) {
                        columns.push(column(field.name(), kind, Source::Described(at)));
                    }
                }
            }
            Some(_) => columns.push(column("items", ColumnKind::Number, Source::Items)),
            None => {}
        }
        Ok(columns)
    }
}
