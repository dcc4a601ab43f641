//! Lines: units that a thread walks along, tile by tile. It asks for rows just before the first tile that needs them and
//! moves them right after the last, so that they stay in the nearest cache in between.

use std::ops::Range;

use crate::objective::{Batch, Negatives};

use super::at_once::{AtOnceScratch, Step, UnitTask, items};
use super::local_side::{Destination, Moving, SharedSide, Upcoming};
use super::pairs::{Found, PairTask};
use super::tile::{STRETCHES, share};
use super::units::{Sharing, TILE, Unit};
use crate::simd::{LineRows, Simd};

/// The tiles of a line.
#[derive(Debug, Clone, Copy)]
pub struct LineTiles {
    unit: Unit,
    /// Centres that share negatives.
    group: u32,
    /// Those of the first group that stand before the unit.
    begun: u32,
    /// Negatives that they share.
    per_group: usize,
}

/// A tile of a line. Entries and centres are counted from the unit's first.
#[derive(Debug, Clone)]
pub struct LineTile {
    /// The first centre, counted from the batch's first.
    pub centre: usize,
    /// The centres.
    pub centres: Range<usize>,
    /// The events of their windows.
    events: Range<usize>,
    /// Those of them that no tile before has.
    new: Range<usize>,
    /// Those that no tile behind has.
    old: Range<usize>,
    /// The entries of the negatives.
    pub negatives: Range<usize>,
    /// Whether the tile before, and the one behind, has other negatives or does not exist.
    ends: [bool; 2],
}

/// Some entries and centres of a unit.
pub struct Part {
    /// Entries that are events.
    pub events: Range<usize>,
    /// Entries of negatives.
    pub negatives: Range<usize>,
    /// Centres.
    pub centres: Range<usize>,
}

impl LineTile {
    /// The tile's rows: entries, and whether none of them had a tile before.
    #[inline(always)]
    pub fn rows(&self) -> [(Range<usize>, bool); 3] {
        [(self.events.start..self.new.start, false), (self.new.clone(), true), (self.negatives.clone(), self.ends[0])]
    }

    /// The same rows.
    #[inline(always)]
    pub fn line_rows(&self) -> LineRows {
        LineRows {
            first: self.events.start,
            events: self.events.len(),
            old: self.new.start - self.events.start,
            first_negative: self.negatives.start,
            negatives: self.negatives.len(),
            old_negatives: !self.ends[0],
        }
    }

    /// The negatives, if they begin (side 0) or end (side 1) here.
    #[inline(always)]
    fn negatives_if(&self, side: usize) -> Range<usize> {
        if self.ends[side] { self.negatives.clone() } else { 0..0 }
    }

    /// What the tile is the first to need.
    #[inline(always)]
    pub fn brought(&self) -> Part {
        Part { events: self.new.clone(), negatives: self.negatives_if(0), centres: self.centres.clone() }
    }

    /// What the tile is the last to need.
    #[inline(always)]
    fn done(&self) -> Part {
        Part { events: self.old.clone(), negatives: self.negatives_if(1), centres: self.centres.clone() }
    }
}

impl LineTiles {
    /// Those of `unit`, a line.
    #[inline(always)]
    pub fn new(batch: &Batch, unit: &Unit) -> Self {
        let per_group = match batch.negatives {
            Negatives::Shared { per_group, .. } => per_group,
            Negatives::PerPair { .. } => 0,
        };
        let group = Sharing::of(batch).run as u32;
        Self { unit: *unit, group, begun: unit.first_centre % group, per_group }
    }

    /// How many.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.unit.centres as usize / TILE
    }

    /// The unit.
    #[inline(always)]
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    /// Tile number `tile`.
    #[inline(always)]
    pub fn tile(&self, tile: usize) -> LineTile {
        let first = tile * TILE;
        let events = first..first + TILE + 2 * self.unit.reach as usize;
        let (is_first, is_last) = (tile == 0, tile + 1 == self.count());
        let in_groups = self.begun + first as u32;
        let (group, place) = (in_groups / self.group, in_groups % self.group);
        let negatives = self.unit.events() + group as usize * self.per_group;
        LineTile {
            centre: self.unit.first_centre as usize + first,
            centres: first..first + TILE,
            new: if is_first { events.start } else { events.end - TILE }..events.end,
            old: events.start..if is_last { events.end } else { first + TILE },
            events,
            negatives: negatives..negatives + self.per_group,
            ends: [is_first || place == 0, is_last || place + TILE as u32 == self.group],
        }
    }
}

/// Rows to be asked for: of some items of each side.
type Asked<'a> = [(SharedSide<'a>, &'a [u32]); 3];

