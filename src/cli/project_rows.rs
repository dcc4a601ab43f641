//! How the rows that are projected are called.

use std::collections::HashMap;
use std::path::Path;

use ndarray::{Array2, Axis};

use super::CliError;
use super::id_list::listed;
use super::npy;
use crate::run::{MapFile, Run};

/// How the rows that are projected are called.
pub(super) enum RowNames<'a> {
    /// By the IDs of a run's table.
    Ids { run: &'a Run, table: &'a str },
    /// By their number, from 0.
    Numbers { rows: usize },
}

impl RowNames<'_> {
    /// The row of that name.
    pub(super) fn row(&self, name: &str) -> Result<u32, CliError> {
        match self {
            Self::Ids { run, table } => Ok(run.row(table, name)?),
            Self::Numbers { rows } => match name.parse::<u32>() {
                Ok(row) if (row as usize) < *rows => Ok(row),
                _ => Err(CliError::Input(format!(
                    "There is no row {name:?}; there are {rows} vectors, which go by their number from 0"
                ))),
            },
        }
    }

    /// The rows that `file` names, one a line.
    pub(super) fn listed(&self, file: &Path) -> Result<Vec<u32>, CliError> {
        let rows = listed(file, |name| self.row(name))?;
        let mut sorted = rows.clone();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            let at = rows.iter().enumerate().filter(|(_, row)| **row == twice[0]).nth(1).map_or(0, |(at, _)| at);
            return Err(CliError::Input(format!(
                "{} is listed twice, the second time as number {}; list each once\nFile: {}",
                self.name(twice[0]),
                at + 1,
                file.display()
            )));
        }
        match rows.is_empty() {
            true => Err(CliError::Input(format!("The list is empty; write one ID a line\nFile: {}", file.display()))),
            false => Ok(rows),
        }
    }

    /// Where `rows` (`None`: all) lie on the map in `file`: [rows, dims].
    pub(super) fn start(&self, file: &Path, rows: Option<&[u32]>) -> Result<Array2<f32>, CliError> {
        if !is_parquet(file) {
            return npy::read(file);
        }
        let Self::Ids { run, table } = self else {
            return Err(CliError::Input(format!(
                "The rows of a matrix have no IDs to look up in a table; name a .npy map\nFile: {}",
                file.display()
            )));
        };
        let map = MapFile::read(file)?;
        let place: HashMap<&str, usize> = map.ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
        let vocabulary = run.table(table)?.vocabulary;
        let all: Vec<u32> = (0..vocabulary.len() as u32).collect();
        let places = rows.unwrap_or(&all).iter().map(|&row| {
            let id = vocabulary.id(row);
            place.get(id).copied().ok_or_else(|| {
                CliError::Input(format!(
                    "The map to start from does not show {id:?}; list what it shows with --ids, or place the others with \
                     --onto\nFile: {}",
                    file.display()
                ))
            })
        });
        Ok(map.coordinates.select(Axis(0), &places.collect::<Result<Vec<_>, _>>()?))
    }

    fn name(&self, row: u32) -> String {
        match self {
            Self::Ids { run, table } => {
                run.table(table).map_or_else(|_| String::new(), |table| format!("{:?}", table.vocabulary.id(row)))
            }
            Self::Numbers { .. } => format!("Row {row}"),
        }
    }
}

/// Whether `file` holds a map with its IDs.
pub(super) fn is_parquet(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}
