//! User vectors from new events, without training.

use std::sync::Arc;

use crate::dataset::{Dataset, ItemAttributes, Vocabulary};
use crate::embedding::user_vectors;
use crate::run::{Histories, Run, UserTable};

/// The users of some events, as a run's item vectors describe them.
#[derive(Debug, Clone)]
pub struct FreshUsers {
    /// Users with a known item; their counts are events on known items.
    pub users: UserTable,
    /// Their last items.
    pub histories: Histories,
    /// Items of the events that the run has no vector for, by first appearance.
    pub unknown_items: Vec<String>,
    /// Events on those items.
    pub unknown_events: u64,
    /// Users without any known item: they have no vector.
    pub left_out: Vec<String>,
}

/// The users of `dataset` by the mean of the target vectors of their last `last` trained items (MODEL.md, "What is
/// derived"), as at the end of a training: items without a vector are passed over, and events at the same time keep
/// the file's order.
#[must_use]
pub fn fresh_users(run: &Run, dataset: &Dataset, last: usize) -> FreshUsers {
    let trained = &run.types[0].vocabulary;
    let catalogue = &dataset.catalogue.id_types[0].vocabulary;
    let rows: Vec<u32> = catalogue.iter().map(|id| trained.index(id).unwrap_or(ItemAttributes::MISSING)).collect();
    let mut seen = vec![false; rows.len()];
    let (mut vocabulary, mut counts, mut left_out) = (Vocabulary::default(), Vec::new(), Vec::new());
    let mut histories = Histories { offsets: vec![0], items: Vec::new() };
    let mut unknown_events = 0;
    let mut known = Vec::new();
    for (user, id) in dataset.users.iter().enumerate() {
        known.clear();
        for &item in &dataset.events.item[dataset.events.of_user(user)] {
            seen[item as usize] = true;
            match rows[item as usize] {
                ItemAttributes::MISSING => unknown_events += 1,
                row => known.push(row),
            }
        }
        if known.is_empty() {
            left_out.push(id.to_owned());
            continue;
        }
        vocabulary.intern(id);
        counts.push(known.len() as u64);
        histories.items.extend_from_slice(&known[known.len().saturating_sub(last)..]);
        histories.offsets.push(histories.items.len());
    }
    let vectors = user_vectors(run.model.target[0].view(), &histories.offsets, &histories.items, last);
    let unknown = catalogue.iter().zip(rows.iter().zip(seen));
    let unknown = unknown.filter(|(_, (row, seen))| *seen && **row == ItemAttributes::MISSING);
    FreshUsers {
        users: UserTable { vocabulary: Arc::new(vocabulary), counts, vectors: vectors.into() },
        histories,
        unknown_items: unknown.map(|(id, _)| id.to_owned()).collect(),
        unknown_events,
        left_out,
    }
}
