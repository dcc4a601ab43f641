//! Which IDs are meant: files that list them, filters.

use std::fs;
use std::path::Path;

use super::CliError;
use crate::run::Run;
use crate::run::filter::{Filter, FilterError};

/// The rows of the IDs that `file` lists, one a line, in its order; empty lines are left out. Errors name the line.
pub(super) fn listed(file: &Path, row: impl Fn(&str) -> Result<u32, CliError>) -> Result<Vec<u32>, CliError> {
    let text = fs::read_to_string(file).map_err(|source| match source.kind() {
        std::io::ErrorKind::InvalidData => {
            CliError::Input(format!("The list of IDs is not UTF-8 text; write one ID a line\nFile: {}", file.display()))
        }
        _ => CliError::reading(file, source),
    })?;
    let lines = text.lines().enumerate().filter(|(_, id)| !id.is_empty());
    lines
        .map(|(i, id)| {
            row(id).map_err(|error| CliError::Input(format!("{error} (line {})\nFile: {}", i + 1, file.display())))
        })
        .collect()
}

/// The rows of `table` that the filter `text` means; there must be some. Errors point at the place.
pub(super) fn filtered(run: &Run, table: &str, text: &str) -> Result<Vec<u32>, CliError> {
    let columns = run.filter_columns(table)?;
    let filter = Filter::parse(text, &columns).map_err(|fault| CliError::Input(pointed_out(text, &fault)))?;
    let rows = filter.rows(run, table)?;
    if rows.is_empty() {
        return Err(CliError::Input(format!("No ID of type {table} is meant by --where {text:?}; loosen it")));
    }
    Ok(rows)
}

/// What is wrong with a filter, and the filter with marks under the place.
fn pointed_out(text: &str, FilterError { at, message }: &FilterError) -> String {
    let width = |part: Option<&str>| part.unwrap_or_default().chars().count();
    let (before, wrong) = (width(text.get(..at.start)), width(text.get(at.clone())).max(1));
    format!("--where: {message}\n  {text}\n  {}{}", " ".repeat(before), "^".repeat(wrong))
}
