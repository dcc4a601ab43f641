//! The skip-gram term: logits, loss, and the gradients of centre and context rows, unit by unit.

use std::ops::Range;

use crate::objective::{Batch, Negatives};

use super::local_side::Upcoming;
use super::tile::{STRETCHES, Tile, TileGradients};
use super::units::{Sharing, TILE, Unit, Units, tiles};
use crate::simd::{Kernel, Lane, Place, Simd};

// Entries of the next tiles whose rows are asked for in advance.
const AHEAD: usize = 24;

/// Where both sides' rows lie. Rows of both have the same number of lanes.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Lanes of a row.
    pub lanes: usize,
    /// Whether the rows are in a near cache, so that none need be asked for.
    pub near: bool,
    /// Number of the first row of `centres`, and of `contexts`.
    pub first: [u32; 2],
    /// Rows of the centre side.
    pub centres: &'a [Lane],
    /// [N] the row of each centre.
    pub centre_rows: &'a [u32],
    /// Rows of the context side.
    pub contexts: &'a [Lane],
    /// [entries] the row of each entry.
    pub entry_rows: &'a [u32],
}

impl<'a> Rows<'a> {
    /// The row of centre `centre`.
    #[inline(always)]
    fn centre(&self, centre: usize) -> &'a [Lane] {
        &self.centres[(self.centre_rows[centre] - self.first[0]) as usize * self.lanes..][..self.lanes]
    }

    /// Lane at which the row of entry `entry` starts.
    #[inline(always)]
    fn entry_start(&self, entry: usize) -> usize {
        (self.entry_rows[entry] - self.first[1]) as usize * self.lanes
    }

    /// Asks for part number `part` of `parts` of these rows.
    #[inline(always)]
    fn ask<S: Simd>(&self, s: S, rows: &UpcomingRows, part: usize, parts: usize) {
        let of = |range: &Range<usize>| {
            range.start + range.len() * part / parts..range.start + range.len() * (part + 1) / parts
        };
        for entry in of(&rows.entries) {
            s.prefetch(&self.contexts[self.entry_start(entry)..][..self.lanes]);
        }
        for centre in of(&rows.centres) {
            s.prefetch(self.centre(centre));
        }
    }
}

/// Rows to be asked for: those of some entries, counted from the batch's first, and of some centres.
#[derive(Debug, Clone, Default)]
struct UpcomingRows {
    entries: Range<usize>,
    centres: Range<usize>,
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
    /// What those are made of: the number of negatives, and the weight for each centre.
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
            self.losses[index] = self.unit(s, unit, sharing, centre, entry);
        }
    }
}

impl<'a> PairTask<'a> {
    /// One unit, its gradients at those lanes of the task's.
    #[inline(always)]
    fn unit<S: Simd>(&mut self, s: S, unit: &Unit, sharing: Sharing, centre_at: usize, entry_at: usize) -> f64 {
        let lanes = self.rows.lanes;
        let mut loss = s.splat(0.0);
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

    /// The rows that the tile from `centre` on will use, as far as nobody has asked for them; they count as asked for.
    #[inline(always)]
    fn upcoming_rows(&mut self, unit: &Unit, centre: usize) -> UpcomingRows {
        if self.rows.near {
            return UpcomingRows::default();
        }
        let until = (unit.first_entry as usize + self.scratch.used + AHEAD).min(self.rows.entry_rows.len());
        let entries = self.scratch.asked..until;
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
        // A cell of a full tile costs little more than half of one that stands alone.
        if cells == 0 || 4 * cells > 7 * useful {
            return false;
        }
        let weights: [f32; TILE] = std::array::from_fn(|own| self.negative_weight(centre + own));
        let rows = self.rows;
        let starts = move |entries: &'a [u32]| {
            entries.iter().map(move |&entry| rows.entry_start((unit.first_entry + entry) as usize))
        };
        let PairScratch { tile, written, used, context_weights, negative_weights, weighed, .. } = &mut *self.scratch;
        context_weights.clear();
        context_weights.extend(contexts.counts.iter().map(|counts| counts.map(f32::from)));
        let mut place = |&entry: &u32| claim(written, used, entry);
        tile.clear();
        tile.extend(contexts.entries.iter().map(&mut place), starts(contexts.entries));
        tile.extend(negatives.iter().map(&mut place), starts(negatives));
        tile.make_even();
        if *weighed != (negatives.len(), weights) {
            *weighed = (negatives.len(), weights);
            negative_weights.clear();
            negative_weights.resize(negatives.len(), weights);
            negative_weights.resize(negatives.len().next_multiple_of(2), [0.0; TILE]);
        }
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
