//! A batch cut into units: runs of centres whose gradients one thread sums on the spot.
//!
//! Neighbouring centres share contexts, centres of a group share negatives, and frequent items return. A unit lists
//! each of its context rows once, so that a row is read and its gradient written once a unit, not once a pair.
//! Within a unit four centres make a tile, which lists each context once with the number of times it occurs.

use std::ops::Range;

use crate::objective::{Batch, Negatives};

use super::entry_table::EntryTable;
use super::runs::{Run, Window};

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
    /// [pairs + centres] each tile's contexts, as entries of its unit, from [`rows_at`] its first centre on;
    /// [`Self::tile_rows`] of them.
    tile_entries: Vec<u32>,
    /// [pairs + centres] how often each of those is a context of each centre of the tile.
    tile_counts: Vec<[f32; TILE]>,
    /// [centres] distinct contexts of the tile that starts at a centre, and one again if they are odd.
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
    /// [rows] entries of the unit: an even number of them, the last one maybe there again.
    pub entries: &'a [u32],
    /// [rows] how often each is a context of each centre; never where it is there again.
    pub counts: &'a [[f32; TILE]],
}

/// Memory of one thread.
#[derive(Debug, Clone, Default)]
pub struct UnitScratch {
    entries: EntryTable,
    /// [the unit's entries] the tile, plus 1, that last used an entry as a context, and its row there.
    rows: Vec<(u32, u32)>,
    window: Window,
}

/// Fills some neighbouring units.
pub struct UnitTask<'a> {
    batch: &'a Batch,
    sharing: Sharing,
    units: &'a mut [Unit],
    tile_entries: &'a mut [u32],
    tile_counts: &'a mut [[f32; TILE]],
    tile_rows: &'a mut [u32],
    negative_entries: &'a mut [u32],
    loose_items: &'a mut [u32],
}

impl Units {
    /// Cuts `batch` into units of about `size` centres, and these into tasks for [`UnitTask::run`]; [`Self::finish`]
    /// must follow.
    pub fn tasks<'a>(&'a mut self, batch: &'a Batch, size: usize, parts: usize) -> Vec<UnitTask<'a>> {
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
        self.tile_entries.resize(pairs + centres, 0);
        self.tile_counts.resize(pairs + centres, [0.0; TILE]);
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
                units,
                tile_entries: rest.0.split_off_mut(..pairs + span.len()).unwrap_or_default(),
                tile_counts: rest.1.split_off_mut(..pairs + span.len()).unwrap_or_default(),
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
        let (start, rows) = (rows_at(batch, first), self.tile_rows[first] as usize);
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
        let first = self.units[0].range().start;
        let base = Base { row: rows_at(self.batch, first), centre: first, negative: negatives_at(self.batch, first) };
        for index in 0..self.units.len() {
            let centres = self.units[index].range();
            self.units[index].entries = self.unit(centres, base, scratch) as u32;
        }
    }

    /// Fills one unit; returns how many entries it has.
    fn unit(&mut self, centres: Range<usize>, base: Base, scratch: &mut UnitScratch) -> usize {
        let batch = self.batch;
        let uses = |centre: usize| batch.context_offsets[centre] as usize + negatives_at(batch, centre);
        let items = &mut self.loose_items[uses(centres.start) - uses(base.centre)..];
        scratch.entries.begin(uses(centres.end) - uses(centres.start));
        scratch.rows.clear();
        scratch.window.forget();
        let mut entry_of = |item: u32, rows: &mut Vec<(u32, u32)>| {
            let entry = scratch.entries.entry(item, rows.len() as u32);
            if entry as usize == rows.len() {
                items[rows.len()] = item;
                rows.push((0, 0));
            }
            entry
        };
        for tile in tiles(centres.clone(), self.sharing.run) {
            let start = rows_at(batch, tile.start) - base.row;
            let (entries, counts) = (&mut self.tile_entries[start..], &mut self.tile_counts[start..]);
            let mark = tile.start as u32 + 1;
            let mut rows = 0;
            let mut count = |entry: u32, columns: [f32; TILE], used: &mut [(u32, u32)]| {
                let (used_in, row) = &mut used[entry as usize];
                if *used_in != mark {
                    (*used_in, *row) = (mark, rows as u32);
                    (entries[rows], counts[rows]) = (entry, columns);
                    rows += 1;
                    return;
                }
                for (count, column) in counts[*row as usize].iter_mut().zip(columns) {
                    *count += column;
                }
            };
            if let Some(run) = Run::of(batch, &tile) {
                scratch.window.move_to(&run, tile.start > centres.start, |item| entry_of(item, &mut scratch.rows));
                for (entry, columns) in scratch.window.events() {
                    count(entry, columns, &mut scratch.rows);
                }
            } else {
                scratch.window.forget();
                for (column, centre) in tile.clone().enumerate() {
                    let columns = std::array::from_fn(|other| if other == column { 1.0 } else { 0.0 });
                    for &item in &batch.contexts[batch.pairs_of(centre)] {
                        let entry = entry_of(item, &mut scratch.rows);
                        count(entry, columns, &mut scratch.rows);
                    }
                }
            }
            if !rows.is_multiple_of(2) {
                (entries[rows], counts[rows]) = (entries[rows - 1], [0.0; TILE]);
                rows += 1;
            }
            self.tile_rows[tile.start - base.centre] = rows as u32;
            for centre in tile.clone() {
                if self.sharing.own_negatives || centre == tile.start {
                    let at = negatives_at(batch, centre) - base.negative;
                    for (to, &item) in self.negative_entries[at..].iter_mut().zip(batch_negatives(batch, centre)) {
                        *to = entry_of(item, &mut scratch.rows);
                    }
                }
            }
        }
        scratch.rows.len()
    }
}

