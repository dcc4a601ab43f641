//! Training events as sequences and histories of trained items.

use super::trained_types::Ranking;
use crate::dataset::{Events, ItemAttributes, SequenceUnit, Sequences};

/// The training events of user `user` on trained items, in time order: (event, trained item).
fn trained<'a>(
    events: &'a Events,
    is_held_out: &'a [bool],
    ranking: &'a Ranking,
    user: usize,
) -> impl Iterator<Item = (usize, u32)> + 'a {
    let own = events.of_user(user).filter(|&e| !is_held_out[e]);
    own.map(|e| (e, ranking.index[events.item[e] as usize])).filter(|&(_, item)| item != ItemAttributes::MISSING)
}

/// All sequences with an event, by user; a user's sessions by their first event.
pub(super) fn sequences(events: &Events, is_held_out: &[bool], ranking: &Ranking, unit: SequenceUnit) -> Sequences {
    let mut all = Sequences { offsets: vec![0], ..Sequences::default() };
    let mut own: Vec<(usize, u32)> = Vec::new();
    for user in 0..events.user_count() {
        own.clear();
        own.extend(trained(events, is_held_out, ranking, user));
        if unit == SequenceUnit::Session {
            group_by_session(events, &mut own);
        }
        let mut session = None;
        for &(event, item) in &own {
            let begins = session.is_none_or(|s| unit == SequenceUnit::Session && s != events.session[event]);
            if begins && session.is_some() {
                all.offsets.push(all.items.len());
                all.users.push(user as u32);
            }
            session = Some(events.session[event]);
            all.items.push(item);
            all.times.push(events.time[event]);
        }
        if session.is_some() {
            all.offsets.push(all.items.len());
            all.users.push(user as u32);
        }
    }
    all
}

/// Puts events of one session together, sessions by their first event; within a session the order stays.
fn group_by_session(events: &Events, own: &mut [(usize, u32)]) {
    let mut first: Vec<(u32, usize)> = Vec::new();
    for &(event, _) in own.iter() {
        let session = events.session[event];
        // Sessions seldom overlap, so the last one is nearly always the right one.
        if first.last().is_none_or(|(s, _)| *s != session) {
            first.push((session, event));
        }
    }
    first.sort_unstable();
    first.dedup_by_key(|(session, _)| *session);
    let begin = |session: u32| first.binary_search_by_key(&session, |(s, _)| *s).map_or(0, |i| first[i].1);
    own.sort_by_cached_key(|&(event, _)| (begin(events.session[event]), event));
}

/// Every user's training events on trained items, in time order.
#[derive(Default)]
pub(super) struct Histories {
    /// [users + 1] where each user's start.
    pub offsets: Vec<usize>,
    /// The item of each.
    pub items: Vec<u32>,
    /// The session of each.
    pub sessions: Vec<u32>,
    /// The time of each.
    pub times: Vec<i64>,
}

/// The histories of all users.
pub(super) fn histories(events: &Events, is_held_out: &[bool], ranking: &Ranking) -> Histories {
    let mut all = Histories { offsets: vec![0], ..Histories::default() };
    for user in 0..events.user_count() {
        for (event, item) in trained(events, is_held_out, ranking, user) {
            all.items.push(item);
            all.sessions.push(events.session[event]);
            all.times.push(events.time[event]);
        }
        all.offsets.push(all.items.len());
    }
    all
}
