//! Events in file order to events by user and time, with their sessions.

use rayon::prelude::*;

use super::read_events::RawEvents;
use crate::dataset::{Events, ItemAttributes, Vocabulary};

/// A user who rests this long begins a new session, in microseconds (30 minutes).
const REST: i64 = 30 * 60 * 1_000_000;

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
    let mut order = by_user(&raw.user, &user_offsets);
    sort_each(&mut order, &user_offsets, |event| raw.time[event as usize]);
    let time = gather(&raw.time, &order);
    let item = gather(&raw.item, &order);
    let weight = (!raw.weight.is_empty()).then(|| gather(&raw.weight, &order));

    // A column without a single session says as little as no column.
    let inferred = raw.sessions.is_empty();
    let session = if inferred {
        infer_sessions(&user_offsets, &time, has_time)
    } else {
        if raw.session.contains(&ItemAttributes::MISSING) {
            let none = raw.sessions.intern("");
            raw.session.iter_mut().filter(|s| **s == ItemAttributes::MISSING).for_each(|s| *s = none);
        }
        gather(&raw.session, &order)
    };
    let session_count = if inferred {
        session.last().map_or(0, |last| *last as usize + 1)
    } else {
        distinct_sessions(&user_offsets, &session)
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

/// The events of each user in file order.
fn by_user(user: &[u32], offsets: &[usize]) -> Vec<u32> {
    let mut next = offsets.to_vec();
    let mut order = vec![0; user.len()];
    for (event, &u) in user.iter().enumerate() {
        order[next[u as usize]] = event as u32;
        next[u as usize] += 1;
    }
    order
}

/// Sorts each user's part of `order` by `key`; equal keys keep their order.
fn sort_each(order: &mut [u32], offsets: &[usize], key: impl Fn(u32) -> i64 + Sync) {
    let mut parts = Vec::with_capacity(offsets.len());
    let mut rest = order;
    for bounds in offsets.windows(2) {
        let (part, after) = rest.split_at_mut(bounds[1] - bounds[0]);
        parts.push(part);
        rest = after;
    }
    parts.into_par_iter().for_each(|part| {
        if !part.is_sorted_by_key(|&event| key(event)) {
            part.sort_by_key(|&event| key(event));
        }
    });
}

fn gather<T: Copy>(values: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|&event| values[event as usize]).collect()
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
fn distinct_sessions(offsets: &[usize], session: &[u32]) -> usize {
    let of_user = |bounds: &[usize]| {
        let mut own = session[bounds[0]..bounds[1]].to_vec();
        own.sort_unstable();
        own.dedup();
        own.len()
    };
    offsets.par_windows(2).map(of_user).sum()
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
