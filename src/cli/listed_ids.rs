//! Files that list IDs, one a line.

use std::fs;
use std::path::Path;

use super::CliError;
use crate::run::Run;

/// The rows of `table` whose IDs the file lists, in its order; empty lines are left out.
pub(super) fn listed_rows(run: &Run, table: &str, file: &Path) -> Result<Vec<u32>, CliError> {
    let text = fs::read_to_string(file).map_err(|source| match source.kind() {
        std::io::ErrorKind::InvalidData => {
            CliError::Input(format!("The list of IDs is not UTF-8 text; write one ID a line\nFile: {}", file.display()))
        }
        _ => CliError::reading(file, source),
    })?;
    let lines = text.lines().enumerate().filter(|(_, id)| !id.is_empty());
    lines
        .map(|(i, id)| {
            run.row(table, id)
                .map_err(|error| CliError::Input(format!("{error} (line {})\nFile: {}", i + 1, file.display())))
        })
        .collect()
}
