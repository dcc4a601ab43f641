//! Runs of centres whose windows overlap.

use std::ops::Range;

use super::units::TILE;
use crate::objective::Batch;

/// Four centres that follow each other in a sequence, their windows whole: each window is the one before, moved on by
/// an event, so an event is looked up once and not once for each window that it is in.
pub struct Run<'a> {
    batch: &'a Batch,
    /// The first centre.
    start: usize,
    /// Contexts of a centre on each side.
    reach: usize,
    /// [4 x 2 reach] their contexts.
    contexts: &'a [u32],
}

impl<'a> Run<'a> {
    /// The run that `tile` is, if it is one.
    #[inline(always)]
    pub fn of(batch: &'a Batch, tile: &Range<usize>) -> Option<Self> {
        let pairs = batch.pairs_of(tile.start).start..batch.pairs_of(tile.end - 1).end;
        let width = batch.pairs_of(tile.start).len();
        let even = tile.len() == TILE && width > 0 && width.is_multiple_of(2) && pairs.len() == TILE * width;
        if !even || tile.clone().any(|centre| batch.pairs_of(centre).len() != width) {
            return None;
        }
        let run = Self { batch, start: tile.start, reach: width / 2, contexts: &batch.contexts[pairs] };
        (tile.start + 1..tile.end).all(|next| run.follows(next)).then_some(run)
    }

    /// Whether centre `next` comes right after the one before it, both windows as wide as the run's.
    #[inline(always)]
    fn follows(&self, next: usize) -> bool {
        let (centres, reach, width) = (&self.batch.centres, self.reach, 2 * self.reach);
        let own = &self.batch.contexts[self.batch.pairs_of(next - 1)];
        let other = &self.batch.contexts[self.batch.pairs_of(next)];
        own.len() == width
            && other.len() == width
            && own[reach] == centres[next]
            && other[reach - 1] == centres[next - 1]
            && own[1..reach] == other[..reach - 1]
            && own[reach + 1..] == other[reach..width - 1]
    }

    /// Events that are contexts of at least one of the four, or one of them.
    #[inline(always)]
    fn len(&self) -> usize {
        2 * self.reach + TILE
    }

    /// The item of event number `event`, the first context being 0.
    #[inline(always)]
    fn item(&self, event: usize) -> u32 {
        let width = 2 * self.reach;
        match event {
            _ if event == self.reach => self.batch.centres[self.start],
            _ if event < self.reach => self.contexts[event],
            _ if event <= width => self.contexts[event - 1],
            // The last context of a later centre.
            _ => self.contexts[(event - width + 1) * width - 1],
        }
    }
}

/// The events around a [`Run`]: a run that goes on where the last one ended shares all but the last four with it.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// [2 reach + 4] entries of the events, none where there was no run.
    entries: Vec<u32>,
    /// [2 reach + 4] how often each event is a context of each centre.
    columns: Vec<[u8; TILE]>,
}

impl Window {
    /// No run was there.
    pub fn forget(&mut self) {
        self.entries.clear();
    }

    /// Each event's entry, and how often it is a context of each centre.
    pub fn events(&self) -> impl Iterator<Item = (u32, [u8; TILE])> {
        self.entries.iter().copied().zip(self.columns.iter().copied())
    }

    /// Moves on to `run`; `follows` if there is a tile before it. New events get their entries from `entry_of`.
    #[inline(always)]
    pub fn move_to(&mut self, run: &Run<'_>, follows: bool, mut entry_of: impl FnMut(u32) -> u32) {
        if self.columns.len() != run.len() {
            let reach = run.reach as isize;
            // Events are numbered from the first centre.
            let columns = |event: isize| {
                std::array::from_fn(|centre| {
                    let distance = event - centre as isize;
                    u8::from(distance != 0 && distance.abs() <= reach)
                })
            };
            self.columns = (-reach..reach + TILE as isize).map(columns).collect();
        }
        if follows && self.entries.len() == run.len() && run.follows(run.start) {
            self.entries.copy_within(TILE.., 0);
            self.entries.truncate(run.len() - TILE);
        } else {
            self.entries.clear();
        }
        for event in self.entries.len()..run.len() {
            self.entries.push(entry_of(run.item(event)));
        }
    }
}
