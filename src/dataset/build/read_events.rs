//! The events files, piece by piece.

use std::path::{Path, PathBuf};

use arrow::datatypes::DataType;

use super::event_piece::{EventPiece, EventSlots};
use super::event_row::{SlotName, no_time};
use super::problem_log::ProblemLog;
use crate::dataset::reader::{PieceRows, Table, unreadable};
use crate::dataset::roles::EventRoles;
use crate::dataset::values::time::{TimeNotation, read_times};
use crate::dataset::{DatasetError, Vocabulary};
use crate::progress::Watch;

/// Rows that may come beyond those that the share of the files read so far suggests.
const MARGIN: f64 = 0.05;
/// A smaller share of the files read says too little of the rest.
const LEAST_SHARE: f64 = 0.005;

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
    let mut wanted = Vec::new();
    let mut slot = |column: usize| {
        wanted.push(column);
        SlotName { slot: wanted.len() - 1, name: table.columns()[column].name.clone() }
    };
    let slots = EventSlots {
        user: slot(columns.user),
        item: slot(columns.item),
        time: roles.time.map(&mut slot),
        session: roles.session.map(&mut slot),
        weight: roles.weight.map(&mut slot),
        notation: roles.time.map_or(Ok(TimeNotation::Unknown), |time| notation(table, time, watch))?,
    };
    let mut events = RawEvents::default();
    let mut rows_seen = 0;
    let listed = items.len();
    let digest = |piece: &mut PieceRows<'_>| EventPiece::read(piece, &slots);
    table.read_pieces(&wanted, "Reading events", watch, digest, |path, piece, share| {
        rows_seen += piece.rows_seen;
        events.reserve(&piece, share);
        events.add(path, piece, listed, items, log);
        Ok(())
    })?;
    if rows_seen == 0 {
        return Err(DatasetError::Empty(table.first_path().to_owned()));
    }
    if events.user.len() >= u32::MAX as usize {
        return Err(unreadable(table.first_path(), "There are more than 4 billion events; split the file"));
    }
    Ok(events)
}

/// How the times of column `time` are written: what the first rows with a time say holds for all, whichever thread
/// reads them.
fn notation(table: &Table, time: usize, watch: &Watch) -> Result<TimeNotation, DatasetError> {
    let mut notation = TimeNotation::Unknown;
    let name = &table.columns()[time].name;
    if matches!(table.columns()[time].data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) {
        return Ok(notation);
    }
    table.look_at(time, watch, |path, rows| {
        read_times(&rows.columns[0], &mut notation).map_err(|data_type| no_time(path, name, &data_type))?;
        Ok(notation != TimeNotation::Unknown)
    })?;
    Ok(notation)
}

impl RawEvents {
    /// Makes room once for all that is likely to come, if `share` of the table has been read with `piece`: growing
    /// step by step would copy everything again and again.
    fn reserve(&mut self, piece: &EventPiece, share: f64) {
        let read = self.user.len() + piece.users.indices.len();
        let likely = (read as f64 / share.max(LEAST_SHARE) * (1.0 + MARGIN)) as usize;
        let more = likely.saturating_sub(self.user.len());
        if self.user.capacity() - self.user.len() >= piece.users.indices.len() {
            return;
        }
        self.user.reserve(more);
        self.item.reserve(more);
        if !piece.time.is_empty() {
            self.time.reserve(more);
        }
        if !piece.sessions.indices.is_empty() {
            self.session.reserve(more);
        }
        if !piece.weight.is_empty() {
            self.weight.reserve(more);
        }
    }

    /// Adds the rows of `piece`, which follow those here.
    fn add(&mut self, path: &Path, piece: EventPiece, listed: usize, items: &mut Vocabulary, log: &mut ProblemLog) {
        log.absorb(piece.log);
        piece.users.append_to(&mut self.users, &mut self.user);
        let shared = piece.items.append_to(items, &mut self.item);
        piece.sessions.append_to(&mut self.sessions, &mut self.session);
        self.time.extend_from_slice(&piece.time);
        self.weight.extend_from_slice(&piece.weight);

        let is_unknown = |own: usize| shared.get(own).is_some_and(|&item| item as usize >= listed);
        // Without an items file every item is new.
        let first = if listed == 0 { None } else { (0..shared.len()).find(|&own| is_unknown(own)) };
        let Some(first) = first else { return };
        let count = piece.items.indices.iter().filter(|&&own| is_unknown(own as usize)).count() as u64;
        let (place, unit) = (piece.item_places[first], piece.unit);
        let known = self.unknown.get_or_insert_with(|| UnknownItems { events: 0, file: path.to_owned(), place, unit });
        known.events += count;
    }
}
