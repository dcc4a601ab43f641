//! The skip-gram term: logits, loss, and the gradients of centre and context rows, unit by unit.

use std::ops::Range;

use crate::objective::{Batch, Negatives};

use super::line::{LineTile, LineTiles, Part};
use super::local_side::Upcoming;
use super::runs::line_columns;
use super::tile::{STRETCHES, Tile, TileGradients, is_dense, share};
use super::units::{Sharing, TILE, Unit, Units, tiles};
use crate::simd::{Kernel, Lane, LaneView, Place, Simd};

// Entries of the next tiles whose rows are asked for in advance.
const AHEAD: usize = 24;

/// In what state rows are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// In their tables.
    InTable,
    /// In their tables, but somebody asks for each before it is used.
    Asked,
    /// In a near cache, one after the other.
    Copied,
}

/// Where both sides' rows lie. Rows of both have the same number of lanes.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Lanes of a row.
    pub lanes: usize,
    /// In what state they are found.
    pub found: Found,
    /// Number of the first row of `centres`, and of `contexts`.
    pub first: [u32; 2],
    /// Rows of the centre side.
    pub centres: LaneView<'a>,
    /// [N] the row of each centre.
    pub centre_rows: &'a [u32],
    /// Rows of the context side.
    pub contexts: LaneView<'a>,
    /// [entries] the row of each entry.
    pub entry_rows: &'a [u32],
}

impl<'a> Rows<'a> {
    /// The rows of `unit`, one after the other; `counting` is 0, 1, 2, ...
    #[inline(always)]
    pub fn copied(unit: &Unit, lanes: usize, [centres, contexts]: [&'a [Lane]; 2], counting: &'a [u32]) -> Self {
        Self {
            lanes,
            found: Found::Copied,
            first: [unit.first_centre, unit.first_entry],
            centres: centres.into(),
            centre_rows: counting,
            contexts: contexts.into(),
            entry_rows: counting,
        }
    }

    /// Plain rows in both sides' tables.
    #[inline(always)]
    pub fn in_place(
        found: Found,
        lanes: usize,
        [centres, contexts]: [LaneView<'a>; 2],
        batch: &'a Batch,
        units: &'a Units,
    ) -> Self {
        Self {
            lanes,
            found,
            first: [0; 2],
            centres,
            centre_rows: &batch.centres,
            contexts,
            entry_rows: &units.entry_items,
        }
    }

    /// The row of centre `centre`.
    #[inline(always)]
    fn centre(&self, centre: usize) -> LaneView<'a> {
        let start = (self.centre_rows[centre] - self.first[0]) as usize * self.lanes;
        self.centres.part(start..start + self.lanes)
    }

    /// Lane at which the row of entry `entry` starts.
    #[inline(always)]
    fn entry_start(&self, entry: usize) -> usize {
        (self.entry_rows[entry] - self.first[1]) as usize * self.lanes
    }

    /// Asks for part number `part` of `parts` of these rows.
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, rows: &UpcomingRows, part: usize, parts: usize) {
        for entry in rows.entries.iter().flat_map(|entries| share(entries, part, parts)) {
            let start = self.entry_start(entry);
            s.prefetch_view(self.contexts.part(start..start + self.lanes));
        }
        for centre in share(&rows.centres, part, parts) {
            s.prefetch_view(self.centre(centre));
        }
    }
}

/// Rows to be asked for: those of some entries and centres, counted from the batch's first.
#[derive(Debug, Clone, Default)]
struct UpcomingRows {
    entries: [Range<usize>; 2],
    centres: Range<usize>,
}

/// The rows that tile number `index` of a line is the first to need.
#[inline(always)]
fn upcoming_of_line(line: &LineTiles, index: usize) -> UpcomingRows {
    let unit = line.unit();
    let Part { events, negatives, centres } = line.tile(index).brought();
    let among = |first: u32, range: Range<usize>| first as usize + range.start..first as usize + range.end;
    UpcomingRows {
        entries: [among(unit.first_entry, events), among(unit.first_entry, negatives)],
        centres: among(unit.first_centre, centres),
    }
}

/// The pair term of some neighbouring units.
pub struct PairTask<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Its units.
    pub units: &'a Units,
    /// Those of this task.
    pub range: Range<usize>,
    /// Where the rows are.
    pub rows: Rows<'a>,
    /// [the units' centres x lanes] becomes the gradient of each centre occurrence.
    pub centre_gradients: &'a mut [Lane],
    /// [the units' entries x lanes] becomes the gradient of each entry.
    pub entry_gradients: &'a mut [Lane],
    /// [the units] becomes the loss of each.
    pub losses: &'a mut [f64],
    /// 1 / N, the weight of one pair.
    pub once: f32,
    /// The weight of a shared negative for each context of a centre, in pairs.
    pub shared: f32,
    /// The thread's memory.
    pub scratch: &'a mut PairScratch,
    /// What is to be asked for meanwhile.
    pub upcoming: Option<&'a Upcoming<'a>>,
}

