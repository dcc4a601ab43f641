//! The events files, row by row.

use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use super::problem_log::ProblemLog;
use super::read_items::no_text;
use crate::dataset::reader::{Rows, Table, quoted, unreadable};
use crate::dataset::roles::EventRoles;
use crate::dataset::values::text_column::{SeenTexts, TextColumn};
use crate::dataset::values::time::{NOTATIONS, TimeNotation, TimeValue, read_times};
use crate::dataset::{DatasetError, ItemAttributes, ProblemKind, Severity, Vocabulary};
use crate::progress::Watch;

/// The kept events in file order.
#[derive(Default)]
pub(super) struct RawEvents {
    /// Users by first appearance.
    pub users: Vocabulary,
    /// Session texts by first appearance.
    pub sessions: Vocabulary,
    /// `[events]` index into `users`.
    pub user: Vec<u32>,
    /// `[events]` catalogue row.
    pub item: Vec<u32>,
    /// `[events]` microseconds; empty without a time column.
    pub time: Vec<i64>,
    /// `[events]` index into `sessions`; empty without a session column.
    pub session: Vec<u32>,
    /// `[events]` weights; empty without a weight column.
    pub weight: Vec<f32>,
    /// Events of items that the items file lacks, and where the first stands.
    pub unknown: Option<UnknownItems>,
}

/// Events of items that the items file lacks.
pub(super) struct UnknownItems {
    pub events: u64,
    pub file: PathBuf,
    pub place: u64,
    pub unit: &'static str,
}

/// What is looked at in the events.
pub(super) struct EventColumns {
    pub user: usize,
    pub item: usize,
    pub optional: EventRoles,
}

/// Reads the events of `table`; their items are looked up in, and added to, `items`.
pub(super) fn read_events(
    table: &Table,
    columns: &EventColumns,
    items: &mut Vocabulary,
    log: &mut ProblemLog,
    watch: &Watch,
) -> Result<RawEvents, DatasetError> {
    let roles = &columns.optional;
    let mut wanted = vec![columns.user, columns.item];
    let mut slot = |column: Option<usize>| {
        column.map(|c| {
            wanted.push(c);
            (wanted.len() - 1, table.columns()[c].name.clone())
        })
    };
    let (time, session, weight) = (slot(roles.time), slot(roles.session), slot(roles.weight));
    let name = |c: usize| table.columns()[c].name.clone();
    let mut reading = Reading {
        user: name(columns.user),
        item: name(columns.item),
        time,
        session,
        weight,
        notation: TimeNotation::default(),
        listed: items.len(),
        rows_seen: 0,
        seen: Default::default(),
        events: RawEvents::default(),
    };
    table.read(&wanted, "Reading events", watch, |path, rows| {
        log.faults(path, &rows);
        reading.add(path, &rows, items, log)
    })?;
    if reading.rows_seen == 0 {
        return Err(DatasetError::Empty(table.first_path().to_owned()));
    }
    if reading.events.user.len() >= u32::MAX as usize {
        return Err(unreadable(table.first_path(), "There are more than 4 billion events; split the file"));
    }
    Ok(reading.events)
}

/// Where each role stands in a batch, with the column's name.
type Slot = Option<(usize, String)>;

struct Reading {
    user: String,
    item: String,
    time: Slot,
    session: Slot,
    weight: Slot,
    notation: TimeNotation,
    listed: usize,
    rows_seen: u64,
    /// Of users, items and sessions.
    seen: [SeenTexts; 3],
    events: RawEvents,
}

impl Reading {
    fn add(
        &mut self,
        path: &Path,
        rows: &Rows,
        items: &mut Vocabulary,
        log: &mut ProblemLog,
    ) -> Result<(), DatasetError> {
        self.rows_seen += rows.len as u64 + rows.faults.iter().map(|f| f.count).sum::<u64>();
        let text = |slot: usize, name: &str| TextColumn::new(&rows.columns[slot]).map_err(|e| no_text(path, name, &e));
        let users = text(0, &self.user)?;
        let item_texts = text(1, &self.item)?;
        let sessions = self.session.as_ref().map(|(slot, name)| text(*slot, name)).transpose()?;
        let times = match &self.time {
            None => None,
            Some((slot, name)) => Some(read_times(&rows.columns[*slot], &mut self.notation).map_err(|data_type| {
                unreadable(path, &format!("The column {name} is {data_type}, which is no time; {NOTATIONS}"))
            })?),
        };
        let weights = self.weight.as_ref().map(|(slot, _)| read_weights(&rows.columns[*slot]));
        let weights = weights.transpose().map_err(|data_type| {
            unreadable(
                path,
                &format!("The weight column is {data_type}, which is no number; name another (--weight-col)"),
            )
        })?;

        let mut keep: Vec<u32> = Vec::with_capacity(rows.len);
        for row in 0..rows.len {
            let fault = self.text_fault(&users, &item_texts, sessions.as_ref(), row);
            let fault = fault.or_else(|| self.time_fault(rows, times.as_deref(), row));
            let fault = fault.or_else(|| self.weight_fault(rows, weights.as_deref(), row));
            let Some((kind, what)) = fault else {
                keep.push(row as u32);
                continue;
            };
            let (unit, place) = (rows.places.unit(), rows.places.of(row));
            log.bad_row(kind, path, place, || what.message(&format!("{unit} {place}")));
        }

        let events = &mut self.events;
        users.intern(&keep, &mut events.users, &mut self.seen[0], &mut events.user);
        let first = events.item.len();
        item_texts.intern(&keep, items, &mut self.seen[1], &mut events.item);
        if self.listed < items.len() {
            note_unknown(events, first, self.listed, &keep, path, rows);
        }
        if let Some(times) = times {
            events.time.extend(keep.iter().filter_map(|&row| match times[row as usize] {
                TimeValue::At(time) => Some(time),
                TimeValue::Missing | TimeValue::Unreadable => None,
            }));
        }
        if let Some(weights) = weights {
            events.weight.extend(keep.iter().filter_map(|&row| weights[row as usize]));
        }
        if let (Some(sessions), Some((_, name))) = (sessions, &self.session) {
            let first = events.session.len();
            sessions.intern(&keep, &mut events.sessions, &mut self.seen[2], &mut events.session);
            for (&row, session) in keep.iter().zip(&events.session[first..]) {
                if *session == ItemAttributes::MISSING {
                    let (unit, place) = (rows.places.unit(), rows.places.of(row as usize));
                    log.count(Severity::Warning, ProblemKind::MissingValue, path, Some(place), 1, || {
                        format!(
                            "There is no session in column {name} on {unit} {place}; \
                             a user's events without one are taken as one session"
                        )
                    });
                }
            }
        }
        Ok(())
    }

