//! `idatlas project --onto`: other vectors in a map that stays as it is.

use std::path::Path;
use std::time::Instant;

use ndarray::{Array2, Axis, concatenate};

use super::CliError;
use super::console::Console;
use super::npy;
use super::project_arguments::ProjectArguments;
use super::project_rows::{RowNames, is_parquet};
use crate::projection::{PhaseSeconds, place};
use crate::run::{MapFile, Run};

/// A map with others placed in it.
pub(super) struct Placed {
    /// Rows of the table, rising; empty without a table.
    pub(super) rows: Vec<u32>,
    /// [rows, dims].
    pub(super) coordinates: Array2<f32>,
    /// How many of them were placed.
    pub(super) count: usize,
    /// What it took.
    pub(super) seconds: PhaseSeconds,
}

/// The rows of `table` that `map`, read from `file`, shows, in its order.
pub(super) fn rows_of_map(run: &Run, table: &str, map: &MapFile, file: &Path) -> Result<Vec<u32>, CliError> {
    let row =
        |id: &String| run.row(table, id).map_err(|error| CliError::Input(format!("{error}\nFile: {}", file.display())));
    map.ids.iter().map(row).collect()
}

/// Places IDs of a table in the map in `file`: those of `--ids`, or all that it does not show. Fixed and placed ones come back, in
/// the order of the table.
pub(super) fn in_map_of_table(
    arguments: &ProjectArguments,
    run: &Run,
    table: &str,
    file: &Path,
    console: &Console,
) -> Result<Placed, CliError> {
    if !is_parquet(file) {
        return Err(CliError::Input(format!(
            "--onto needs to know which ID lies where; name the map's .parquet file\nFile: {}",
            file.display()
        )));
    }
    let map = MapFile::read(file)?;
    let fixed = rows_of_map(run, table, &map, file)?;
    let vectors = run.table(table)?.vectors;
    let mut is_fixed = vec![false; vectors.nrows()];
    for &row in &fixed {
        is_fixed[row as usize] = true;
    }
    let new = match &arguments.ids {
        None => (0..vectors.nrows() as u32).filter(|&row| !is_fixed[row as usize]).collect(),
        Some(list) => {
            let listed = RowNames::Ids { run, table }.listed(list)?;
            if let Some(&row) = listed.iter().find(|&&row| is_fixed[row as usize]) {
                let id = run.table(table)?.vocabulary.id(row);
                return Err(CliError::Input(format!(
                    "The map shows {id:?} already; list others\nFile: {}",
                    list.display()
                )));
            }
            listed
        }
    };
    let of = |rows: &[u32]| vectors.select(Axis(0), &rows.iter().map(|&row| row as usize).collect::<Vec<_>>());
    let started = Instant::now();
    let parameters = arguments.iterative.placement();
    let placed = place(of(&fixed).view(), map.coordinates.view(), of(&new).view(), &parameters, &console.watch())?;
    let seconds = PhaseSeconds { optimize: Some(started.elapsed().as_secs_f64()), ..PhaseSeconds::default() };
    let coordinates = concatenate![Axis(0), map.coordinates, placed];
    let (count, rows) = (new.len(), [fixed, new].concat());
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&point| rows[point]);
    let rows = order.iter().map(|&point| rows[point]).collect();
    Ok(Placed { rows, coordinates: coordinates.select(Axis(0), &order), count, seconds })
}

/// Places the rows of `new` in the map in `file` of the rows of `fixed`. Only the new ones come back.
pub(super) fn in_map_of_matrix(
    arguments: &ProjectArguments,
    new: &Array2<f32>,
    fixed: &Path,
    file: &Path,
    console: &Console,
) -> Result<Placed, CliError> {
    let (fixed, map) = (npy::read(fixed)?, npy::read(file)?);
    let started = Instant::now();
    let parameters = arguments.iterative.placement();
    let coordinates = place(fixed.view(), map.view(), new.view(), &parameters, &console.watch())?;
    let seconds = PhaseSeconds { optimize: Some(started.elapsed().as_secs_f64()), ..PhaseSeconds::default() };
    Ok(Placed { rows: Vec::new(), count: coordinates.nrows(), coordinates, seconds })
}