/// The rows of `part` of these centres and entries.
#[inline(always)]
fn asked<'a>(step: &Step<'a>, part: Part, [centres, entries]: [&'a [u32]; 2]) -> Asked<'a> {
    [
        (step.context, &entries[part.events]),
        (step.context, &entries[part.negatives]),
        (step.target, &centres[part.centres]),
    ]
}

/// Asks for share `part` of `parts` of those rows.
#[inline(always)]
fn ask<S: Simd>(s: S, asked: &Asked<'_>, part: usize, parts: usize) {
    for (side, items) in asked {
        side.ask_near(s, &items[share(&(0..items.len()), part, parts)]);
    }
}

/// What is asked for of the unit that comes next.
enum After<'a> {
    Nothing,
    /// Rows that the first tile of a line needs: during the last two tiles, or the only one.
    Line(Asked<'a>),
    /// All rows of any other unit: a few at each stretch of each tile.
    Other(Upcoming<'a>),
}

impl<'a> After<'a> {
    /// Of unit `next`, if any, behind a line of so many tiles.
    #[inline(always)]
    fn new(step: &Step<'a>, next: Option<usize>, tiles: usize) -> Self {
        let units = &step.plan.units;
        let Some(next) = next else { return Self::Nothing };
        if units.units[next].reach == 0 {
            return Self::Other(step.upcoming(next, tiles * STRETCHES));
        }
        let first = LineTiles::new(step.batch, &units.units[next]).tile(0);
        Self::Line(asked(step, first.brought(), items(step.batch, units, next)))
    }

    /// Asks at stretch `part` of a tile behind which `left` of `tiles` tiles stand.
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, left: usize, tiles: usize, part: usize) {
        match self {
            Self::Line(asked) if left < 2 => {
                let halves = tiles.min(2);
                ask(s, asked, (halves - 1 - left) * STRETCHES + part, halves * STRETCHES);
            }
            Self::Other(upcoming) => upcoming.ask(s),
            Self::Line(_) | Self::Nothing => {}
        }
    }
}

impl<'a> UnitTask<'a, '_> {
    /// Walks along the line that the unit is.
    #[inline(always)]
    pub(super) fn walk<S: Simd>(self, s: S) {
        let Self { step, index, next, loss, pair, scratch } = self;
        let AtOnceScratch { centres, contexts } = scratch;
        let units = &step.plan.units;
        let unit = &units.units[index];
        let lanes = step.target.layout.lanes;
        let (line, items) = (LineTiles::new(step.batch, unit), items(step.batch, units, index));
        let [centre_items, context_items] = items;
        for (side, items) in [(&mut *centres, centre_items), (&mut *contexts, context_items)] {
            side.gradients.resize(items.len() * lanes);
            if S::EXCHANGES {
                side.rows.resize(items.len() * lanes);
            }
        }
        let after = After::new(&step, next, line.count());
        let destination = |side: usize, to: SharedSide<'a>, range: Range<usize>| Destination {
            table: &to.tables[0],
            pace: step.pace,
            kept: step.of_unit(side, range),
        };
        let to_target = destination(0, step.target, unit.range());
        let to_context = destination(1, step.context, unit.entry_range());
        let (mut moving_centres, mut moving_contexts) = (Moving::default(), Moving::default());
        let mut sum = s.splat(0.0);
        let mut tile = line.tile(0);
        for left in (0..line.count()).rev() {
            let next_tile = line.tile(line.count() - left);
            let of_next_tile = (left > 0).then(|| asked(&step, next_tile.brought(), items));
            let meanwhile = |part: usize| {
                if let Some(asked) = &of_next_tile {
                    ask(s, asked, part, STRETCHES);
                }
                after.ask(s, left, line.count(), part);
            };
            // What exchanges reads rows one after the other; all else reads them where they are.
            let rows = if S::EXCHANGES {
                let brought = tile.brought();
                contexts.copy(s, context_items, brought.events, step.context);
                contexts.copy(s, context_items, brought.negatives, step.context);
                centres.copy(s, centre_items, brought.centres, step.target);
                step.copied(unit, &centres.rows, &contexts.rows)
            } else {
                step.in_place(Found::Asked)
            };
            let mut task = PairTask {
                batch: step.batch,
                units,
                range: 0..0,
                rows,
                centre_gradients: &mut centres.gradients,
                entry_gradients: &mut contexts.gradients,
                losses: &mut [],
                once: step.once,
                shared: step.shared,
                scratch: pair,
                upcoming: None,
            };
            sum = s.add(sum, task.tile_of_line(s, &line, &tile, [0; 2], meanwhile));
            let done = tile.done();
            contexts.take_some_back(s, context_items, done.events, &to_context, &mut moving_contexts);
            contexts.take_some_back(s, context_items, done.negatives, &to_context, &mut moving_contexts);
            centres.take_some_back(s, centre_items, done.centres, &to_target, &mut moving_centres);
            tile = next_tile;
        }
        contexts.take_rest_back(s, &to_context, &moving_contexts);
        centres.take_rest_back(s, &to_target, &moving_centres);
        *loss = f64::from(s.sum(sum));
    }
}
