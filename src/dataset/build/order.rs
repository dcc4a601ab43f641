//! Events in file order to events by user and time, with their sessions.

use rayon::prelude::*;

use super::read_events::RawEvents;
use crate::dataset::{Events, ItemAttributes, Vocabulary};

/// A user who rests this long begins a new session, in microseconds (30 minutes).
const REST: i64 = 30 * 60 * 1_000_000;
/// Events that a thread brings into order at once.
const GATHERED_AT_ONCE: usize = 64 << 10;

/// Events in their order and what belongs to them.
pub(super) struct Ordered {
    pub events: Events,
    pub users: Vocabulary,
    pub sessions: Vocabulary,
    pub session_count: usize,
    /// Whether sessions were not given but found.
    pub inferred: bool,
}

/// Sorts by user, then time; ties keep the file's order.
pub(super) fn order(mut raw: RawEvents) -> Ordered {
    let has_time = raw.time.len() == raw.user.len() && !raw.user.is_empty();
    if !has_time {
        raw.time = (0..raw.user.len() as i64).collect();
    }
    let user_offsets = offsets(&raw.user, raw.users.len());
    let order = by_user_and_time(&raw.user, &raw.time, &user_offsets);
    let time = gather(raw.time, order.as_deref());
    let item = gather(raw.item, order.as_deref());
    let weight = (!raw.weight.is_empty()).then(|| gather(raw.weight, order.as_deref()));

    // A column without a single session says as little as no column.
    let inferred = raw.sessions.is_empty();
    let session = if inferred {
        infer_sessions(&user_offsets, &time, has_time)
    } else {
        if raw.session.contains(&ItemAttributes::MISSING) {
            let none = raw.sessions.intern("");
            raw.session.iter_mut().filter(|s| **s == ItemAttributes::MISSING).for_each(|s| *s = none);
        }
        gather(raw.session, order.as_deref())
    };
    let session_count = if inferred {
        session.last().map_or(0, |last| *last as usize + 1)
    } else {
        distinct_sessions(&user_offsets, &session, raw.sessions.len())
    };
    let events = Events { user_offsets, item, time, session, weight, has_time };
    Ordered { events, users: raw.users, sessions: raw.sessions, session_count, inferred }
}

/// Where each user's events start.
fn offsets(user: &[u32], users: usize) -> Vec<usize> {
    let mut offsets = vec![0; users + 1];
    for &u in user {
        offsets[u as usize + 1] += 1;
    }
    for i in 0..users {
        offsets[i + 1] += offsets[i];
    }
    offsets
}

/// The events by user, then time; ties keep the file's order. `None` if the file has that order.
fn by_user_and_time(user: &[u32], time: &[i64], offsets: &[usize]) -> Option<Vec<u32>> {
    let in_order = |event: usize| (user[event - 1], time[event - 1]) <= (user[event], time[event]);
    if (1..user.len()).all(in_order) {
        return None;
    }
    // Time goes along, so that sorting a user's events looks at nothing but these.
    let mut next = offsets.to_vec();
    let mut events = vec![(0, 0); user.len()];
    for (event, (&u, &t)) in user.iter().zip(time).enumerate() {
        events[next[u as usize]] = (t, event as u32);
        next[u as usize] += 1;
    }
    let mut parts = Vec::with_capacity(offsets.len());
    let mut rest = events.as_mut_slice();
    for bounds in offsets.windows(2) {
        let (part, after) = rest.split_at_mut(bounds[1] - bounds[0]);
        parts.push(part);
        rest = after;
    }
    // The event's number decides ties, so an unstable sort will do.
    parts.into_par_iter().for_each(|part| part.sort_unstable());
    Some(events.into_par_iter().map(|(_, event)| event).collect())
}

fn gather<T: Copy + Send + Sync>(values: Vec<T>, order: Option<&[u32]>) -> Vec<T> {
    let Some(order) = order else { return values };
    order.par_iter().with_min_len(GATHERED_AT_ONCE).map(|&event| values[event as usize]).collect()
}

/// A new session wherever a user rests; without times each user's history is one.
fn infer_sessions(offsets: &[usize], time: &[i64], has_time: bool) -> Vec<u32> {
    let mut session = Vec::with_capacity(time.len());
    let mut current = 0;
    for bounds in offsets.windows(2) {
        for event in bounds[0]..bounds[1] {
            let rested = has_time && event > bounds[0] && time[event].saturating_sub(time[event - 1]) > REST;
            let begins = event == bounds[0] || rested;
            if begins && !session.is_empty() {
                current += 1;
            }
            session.push(current);
        }
    }
    session
}

/// Sessions of two users are two, even with the same ID.
fn distinct_sessions(offsets: &[usize], session: &[u32], ids: usize) -> usize {
    // The user, counted from 1, that each session was met with last.
    let mut met = vec![0_u32; ids];
    let mut count = 0;
    for (user, bounds) in (1..).zip(offsets.windows(2)) {
        for &own in &session[bounds[0]..bounds[1]] {
            count += usize::from(std::mem::replace(&mut met[own as usize], user) != user);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(rows: &[(&str, i64, &str)]) -> RawEvents {
        let mut raw = RawEvents::default();
        for (row, (user, time, session)) in rows.iter().enumerate() {
            let user = raw.users.intern(user);
            raw.user.push(user);
            raw.item.push(row as u32);
            raw.time.push(*time);
            if !session.is_empty() {
                let session = raw.sessions.intern(session);
                raw.session.push(session);
            }
        }
        raw
    }

    #[test]
    fn events_are_sorted_by_user_and_time_and_ties_keep_the_files_order() {
        let ordered = order(raw(&[("b", 5, ""), ("a", 1, ""), ("b", 3, ""), ("b", 5, ""), ("b", 3, "")]));
        assert_eq!(ordered.events.item, [2, 4, 0, 3, 1]);
        assert_eq!(ordered.events.user_offsets, [0, 4, 5]);
    }

    #[test]
    fn sessions_are_cut_after_thirty_minutes_of_rest() {
        let minute = 60_000_000;
        let rows = [("a", 0, ""), ("a", 30 * minute, ""), ("a", 61 * minute, ""), ("b", 61 * minute, "")];
        let ordered = order(raw(&rows));
        assert_eq!((ordered.events.session, ordered.session_count, ordered.inferred), (vec![0, 0, 1, 2], 3, true));
    }

    #[test]
    fn without_time_a_history_is_one_session_in_the_files_order() {
        let mut events = raw(&[("a", 0, ""), ("b", 0, ""), ("a", 0, "")]);
        events.time.clear();
        let ordered = order(events);
        assert_eq!((ordered.events.item, ordered.events.time), (vec![0, 2, 1], vec![0, 2, 1]));
        assert_eq!(ordered.events.session, [0, 0, 1]);
        assert!(!ordered.events.has_time);
    }

    #[test]
    fn sessions_of_two_users_are_two_even_with_one_id() {
        let ordered = order(raw(&[("a", 0, "s"), ("b", 0, "s"), ("a", 1, "t"), ("a", 2, "s")]));
        assert_eq!((ordered.session_count, ordered.sessions.len()), (3, 2));
    }
}
