//! The sequences of one epoch: ties shuffled, frequent items thinned out.

use std::ops::Range;

use rayon::prelude::*;

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
        let parts: Vec<_> = parts(bounds).into_par_iter().map(part).collect::<Option<_>>()?;
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
