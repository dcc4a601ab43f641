//! The rows of an items file on their own, without events: which attribute IDs does each item name.

use std::path::{Path, PathBuf};

use hashbrown::HashSet;

use super::problem_log::ProblemLog;
use super::read_items::no_text;
use crate::dataset::reader::{Rows, Table, quoted};
use crate::dataset::roles::{ItemRoles, item_roles, require_in_every_file};
use crate::dataset::values::text_column::TextColumn;
use crate::dataset::{DataRequest, DatasetError, Problem, ProblemKind, Severity};
use crate::progress::Watch;

/// One item as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// The item's ID.
    pub id: String,
    /// Its name for people.
    pub label: Option<String>,
    /// Its ID of each type in [`ItemRows::types`]; `None` where there is none.
    pub attributes: Vec<Option<String>>,
    /// The line (text files, header = 1) or row (binary files, first = 1) it stands on.
    pub place: u64,
}

/// The items of a file.
#[derive(Debug, Clone, Default)]
pub struct ItemRows {
    /// The items in file order, each once.
    pub rows: Vec<ItemRow>,
    /// The ID types of the file: name and column.
    pub types: Vec<(String, String)>,
    /// "line" or "row": what [`ItemRow::place`] counts.
    pub unit: &'static str,
    /// The first file.
    pub path: PathBuf,
    /// Everything odd or wrong, worst first.
    pub problems: Vec<Problem>,
}

/// Reads the items file of `request`, whose events are not looked at. Columns are found as for training; a column
/// called exactly as one of `types` is that type too, where no `_id` column is and no `--id-type` says otherwise.
///
/// # Errors
/// [`DatasetError`] with file, line and column where known; [`DatasetError::BadRows`] unless such rows may be skipped.
pub fn read_item_rows(request: &DataRequest, types: &[&str], watch: &Watch) -> Result<ItemRows, DatasetError> {
    let Some(path) = &request.items else {
        return Err(DatasetError::Settings("There are no items; name their file (--items FILE)".to_owned()));
    };
    let table = Table::open(std::slice::from_ref(path))?;
    let mut obstacles = Vec::new();
    let mut roles = item_roles(&table, request, None, &mut obstacles);
    if let Some(first) = obstacles.into_iter().next() {
        return Err(first);
    }
    let Some(item) = roles.item else {
        return Err(DatasetError::Settings("Name the column of the items (--item-col)".to_owned()));
    };
    if request.id_types.is_empty() {
        add_types_by_name(&table, types, &mut roles);
    }
    require_in_every_file(&table, &[Some(item)])?;

    let columns = table.columns();
    let mut reading = Reading {
        names: vec![columns[item].name.clone()],
        type_count: roles.types.len(),
        has_label: roles.label.is_some(),
        seen: HashSet::new(),
        rows: Vec::new(),
    };
    let mut wanted = vec![item];
    wanted.extend(roles.types.iter().map(|(_, c)| *c).chain(roles.label));
    reading.names.extend(wanted[1..].iter().map(|&c| columns[c].name.clone()));
    let mut log = ProblemLog::default();
    let (mut rows_seen, mut unit) = (0, "row");
    table.read(&wanted, "Reading items", watch, |path, rows| {
        unit = rows.places.unit();
        rows_seen += rows.len as u64 + rows.faults.iter().map(|f| f.count).sum::<u64>();
        log.faults(path, &rows);
        reading.add(path, &rows, &mut log)
    })?;
    if rows_seen == 0 {
        return Err(DatasetError::Empty(table.first_path().to_owned()));
    }
    let problems = log.finish(request.skip_bad_rows);
    let bad = problems.iter().filter(|problem| problem.severity == Severity::Error);
    if let Some(first) = bad.min_by_key(|problem| problem.first_line) {
        return Err(DatasetError::BadRows(first.clone()));
    }
    Ok(ItemRows {
        rows: reading.rows,
        types: roles.types.iter().map(|(name, c)| (name.clone(), columns[*c].name.clone())).collect(),
        unit,
        path: table.first_path().to_owned(),
        problems,
    })
}

/// Columns called as a type is and not as its `_id` column would be: a run's own items.parquet has such.
fn add_types_by_name(table: &Table, types: &[&str], roles: &mut ItemRoles) {
    for name in types {
        let found = table.columns().iter().position(|column| column.name == *name);
        if let Some(column) = found.filter(|&c| roles.item != Some(c) && roles.label != Some(c))
            && !roles.types.iter().any(|(known, c)| known == name || *c == column)
        {
            roles.types.push(((*name).to_owned(), column));
        }
    }
}

struct Reading {
    /// Columns in the order they are read: item, types, label.
    names: Vec<String>,
    type_count: usize,
    has_label: bool,
    seen: HashSet<String>,
    rows: Vec<ItemRow>,
}

impl Reading {
    fn add(&mut self, path: &Path, rows: &Rows, log: &mut ProblemLog) -> Result<(), DatasetError> {
        let mut texts = Vec::with_capacity(self.names.len());
        for (array, name) in rows.columns.iter().zip(&self.names) {
            texts.push(TextColumn::new(array).map_err(|error| no_text(path, name, &error))?);
        }
        let unit = rows.places.unit();
        for row in 0..rows.len {
            let place = rows.places.of(row);
            if let Some(column) = texts.iter().position(|text| text.is_invalid(row)) {
                log.bad_row(ProblemKind::InvalidText, path, place, || {
                    format!("The text in column {} on {unit} {place} is not UTF-8", self.names[column])
                });
                continue;
            }
            let Some(id) = texts[0].get(row) else {
                log.bad_row(ProblemKind::MissingValue, path, place, || {
                    format!("There is no item in column {} on {unit} {place}", self.names[0])
                });
                continue;
            };
            if !self.seen.insert(id.to_owned()) {
                log.count(Severity::Warning, ProblemKind::RepeatedItem, path, Some(place), 1, || {
                    format!(
                        "The item {} is listed again on {unit} {place}; only the first row of an item counts",
                        quoted(id)
                    )
                });
                continue;
            }
            let text = |text: &TextColumn| text.get(row).map(str::to_owned);
            self.rows.push(ItemRow {
                id: id.to_owned(),
                label: self.has_label.then(|| texts.last().and_then(text)).flatten(),
                attributes: texts[1..=self.type_count].iter().map(text).collect(),
                place,
            });
        }
        Ok(())
    }
}
