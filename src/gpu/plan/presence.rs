//! Which types each item has, as bits.

use crate::dataset::ItemAttributes;

/// For each item, a set of types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Presence {
    /// Words of 64 types an item; 0 if every item has every type.
    words: usize,
    bits: Vec<u64>,
}

impl Presence {
    /// The types that each item of the catalogue has.
    pub(super) fn of(attributes: &ItemAttributes) -> Self {
        if attributes.ids.iter().all(|&id| id != ItemAttributes::MISSING) {
            return Self { words: 0, bits: Vec::new() };
        }
        let words = attributes.type_count().div_ceil(64);
        let mut bits = vec![0; attributes.item_count() * words];
        for ((item, kind), &id) in attributes.ids.indexed_iter() {
            bits[item * words + kind / 64] |= u64::from(id != ItemAttributes::MISSING) << (kind % 64);
        }
        Self { words, bits }
    }

    /// For each of `rows` rows, the types that any of its partners has; `row_of` and `partners` list them by term.
    pub(super) fn of_partners(&self, row_of: &[u32], partners: &[u32], rows: usize) -> Self {
        let mut bits = vec![0; rows * self.words];
        for (&row, &partner) in row_of.iter().zip(partners) {
            for word in 0..self.words {
                bits[row as usize * self.words + word] |= self.bits[partner as usize * self.words + word];
            }
        }
        Self { words: self.words, bits }
    }

    /// Whether row `index` has type `kind`.
    pub(super) fn has(&self, index: usize, kind: usize) -> bool {
        self.words == 0 || self.bits[index * self.words + kind / 64] >> (kind % 64) & 1 == 1
    }
}
