//! A batch cut into units: runs of centres whose gradients one thread sums on the spot.
//!
//! Neighbouring centres share contexts, centres of a group share negatives, and frequent items return. A unit lists
//! each of its context rows once, so that a row is read and its gradient written once a unit, not once a pair.
//! Within a unit four centres make a tile, which lists each context once with the number of times it occurs.

use std::ops::Range;

use crate::objective::{Batch, Negatives};

use super::entry_table::EntryTable;
use super::runs::{Line, Run, Window};

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
    /// Of a line, the contexts of a centre on each side; else 0.
    ///
    /// The centres of a line follow each other in a sequence, their windows whole. Its entries are the events of all
    /// windows, one after the other whether or not items return, and then the negatives of each group.
    pub reach: u32,
}

impl Unit {
    /// Its centres.
    #[inline(always)]
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.first_centre as usize..(self.first_centre + self.centres) as usize
    }

    /// Of a line, how many entries are events.
    #[inline(always)]
    #[must_use]
    pub fn events(&self) -> usize {
        (2 * self.reach + self.centres) as usize
    }

    /// Its entries.
    #[inline(always)]
    #[must_use]
    pub fn entry_range(&self) -> Range<usize> {
        self.first_entry as usize..(self.first_entry + self.entries) as usize
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

    /// Whether whole tiles make up the runs, each of which has its negatives.
    fn may_be_lines(self) -> bool {
        !self.own_negatives && self.run.is_multiple_of(TILE)
    }
}

/// The units of a batch. An entry is a row of the context side that a unit uses, in the order of first use.
#[derive(Debug, Clone, Default)]
pub struct Units {
    /// The units, in the order of their centres.
    pub units: Vec<Unit>,
    /// [entries] the item of each entry.
    pub entry_items: Vec<u32>,
    /// Each tile's distinct contexts, as entries of its unit, tile by tile; one comes again if they are odd.
    tile_entries: Vec<u32>,
    /// How often each of those is a context of each centre of the tile; one that comes again is none.
    tile_counts: Vec<[u8; TILE]>,
    /// [centres] where the rows of the tile that starts at a centre stand among those, and how many they are.
    tile_rows: Vec<(u32, u32)>,
    /// Entries of the negatives of each centre, at [`negatives_at`]; of its first centre where the tile shares them.
    negative_entries: Vec<u32>,
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
    pub counts: &'a [[u8; TILE]],
}

/// Memory of one thread.
#[derive(Debug, Clone, Default)]
pub struct UnitScratch {
    entries: EntryTable,
    /// [the unit's entries] the tile, plus 1, that last used an entry as a context, and its row there.
    rows: Vec<(u32, u32)>,
    window: Window,
}

impl Units {
    /// Cuts `batch` into units of about `size` centres: into lines as far as there are any.
    pub fn cut(&mut self, batch: &Batch, size: usize, scratch: &mut UnitScratch) {
        let (sharing, centres) = (Sharing::of(batch), batch.centre_count());
        let lines = sharing.may_be_lines();
        self.units.clear();
        self.entry_items.clear();
        self.tile_entries.clear();
        self.tile_counts.clear();
        self.tile_rows.resize(centres, (0, 0));
        self.negative_entries.resize(negatives_at(batch, centres), 0);
        let mut first = 0;
        while first < centres {
            let line = if lines { Line::from(batch, first, size, sharing.run) } else { None };
            first = if let Some(line) = line {
                self.push_line(batch, sharing, &line);
                line.centres.end
            } else {
                let end = unit_end(first, size, sharing.run).min(centres);
                let starts_line = |tile: &Range<usize>| {
                    tile.start > first && Line::from(batch, tile.start, TILE, sharing.run).is_some()
                };
                let line = if lines { tiles(first..end, sharing.run).find(starts_line) } else { None };
                let end = line.map_or(end, |tile| tile.start);
                self.push(batch, sharing, first..end, scratch);
                end
            };
        }
    }

    /// Adds this line.
    fn push_line(&mut self, batch: &Batch, sharing: Sharing, line: &Line<'_>) {
        let first_entry = self.entry_items.len();
        line.for_each_event(|item| self.entry_items.push(item));
        for group in line.centres.start / sharing.run..=(line.centres.end - 1) / sharing.run {
            self.entry_items.extend_from_slice(batch_negatives(batch, group * sharing.run));
        }
        self.units.push(Unit {
            first_centre: line.centres.start as u32,
            centres: line.centres.len() as u32,
            first_entry: first_entry as u32,
            entries: (self.entry_items.len() - first_entry) as u32,
            reach: line.reach as u32,
        });
    }

