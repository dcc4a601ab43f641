//! Runs of centres whose windows overlap.

use std::ops::Range;

use super::tile::is_dense;
use super::units::{TILE, tiles};
use crate::objective::{Batch, Negatives};

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

/// Runs that go on where the one before ended.
pub struct Line<'a> {
    batch: &'a Batch,
    /// The centres, whole tiles of them.
    pub centres: Range<usize>,
    /// Contexts of a centre on each side.
    pub reach: usize,
}

impl<'a> Line<'a> {
    /// The line of at most `size` centres, but a tile, that starts at centre `first`; tiles stay within `run` centres.
    ///
    /// `None` if no run starts there, or if windows are so narrow that its tiles would be mostly empty.
    pub fn from(batch: &'a Batch, first: usize, size: usize, run: usize) -> Option<Self> {
        let mut tiles = tiles(first..batch.centre_count(), run).take((size / TILE).max(1));
        let head = tiles.next()?;
        let reach = Run::of(batch, &head)?.reach;
        let negatives = match batch.negatives {
            Negatives::Shared { per_group, .. } => per_group,
            Negatives::PerPair { .. } => 0,
        };
        if !is_dense((2 * reach + TILE + negatives) * TILE, (2 * reach + negatives) * TILE) {
            return None;
        }
        let goes_on = |tile: &Range<usize>| Run::of(batch, tile).is_some_and(|run| run.follows(run.start));
        let end = tiles.take_while(goes_on).last().map_or(head.end, |tile| tile.end);
        Some(Self { batch, centres: first..end, reach })
    }

    /// Visits the items of all events of its windows in their order: 2 `reach` more than it has centres.
    pub fn for_each_event(&self, visit: impl FnMut(u32)) {
        let of = |centre: usize| &self.batch.contexts[self.batch.pairs_of(centre)];
        let before = &of(self.centres.start)[..self.reach];
        let after = &of(self.centres.end - 1)[self.reach..];
        before.iter().chain(&self.batch.centres[self.centres.clone()]).chain(after).copied().for_each(visit);
    }
}

/// [2 `reach` + 4] how often each event of the windows of four centres in a line is a context of each centre.
pub fn line_columns(reach: usize) -> impl Iterator<Item = [u8; TILE]> {
    let reach = reach as isize;
    // Events are numbered from the first centre.
    (-reach..reach + TILE as isize).map(move |event| {
        std::array::from_fn(|centre| {
            let distance = event - centre as isize;
            u8::from(distance != 0 && distance.abs() <= reach)
        })
    })
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
            self.columns = line_columns(run.reach).collect();
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
