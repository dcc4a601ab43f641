//! Request to [`Dataset`].

use std::path::PathBuf;
use std::sync::Arc;

use super::{Catalogue, ColumnRole, DataRequest, DatasetError, Events, Preview, Problem, Vocabulary};
use crate::progress::Watch;

/// One file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Everything that was understood of the files. Immutable; shared by [`Arc`].
#[derive(Debug, Clone)]
pub struct Dataset {
    /// What was asked.
    pub request: DataRequest,
    /// The files read.
    pub sources: Vec<SourceFile>,
    /// Each column of the events and its role; `None` where ignored.
    pub event_columns: Vec<(String, Option<ColumnRole>)>,
    /// Each column of the items and its role; `None` without an items file.
    pub item_columns: Option<Vec<(String, Option<ColumnRole>)>>,
    /// The events.
    pub events: Events,
    /// The users, in the order of [`Events::user_offsets`].
    pub users: Arc<Vocabulary>,
    /// The sessions' IDs; empty where sessions are inferred.
    pub sessions: Arc<Vocabulary>,
    /// Number of sessions.
    pub session_count: usize,
    /// The items.
    pub catalogue: Catalogue,
    /// Everything odd or wrong, worst first.
    pub problems: Vec<Problem>,
    /// XXH3-128 of all kept events and attributes, as hexadecimal text: equal data, equal text.
    pub fingerprint: String,
}

/// Reads the first rows of the files of `request` and says what each column would be.
///
/// # Errors
/// [`DatasetError`] if a file is missing or unreadable. Missing roles are [`Preview::obstacles`], not errors.
pub fn preview(request: &DataRequest) -> Result<Preview, DatasetError> {
    todo!("{request:?}")
}

/// Reads the files of `request`.
///
/// # Errors
/// [`DatasetError`], with file, line and column where known.
pub fn load(request: &DataRequest, watch: &Watch) -> Result<Dataset, DatasetError> {
    let _ = watch;
    todo!("{request:?}")
}
