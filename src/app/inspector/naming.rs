//! IDs in words.

use crate::engine::Subject;
use crate::run::Run;

/// The name for people of an ID: its label, else the ID itself; empty if there is no such row.
pub fn name_of<'a>(run: &'a Run, subject: &Subject) -> &'a str {
    let Ok(table) = run.table(&subject.table) else { return "" };
    if subject.row as usize >= table.vocabulary.len() {
        return "";
    }
    table.name_of(subject.row)
}

/// The ID with its type: "brand 69".
pub fn full_id(run: &Run, subject: &Subject) -> String {
    let Ok(table) = run.table(&subject.table) else { return String::new() };
    if subject.row as usize >= table.vocabulary.len() {
        return String::new();
    }
    format!("{} {}", subject.table, table.vocabulary.id(subject.row))
}