    /// Adds the unit of these centres.
    fn push(&mut self, batch: &Batch, sharing: Sharing, centres: Range<usize>, scratch: &mut UnitScratch) {
        let Self { entry_items, tile_entries, tile_counts, tile_rows, negative_entries, .. } = self;
        let first_entry = entry_items.len();
        let pairs = batch.context_offsets[centres.end] - batch.context_offsets[centres.start];
        let mut negatives = negatives_at(batch, centres.end) - negatives_at(batch, centres.start);
        if !sharing.own_negatives {
            // One centre's of each run, of which the first and the last may be cut off.
            negatives = negatives / sharing.run + 2 * negatives_at(batch, 1);
        }
        scratch.entries.begin(pairs as usize + negatives);
        scratch.rows.clear();
        scratch.window.forget();
        let mut entry_of = |item: u32, rows: &mut Vec<(u32, u32)>| {
            let entry = scratch.entries.entry(item, rows.len() as u32);
            if entry as usize == rows.len() {
                entry_items.push(item);
                rows.push((0, 0));
            }
            entry
        };
        for tile in tiles(centres.clone(), sharing.run) {
            let start = tile_entries.len();
            let mark = tile.start as u32 + 1;
            let mut count = |entry: u32, columns: [u8; TILE], used: &mut [(u32, u32)]| {
                let (used_in, row) = &mut used[entry as usize];
                if *used_in == mark {
                    let counts = &mut tile_counts[*row as usize];
                    // A context that comes too often for its count gets another row.
                    if counts.iter().all(|&count| count < u8::MAX) {
                        for (count, column) in counts.iter_mut().zip(columns) {
                            *count += column;
                        }
                        return;
                    }
                }
                (*used_in, *row) = (mark, tile_entries.len() as u32);
                tile_entries.push(entry);
                tile_counts.push(columns);
            };
            if let Some(run) = Run::of(batch, &tile) {
                scratch.window.move_to(&run, tile.start > centres.start, |item| entry_of(item, &mut scratch.rows));
                for (entry, columns) in scratch.window.events() {
                    count(entry, columns, &mut scratch.rows);
                }
            } else {
                scratch.window.forget();
                for (column, centre) in tile.clone().enumerate() {
                    let columns = std::array::from_fn(|other| u8::from(other == column));
                    for &item in &batch.contexts[batch.pairs_of(centre)] {
                        let entry = entry_of(item, &mut scratch.rows);
                        count(entry, columns, &mut scratch.rows);
                    }
                }
            }
            if !(tile_entries.len() - start).is_multiple_of(2) {
                tile_entries.extend(tile_entries.last().copied());
                tile_counts.push([0; TILE]);
            }
            tile_rows[tile.start] = (start as u32, (tile_entries.len() - start) as u32);
            for centre in tile.clone() {
                if sharing.own_negatives || centre == tile.start {
                    let own = &mut negative_entries[negatives_at(batch, centre)..];
                    for (to, &item) in own.iter_mut().zip(batch_negatives(batch, centre)) {
                        *to = entry_of(item, &mut scratch.rows);
                    }
                }
            }
        }
        self.units.push(Unit {
            first_centre: centres.start as u32,
            centres: centres.len() as u32,
            first_entry: first_entry as u32,
            entries: scratch.rows.len() as u32,
            reach: 0,
        });
    }

