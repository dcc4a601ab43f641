//! A batch cut into units: short runs of centres whose gradients one thread sums on the spot.
//!
//! Neighbouring centres share contexts, and centres of a group share negatives. A unit lists each of its
//! context rows once, so that a row is read and its gradient written once a unit, not once a pair.

use crate::objective::{Batch, Negatives};

// Centres of a unit: two register tiles. More would push the unit's rows out of L1.
const CENTRES: usize = 8;

/// A run of centres.
#[derive(Debug, Clone, Copy)]
pub struct Unit {
    /// Its first centre.
    pub first_centre: u32,
    /// How many centres it has.
    pub centres: u32,
    /// Its first entry.
    pub first_entry: u32,
    /// Its distinct contexts: the first of its entries.
    pub positives: u32,
    /// All its entries; those after the positives are negatives.
    pub entries: u32,
}

/// The units of a batch. An entry is a row of the context side that a unit uses.
#[derive(Debug, Clone, Default)]
pub struct Units {
    /// The units, in the order of their centres.
    pub units: Vec<Unit>,
    /// [entries] the item of each entry.
    pub entry_items: Vec<u32>,
    /// [pairs] each pair's entry, counted from its unit's first.
    pub pair_entries: Vec<u32>,
    /// [items] the unit that last used an item as a context (from 1), and that context's entry in it.
    seen: Vec<(u32, u32)>,
}

impl Units {
    /// Cuts `batch`, whose items are below `items`.
    pub fn build(&mut self, batch: &Batch, items: usize) {
        self.units.clear();
        self.entry_items.clear();
        self.pair_entries.clear();
        self.seen.clear();
        self.seen.resize(items, (0, 0));
        let centres = batch.centre_count();
        let group = match batch.negatives {
            Negatives::PerPair { .. } => CENTRES,
            Negatives::Shared { group, .. } => group.max(1),
        };
        let mut first = 0;
        while first < centres {
            let group_end = (first / group + 1) * group;
            let end = group_end.min(first + CENTRES).min(centres);
            self.push(batch, first..end, first / group);
            first = end;
        }
    }

    fn push(&mut self, batch: &Batch, centres: std::ops::Range<usize>, group: usize) {
        let first_entry = self.entry_items.len();
        let mark = self.units.len() as u32 + 1;
        let pairs = batch.context_offsets[centres.start] as usize..batch.context_offsets[centres.end] as usize;
        for &item in &batch.contexts[pairs.clone()] {
            let (seen_in, entry) = &mut self.seen[item as usize];
            if *seen_in != mark {
                (*seen_in, *entry) = (mark, (self.entry_items.len() - first_entry) as u32);
                self.entry_items.push(item);
            }
            self.pair_entries.push(*entry);
        }
        let positives = self.entry_items.len() - first_entry;
        match &batch.negatives {
            Negatives::PerPair { per_pair, items } => {
                self.entry_items.extend_from_slice(&items[pairs.start * per_pair..pairs.end * per_pair]);
            }
            Negatives::Shared { per_group, items, .. } => {
                self.entry_items.extend_from_slice(&items[group * per_group..(group + 1) * per_group]);
            }
        }
        self.units.push(Unit {
            first_centre: centres.start as u32,
            centres: centres.len() as u32,
            first_entry: first_entry as u32,
            positives: positives as u32,
            entries: (self.entry_items.len() - first_entry) as u32,
        });
    }
}
