//! Tables by name, rows by ID.

use arrow::array::{Array, AsArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Run, RunError, TableView, USER_TABLE};
use crate::dataset::TrainedItems;

impl<'a> TableView<'a> {
    /// The name for people of row `row`, if it has one.
    #[must_use]
    pub fn label(&self, row: u32) -> Option<&'a str> {
        self.labels.get(row as usize)?.as_deref()
    }

    /// What row `row` is called: its name for people, else its ID.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn name_of(&self, row: u32) -> &'a str {
        self.label(row).unwrap_or_else(|| self.vocabulary.id(row))
    }
}

impl Run {
    /// Names of all tables: the ID types, then "user".
    #[must_use]
    pub fn table_names(&self) -> Vec<&str> {
        self.types.iter().map(|id_type| id_type.name.as_str()).chain([USER_TABLE]).collect()
    }

    /// Whether `other` names the same rows of the same tables, so that a row number means the same ID in both.
    #[must_use]
    pub fn has_same_rows(&self, other: &Self) -> bool {
        self.types.len() == other.types.len()
            && self.users.vocabulary == other.users.vocabulary
            && self.types.iter().zip(other.types.iter()).all(|(a, b)| a.name == b.name && a.vocabulary == b.vocabulary)
    }

    /// The table `name`.
    ///
    /// # Errors
    /// [`RunError::UnknownType`] naming those that exist.
    pub fn table(&self, name: &str) -> Result<TableView<'_>, RunError> {
        if let Some(type_index) = self.types.iter().position(|id_type| id_type.name == name) {
            return Ok(self.type_table(type_index));
        }
        if name == USER_TABLE {
            return Ok(TableView {
                name: USER_TABLE,
                type_index: None,
                vocabulary: &self.users.vocabulary,
                counts: &self.users.counts,
                labels: &[],
                vectors: self.users.vectors.view(),
            });
        }
        Err(RunError::UnknownType { wanted: name.to_owned(), available: self.table_names().join(", ") })
    }

    /// The table of ID type `type_index` (0 = the item).
    ///
    /// # Panics
    /// If there is no such type.
    #[must_use]
    pub fn type_table(&self, type_index: usize) -> TableView<'_> {
        let id_type = &self.types[type_index];
        TableView {
            name: &id_type.name,
            type_index: Some(type_index),
            vocabulary: &id_type.vocabulary,
            counts: &id_type.counts,
            labels: &id_type.labels,
            vectors: self.model.target[type_index].view(),
        }
    }

    /// The row of `id` in table `name`.
    ///
    /// # Errors
    /// [`RunError::UnknownType`], [`RunError::UnknownId`].
    pub fn row(&self, name: &str, id: &str) -> Result<u32, RunError> {
        let table = self.table(name)?;
        table.vocabulary.index(id).ok_or_else(|| RunError::UnknownId {
            type_name: name.to_owned(),
            wanted: id.to_owned(),
            hint: self.hint(&table, id),
        })
    }

    /// The error that says that table `table` has no row `row`.
    #[must_use]
    pub fn unknown_row(&self, table: &TableView<'_>, row: u32) -> RunError {
        RunError::UnknownId {
            type_name: table.name.to_owned(),
            wanted: format!("row {row}"),
            hint: format!("; there are {} rows", table.vocabulary.len()),
        }
    }

    /// What the catalogue says of trained item `item` beside its IDs: column name and value as text, in file order;
    /// missing values are left out.
    #[must_use]
    pub fn descriptions(&self, item: u32) -> Vec<(String, String)> {
        let Some(&row) = self.items.row_of_item.get(item as usize) else { return Vec::new() };
        let options = FormatOptions::default();
        let schema = self.items.rows.schema();
        let columns = schema.fields().iter().zip(self.items.rows.columns()).skip(self.types.len());
        columns
            .filter(|(_, column)| column.is_valid(row as usize))
            .filter_map(|(field, column)| {
                let value = ArrayFormatter::try_new(column.as_ref(), &options).ok()?.value(row as usize).to_string();
                Some((field.name().clone(), value))
            })
            .collect()
    }

    /// Names of the descriptive columns that hold numbers, in file order.
    #[must_use]
    pub fn numeric_columns(&self) -> Vec<String> {
        let schema = self.items.rows.schema();
        let fields = schema.fields().iter().skip(self.types.len());
        fields.filter(|field| field.data_type().is_numeric()).map(|field| field.name().clone()).collect()
    }

    /// `[D_1]` what the numeric column `name` says of each trained item, NaN where it says nothing; `None` if there is no
    /// such column.
    #[must_use]
    pub fn numbers_of_items(&self, name: &str) -> Option<Vec<f64>> {
        let at = self.items.rows.schema().index_of(name).ok().filter(|&at| at >= self.types.len())?;
        let column = self.items.rows.column(at);
        if !column.data_type().is_numeric() {
            return None;
        }
        let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Float64).ok()?;
        let column = column.as_primitive_opt::<arrow::datatypes::Float64Type>()?;
        let value = |&row: &u32| {
            let row = row as usize;
            if row < column.len() && column.is_valid(row) { column.value(row) } else { f64::NAN }
        };
        Some(self.items.row_of_item.iter().map(value).collect())
    }

    /// The trained items and what is known of them, for data to come.
    #[must_use]
    pub fn trained_items(&self) -> TrainedItems<'_> {
        TrainedItems {
            types: &self.types,
            attributes: &self.attributes,
            described: &self.items.rows,
            rows: &self.items.row_of_item,
        }
    }

    /// Why `id` may be missing from `table`, or the nearest ID that is there.
    fn hint(&self, table: &TableView<'_>, id: &str) -> String {
        let column = if table.type_index == Some(0) { "id" } else { table.name };
        let in_catalogue =
            table.type_index.and_then(|_| self.items.rows.column_by_name(column)).is_some_and(|column| {
                column.as_string_opt::<i32>().is_some_and(|texts| texts.iter().flatten().any(|text| text == id))
            });
        if in_catalogue {
            return "; the items file lists it, but it has too few training events".to_owned();
        }
        let near = table.vocabulary.iter().map(|known| (strsim::normalized_damerau_levenshtein(known, id), known));
        match near.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((likeness, known)) if likeness >= 0.6 => format!("; did you mean {known:?}?"),
            _ => String::new(),
        }
    }
}
