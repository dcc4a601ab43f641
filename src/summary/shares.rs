//! Which attribute IDs a set of items has, beside the whole catalogue.

use crate::dataset::ItemAttributes;

/// One ID among the items of a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdShare {
    /// Its row in its table.
    pub row: u32,
    /// Items of the set that carry it.
    pub items: u32,
    /// Their share of the set, 0 to 1.
    pub share: f64,
    /// Items of the catalogue that carry it.
    pub catalogue_items: u32,
    /// Their share of the catalogue, 0 to 1.
    pub catalogue_share: f64,
}

impl IdShare {
    /// How many times more frequent it is in the set than in the catalogue.
    #[must_use]
    pub fn lift(&self) -> f64 {
        self.share / self.catalogue_share
    }
}

/// The IDs of one attribute type among the items of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeShares {
    /// Which type, from 1.
    pub type_index: usize,
    /// Items of the set that lack the attribute.
    pub missing: u32,
    /// The IDs that occur, by falling number of items, then by row.
    pub ids: Vec<IdShare>,
}

/// How many items carry each ID of type `type_index`: `[D_k]`.
pub(super) fn items_of_ids(attributes: &ItemAttributes, type_index: usize, ids: usize) -> Vec<u32> {
    let mut counts = vec![0; ids];
    for &id in attributes.ids.column(type_index).iter().filter(|&&id| id != ItemAttributes::MISSING) {
        counts[id as usize] += 1;
    }
    counts
}

/// The shares of type `type_index` among `items`; `catalogue` is what [`items_of_ids`] counts.
pub(super) fn shares(attributes: &ItemAttributes, type_index: usize, items: &[u32], catalogue: &[u32]) -> TypeShares {
    let column = attributes.ids.column(type_index);
    let mut present: Vec<u32> = items.iter().map(|&item| column[item as usize]).collect();
    present.sort_unstable();
    let known = present.partition_point(|&id| id != ItemAttributes::MISSING);
    let all = attributes.item_count() as f64;
    let share = |same: &[u32]| {
        let catalogue_items = catalogue[same[0] as usize];
        IdShare {
            row: same[0],
            items: same.len() as u32,
            share: same.len() as f64 / items.len() as f64,
            catalogue_items,
            catalogue_share: f64::from(catalogue_items) / all,
        }
    };
    let mut ids: Vec<IdShare> = present[..known].chunk_by(|a, b| a == b).map(share).collect();
    ids.sort_by(|a, b| b.items.cmp(&a.items).then(a.row.cmp(&b.row)));
    TypeShares { type_index, missing: (present.len() - known) as u32, ids }
}
