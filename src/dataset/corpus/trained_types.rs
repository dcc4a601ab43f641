//! Which IDs are trained, in which order, and how much each counts.

use std::sync::Arc;

use ndarray::Array2;

use crate::dataset::{Catalogue, Dataset, ItemAttributes, TrainedType, Vocabulary, Weighting};

/// `[items of the catalogue]` events of each that are not held out.
pub(super) fn training_counts(dataset: &Dataset, is_held_out: &[bool]) -> Vec<u64> {
    let mut counts = vec![0; dataset.catalogue.item_count()];
    for (&item, _) in dataset.events.item.iter().zip(is_held_out).filter(|(_, held)| !**held) {
        counts[item as usize] += 1;
    }
    counts
}

/// The trained items, by falling count; ties in the catalogue's order.
pub(super) struct Ranking {
    /// `[D_1]` catalogue row of each.
    pub rows: Vec<u32>,
    /// `[items of the catalogue]` trained index, or [`ItemAttributes::MISSING`].
    pub index: Vec<u32>,
}

impl Ranking {
    /// The items with `min_count` events, and those that `is_kept`, but for those that `is_hidden`.
    pub(super) fn new(
        counts: &[u64],
        min_count: u32,
        is_kept: impl Fn(u32) -> bool,
        is_hidden: impl Fn(u32) -> bool,
    ) -> Self {
        let least = u64::from(min_count.max(1));
        let (rows, index) = ranked(counts, |row| (counts[row as usize] >= least || is_kept(row)) && !is_hidden(row));
        Self { rows, index }
    }
}

/// The entries of `counts` that are `kept`, by falling count, and where each went.
fn ranked(counts: &[u64], kept: impl Fn(u32) -> bool) -> (Vec<u32>, Vec<u32>) {
    let mut order: Vec<u32> = (0..counts.len() as u32).filter(|&i| kept(i)).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(counts[i as usize]));
    let mut index = vec![ItemAttributes::MISSING; counts.len()];
    for (new, &old) in order.iter().enumerate() {
        index[old as usize] = new as u32;
    }
    (order, index)
}

/// The types with a trained ID, and what each trained item carries.
pub(super) fn trained_types(
    catalogue: &Catalogue,
    ranking: &Ranking,
    counts: &[u64],
    weighting: Weighting,
) -> (Vec<TrainedType>, ItemAttributes) {
    let mut types = Vec::with_capacity(catalogue.type_count());
    let mut columns = Vec::with_capacity(catalogue.type_count());
    for (k, id_type) in catalogue.id_types.iter().enumerate() {
        let (own, column) =
            if k == 0 { item_type(catalogue, ranking, counts) } else { attribute_type(catalogue, k, ranking, counts) };
        if !own.vocabulary.is_empty() {
            types.push(TrainedType { name: id_type.name.clone(), ..own });
            columns.push(column);
        }
    }
    let shape = (ranking.rows.len(), types.len());
    let ids = Array2::from_shape_fn(shape, |(item, k)| columns[k][item]);
    let weights = Array2::from_shape_fn(shape, |(item, k)| match ids[(item, k)] {
        ItemAttributes::MISSING => 0.0,
        id => weighting.weight(types[k].items[id as usize]),
    });
    (types, ItemAttributes { ids, weights })
}

fn item_type(catalogue: &Catalogue, ranking: &Ranking, counts: &[u64]) -> (TrainedType, Vec<u32>) {
    let rows = || ranking.rows.iter().map(|&row| row as usize);
    let labels = |row: usize| catalogue.labels.as_ref().and_then(|l| l[row].clone());
    let own = TrainedType {
        name: String::new(),
        vocabulary: Arc::new(ranking.rows.iter().map(|&row| catalogue.id_types[0].vocabulary.id(row)).collect()),
        counts: rows().map(|row| counts[row]).collect(),
        items: vec![1; ranking.rows.len()],
        labels: rows().map(labels).collect(),
    };
    (own, (0..ranking.rows.len() as u32).collect())
}

fn attribute_type(catalogue: &Catalogue, k: usize, ranking: &Ranking, counts: &[u64]) -> (TrainedType, Vec<u32>) {
    let all = &catalogue.id_types[k].vocabulary;
    let carried = |row: u32| catalogue.attributes[(row as usize, k)];
    let (mut events, mut is_carried) = (vec![0; all.len()], vec![false; all.len()]);
    for &row in &ranking.rows {
        if let Some(sum) = events.get_mut(carried(row) as usize) {
            *sum += counts[row as usize];
            is_carried[carried(row) as usize] = true;
        }
    }
    let (order, index) = ranked(&events, |id| is_carried[id as usize]);
    let column: Vec<u32> = ranking
        .rows
        .iter()
        .map(|&row| index.get(carried(row) as usize).copied().unwrap_or(ItemAttributes::MISSING))
        .collect();
    let mut items = vec![0; order.len()];
    for &id in column.iter().filter(|&&id| id != ItemAttributes::MISSING) {
        items[id as usize] += 1;
    }
    let own = TrainedType {
        name: String::new(),
        vocabulary: Arc::new(order.iter().map(|&id| all.id(id)).collect::<Vocabulary>()),
        counts: order.iter().map(|&id| events[id as usize]).collect(),
        items,
        labels: shared_labels(catalogue, ranking, &column, order.len()),
    };
    (own, column)
}

/// The label that all trained items with an ID share; `None` where they differ or one has none.
fn shared_labels(catalogue: &Catalogue, ranking: &Ranking, column: &[u32], ids: usize) -> Vec<Option<String>> {
    let Some(labels) = &catalogue.labels else { return vec![None; ids] };
    let mut shared: Vec<Option<Option<&str>>> = vec![None; ids];
    for (&row, &id) in ranking.rows.iter().zip(column) {
        let Some(slot) = shared.get_mut(id as usize) else { continue };
        let label = labels[row as usize].as_deref();
        *slot = Some(slot.map_or(label, |known| known.filter(|k| Some(*k) == label)));
    }
    shared.into_iter().map(|label| label.flatten().map(str::to_owned)).collect()
}
