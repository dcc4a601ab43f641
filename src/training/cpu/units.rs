//! A batch cut into units: runs of centres whose gradients one thread sums on the spot.
//!
//! Neighbouring centres share contexts, centres of a group share negatives, and frequent items return. A unit lists
//! each of its context rows once, so that a row is read and its gradient written once a unit, not once a pair.
//! Within a unit four centres make a tile, which lists each context once with the number of times it occurs.

use std::ops::Range;

use crate::objective::{Batch, Negatives};

// What a unit's rows and gradients may take: they should stay in a core's L2.
const UNIT_BYTES: usize = 384 * 1024;
// Rows of a centre in its unit: two contexts or negatives, itself, and the gradients of all three.
const ROWS_A_CENTRE: usize = 6;
// Units that a batch should have at least, so that many threads find work. It must not depend on their number.
const UNITS: usize = 32;
/// Centres of a register tile. Units are whole numbers of them but at the end of a group.
pub const TILE: usize = 4;

/// A run of centres.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unit {
    /// Its first centre.
    pub first_centre: u32,
    /// How many centres it has.
    pub centres: u32,
    /// Its first entry.
    pub first_entry: u32,
    /// How many entries it has.
    pub entries: u32,
}

impl Unit {
    /// Its centres.
    #[inline(always)]
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.first_centre as usize..(self.first_centre + self.centres) as usize
    }
}

/// How centres of a batch may share a tile.
#[derive(Debug, Clone, Copy)]
pub struct Sharing {
    /// Centres of a run within which tiles stay.
    pub run: usize,
    /// Whether each centre of a tile has its own negatives.
    pub own_negatives: bool,
}

impl Sharing {
    /// That of `batch`. Groups smaller than a tile share their contexts as if the negatives were each centre's own.
    #[must_use]
    pub fn of(batch: &Batch) -> Self {
        match batch.negatives {
            Negatives::Shared { group, .. } if group >= TILE => Self { run: group, own_negatives: false },
            _ => Self { run: batch.centre_count().max(1), own_negatives: true },
        }
    }
}

/// The units of a batch. An entry is a row of the context side that a unit uses, in the order of first use.
#[derive(Debug, Clone, Default)]
pub struct Units {
    /// The units, in the order of their centres.
    pub units: Vec<Unit>,
    /// [entries] the item of each entry.
    pub entry_items: Vec<u32>,
    /// [pairs] each tile's contexts, as entries of its unit, where its pairs start; [`Self::tile_rows`] of them.
    tile_entries: Vec<u32>,
    /// [pairs] how often each of those is a context of each centre of the tile.
    tile_counts: Vec<[f32; TILE]>,
    /// [centres] distinct contexts of the tile that starts at a centre.
    tile_rows: Vec<u32>,
    /// Entries of the negatives of each centre, at [`negatives_at`]; of its first centre where the tile shares them.
    negative_entries: Vec<u32>,
    /// Items of the units' entries, each unit's where its pairs and negatives start.
    loose_items: Vec<u32>,
}

/// Centres of a unit of `batch` whose rows have `lanes` lanes: as many as a core's cache holds.
#[must_use]
pub fn unit_size(batch: &Batch, lanes: usize) -> usize {
    let by_cache = UNIT_BYTES / (ROWS_A_CENTRE * 32 * lanes.max(1));
    by_cache.min(batch.centre_count() / UNITS).max(2 * TILE)
}

/// The contexts of a tile.
#[derive(Clone, Copy)]
pub struct TileContexts<'a> {
    /// [rows] entries of the unit.
    pub entries: &'a [u32],
    /// [rows] how often each is a context of each centre.
    pub counts: &'a [[f32; TILE]],
}

/// Memory of one thread.
#[derive(Debug, Clone, Default)]
pub struct UnitScratch {
    /// [items] the mark of the unit that last used an item, and the item's entry in it.
    seen: Vec<(u32, u32)>,
    /// [the unit's entries] the tile, plus 1, that last used an entry as a context, and its row there.
    rows: Vec<(u32, u32)>,
    /// The mark of the unit being built; 0 = of none.
    mark: u32,
}

