//! In which order an epoch visits its centres, and where one batch ends.

use std::ops::Range;

use crate::training::random::Random;
use crate::training::{Hyperparameters, NegativeSharing};

/// Consecutive centres that are shuffled together where neighbours share negatives: small enough to mix well, large
/// enough that windows overlap within a block and its rows stay in cache.
const BLOCK: usize = 64;

/// An order of 0..n in batches.
#[derive(Debug, Clone)]
pub(super) struct CentreOrder {
    centres: usize,
    batches: usize,
    units: Units,
}

/// What is shuffled.
#[derive(Debug, Clone)]
enum Units {
    /// `[n]` single centres.
    Centres(Vec<u32>),
    /// Blocks of `length` consecutive centres. Block 0 begins at centre `rotation`, drawn anew in each epoch, and
    /// centre n - 1 is followed by centre 0, so that neither the borders nor the one shorter block stay in place.
    Blocks { length: usize, rotation: usize, shuffled: Vec<u32> },
}

impl CentreOrder {
    /// The order of `centres` centres; `None` if `cancelled` says so.
    pub(super) fn new(
        centres: usize,
        values: &Hyperparameters,
        mut random: Random,
        cancelled: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let units = match block_length(values) {
            None => Units::Centres(shuffled(centres, random, cancelled)?),
            Some(length) => {
                let rotation = random.below(centres as u64) as usize;
                Units::Blocks { length, rotation, shuffled: shuffled(centres.div_ceil(length), random, cancelled)? }
            }
        };
        Some(Self { centres, batches: batch_count(centres, values), units })
    }

    pub(super) fn batch_count(&self) -> usize {
        self.batches
    }

    /// Calls `visit` with each run of neighbouring centres of batch `index`, in their order.
    ///
    /// # Panics
    /// If `index` is not below [`Self::batch_count`].
    #[inline]
    pub(super) fn for_each_run(&self, index: usize, mut visit: impl FnMut(Range<usize>)) {
        assert!(index < self.batches, "batch {index} of {}", self.batches);
        match &self.units {
            Units::Centres(order) => {
                for &centre in &order[self.part(index, order.len())] {
                    visit(centre as usize..centre as usize + 1);
                }
            }
            Units::Blocks { length, rotation, shuffled } => {
                for &block in &shuffled[self.part(index, shuffled.len())] {
                    let turned = block as usize * length;
                    let (first, end) = (turned + rotation, self.centres.min(turned + length) + rotation);
                    // The epoch is a ring; a block may lie across its end.
                    visit(first.min(self.centres)..end.min(self.centres));
                    visit(first.max(self.centres) - self.centres..end.max(self.centres) - self.centres);
                }
            }
        }
    }

    /// Batch `index`'s share of `units`, even to within one unit.
    fn part(&self, index: usize, units: usize) -> Range<usize> {
        let border = |index: usize| (index as u128 * units as u128 / self.batches as u128) as usize;
        border(index)..border(index + 1)
    }
}

/// Batches that `centres` centres make.
pub(super) fn batch_count(centres: usize, values: &Hyperparameters) -> usize {
    let batch_size = values.batch_size as usize;
    match block_length(values) {
        None => centres.div_ceil(batch_size),
        Some(length) => centres.div_ceil(length).div_ceil((batch_size / length).max(1)),
    }
}

/// Length of the blocks that are shuffled: about [`BLOCK`], a multiple of the group so that no group straddles two
/// blocks, and such that whole blocks fill a batch. `None` where single centres are shuffled.
fn block_length(values: &Hyperparameters) -> Option<usize> {
    let NegativeSharing::Group(group) = values.negative_sharing else { return None };
    let (group, batch_size) = (group as usize, values.batch_size as usize);
    let blocks_in_batch = batch_size.div_ceil(BLOCK);
    let length = (batch_size / blocks_in_batch).max(group) / group * group;
    Some(length.min(batch_size))
}

/// 0..n in random order.
fn shuffled(n: usize, mut random: Random, cancelled: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    const CANCEL_SPACING: usize = 1 << 20;
    // Inside-out Fisher-Yates, so that a long one can be cancelled: after step i the first i + 1 are in random order.
    let mut order = Vec::with_capacity(n);
    for i in 0..n {
        if i % CANCEL_SPACING == 0 && cancelled() {
            return None;
        }
        let j = random.below(i as u64 + 1) as usize;
        order.push(i as u32);
        order.swap(i, j);
    }
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::Preset;

    fn values(sharing: NegativeSharing, batch_size: u32) -> Hyperparameters {
        Hyperparameters { negative_sharing: sharing, batch_size, ..Hyperparameters::preset(Preset::Default) }
    }

    fn batches(centres: usize, values: &Hyperparameters) -> Vec<Vec<usize>> {
        let random = Random::new(3, crate::training::random::Purpose::Order, 0, 0);
        let order = CentreOrder::new(centres, values, random, &|| false).unwrap();
        let batch = |index| {
            let mut visited = Vec::new();
            order.for_each_run(index, |run| visited.extend(run));
            visited
        };
        (0..order.batch_count()).map(batch).collect()
    }

    #[test]
    fn every_centre_comes_once_and_batches_are_even_and_none_too_large() {
        for sharing in [NegativeSharing::Pair, NegativeSharing::Group(8), NegativeSharing::Group(7)] {
            for batch_size in [1, 5, 64, 100, 128, 1000] {
                for centres in [0, 1, 63, 64, 65, 1000, 4099] {
                    let values = values(sharing, batch_size);
                    let batches = batches(centres, &values);
                    let case = format!("{sharing:?}, batches of {batch_size}, {centres} centres");
                    let largest = batches.iter().map(Vec::len).max().unwrap_or(0);
                    assert!(largest <= batch_size as usize, "{case}: a batch of {largest}");
                    assert!(batches.iter().all(|batch| !batch.is_empty()), "{case}: an empty batch");
                    // One block more or less, and one block may be short.
                    let spread = largest - batches.iter().map(Vec::len).min().unwrap_or(0);
                    let most = block_length(&values).map_or(1, |length| 2 * length);
                    assert!(spread <= most, "{case}: batches differ by {spread}");
                    let mut all = batches.concat();
                    all.sort_unstable();
                    assert_eq!(all, (0..centres).collect::<Vec<_>>(), "{case}");
                }
            }
        }
    }

    #[test]
    fn groups_are_neighbours_and_single_centres_are_not() {
        let neighbours = |sharing, group: usize| {
            let batches = batches(4096, &values(sharing, 512));
            let groups: Vec<&[usize]> = batches.iter().flat_map(|batch| batch.chunks(group)).collect();
            let near = groups.iter().filter(|g| g.windows(2).all(|pair| (pair[0] + 1) % 4096 == pair[1])).count();
            (near, groups.len())
        };
        assert_eq!(neighbours(NegativeSharing::Group(8), 8), (512, 512));
        let (near, groups) = neighbours(NegativeSharing::Pair, 8);
        assert!(near == 0 && groups == 512, "{near} of {groups} groups are neighbours");
    }
}
