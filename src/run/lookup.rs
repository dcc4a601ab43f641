//! Tables by name, rows by ID.

use arrow::array::AsArray;

use super::{Run, RunError, TableView, USER_TABLE};

impl Run {
    /// Names of all tables: the ID types, then "user".
    #[must_use]
    pub fn table_names(&self) -> Vec<&str> {
        self.types.iter().map(|id_type| id_type.name.as_str()).chain([USER_TABLE]).collect()
    }

    /// The table `name`.
    ///
    /// # Errors
    /// [`RunError::UnknownType`] naming those that exist.
    pub fn table(&self, name: &str) -> Result<TableView<'_>, RunError> {
        if let Some(type_index) = self.types.iter().position(|id_type| id_type.name == name) {
            let id_type = &self.types[type_index];
            return Ok(TableView {
                name: &id_type.name,
                type_index: Some(type_index),
                vocabulary: &id_type.vocabulary,
                counts: &id_type.counts,
                labels: &id_type.labels,
                vectors: self.model.target[type_index].view(),
            });
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
