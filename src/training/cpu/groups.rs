//! Which entries fall on which row: a stable counting sort over the rows that occur.

use std::ops::Range;

/// Stands where an entry has no row.
pub const NONE: u32 = u32::MAX;

/// Entries grouped by row. Rows rise strictly; the entries of a row rise too, so sums over them have one order.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    /// [G] the rows that occur.
    pub rows: Vec<u32>,
    /// [G + 1] where each row's entries start.
    pub offsets: Vec<u32>,
    /// The entries, row by row.
    pub entries: Vec<u32>,
}

/// The entries of rows that several fall on, put in order by row and within a row by entry. Rows rise strictly.
#[derive(Debug, Clone, Default)]
pub struct Repeated {
    /// [G] the rows.
    pub rows: Vec<u32>,
    /// [G + 1] where each row's entries start in that order.
    pub offsets: Vec<u32>,
    /// [entries] where each entry stands in that order; [`NONE`] if it is the only one of its row.
    pub position: Vec<u32>,
}

impl Repeated {
    /// Orders the entries 0.. by their row in `keys`, each below `row_count`.
    pub fn build(&mut self, keys: &[u32], row_count: usize, scratch: &mut GroupingScratch) {
        scratch.count(keys, row_count);
        self.rows.clear();
        self.offsets.clear();
        let mut total = 0;
        scratch.for_each_present(row_count, |row, next| {
            if *next == 1 {
                *next = NONE;
                return;
            }
            self.rows.push(row);
            self.offsets.push(total);
            (*next, total) = (total, total + *next);
        });
        self.offsets.push(total);
        self.position.clear();
        self.position.extend(keys.iter().map(|&key| {
            let next = &mut scratch.next[key as usize];
            let position = *next;
            // The only one of its row leaves 0 behind.
            *next = next.wrapping_add(1);
            position
        }));
        for &row in &self.rows {
            scratch.next[row as usize] = 0;
        }
    }

    /// Number of entries that are not the only ones of their rows.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.offsets.last().map_or(0, |&end| end as usize)
    }
}

/// Memory for grouping, 0 between calls.
#[derive(Debug, Clone, Default)]
pub struct GroupingScratch {
    /// One bit a row.
    present: Vec<u64>,
    /// [rows] entries of each row, then where its next entry goes.
    next: Vec<u32>,
}

impl GroupingScratch {
    /// Counts the entries of each row.
    fn count(&mut self, keys: &[u32], row_count: usize) {
        let words = row_count.div_ceil(64);
        if self.present.len() < words {
            self.present.resize(words, 0);
            self.next.resize(words * 64, 0);
        }
        for &key in keys.iter().filter(|&&key| key != NONE) {
            self.present[key as usize / 64] |= 1 << (key % 64);
            self.next[key as usize] += 1;
        }
    }

    /// Visits the rows that were counted, in their order, each with its `next`; none is present any more.
    #[inline(always)]
    fn for_each_present(&mut self, row_count: usize, mut visit: impl FnMut(u32, &mut u32)) {
        for (index, word) in self.present[..row_count.div_ceil(64)].iter_mut().enumerate() {
            while *word != 0 {
                let row = index as u32 * 64 + word.trailing_zeros();
                *word &= *word - 1;
                visit(row, &mut self.next[row as usize]);
            }
        }
    }
}

impl Groups {
    /// Groups the entries 0.. by their row in `keys`, each below `row_count` or [`NONE`].
    pub fn build(&mut self, keys: &[u32], row_count: usize, scratch: &mut GroupingScratch) {
        scratch.count(keys, row_count);
        self.rows.clear();
        self.offsets.clear();
        let mut total = 0;
        scratch.for_each_present(row_count, |row, next| {
            self.rows.push(row);
            self.offsets.push(total);
            (*next, total) = (total, total + *next);
        });
        self.offsets.push(total);
        self.entries.clear();
        self.entries.resize(total as usize, 0);
        for (entry, &key) in keys.iter().enumerate().filter(|&(_, &key)| key != NONE) {
            let next = &mut scratch.next[key as usize];
            self.entries[*next as usize] = entry as u32;
            *next += 1;
        }
        for &row in &self.rows {
            scratch.next[row as usize] = 0;
        }
    }