/// Where a task's own parts of [`Units`] start.
#[derive(Clone, Copy)]
struct Base {
    row: usize,
    centre: usize,
    negative: usize,
}

/// Where the rows of the tile that starts at centre `centre` stand: one more than there can be for each centre, for
/// the row that makes them even.
#[inline(always)]
fn rows_at(batch: &Batch, centre: usize) -> usize {
    batch.context_offsets[centre] as usize + centre
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Centres of sequences of these lengths with all their contexts up to `reach` apart; items return every `period`.
    fn batch(lengths: &[usize], reach: usize, period: u32) -> Batch {
        let mut batch = Batch {
            centres: Vec::new(),
            context_offsets: vec![0],
            contexts: Vec::new(),
            negatives: Negatives::PerPair { per_pair: 0, items: Vec::new() },
            struct_negatives: Vec::new(),
        };
        let mut event = 0;
        for &length in lengths {
            let items: Vec<u32> = (event..event + length as u32).map(|event| event * 7 % period).collect();
            for at in 0..length {
                batch.centres.push(items[at]);
                let window = at.saturating_sub(reach)..length.min(at + reach + 1);
                batch.contexts.extend(window.filter(|&other| other != at).map(|other| items[other]));
                batch.context_offsets.push(batch.contexts.len() as u32);
            }
            event += length as u32;
        }
        let groups = batch.centres.len().div_ceil(8);
        let items = (0..3 * groups as u32).map(|negative| negative * 5 % period).collect();
        batch.negatives = Negatives::Shared { group: 8, per_group: 3, negatives_per_pair: 2.0, items };
        batch
    }

    #[test]
    fn tiles_list_exactly_the_contexts_and_negatives_of_their_centres() {
        for (lengths, reach, period) in
            [(&[40, 3, 25][..], 4, 1000), (&[70], 4, 9), (&[33, 33], 1, 50), (&[5, 1, 2, 30], 6, 7), (&[64], 2, 3)]
        {
            let batch = batch(lengths, reach, period);
            for (size, parts) in [(8, 1), (16, 3), (24, 2)] {
                let mut units = Units::default();
                for task in units.tasks(&batch, size, parts) {
                    task.run(&mut UnitScratch::default());
                }
                units.finish(&batch);
                let mut centres = 0;
                for unit in &units.units {
                    let items = &units.entry_items[unit.first_entry as usize..][..unit.entries as usize];
                    for (place, item) in items.iter().enumerate() {
                        assert!(!items[..place].contains(item), "item {item} is two entries");
                    }
                    for tile in tiles(unit.range(), 8) {
                        let rows = units.contexts(&batch, tile.start);
                        assert!(rows.entries.len().is_multiple_of(2), "{tile:?} has {} rows", rows.entries.len());
                        for (column, centre) in tile.clone().enumerate() {
                            let mut found = Vec::new();
                            for (&entry, counts) in rows.entries.iter().zip(rows.counts) {
                                found.extend(std::iter::repeat_n(items[entry as usize], counts[column] as usize));
                            }
                            let mut expected = batch.contexts[batch.pairs_of(centre)].to_vec();
                            found.sort_unstable();
                            expected.sort_unstable();
                            assert_eq!(found, expected, "centre {centre}, units of {size}, reach {reach}");
                            centres += 1;
                        }
                        let negatives = units.negatives(&batch, tile.start).iter().map(|&entry| items[entry as usize]);
                        assert!(negatives.eq(batch_negatives(&batch, tile.start).iter().copied()), "{tile:?}");
                    }
                }
                assert_eq!(centres, batch.centre_count());
            }
        }
    }
}
