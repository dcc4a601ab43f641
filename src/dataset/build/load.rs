//! Request to [`Dataset`].

use std::path::PathBuf;
use std::sync::Arc;

use super::fingerprint::fingerprint;
use super::order::{Ordered, order};
use super::problem_log::ProblemLog;
use super::read_events::{EventColumns, UnknownItems, read_events};
use super::read_items::ItemList;
use crate::dataset::reader::{Table, quoted};
use crate::dataset::roles::{EventRoles, ItemRoles, event_roles, item_roles, require_in_every_file};
use crate::dataset::{
    Catalogue, ColumnRole, DataRequest, DatasetError, Events, Problem, ProblemKind, Severity, Vocabulary,
};
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

/// Reads the files of `request`.
///
/// # Errors
/// [`DatasetError`], with file, line and column where known; [`DatasetError::BadRows`] names the first row that cannot
/// be read, unless such rows may be skipped.
pub fn load(request: &DataRequest, watch: &Watch) -> Result<Dataset, DatasetError> {
    let dataset = inspect(request, watch)?;
    let file_order = |p: &&Problem| dataset.sources.iter().position(|s| s.path == p.file);
    let bad = dataset.problems.iter().filter(|p| p.severity == Severity::Error);
    if let Some(first) = bad.min_by_key(|p| (file_order(p), p.first_line)) {
        return Err(DatasetError::BadRows(first.clone()));
    }
    if dataset.events.is_empty() {
        let message = "No row of the events could be read, so there is nothing to learn from; mend the file".to_owned();
        return Err(DatasetError::NothingToLearn { message });
    }
    Ok(dataset)
}

/// Reads the files of `request` like [`load`], but leaves rows out that cannot be read and tells of them in
/// [`Dataset::problems`], even if they may not be skipped.
///
/// # Errors
/// [`DatasetError`] if a file as a whole cannot be read or a column is missing.
pub fn inspect(request: &DataRequest, watch: &Watch) -> Result<Dataset, DatasetError> {
    let tables = Tables::open(request)?;
    let mut obstacles = Vec::new();
    let roles = tables.roles(request, &mut obstacles);
    if let Some(first) = obstacles.into_iter().next() {
        return Err(first);
    }
    let event_roles = roles.events;
    // Without an obstacle both are found.
    let (Some(user), Some(item)) = (event_roles.user, event_roles.item) else {
        return Err(DatasetError::Settings("Name the columns of users and items (--user-col, --item-col)".to_owned()));
    };
    let events_path = tables.events.first_path().to_owned();
    let e = &event_roles;
    require_in_every_file(&tables.events, &[e.user, e.item, e.time, e.session, e.weight])?;

    let mut log = ProblemLog::default();
    let item_table = tables.items.as_ref().zip(roles.items.as_ref().and_then(|r| r.item.map(|item| (item, r))));
    let mut list = match item_table {
        None => ItemList::unlisted(&tables.events.columns()[item].name),
        Some((table, (item, roles))) => {
            require_in_every_file(table, &[Some(item)])?;
            ItemList::read(table, item, roles, &mut log, watch)?
        }
    };
    let columns = EventColumns { user, item, optional: event_roles.clone() };
    let raw = read_events(&tables.events, &columns, &mut list.items, &mut log, watch)?;
    let unknown = if tables.items.is_some() { raw.unknown.as_ref() } else { None };
    if let Some(unknown) = unknown {
        tell_unknown_items(unknown, &list, &mut log);
    }
    let items_path = tables.items.as_ref().map_or(events_path.as_path(), Table::first_path);
    let catalogue = list.finish(items_path, &mut log)?;
    let ordered = order(raw);
    tell_of_events(&ordered, &catalogue, &event_roles, &tables, &mut log);

    let event_columns = tables.events.columns().iter().enumerate();
    let event_columns = event_columns.map(|(i, c)| (c.name.clone(), event_roles.role(i))).collect();
    let item_columns = tables.items.as_ref().zip(roles.items.as_ref()).map(|(table, roles)| {
        let columns = table.columns().iter().enumerate();
        columns.map(|(i, c)| (c.name.clone(), kept_role(roles.role(i), &catalogue))).collect()
    });
    let fingerprint = fingerprint(&ordered.events, &ordered.users, &ordered.sessions, &catalogue);
    Ok(Dataset {
        request: request.clone(),
        sources: tables.sources(),
        event_columns,
        item_columns,
        events: ordered.events,
        users: Arc::new(ordered.users),
        sessions: Arc::new(ordered.sessions),
        session_count: ordered.session_count,
        catalogue,
        problems: log.finish(request.skip_bad_rows),
        fingerprint,
    })
}