    /// The contexts of the tile that starts at centre `first`.
    #[inline(always)]
    #[must_use]
    pub fn contexts(&self, first: usize) -> TileContexts<'_> {
        let (start, rows) = self.tile_rows[first];
        let rows = start as usize..(start + rows) as usize;
        TileContexts { entries: &self.tile_entries[rows.clone()], counts: &self.tile_counts[rows] }
    }

    /// The entries of the negatives of centre `centre`, the first of its tile if the tile shares them.
    #[inline(always)]
    #[must_use]
    pub fn negatives(&self, batch: &Batch, centre: usize) -> &[u32] {
        &self.negative_entries[negatives_at(batch, centre)..negatives_at(batch, centre + 1)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::cpu::line::LineTiles;
    use crate::training::cpu::runs::line_columns;

    /// Centres of sequences of these lengths with all their contexts up to `reach` apart; items return every `period`. Groups
    /// of `group` centres share negatives; without, each pair has one.
    fn batch(lengths: &[usize], reach: usize, period: u32, group: Option<usize>) -> Batch {
        let mut batch = Batch {
            centres: Vec::new(),
            context_offsets: vec![0],
            contexts: Vec::new(),
            negatives: Negatives::PerPair { per_pair: 0, items: Vec::new() },
            struct_centres: 0,
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
        let negatives = |count: usize| (0..count as u32).map(|negative| negative * 5 % period).collect();
        batch.negatives = match group {
            Some(group) => {
                let items = negatives(3 * batch.centres.len().div_ceil(group));
                Negatives::Shared { group, per_group: 3, negatives_per_pair: 2.0, items }
            }
            None => Negatives::PerPair { per_pair: 1, items: negatives(batch.pair_count()) },
        };
        batch
    }

    #[test]
    fn tiles_list_exactly_the_contexts_and_negatives_of_their_centres() {
        let cases =
            [(&[40, 3, 25][..], 4, 1000), (&[70], 4, 9), (&[33, 33], 1, 50), (&[5, 1, 2, 30], 6, 7), (&[64], 2, 3)];
        // Of groups that are no whole tiles, and of negatives of their own, there are no lines.
        for ((lengths, reach, period), group) in cases.into_iter().flat_map(|case| [(case, Some(6)), (case, None)]) {
            let batch = batch(lengths, reach, period, group);
            let sharing = Sharing::of(&batch);
            for size in [8, 16, 24] {
                let mut units = Units::default();
                units.cut(&batch, size, &mut UnitScratch::default());
                let mut centres = 0;
                for unit in &units.units {
                    assert_eq!(unit.reach, 0);
                    let items = &units.entry_items[unit.first_entry as usize..][..unit.entries as usize];
                    for (place, item) in items.iter().enumerate() {
                        assert!(!items[..place].contains(item), "item {item} is two entries");
                    }
                    for tile in tiles(unit.range(), sharing.run) {
                        let rows = units.contexts(tile.start);
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
                        let holders = if sharing.own_negatives { tile.clone() } else { tile.start..tile.start + 1 };
                        for holder in holders {
                            let negatives = units.negatives(&batch, holder).iter().map(|&entry| items[entry as usize]);
                            assert!(negatives.eq(batch_negatives(&batch, holder).iter().copied()), "{holder}");
                        }
                    }
                }
                assert_eq!(centres, batch.centre_count());
            }
        }
    }

    #[test]
    fn lines_list_exactly_the_contexts_and_negatives_of_their_centres() {
        for (lengths, reach, period) in
            [(&[40, 3, 25][..], 4, 1000), (&[70], 4, 9), (&[33, 33], 2, 50), (&[5, 1, 2, 30], 6, 11), (&[64], 3, 3)]
        {
            let batch = batch(lengths, reach, period, Some(8));
            for size in [8, 16, 64] {
                let mut units = Units::default();
                units.cut(&batch, size, &mut UnitScratch::default());
                let (mut centres, mut in_lines) = (0, 0);
                for unit in &units.units {
                    assert_eq!(unit.first_centre as usize, centres, "units follow each other");
                    centres += unit.centres as usize;
                    if unit.reach == 0 {
                        continue;
                    }
                    in_lines += unit.centres as usize;
                    assert_eq!((unit.reach as usize, unit.centres as usize % TILE), (reach, 0));
                    assert!(unit.centres as usize <= size);
                    let items = &units.entry_items[unit.entry_range()];
                    let line = LineTiles::new(&batch, unit);
                    for tile in (0..line.count()).map(|tile| line.tile(tile)) {
                        let [old, new, negatives] = tile.rows().map(|(entries, _)| entries);
                        assert_eq!(old.end, new.start);
                        for (column, centre) in (tile.centre..tile.centre + TILE).enumerate() {
                            let mut found = Vec::new();
                            for (entry, columns) in (old.start..new.end).zip(line_columns(reach)) {
                                found.extend(std::iter::repeat_n(items[entry], columns[column] as usize));
                            }
                            assert_eq!(found, batch.contexts[batch.pairs_of(centre)], "centre {centre}, {size}");
                            assert_eq!(items[negatives.clone()], *batch_negatives(&batch, centre), "centre {centre}");
                        }
                    }
                }
                assert_eq!(centres, batch.centre_count());
                let whole: usize = lengths.iter().map(|length| length.saturating_sub(2 * reach)).sum();
                assert!(in_lines <= whole && in_lines + 3 * TILE * lengths.len() >= whole, "{in_lines} of {whole}");
            }
        }
    }
}
