//! The sequences of one epoch: ties shuffled, frequent items thinned out.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

use crate::dataset::{Corpus, Sequences};
use crate::training::random::{Purpose, Random};

/// The events of one epoch in their order. Sequences with a single event are left out: they have no pair.
#[derive(Debug, Clone)]
pub(super) struct EpochSequences {
    /// `[events]` item index.
    pub(super) items: Vec<u32>,
    /// `[sequences + 1]` where each starts.
    offsets: Vec<u32>,
    /// The sequence of every 64th event: the sequence of any other is a few steps on.
    landmarks: Vec<u32>,
}

const LANDMARK_SPACING: usize = 64;

/// Events that a thread shuffles at a time.
const PART: usize = 1 << 15;

impl EpochSequences {
    /// The sequences of `epoch`; `None` if `cancelled` says so.
    ///
    /// `keep` `[D_1]` is the probability of each item to stay, as a share of all words; `None` keeps all.
    pub(super) fn cut(
        sequences: &Sequences,
        seed: u64,
        epoch: u32,
        keep: Option<&[u64]>,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let bounds = &sequences.offsets;
        let thinning = Random::new(seed, Purpose::Subsample, u64::from(epoch), 0);
        let part = |numbers: Range<usize>| {
            if cancelled() {
                return None;
            }
            let events = bounds[numbers.end] - bounds[numbers.start];
            let (mut items, mut lengths) = (Vec::with_capacity(events), Vec::with_capacity(numbers.len()));
            for ends in bounds[numbers.start..=numbers.end].windows(2) {
                let range = ends[0]..ends[1];
                if range.len() < 2 {
                    continue;
                }
                let start = items.len();
                items.extend_from_slice(&sequences.items[range.clone()]);
                shuffle_ties(&mut items[start..], &sequences.times[range.clone()], |tie| {
                    Random::new(seed, Purpose::Ties, u64::from(epoch), (range.start + tie) as u64)
                });
                if let Some(keep) = keep {
                    thin_out(&mut items, start, |offset, item| {
                        thinning.at((range.start + offset) as u64) <= keep[item as usize]
                    });
                    if items.len() - start < 2 {
                        items.truncate(start);
                        continue;
                    }
                }
                lengths.push((items.len() - start) as u32);
            }
            Some((items, lengths))
        };
        let parts = on_all_cores(parts(bounds), &part)?;
        let mut items = Vec::with_capacity(parts.iter().map(|(items, _)| items.len()).sum());
        // Checked hyperparameters vouch that all positions fit.
        let (mut offsets, mut end) = (vec![0], 0_u32);
        for (own, lengths) in parts {
            items.extend_from_slice(&own);
            offsets.extend(lengths.into_iter().map(|length| {
                end += length;
                end
            }));
        }
        let landmarks = landmarks(&offsets);
        Some(Self { items, offsets, landmarks })
    }

    /// The sequence that holds event `position`, as a range of events.
    #[inline]
    pub(super) fn around(&self, position: usize) -> Range<usize> {
        let mut sequence = self.landmarks[position / LANDMARK_SPACING] as usize;
        while self.offsets[sequence + 1] as usize <= position {
            sequence += 1;
        }
        self.offsets[sequence] as usize..self.offsets[sequence + 1] as usize
    }

    /// The length of each sequence.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> {
        self.offsets.windows(2).map(|ends| (ends[1] - ends[0]) as usize)
    }
}

/// Neighbouring sequences with about [`PART`] events together, all of them.
fn parts(bounds: &[usize]) -> Vec<Range<usize>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for end in 1..bounds.len() {
        if bounds[end] - bounds[start] >= PART || end + 1 == bounds.len() {
            parts.push(start..end);
            start = end;
        }
    }
    parts
}