/// Fills some neighbouring units.
pub struct UnitTask<'a> {
    batch: &'a Batch,
    sharing: Sharing,
    items: usize,
    units: &'a mut [Unit],
    tile_entries: &'a mut [u32],
    tile_counts: &'a mut [[f32; TILE]],
    tile_rows: &'a mut [u32],
    negative_entries: &'a mut [u32],
    loose_items: &'a mut [u32],
}

impl Units {
    /// Cuts `batch`, whose items are below `items`, into units of about `size` centres, and these into tasks for
    /// [`UnitTask::run`]; [`Self::finish`] must follow.
    pub fn tasks<'a>(&'a mut self, batch: &'a Batch, items: usize, size: usize, parts: usize) -> Vec<UnitTask<'a>> {
        let sharing = Sharing::of(batch);
        let centres = batch.centre_count();
        self.units.clear();
        let mut first = 0;
        while first < centres {
            let end = unit_end(first, size, sharing.run).min(centres);
            self.units.push(Unit { first_centre: first as u32, centres: (end - first) as u32, ..Unit::default() });
            first = end;
        }
        let (pairs, negatives) = (batch.pair_count(), negatives_at(batch, centres));
        self.tile_entries.resize(pairs, 0);
        self.tile_counts.resize(pairs, [0.0; TILE]);
        self.tile_rows.resize(centres, 0);
        self.negative_entries.resize(negatives, 0);
        self.loose_items.resize(pairs + negatives, 0);

        let mut rest = (
            self.tile_entries.as_mut_slice(),
            self.tile_counts.as_mut_slice(),
            self.tile_rows.as_mut_slice(),
            self.negative_entries.as_mut_slice(),
            self.loose_items.as_mut_slice(),
        );
        let units_a_part = self.units.len().div_ceil(parts.max(1)).max(1);
        let mut tasks = Vec::with_capacity(parts);
        for units in self.units.chunks_mut(units_a_part) {
            let span = units[0].range().start..units[units.len() - 1].range().end;
            let pairs = (batch.context_offsets[span.end] - batch.context_offsets[span.start]) as usize;
            let negatives = negatives_at(batch, span.end) - negatives_at(batch, span.start);
            tasks.push(UnitTask {
                batch,
                sharing,
                items,
                units,
                tile_entries: rest.0.split_off_mut(..pairs).unwrap_or_default(),
                tile_counts: rest.1.split_off_mut(..pairs).unwrap_or_default(),
                tile_rows: rest.2.split_off_mut(..span.len()).unwrap_or_default(),
                negative_entries: rest.3.split_off_mut(..negatives).unwrap_or_default(),
                loose_items: rest.4.split_off_mut(..pairs + negatives).unwrap_or_default(),
            });
        }
        tasks
    }

    /// Numbers the entries of all units.
    pub fn finish(&mut self, batch: &Batch) {
        self.entry_items.clear();
        for unit in &mut self.units {
            unit.first_entry = self.entry_items.len() as u32;
            let first = unit.range().start;
            let loose = batch.context_offsets[first] as usize + negatives_at(batch, first);
            self.entry_items.extend_from_slice(&self.loose_items[loose..][..unit.entries as usize]);
        }
    }

    /// The contexts of the tile that starts at centre `first`.
    #[inline(always)]
    #[must_use]
    pub fn contexts(&self, batch: &Batch, first: usize) -> TileContexts<'_> {
        let (start, rows) = (batch.context_offsets[first] as usize, self.tile_rows[first] as usize);
        TileContexts { entries: &self.tile_entries[start..][..rows], counts: &self.tile_counts[start..][..rows] }
    }

    /// The entries of the negatives of centre `centre`, the first of its tile if the tile shares them.
    #[inline(always)]
    #[must_use]
    pub fn negatives(&self, batch: &Batch, centre: usize) -> &[u32] {
        &self.negative_entries[negatives_at(batch, centre)..negatives_at(batch, centre + 1)]
    }
}