/// [`PairTask::once`] and [`PairTask::shared`] of a batch.
#[must_use]
pub fn pair_weights(batch: &Batch) -> (f32, f32) {
    let once = 1.0 / batch.centre_count() as f32;
    match batch.negatives {
        Negatives::PerPair { .. } => (once, 0.0),
        Negatives::Shared { per_group, negatives_per_pair, .. } => (once, negatives_per_pair / per_group as f32),
    }
}

/// Memory of a thread for one unit.
#[derive(Debug, Clone, Default)]
pub struct PairScratch {
    tile: Tile,
    /// [the unit's entries] whether the entry has a gradient yet.
    written: Vec<bool>,
    /// Entries of the unit up to the last that has one.
    used: usize,
    /// Entries, counted from the batch's first, that have been asked for.
    asked: usize,
    /// [a tile's contexts] how often each is one of each centre.
    context_weights: Vec<[f32; TILE]>,
    /// [a tile's shared negatives] the weight of each for each centre; 0 in one more that makes them even.
    negative_weights: Vec<[f32; TILE]>,
    /// The arguments of [`weigh_line`] that made the weights of contexts, if they are a line's.
    weighed_line: Option<(usize, bool)>,
    /// What the weights of negatives are made of: the number of negatives, and the weight for each centre.
    weighed: (usize, [f32; TILE]),
}

/// Claims an entry's gradient; it is fresh the first time.
#[inline(always)]
fn claim(written: &mut [bool], used: &mut usize, entry: u32) -> Place {
    *used = (*used).max(entry as usize + 1);
    let fresh = !std::mem::replace(&mut written[entry as usize], true);
    Place { row: entry, fresh }
}

impl PairScratch {
    /// Claims an entry's gradient; it is fresh the first time.
    #[inline(always)]
    fn place(&mut self, entry: u32) -> Place {
        claim(&mut self.written, &mut self.used, entry)
    }

    /// Gives each of `count` shared negatives these weights.
    #[inline(always)]
    fn weigh_negatives(&mut self, count: usize, weights: [f32; TILE]) {
        if self.weighed != (count, weights) {
            self.weighed = (count, weights);
            self.negative_weights.clear();
            self.negative_weights.resize(count, weights);
            self.negative_weights.resize(count.next_multiple_of(2), [0.0; TILE]);
        }
    }
}

/// Makes `weights` those of the events of a tile of a line, row by row; or `as_line`, as [`LineRows::weights`] says.
///
/// [`LineRows::weights`]: crate::simd::LineRows::weights
fn weigh_line(weights: &mut Vec<[f32; TILE]>, reach: usize, as_line: bool) {
    weights.clear();
    weights.extend(line_columns(reach).map(|columns| columns.map(f32::from)));
    if as_line && let [first, second, .., before, last] = weights[..] {
        let corners = [[first[0], first[1], second[0], second[1]], [before[2], before[3], last[2], last[3]]];
        weights.truncate(weights.len() - 2);
        weights[..2].copy_from_slice(&corners);
    }
}

impl Kernel for PairTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let units = &self.units.units[self.range.clone()];
        let (Some(first), lanes) = (units.first(), self.rows.lanes) else { return };
        let (first_centre, first_entry) = (first.first_centre, first.first_entry);
        let sharing = Sharing::of(self.batch);
        self.scratch.asked = first_entry as usize;
        for (index, unit) in units.iter().enumerate() {
            let centre = (unit.first_centre - first_centre) as usize * lanes;
            let entry = (unit.first_entry - first_entry) as usize * lanes;
            let after = match units.get(index + 1) {
                Some(next) if next.reach > 0 => upcoming_of_line(&LineTiles::new(self.batch, next), 0),
                _ => UpcomingRows::default(),
            };
            self.losses[index] = self.unit(s, unit, sharing, [centre, entry], &after);
        }
    }
}

