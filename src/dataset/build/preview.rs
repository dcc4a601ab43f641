//! What loading a request would understand, from the first rows only.

use arrow::datatypes::{DataType, TimeUnit};

use super::load::Tables;
use crate::dataset::reader::{Rows, Table, quoted};
use crate::dataset::values::text_column::TextColumn;
use crate::dataset::values::time::{NOTATIONS, TimeFault, TimeNotation, read_times};
use crate::dataset::{ColumnRole, DataRequest, DatasetError, Preview, PreviewColumn, TablePreview};

/// Values shown of each column.
const SAMPLES: usize = 3;

/// Reads the first rows of the files of `request` and says what each column would be.
///
/// # Errors
/// [`DatasetError`] if a file is missing or unreadable. Missing roles are [`Preview::obstacles`], not errors.
pub fn preview(request: &DataRequest) -> Result<Preview, DatasetError> {
    let tables = Tables::open(request)?;
    let mut faults = Vec::new();
    let roles = tables.roles(request, &mut faults);
    // The front end shows the file beside the obstacle, so the path is not repeated.
    let mut obstacles: Vec<String> = faults.iter().map(|f| first_line(&f.to_string())).collect();

    let rows = tables.events.first_rows()?;
    if let (Some(rows), Some(time)) = (&rows, roles.events.time) {
        obstacles.extend(unreadable_time(rows, time, &tables.events.columns()[time].name));
    }
    if rows.is_none() {
        obstacles.push(first_line(&DatasetError::Empty(tables.events.first_path().to_owned()).to_string()));
    }
    let events = table_preview(&tables.events, rows.as_ref(), |column| roles.events.role(column));
    let items = match (&tables.items, &roles.items) {
        (Some(table), Some(roles)) => {
            let rows = table.first_rows()?;
            Some(table_preview(table, rows.as_ref(), |column| Some(roles.role(column))))
        }
        _ => None,
    };
    Ok(Preview { request: request.clone(), events, items, obstacles })
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

fn table_preview(table: &Table, rows: Option<&Rows>, role: impl Fn(usize) -> Option<ColumnRole>) -> TablePreview {
    let columns = table.columns().iter().enumerate().map(|(i, column)| PreviewColumn {
        name: column.name.clone(),
        data_type: type_in_words(&column.data_type),
        role: role(i),
        samples: rows.map_or_else(Vec::new, |rows| samples(rows, i)),
    });
    let mut formats: Vec<String> = Vec::new();
    for source in table.sources() {
        let format = source.describe();
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    TablePreview {
        files: table.sources().map(|s| s.path.clone()).collect(),
        format: formats.join(" and "),
        columns: columns.collect(),
        bytes: table.bytes(),
    }
}

/// The first values that are there.
fn samples(rows: &Rows, column: usize) -> Vec<String> {
    let Ok(text) = TextColumn::new(&rows.columns[column]) else { return Vec::new() };
    (0..rows.len).filter_map(|row| text.get(row)).take(SAMPLES).map(str::to_owned).collect()
}

/// Told only if no time of the first rows can be read: then the column is probably another.
fn unreadable_time(rows: &Rows, column: usize, name: &str) -> Option<String> {
    let array = &rows.columns[column];
    let Ok(times) = read_times(array, &mut TimeNotation::default()) else {
        return Some(format!("The column {name} holds no times; {NOTATIONS}, or name another with --time-col"));
    };
    if times.faults.len() < times.at.len() {
        return None;
    }
    let (row, _) = times.faults.iter().find(|(_, fault)| *fault == TimeFault::Unreadable)?;
    let row = *row as usize;
    let text = TextColumn::new(array).ok()?.get(row).map(quoted)?;
    Some(format!("Cannot read the time {text} in column {name}; {NOTATIONS}, or name another with --time-col"))
}

fn type_in_words(data_type: &DataType) -> String {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    };
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Dictionary(_, value) => type_in_words(value),
        DataType::Timestamp(u, None) => format!("timestamp[{}]", unit(u)),
        DataType::Timestamp(u, Some(zone)) => format!("timestamp[{}, {zone}]", unit(u)),
        other => other.to_string().to_lowercase(),
    }
}