    /// Number of rows that occur.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Entries of the row at `place`.
    #[inline(always)]
    #[must_use]
    pub fn entries_at(&self, place: usize) -> &[u32] {
        &self.entries[self.offsets[place] as usize..self.offsets[place + 1] as usize]
    }

    /// Cuts the rows into at most `parts` ranges of about equal work, an entry counting 1 and a row `per_row`.
    #[must_use]
    pub fn balanced(&self, parts: usize, per_row: usize) -> Vec<Range<usize>> {
        balanced(&self.offsets, parts, per_row)
    }
}

/// Cuts what `offsets` count into at most `parts` ranges of about equal work.
#[must_use]
pub fn balanced(offsets: &[u32], parts: usize, per_row: usize) -> Vec<Range<usize>> {
    let rows = offsets.len().saturating_sub(1);
    let work = |row: usize| offsets[row] as usize + row * per_row;
    let total = if rows == 0 { 0 } else { work(rows) };
    let mut ranges = Vec::with_capacity(parts);
    let mut start = 0;
    for part in 1..=parts {
        let goal = total * part / parts;
        let mut end = if part == parts { rows } else { start + offsets_below(start, rows, goal, work) };
        end = end.min(rows);
        if end > start {
            ranges.push(start..end);
        }
        start = end;
    }
    ranges
}

/// Equal ranges of `0..count`.
#[must_use]
pub fn even(count: usize, parts: usize) -> Vec<Range<usize>> {
    let size = count.div_ceil(parts.max(1)).max(1);
    (0..count).step_by(size).map(|start| start..count.min(start + size)).collect()
}

/// How many of the rows from `start` on stay within `goal`.
fn offsets_below(start: usize, rows: usize, goal: usize, work: impl Fn(usize) -> usize) -> usize {
    let (mut low, mut high) = (start, rows);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if work(middle) <= goal { low = middle } else { high = middle - 1 }
    }
    low - start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_grouped_stably_and_rows_rise() {
        let keys = [5, 64, NONE, 5, 0, 64, 5];
        let (mut groups, mut scratch) = (Groups::default(), GroupingScratch::default());
        for _ in 0..2 {
            groups.build(&keys, 65, &mut scratch);
            assert_eq!(groups.rows, [0, 5, 64]);
            assert_eq!(groups.offsets, [0, 1, 4, 6]);
            assert_eq!(groups.entries, [4, 0, 3, 6, 1, 5]);
        }
        groups.build(&[], 65, &mut scratch);
        assert_eq!((groups.len(), groups.offsets.as_slice()), (0, [0].as_slice()));
    }

    #[test]
    fn entries_of_rows_that_several_fall_on_stand_in_the_order_of_the_groups() {
        let keys = [5, 64, 9, 5, 0, 64, 5];
        let (mut repeated, mut scratch) = (Repeated::default(), GroupingScratch::default());
        for _ in 0..2 {
            repeated.build(&keys, 65, &mut scratch);
            assert_eq!(repeated.rows, [5, 64]);
            assert_eq!(repeated.offsets, [0, 3, 5]);
            assert_eq!(repeated.position, [0, 3, NONE, 1, NONE, 4, 2]);
            assert_eq!(repeated.entry_count(), 5);
        }
        let mut groups = Groups::default();
        groups.build(&keys, 65, &mut scratch);
        assert_eq!(groups.offsets, [0, 1, 4, 5, 7], "nothing is left in the scratch");
    }

    #[test]
    fn balanced_ranges_cover_every_row_once() {
        for (offsets, parts) in [(vec![0, 9, 9, 10, 30], 3), (vec![0], 4), (vec![0, 1], 5), (vec![0, 0, 0, 0], 2)] {
            let ranges = balanced(&offsets, parts, 1);
            let covered: Vec<_> = ranges.iter().cloned().flatten().collect();
            assert_eq!(covered, (0..offsets.len() - 1).collect::<Vec<_>>(), "{offsets:?} in {parts}: {ranges:?}");
            assert!(ranges.len() <= parts);
        }
    }
}