impl<'a> PairTask<'a> {
    /// One unit, its gradients at those lanes of the task's. A line asks for rows `after` itself, too.
    #[inline(always)]
    fn unit<S: Simd>(
        &mut self,
        s: S,
        unit: &Unit,
        sharing: Sharing,
        [centre_at, entry_at]: [usize; 2],
        after: &UpcomingRows,
    ) -> f64 {
        let lanes = self.rows.lanes;
        let mut loss = s.splat(0.0);
        if unit.reach > 0 {
            let line = LineTiles::new(self.batch, unit);
            let rows = self.rows;
            for index in 0..line.count() {
                let upcoming =
                    if index + 1 < line.count() { upcoming_of_line(&line, index + 1) } else { after.clone() };
                let of_next_unit = self.upcoming;
                let ask = |part: usize| {
                    if rows.found == Found::InTable {
                        rows.ask(s, &upcoming, part, STRETCHES);
                    }
                    if let Some(upcoming) = of_next_unit {
                        upcoming.ask(s);
                    }
                };
                loss = s.add(loss, self.tile_of_line(s, &line, &line.tile(index), [centre_at, entry_at], ask));
            }
            return f64::from(s.sum(loss));
        }
        let centres = unit.range();
        self.scratch.used = 0;
        self.scratch.written.clear();
        self.scratch.written.resize(unit.entries as usize, false);
        for tile in tiles(centres.clone(), sharing.run) {
            let upcoming_rows = self.upcoming_rows(unit, tile.end);
            let shared = tile.len() == TILE && self.collect_four(unit, tile.start, sharing);
            let (rows, upcoming) = (self.rows, self.upcoming);
            let ask = |part: usize, parts: usize| {
                rows.ask(s, &upcoming_rows, part, parts);
                if let Some(upcoming) = upcoming {
                    upcoming.ask(s);
                }
            };
            if shared {
                let at = centre_at + (tile.start - centres.start) * lanes;
                loss = s.add(loss, self.four(s, tile.start, at, entry_at, |part| ask(part, STRETCHES)));
            } else {
                ask(0, 1);
            }
            if !shared || sharing.own_negatives {
                for centre in tile.clone() {
                    self.collect_one(unit, &tile, centre, !shared, sharing);
                    let at = centre_at + (centre - centres.start) * lanes;
                    loss = s.add(loss, self.one(s, centre, !shared, at, entry_at));
                }
            }
        }
        f64::from(s.sum(loss))
    }

    /// A tile of a line, its unit's gradients at those lanes of the task's; `meanwhile` as for [`Tile::four`].
    #[inline(always)]
    pub fn tile_of_line<S: Simd>(
        &mut self,
        s: S,
        line: &LineTiles,
        tile: &LineTile,
        [centre_at, entry_at]: [usize; 2],
        meanwhile: impl Fn(usize),
    ) -> S::V {
        self.collect_line(s, line, tile);
        let gradients = centre_at + tile.centres.start * self.rows.lanes;
        self.four(s, tile.centre, gradients, entry_at, meanwhile)
    }

    /// Collects a tile of a line.
    #[inline(always)]
    fn collect_line<S: Simd>(&mut self, _: S, line: &LineTiles, tile: &LineTile) {
        let (rows, unit) = (self.rows, line.unit());
        let (reach, negative_weight) = (unit.reach as usize, self.negative_weight(tile.centre));
        let PairScratch { tile: collected, context_weights, weighed_line, .. } = &mut *self.scratch;
        let as_line = S::EXCHANGES && rows.found == Found::Copied;
        if as_line {
            collected.set_line(tile.line_rows(), rows.lanes);
        } else {
            collected.clear();
            for (entries, fresh) in tile.rows() {
                let place = |entry| Place { row: entry as u32, fresh };
                let start = |entry| rows.entry_start(unit.first_entry as usize + entry);
                collected.extend(entries.clone().map(place), entries.map(start));
            }
        }
        collected.make_even();
        if *weighed_line != Some((reach, as_line)) {
            *weighed_line = Some((reach, as_line));
            weigh_line(context_weights, reach, as_line);
        }
        self.scratch.weigh_negatives(tile.negatives.len(), [negative_weight; TILE]);
    }

    /// The rows that the tile from `centre` on will use, as far as nobody has asked for them; they count as asked for.
    #[inline(always)]
    fn upcoming_rows(&mut self, unit: &Unit, centre: usize) -> UpcomingRows {
        if self.rows.found != Found::InTable {
            return UpcomingRows::default();
        }
        let until = (unit.first_entry as usize + self.scratch.used + AHEAD).min(self.rows.entry_rows.len());
        let entries = [self.scratch.asked..until, 0..0];
        self.scratch.asked = self.scratch.asked.max(until);
        UpcomingRows { entries, centres: centre..(centre + TILE).min(self.rows.centre_rows.len()) }
    }