impl UnitTask<'_> {
    /// Fills the units.
    pub fn run(mut self, scratch: &mut UnitScratch) {
        scratch.seen.resize(self.items, (0, 0));
        let first = self.units[0].range().start;
        let base = (self.batch.context_offsets[first] as usize, first, negatives_at(self.batch, first));
        for index in 0..self.units.len() {
            let centres = self.units[index].range();
            self.units[index].entries = self.unit(centres, base, scratch) as u32;
        }
    }

    /// Fills one unit; returns how many entries it has. The task's first pair, centre and negative are `base`.
    fn unit(&mut self, centres: Range<usize>, base: (usize, usize, usize), scratch: &mut UnitScratch) -> usize {
        if scratch.mark == u32::MAX {
            scratch.seen.fill((0, 0));
            scratch.mark = 0;
        }
        scratch.mark += 1;
        scratch.rows.clear();
        let batch = self.batch;
        let first_pair = batch.context_offsets[centres.start] as usize;
        let loose = first_pair - base.0 + negatives_at(batch, centres.start) - base.2;
        let items = &mut self.loose_items[loose..];
        let mut entry_of = |item: u32, rows: &mut Vec<(u32, u32)>| {
            let (seen_in, entry) = &mut scratch.seen[item as usize];
            if *seen_in != scratch.mark {
                (*seen_in, *entry) = (scratch.mark, rows.len() as u32);
                items[rows.len()] = item;
                rows.push((0, 0));
            }
            *entry
        };
        for tile in tiles(centres, self.sharing.run) {
            let start = batch.context_offsets[tile.start] as usize - base.0;
            let (entries, counts) = (&mut self.tile_entries[start..], &mut self.tile_counts[start..]);
            let mark = tile.start as u32 + 1;
            let mut rows = 0;
            for (column, centre) in tile.clone().enumerate() {
                for &item in &batch.contexts[batch.pairs_of(centre)] {
                    let entry = entry_of(item, &mut scratch.rows);
                    let (used_in, row) = &mut scratch.rows[entry as usize];
                    if *used_in != mark {
                        (*used_in, *row) = (mark, rows as u32);
                        (entries[rows], counts[rows]) = (entry, [0.0; TILE]);
                        rows += 1;
                    }
                    counts[*row as usize][column] += 1.0;
                }
            }
            self.tile_rows[tile.start - base.1] = rows as u32;
            for centre in tile.clone() {
                if self.sharing.own_negatives || centre == tile.start {
                    let at = negatives_at(batch, centre) - base.2;
                    for (to, &item) in self.negative_entries[at..].iter_mut().zip(batch_negatives(batch, centre)) {
                        *to = entry_of(item, &mut scratch.rows);
                    }
                }
            }
        }
        scratch.rows.len()
    }
}

/// Where the negatives of centre `centre` stand if each centre has its own.
#[inline(always)]
fn negatives_at(batch: &Batch, centre: usize) -> usize {
    match &batch.negatives {
        Negatives::PerPair { per_pair, .. } => batch.context_offsets[centre] as usize * per_pair,
        Negatives::Shared { per_group, .. } => centre * per_group,
    }
}

/// The negatives of centre `centre`.
fn batch_negatives(batch: &Batch, centre: usize) -> &[u32] {
    match &batch.negatives {
        Negatives::PerPair { per_pair, items } => {
            let pairs = batch.pairs_of(centre);
            &items[pairs.start * per_pair..pairs.end * per_pair]
        }
        Negatives::Shared { group, per_group, items, .. } => &items[centre / group * per_group..][..*per_group],
    }
}

/// The end of the unit that starts at `first`: whole runs if they fit into `size`, else whole tiles of one.
fn unit_end(first: usize, size: usize, run: usize) -> usize {
    let run_end = (first / run + 1) * run;
    if run <= size { first + size / run * run } else { run_end.min(first + size / TILE * TILE) }
}

/// The tiles of some centres: four centres of one run each, fewer at its end.
pub fn tiles(centres: Range<usize>, run: usize) -> impl Iterator<Item = Range<usize>> {
    let mut first = centres.start;
    std::iter::from_fn(move || {
        let run_end = (first / run + 1) * run;
        let tile = first..(first + TILE).min(run_end).min(centres.end);
        first = tile.end;
        (!tile.is_empty()).then_some(tile)
    })
}