/// The files of a request, opened.
pub(super) struct Tables {
    pub events: Table,
    pub items: Option<Table>,
}

/// What the columns of [`Tables`] are.
pub(super) struct Roles {
    pub events: EventRoles,
    pub items: Option<ItemRoles>,
}

impl Tables {
    pub(super) fn open(request: &DataRequest) -> Result<Self, DatasetError> {
        if request.events.is_empty() {
            return Err(DatasetError::Settings("There are no events; name their file (--events FILE)".to_owned()));
        }
        let events = Table::open(&request.events)?;
        let items = request.items.as_ref().map(|path| Table::open(std::slice::from_ref(path))).transpose()?;
        Ok(Self { events, items })
    }

    /// Finds the roles; what is amiss goes to `obstacles`.
    pub(super) fn roles(&self, request: &DataRequest, obstacles: &mut Vec<DatasetError>) -> Roles {
        let events = event_roles(&self.events, request, obstacles);
        let event_item = events.item.map(|c| self.events.columns()[c].name.as_str());
        let items = self.items.as_ref().map(|table| item_roles(table, request, event_item, obstacles));
        if items.is_none() && (!request.id_types.is_empty() || request.label_column.is_some()) {
            let message =
                "ID types (--id-type) and labels (--label-col) come from an items file; name it (--items FILE)";
            obstacles.push(DatasetError::Settings(message.to_owned()));
        }
        Roles { events, items }
    }

    fn sources(&self) -> Vec<SourceFile> {
        let sources = self.events.sources().chain(self.items.iter().flat_map(Table::sources));
        sources.map(|s| SourceFile { path: s.path.clone(), bytes: s.bytes }).collect()
    }
}

/// A type that was left out plays no role.
fn kept_role(role: ColumnRole, catalogue: &Catalogue) -> Option<ColumnRole> {
    let left_out = matches!(&role, ColumnRole::IdType(name) if !catalogue.id_types.iter().any(|t| t.name == *name));
    (!left_out).then_some(role)
}

fn tell_unknown_items(unknown: &UnknownItems, list: &ItemList, log: &mut ProblemLog) {
    let items = (list.items.len() - list.listed()) as u64;
    let first = quoted(list.items.id(list.listed() as u32));
    log.count(Severity::Warning, ProblemKind::UnknownItem, &unknown.file, Some(unknown.place), items, || {
        format!(
            "{items} items in {} events are not in the items file, the first is {first} on {} {}; \
             they are kept without attributes",
            unknown.events, unknown.unit, unknown.place
        )
    });
}

/// Notes what the events lack, and items without events.
fn tell_of_events(ordered: &Ordered, catalogue: &Catalogue, roles: &EventRoles, tables: &Tables, log: &mut ProblemLog) {
    let path = tables.events.first_path();
    let events = &ordered.events;
    if roles.time.is_none() {
        log.count(Severity::Note, ProblemKind::NoTime, path, None, 1, || {
            "There is no time column, so the order of the rows counts; name one with --time-col".to_owned()
        });
    }
    if ordered.inferred {
        log.count(Severity::Note, ProblemKind::InferredSessions, path, None, ordered.session_count as u64, || {
            let how = if events.has_time {
                "a session ends where a user rests for more than 30 minutes"
            } else {
                "and no time column, so each user's history is one session"
            };
            let column =
                if roles.session.is_some() { "The session column is empty" } else { "There is no session column" };
            format!("{column}; {how} ({} sessions); name a column with --session-col", ordered.session_count)
        });
    }
    if events.user_offsets.windows(2).all(|bounds| bounds[1] - bounds[0] < 2) {
        log.count(Severity::Warning, ProblemKind::NoSequences, path, None, 1, || {
            "No user has two events, so there is nothing to learn from; check the user column (--user-col)".to_owned()
        });
    }
    let mut has_event = vec![false; catalogue.item_count()];
    for &item in &events.item {
        has_event[item as usize] = true;
    }
    let without = has_event.iter().filter(|has| !**has).count() as u64;
    if let Some(items) = tables.items.as_ref().filter(|_| without > 0) {
        log.count(Severity::Note, ProblemKind::ItemWithoutEvents, items.first_path(), None, without, || {
            format!("{without} items have no event; they are not trained, but their attributes can place them")
        });
    }
}
