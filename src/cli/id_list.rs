//! Files that list IDs.

use std::fs;
use std::path::Path;

use super::CliError;

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
