//! Which events are kept from training.

use hashbrown::HashSet;
use twox_hash::XxHash3_128;

use crate::dataset::{CorpusSettings, Dataset, DatasetError, Events, HeldOutEvent, Holdout};

/// `[events]` whether each is held out.
pub(super) fn choose(dataset: &Dataset, holdout: Holdout, seed: u64) -> Result<Vec<bool>, DatasetError> {
    let events = &dataset.events;
    let mut held = vec![false; events.len()];
    match holdout {
        Holdout::None => {}
        Holdout::LastSession => {
            for user in 0..events.user_count() {
                hold_last_session(dataset, user, seed, &mut held);
            }
        }
        Holdout::LastEvent => {
            for user in 0..events.user_count() {
                hold_last_event(dataset, user, seed, &mut held);
            }
        }
        Holdout::Time(fraction) => hold_last_part(events, fraction, &mut held)?,
    }
    Ok(held)
}

/// A number that decides ties. It depends on the texts alone, so that no order of rows or IDs leaks into the choice.
fn lot(seed: u64, user: &str, candidate: &str) -> u128 {
    let mut hash = XxHash3_128::with_seed(seed);
    hash.write(user.as_bytes());
    // No UTF-8 text has this byte.
    hash.write(&[0xff]);
    hash.write(candidate.as_bytes());
    hash.finish_128()
}

/// `[items of the catalogue]` whether each is withheld from training: by a lot that depends on seed and ID alone.
pub(super) fn hidden_items(dataset: &Dataset, settings: &CorpusSettings) -> Result<Vec<bool>, DatasetError> {
    let share = settings.hide_items;
    if !(0.0..1.0).contains(&share) {
        let message = format!("The share of items to hide must be at least 0 and below 1, not {share}");
        return Err(DatasetError::Settings(message));
    }
    if share == 0.0 {
        return Ok(vec![false; dataset.catalogue.item_count()]);
    }
    let ids = dataset.catalogue.id_types[0].vocabulary.iter();
    Ok(ids.map(|id| (lot(settings.seed, "", id) as f64) < share * 2_f64.powi(128)).collect())
}

/// Holds out the session whose last event is the latest, if the user has another one.
fn hold_last_session(dataset: &Dataset, user: usize, seed: u64, held: &mut [bool]) {
    let events = &dataset.events;
    let range = events.of_user(user);
    let Some(&latest) = events.time[range.clone()].last() else { return };
    // Events stand in time order, so the sessions that tie for the last are those of the events at the latest time.
    let mut ties: Vec<u32> =
        range.clone().rev().take_while(|&e| events.time[e] == latest).map(|e| events.session[e]).collect();
    ties.dedup();
    let last = match ties.as_slice() {
        &[only] => only,
        // Inferred sessions have no text, but do not overlap either, so they never tie.
        _ if dataset.sessions.is_empty() => events.session[range.end - 1],
        _ => {
            let user = dataset.users.id(user as u32);
            let lots = ties.iter().map(|&s| (lot(seed, user, dataset.sessions.id(s)), s));
            lots.min().map_or(events.session[range.end - 1], |(_, session)| session)
        }
    };
    if events.session[range.clone()].iter().all(|&s| s == last) {
        return;
    }
    for event in range {
        held[event] = events.session[event] == last;
    }
}

/// Holds out one of the events at the user's latest time, if the user has an earlier one.
fn hold_last_event(dataset: &Dataset, user: usize, seed: u64, held: &mut [bool]) {
    let events = &dataset.events;
    let range = events.of_user(user);
    let times = &events.time[range.clone()];
    let (Some(&first), Some(&latest)) = (times.first(), times.last()) else { return };
    if first == latest {
        return;
    }
    let ties = range.end - times.iter().rev().take_while(|&&t| t == latest).count()..range.end;
    let (user, items) = (dataset.users.id(user as u32), &dataset.catalogue.id_types[0].vocabulary);
    let chosen = if ties.len() == 1 {
        Some(ties.start)
    } else {
        ties.min_by_key(|&e| lot(seed, user, items.id(events.item[e])))
    };
    if let Some(event) = chosen {
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