    fn text_fault(
        &self,
        users: &TextColumn,
        items: &TextColumn,
        sessions: Option<&TextColumn>,
        row: usize,
    ) -> Option<(ProblemKind, Fault)> {
        let invalid = |column: &str| Some((ProblemKind::InvalidText, Fault::NotText(column.to_owned())));
        let missing = |what, column: &str| Some((ProblemKind::MissingValue, Fault::Missing(what, column.to_owned())));
        if users.get(row).is_none() {
            return if users.is_invalid(row) { invalid(&self.user) } else { missing("user", &self.user) };
        }
        if items.get(row).is_none() {
            return if items.is_invalid(row) { invalid(&self.item) } else { missing("item", &self.item) };
        }
        let (_, session) = self.session.as_ref()?;
        sessions.filter(|s| s.is_invalid(row)).and_then(|_| invalid(session))
    }

    fn time_fault(&self, rows: &Rows, times: Option<&[TimeValue]>, row: usize) -> Option<(ProblemKind, Fault)> {
        let (slot, name) = self.time.as_ref()?;
        match times?.get(row)? {
            TimeValue::At(_) => None,
            TimeValue::Missing => Some((ProblemKind::MissingValue, Fault::Missing("time", name.clone()))),
            TimeValue::Unreadable => {
                let fault = Fault::Time { text: value_text(&rows.columns[*slot], row), column: name.clone() };
                Some((ProblemKind::UnreadableTime, fault))
            }
        }
    }

    fn weight_fault(&self, rows: &Rows, weights: Option<&[Option<f32>]>, row: usize) -> Option<(ProblemKind, Fault)> {
        let (slot, name) = self.weight.as_ref()?;
        if weights?.get(row)?.is_some() {
            return None;
        }
        let fault = Fault::Weight { text: value_text(&rows.columns[*slot], row), column: name.clone() };
        Some((ProblemKind::UnreadableWeight, fault))
    }
}

/// What is wrong with a row.
enum Fault {
    NotText(String),
    Missing(&'static str, String),
    Time { text: String, column: String },
    Weight { text: String, column: String },
}

impl Fault {
    fn message(&self, place: &str) -> String {
        match self {
            Self::NotText(column) => format!("The text in column {column} on {place} is not UTF-8"),
            Self::Missing(what, column) => format!("There is no {what} in column {column} on {place}"),
            Self::Time { text, column } => {
                format!("Cannot read the time {} in column {column} on {place}; {NOTATIONS}", quoted(text))
            }
            Self::Weight { text, column } => {
                format!("Cannot read the weight {} in column {column} on {place}; weights are 0 or more", quoted(text))
            }
        }
    }
}

/// Notes events from `first` on whose items are not among the `listed`.
fn note_unknown(events: &mut RawEvents, first: usize, listed: usize, keep: &[u32], path: &Path, rows: &Rows) {
    let is_unknown = |&(_, &item): &(&u32, &u32)| item as usize >= listed;
    let mut unknown = keep.iter().zip(&events.item[first..]).filter(is_unknown);
    let Some((&row, _)) = unknown.next() else { return };
    let count = 1 + unknown.count() as u64;
    let known = events.unknown.get_or_insert_with(|| UnknownItems {
        events: 0,
        file: path.to_owned(),
        place: rows.places.of(row as usize),
        unit: rows.places.unit(),
    });
    known.events += count;
}

fn value_text(array: &ArrayRef, row: usize) -> String {
    let slice = array.slice(row, 1);
    TextColumn::new(&slice).ok().and_then(|t| t.get(0).map(str::to_owned)).unwrap_or_default()
}

/// Finite weights of 0 or more; `None` for anything else.
///
/// # Errors
/// The type's name, if it can hold no numbers.
fn read_weights(array: &ArrayRef) -> Result<Vec<Option<f32>>, String> {
    let usable = |weight: f64| Some(weight as f32).filter(|w| w.is_finite() && *w >= 0.0);
    // The type says all that the cast's error would.
    let type_name = |_error| array.data_type().to_string();
    if array.data_type().is_numeric() {
        let values = cast(array, &DataType::Float64).map_err(type_name)?;
        return Ok(values.as_primitive::<Float64Type>().iter().map(|v| v.and_then(usable)).collect());
    }
    let text = TextColumn::new(array).map_err(type_name)?;
    let value = |row| text.get(row).and_then(|t| t.trim().parse::<f64>().ok()).and_then(usable);
    Ok((0..array.len()).map(value).collect())
}