    /// Lane at which an entry's row starts.
    #[inline(always)]
    fn start(&self, unit: &Unit, entry: u32) -> usize {
        self.rows.entry_start((unit.first_entry + entry) as usize)
    }

    /// The weight of each negative of centre `centre`.
    #[inline(always)]
    fn negative_weight(&self, centre: usize) -> f32 {
        match self.batch.negatives {
            Negatives::PerPair { .. } => 1.0,
            Negatives::Shared { .. } => self.batch.pairs_of(centre).len() as f32 * self.shared,
        }
    }

    /// Collects the contexts of four centres, and the negatives if they share them, as one tile.
    ///
    /// False if the centres have so little in common that one by one is less work.
    #[inline(always)]
    fn collect_four(&mut self, unit: &Unit, centre: usize, sharing: Sharing) -> bool {
        let units = self.units;
        let contexts = units.contexts(centre);
        let negatives: &'a [u32] = if sharing.own_negatives { &[] } else { units.negatives(self.batch, centre) };
        let pairs = self.batch.pairs_of(centre).start..self.batch.pairs_of(centre + TILE - 1).end;
        let cells = (contexts.entries.len() + negatives.len()) * TILE;
        let useful = pairs.len() + negatives.len() * TILE;
        if !is_dense(cells, useful) {
            return false;
        }
        let weights: [f32; TILE] = std::array::from_fn(|own| self.negative_weight(centre + own));
        let rows = self.rows;
        let starts = move |entries: &'a [u32]| {
            entries.iter().map(move |&entry| rows.entry_start((unit.first_entry + entry) as usize))
        };
        let PairScratch { tile, written, used, context_weights, weighed_line, .. } = &mut *self.scratch;
        *weighed_line = None;
        context_weights.clear();
        context_weights.extend(contexts.counts.iter().map(|counts| counts.map(f32::from)));
        let mut place = |&entry: &u32| claim(written, used, entry);
        tile.clear();
        tile.extend(contexts.entries.iter().map(&mut place), starts(contexts.entries));
        tile.extend(negatives.iter().map(&mut place), starts(negatives));
        tile.make_even();
        self.scratch.weigh_negatives(negatives.len(), weights);
        true
    }

    /// Collects the negatives of one centre of a tile, and its contexts if asked.
    #[inline(always)]
    fn collect_one(&mut self, unit: &Unit, tile: &Range<usize>, centre: usize, contexts: bool, sharing: Sharing) {
        self.scratch.tile.clear();
        if contexts {
            let contexts = self.units.contexts(tile.start);
            for (&entry, counts) in contexts.entries.iter().zip(contexts.counts) {
                let count = counts[centre - tile.start];
                if count > 0 {
                    let (place, start) = (self.scratch.place(entry), self.start(unit, entry));
                    self.scratch.tile.push(place, start, f32::from(count));
                }
            }
            self.scratch.tile.end_positives();
        }
        let weight = self.negative_weight(centre);
        let holder = if sharing.own_negatives { centre } else { tile.start };
        for &entry in self.units.negatives(self.batch, holder) {
            let (place, start) = (self.scratch.place(entry), self.start(unit, entry));
            self.scratch.tile.push(place, start, weight);
        }
    }

    /// Loss and gradients of the collected tile of four centres; `meanwhile` as for [`Tile::four`].
    #[inline(always)]
    fn four<S: Simd>(
        &mut self,
        s: S,
        centre: usize,
        gradient_at: usize,
        entry_at: usize,
        meanwhile: impl Fn(usize),
    ) -> S::V {
        let columns = std::array::from_fn(|own| self.rows.centre(centre + own));
        let gradients = TileGradients {
            columns: &mut self.centre_gradients[gradient_at..][..TILE * self.rows.lanes],
            fresh: true,
            rows: &mut self.entry_gradients[entry_at..],
        };
        let PairScratch { tile, context_weights, negative_weights, .. } = &mut *self.scratch;
        tile.four(s, self.once, columns, self.rows.contexts, context_weights, negative_weights, gradients, meanwhile)
    }

    /// Loss and gradients of the collected tile of one centre.
    #[inline(always)]
    fn one<S: Simd>(&mut self, s: S, centre: usize, fresh: bool, gradient_at: usize, entry_at: usize) -> S::V {
        let gradients = TileGradients {
            columns: &mut self.centre_gradients[gradient_at..][..self.rows.lanes],
            fresh,
            rows: &mut self.entry_gradients[entry_at..],
        };
        self.scratch.tile.one(s, self.once, self.rows.centre(centre), self.rows.contexts, gradients)
    }
}
