//! How far neighbourhoods change while a model trains.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::random::{Purpose, Random};
use crate::embedding::Model;
use crate::neighbors::nearest_of_rows;

/// Neighbours of each ID that are compared.
const NEIGHBORS: usize = 10;

/// Products and sums a second that one core does at least.
const SLOWEST: f64 = 4e9;

/// How far neighbourhoods are those of the measurement before: means of the Jaccard index of the 10 nearest rows, by
/// cosine of target vectors, 0 to 1; 1 = the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChurnPoint {
    /// Over all items, or the sample that stands for them.
    pub jaccard_at_10: f64,
    /// Over the pinned IDs that were pinned then too; `None` without any.
    pub pinned_jaccard_at_10: Option<f64>,
}

/// An ID that is looked at by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PinnedId {
    /// Which ID type.
    pub type_index: usize,
    /// Its row there.
    pub row: u32,
}

/// Compares neighbourhoods with those of the measurement before. It reads models alone, so that a training is the same
/// with and without it.
#[derive(Debug)]
pub struct Churn {
    /// Item rows, rising.
    sample: Vec<u32>,
    items: usize,
    before: Option<Vec<Vec<u32>>>,
    pinned_before: BTreeMap<PinnedId, Vec<u32>>,
}

impl Churn {
    /// Items that stand for all where there are more, drawn by the seed.
    pub const SAMPLE: usize = 500;

    /// For a model with `items` items.
    #[must_use]
    pub fn new(items: usize, seed: u64) -> Self {
        let mut sample: Vec<u32> = (0..items as u32).collect();
        if items > Self::SAMPLE {
            Random::new(seed, Purpose::Churn, 0, 0).shuffle(&mut sample);
            sample.truncate(Self::SAMPLE);
            sample.sort_unstable();
        }
        Self { sample, items, before: None, pinned_before: BTreeMap::new() }
    }

    /// Seconds that [`Self::measure`] may take with vectors of `width` numbers, before anything is known of the machine.
    #[must_use]
    pub fn expected_seconds(&self, width: usize) -> f64 {
        (self.sample.len() * self.items * width) as f64 / SLOWEST / rayon::current_num_threads() as f64
    }

    /// Compares `model` with the model of the measurement before. `None` the first time, below two items, and if
    /// `interrupted` says so: the next measurement is then compared with what this one would have been.
    ///
    /// # Panics
    /// If `model` has other items.
    pub fn measure(
        &mut self,
        model: &Model,
        pinned: &BTreeSet<PinnedId>,
        interrupted: &dyn Fn() -> bool,
    ) -> Option<ChurnPoint> {
        let now = nearest_of_rows(model.target[0].view(), &self.sample, NEIGHBORS, interrupted)?;
        let of_pinned = neighbors_of_pinned(model, pinned, interrupted)?;
        let pairs = of_pinned.iter().filter_map(|(id, now)| Some((self.pinned_before.get(id)?, now)));
        let pinned_jaccard_at_10 = mean_jaccard(pairs);
        let jaccard = self.before.as_ref().and_then(|before| mean_jaccard(before.iter().zip(&now)));
        self.before = Some(now);
        self.pinned_before = of_pinned;
        Some(ChurnPoint { jaccard_at_10: jaccard?, pinned_jaccard_at_10 })
    }
}

fn neighbors_of_pinned(
    model: &Model,
    pinned: &BTreeSet<PinnedId>,
    interrupted: &dyn Fn() -> bool,
) -> Option<BTreeMap<PinnedId, Vec<u32>>> {
    let mut found = BTreeMap::new();
    for (type_index, table) in model.target.iter().enumerate() {
        let is_there = |id: &&PinnedId| id.type_index == type_index && (id.row as usize) < table.nrows();
        let ids: Vec<PinnedId> = pinned.iter().filter(is_there).copied().collect();
        let rows: Vec<u32> = ids.iter().map(|id| id.row).collect();
        found.extend(ids.into_iter().zip(nearest_of_rows(table.view(), &rows, NEIGHBORS, interrupted)?));
    }
    Some(found)
}

/// The mean over pairs of sets of what both hold as a share of what either holds; `None` without a pair that holds
/// anything.
fn mean_jaccard<'a>(pairs: impl Iterator<Item = (&'a Vec<u32>, &'a Vec<u32>)>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u64);
    for (before, after) in pairs {
        let both = before.iter().filter(|row| after.contains(row)).count();
        let either = before.len() + after.len() - both;
        if either > 0 {
            sum += both as f64 / either as f64;
            count += 1;
        }
    }
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn model(table: Array2<f32>) -> Model {
        Model { context: vec![table.clone()], target: vec![table], transfer: Vec::new() }
    }

    fn noise(rows: usize, seed: u64) -> Array2<f32> {
        let mut random = Random::new(seed, Purpose::Churn, 9, 9);
        Array2::from_shape_simple_fn((rows, 6), || (random.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0)
    }

    #[test]
    fn the_same_vectors_have_a_jaccard_index_of_one_and_others_that_of_chance() {
        let mut churn = Churn::new(300, 1);
        let pinned = BTreeSet::from([PinnedId { type_index: 0, row: 7 }]);
        let mut measure = |table: Array2<f32>| churn.measure(&model(table), &pinned, &|| false);
        assert_eq!(measure(noise(300, 1)), None, "there is nothing to compare with yet");
        let same = ChurnPoint { jaccard_at_10: 1.0, pinned_jaccard_at_10: Some(1.0) };
        assert_eq!(measure(noise(300, 1) * 3.0), Some(same), "cosines do not depend on lengths");
        let other = measure(noise(300, 2)).unwrap().jaccard_at_10;
        assert!(other < 0.1, "{other}");
    }

    #[test]
    fn the_index_is_what_both_hold_over_what_either_holds() {
        let (before, after) = (vec![vec![1, 2, 3], vec![4, 5, 6]], vec![vec![3, 2, 9], vec![4, 5, 6]]);
        assert_eq!(mean_jaccard(before.iter().zip(&after)), Some((2.0 / 4.0 + 1.0) / 2.0));
        assert_eq!(mean_jaccard(std::iter::empty()), None);
    }

    #[test]
    fn large_tables_are_sampled_by_the_seed_and_small_ones_are_not() {
        assert_eq!(Churn::new(20, 1).sample.len(), 20);
        let large = |seed| Churn::new(5_000, seed).sample;
        assert_eq!((large(1).len(), large(1)), (Churn::SAMPLE, large(1)));
        assert_ne!(large(1), large(2));
    }

    #[test]
    fn an_interrupted_measurement_is_as_if_it_had_not_been_begun() {
        let mut churn = Churn::new(50, 1);
        let nothing = BTreeSet::new();
        churn.measure(&model(noise(50, 1)), &nothing, &|| false);
        assert_eq!(churn.measure(&model(noise(50, 2)), &nothing, &|| true), None);
        let point = churn.measure(&model(noise(50, 1)), &nothing, &|| false).unwrap();
        assert_eq!(point, ChurnPoint { jaccard_at_10: 1.0, pinned_jaccard_at_10: None });
    }
}