/// What `make` makes of each of `parts`, in their order; `None` if it makes nothing of one.
///
/// On threads of its own: those of rayon may be at something long, and a training waits for this.
fn on_all_cores<T: Send>(
    parts: Vec<Range<usize>>,
    make: &(impl Fn(Range<usize>) -> Option<T> + Sync),
) -> Option<Vec<T>> {
    let taken = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let number = taken.fetch_add(1, Ordering::Relaxed);
            match parts.get(number) {
                Some(part) => made.push((number, make(part.clone())?)),
                None => return Some(made),
            }
        }
    };
    let threads = available_parallelism().map_or(1, std::num::NonZero::get).min(parts.len());
    let made = scope(|scope| {
        // A thread that the system refuses is done without.
        let others: Vec<_> = (1..threads).filter_map(|_| Builder::new().spawn_scoped(scope, work).ok()).collect();
        let own = work();
        let others = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        std::iter::once(own).chain(others).collect::<Option<Vec<_>>>()
    })?;
    let mut made: Vec<(usize, T)> = made.into_iter().flatten().collect();
    made.sort_unstable_by_key(|&(number, _)| number);
    Some(made.into_iter().map(|(_, made)| made).collect())
}

fn landmarks(offsets: &[u32]) -> Vec<u32> {
    let events = offsets.last().map_or(0, |&end| end as usize);
    let mut sequence = 0;
    (0..events)
        .step_by(LANDMARK_SPACING)
        .map(|position| {
            while offsets[sequence + 1] as usize <= position {
                sequence += 1;
            }
            sequence as u32
        })
        .collect()
}

/// Shuffles each run of equal times; `random` is given where the run starts.
fn shuffle_ties(items: &mut [u32], times: &[i64], random: impl Fn(usize) -> Random) {
    let mut start = 0;
    for tie in times.chunk_by(|a, b| a == b) {
        if tie.len() > 1 {
            random(start).shuffle(&mut items[start..start + tie.len()]);
        }
        start += tie.len();
    }
}

/// Drops the items from `start` on that `keeps` (offset from `start`, item) does not want.
fn thin_out(items: &mut Vec<u32>, start: usize, keeps: impl Fn(usize, u32) -> bool) {
    let mut kept = start;
    for position in start..items.len() {
        let item = items[position];
        if keeps(position - start, item) {
            items[kept] = item;
            kept += 1;
        }
    }
    items.truncate(kept);
}

/// `[D_1]` how likely each item is to stay, as a share of all words; `None` if `threshold` is 0.
///
/// Mikolov et al.'s word2vec.c: sqrt(t / f) + t / f for an item with share f of the events, at most 1.
pub(super) fn keep_words(corpus: &Corpus, threshold: f64) -> Option<Vec<u64>> {
    let counts = &corpus.types.first()?.counts;
    let total: u64 = counts.iter().sum();
    (threshold > 0.0).then(|| {
        let keep = counts.iter().map(|&count| {
            let ratio = threshold * total as f64 / count.max(1) as f64;
            // `as` saturates: everything from 1 on keeps every event.
            ((ratio.sqrt() + ratio) * 2_f64.powi(64)) as u64
        });
        keep.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_made_on_all_cores_stand_in_their_order() {
        let parts = || (0..100).map(|number| number..number + 1).collect::<Vec<_>>();
        let made = on_all_cores(parts(), &|part| Some(part.start * 2)).unwrap();
        assert_eq!(made, (0..100).map(|number| number * 2).collect::<Vec<_>>());
        assert_eq!(on_all_cores(parts(), &|part| (part.start != 40).then_some(())), None, "one could not be made");
        assert_eq!(on_all_cores(Vec::new(), &|part| Some(part.start)), Some(Vec::new()));
    }

    #[test]
    fn parts_hold_each_sequence_once() {
        for lengths in [vec![], vec![5], vec![PART - 1, 3, PART, 2 * PART, 1, 1]] {
            let mut bounds = vec![0];
            bounds.extend(lengths.iter().scan(0, |end, length| {
                *end += length;
                Some(*end)
            }));
            let parts = super::parts(&bounds);
            assert_eq!(parts.iter().cloned().flatten().collect::<Vec<_>>(), (0..lengths.len()).collect::<Vec<_>>());
        }
    }
}
