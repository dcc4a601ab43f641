//! Some rows of the events, taken in by themselves: with IDs of their own, so that threads need not wait for each other.

use std::path::Path;

use super::event_row::{RowColumns, SlotName};
use super::problem_log::ProblemLog;
use crate::dataset::reader::{PieceRows, Rows};
use crate::dataset::values::text_column::{SeenTexts, TextColumn};
use crate::dataset::values::time::TimeNotation;
use crate::dataset::{DatasetError, ItemAttributes, ProblemKind, Severity, Vocabulary};

/// Where each role stands in a batch, with the column's name, and how times are written.
pub(super) struct EventSlots {
    pub user: SlotName,
    pub item: SlotName,
    pub time: Option<SlotName>,
    pub session: Option<SlotName>,
    pub weight: Option<SlotName>,
    pub notation: TimeNotation,
}

/// Texts as indices into those seen in the same rows.
#[derive(Default)]
pub(super) struct OwnIndices {
    vocabulary: Vocabulary,
    seen: SeenTexts,
    /// One a kept row; [`ItemAttributes::MISSING`] where there is none.
    pub indices: Vec<u32>,
}

impl OwnIndices {
    fn add(&mut self, texts: &TextColumn, keep: &[u32]) {
        // What stands twice here becomes one index when the piece is appended.
        texts.intern_once_a_dictionary(keep, &mut self.vocabulary, &mut self.seen, &mut self.indices);
    }

    /// Adds the rows to `all`, as indices into `vocabulary`, which grows by what it lacks, in order of first
    /// appearance. Returns that index for each own one.
    pub(super) fn append_to(&self, vocabulary: &mut Vocabulary, all: &mut Vec<u32>) -> Vec<u32> {
        let indices: Vec<u32> = self.vocabulary.iter().map(|text| vocabulary.intern(text)).collect();
        // What is missing lies beyond all texts.
        let shared = |&own: &u32| indices.get(own as usize).copied().unwrap_or(ItemAttributes::MISSING);
        all.extend(self.indices.iter().map(shared));
        indices
    }
}

/// The kept rows of one piece of the events.
#[derive(Default)]
pub(super) struct EventPiece {
    pub rows_seen: u64,
    pub users: OwnIndices,
    pub items: OwnIndices,
    /// Where each item of `items` appears first.
    pub item_places: Vec<u64>,
    /// "line" or "row".
    pub unit: &'static str,
    pub sessions: OwnIndices,
    pub time: Vec<i64>,
    pub weight: Vec<f32>,
    pub log: ProblemLog,
}

impl EventPiece {
    /// Reads all rows of `piece`.
    pub(super) fn read(piece: &mut PieceRows<'_>, slots: &EventSlots) -> Result<Self, DatasetError> {
        let mut own = Self::default();
        while let Some(rows) = piece.next_rows()? {
            own.add(piece.path(), &rows, slots)?;
        }
        Ok(own)
    }

    fn add(&mut self, path: &Path, rows: &Rows, slots: &EventSlots) -> Result<(), DatasetError> {
        self.log.faults(path, rows);
        self.rows_seen += rows.len as u64 + rows.faults.iter().map(|f| f.count).sum::<u64>();
        let columns = RowColumns::new(path, rows, slots)?;
        let keep = self.rows_to_keep(path, rows, slots, &columns);
        self.unit = rows.places.unit();

        self.users.add(&columns.users, &keep);
        let first = self.items.indices.len();
        self.items.add(&columns.items, &keep);
        for (&row, &item) in keep.iter().zip(&self.items.indices[first..]) {
            if item as usize == self.item_places.len() {
                self.item_places.push(rows.places.of(row as usize));
            }
        }
        if let Some(times) = &columns.times {
            self.time.extend(keep.iter().map(|&row| times.at[row as usize]));
        }
        if let Some(weights) = &columns.weights {
            self.weight.extend(keep.iter().filter_map(|&row| weights[row as usize]));
        }
        if let (Some(sessions), Some(slot)) = (&columns.sessions, &slots.session) {
            let first = self.sessions.indices.len();
            self.sessions.add(sessions, &keep);
            if !sessions.is_complete() {
                self.tell_missing_sessions(path, rows, &keep, first, &slot.name);
            }
        }
        Ok(())
    }

    /// The rows that can be read; the others go to the log.
    fn rows_to_keep(&mut self, path: &Path, rows: &Rows, slots: &EventSlots, columns: &RowColumns) -> Vec<u32> {
        let all = 0..rows.len as u32;
        if columns.are_complete() {
            return all.collect();
        }
        let readable = |row: &u32| {
            let row = *row as usize;
            let Some((kind, fault)) = columns.fault(rows, slots, row) else { return true };
            let (unit, place) = (rows.places.unit(), rows.places.of(row));
            self.log.bad_row(kind, path, place, || fault.message(&format!("{unit} {place}")));
            false
        };
        all.filter(readable).collect()
    }

    fn tell_missing_sessions(&mut self, path: &Path, rows: &Rows, keep: &[u32], first: usize, name: &str) {
        for (&row, session) in keep.iter().zip(&self.sessions.indices[first..]) {
            if *session != ItemAttributes::MISSING {
                continue;
            }
            let (unit, place) = (rows.places.unit(), rows.places.of(row as usize));
            self.log.count(Severity::Warning, ProblemKind::MissingValue, path, Some(place), 1, || {
                format!(
                    "There is no session in column {name} on {unit} {place}; \
                     a user's events without one are taken as one session"
                )
            });
        }
    }
}
