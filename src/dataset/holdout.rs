//! Which events are kept from training.

use std::collections::HashSet;

use super::{DatasetError, Events, HeldOutEvent, Holdout};

/// [events] whether each is held out.
pub(super) fn choose(events: &Events, holdout: Holdout, seed: u64) -> Result<Vec<bool>, DatasetError> {
    let mut held = vec![false; events.len()];
    match holdout {
        Holdout::None => {}
        Holdout::LastSession => {
            for user in 0..events.user_count() {
                hold_last_session(events, user, seed, &mut held);
            }
        }
        Holdout::LastEvent => {
            for user in 0..events.user_count() {
                hold_last_event(events, user, seed, &mut held);
            }
        }
        Holdout::Time(fraction) => hold_last_part(events, fraction, &mut held)?,
    }
    Ok(held)
}

/// Mixes what identifies a candidate with the seed (splitmix64's finaliser), so that a tie follows no order of the file.
fn lot(seed: u64, user: usize, candidate: u64) -> u64 {
    let mut z =
        seed ^ (user as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ candidate.wrapping_mul(0xd1b5_4a32_d192_ed03);
    for _ in 0..2 {
        z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
    }
    z
}

/// Holds out the session whose last event is the latest, if the user has another one.
fn hold_last_session(events: &Events, user: usize, seed: u64, held: &mut [bool]) {
    let range = events.of_user(user);
    let Some(&latest) = events.time[range.clone()].last() else { return };
    let sessions = &events.session[range.clone()];
    // Events stand in time order, so the sessions that tie for the last are those of the events at the latest time.
    let ties = range.clone().filter(|&e| events.time[e] == latest).map(|e| events.session[e]);
    let Some(last) = ties.min_by_key(|&s| (lot(seed, user, u64::from(s)), s)) else { return };
    if sessions.iter().all(|&s| s == last) {
        return;
    }
    for event in range {
        held[event] = events.session[event] == last;
    }
}

/// Holds out one of the events at the user's latest time, if the user has an earlier one.
fn hold_last_event(events: &Events, user: usize, seed: u64, held: &mut [bool]) {
    let range = events.of_user(user);
    let times = &events.time[range.clone()];
    let (Some(&first), Some(&latest)) = (times.first(), times.last()) else { return };
    if first == latest {
        return;
    }
    // The item, not the position, takes part in the lot: positions are the file's order.
    let ties = range.filter(|&e| events.time[e] == latest);
    if let Some(event) = ties.min_by_key(|&e| (lot(seed, user, u64::from(events.item[e])), e)) {
        held[event] = true;
    }
}

/// Holds out the last `fraction` of the events by time; events at the time of the cut are held out together.
fn hold_last_part(events: &Events, fraction: f64, held: &mut [bool]) -> Result<(), DatasetError> {
    if !(0.0..1.0).contains(&fraction) {
        let message = format!("The fraction of --holdout time:FRACTION must be at least 0 and below 1, not {fraction}");
        return Err(DatasetError::Settings(message));
    }
    let count = (fraction * events.len() as f64).round() as usize;
    if count == 0 || events.is_empty() {
        return Ok(());
    }
    let mut times = events.time.clone();
    let position = times.len() - count.min(times.len());
    let (_, &mut cut, _) = times.select_nth_unstable(position);
    for (held, &time) in held.iter_mut().zip(&events.time) {
        *held = time >= cut;
    }
    Ok(())
}

/// What was held out, by user, then time.
pub(super) fn held_out_events(events: &Events, is_held_out: &[bool]) -> Vec<HeldOutEvent> {
    let mut all = Vec::new();
    let mut trained = HashSet::new();
    for user in 0..events.user_count() {
        let range = events.of_user(user);
        if !is_held_out[range.clone()].contains(&true) {
            continue;
        }
        trained.clear();
        trained.extend(range.clone().filter(|&e| !is_held_out[e]).map(|e| events.item[e]));
        all.extend(range.filter(|&e| is_held_out[e]).map(|e| HeldOutEvent {
            user: user as u32,
            item: events.item[e],
            time: events.time[e],
            session: events.session[e],
            repeat: trained.contains(&events.item[e]),
        }));
    }
    all
}
