//! Entries grouped by row (CSR), each row's entries cut into short segments.

/// Most entries that one invocation sums; longer rows are summed in parts, and the parts in order.
pub const SEGMENT: u32 = 64;

/// Stands for "none" among indices.
pub const NONE: u32 = u32::MAX;

/// Entries by row, and rows cut into segments of at most [`SEGMENT`] entries. No segment spans two rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grouping {
    /// `[entries]` the grouped values, row by row, each row in the order given.
    pub entries: Vec<u32>,
    /// [segments + 1] where each segment starts in `entries`.
    pub segment_starts: Vec<u32>,
    /// [rows + 1] where each row starts among the segments.
    pub row_segments: Vec<u32>,
}

impl Grouping {
    /// Groups `values` by their `keys` (each below `rows`), stably.
    #[must_use]
    pub fn new(keys: &[u32], values: impl Fn(usize) -> u32, rows: usize) -> Self {
        let mut ends = vec![0u32; rows + 1];
        for &key in keys {
            ends[key as usize + 1] += 1;
        }
        for row in 0..rows {
            ends[row + 1] += ends[row];
        }
        let mut segment_starts = Vec::with_capacity(rows + keys.len() / SEGMENT as usize + 1);
        let mut row_segments = Vec::with_capacity(rows + 1);
        for range in ends.windows(2) {
            row_segments.push(segment_starts.len() as u32);
            segment_starts.extend((range[0]..range[1]).step_by(SEGMENT as usize));
        }
        row_segments.push(segment_starts.len() as u32);
        segment_starts.push(keys.len() as u32);
        let mut entries = vec![0; keys.len()];
        for (index, &key) in keys.iter().enumerate() {
            let next = &mut ends[key as usize];
            entries[*next as usize] = values(index);
            *next += 1;
        }
        Self { entries, segment_starts, row_segments }
    }

    /// Number of segments.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.segment_starts.len().saturating_sub(1)
    }

    /// Number of rows.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.row_segments.len().saturating_sub(1)
    }
}

/// Numbers keys in the order of their first appearance, without clearing between uses.
#[derive(Debug, Clone)]
pub struct Numbering {
    generation: u32,
    seen: Vec<u32>,
    number: Vec<u32>,
    count: u32,
}

impl Numbering {
    /// For keys below `keys`.
    #[must_use]
    pub fn new(keys: usize) -> Self {
        Self { generation: 0, seen: vec![0; keys], number: vec![0; keys], count: 0 }
    }

    /// Forgets all numbers.
    pub fn begin(&mut self) {
        if self.generation == u32::MAX {
            self.seen.fill(0);
            self.generation = 0;
        }
        self.generation += 1;
        self.count = 0;
    }

    /// The number of `key`; calls `first` where it is new.
    pub fn of(&mut self, key: u32, first: impl FnOnce()) -> u32 {
        let index = key as usize;
        if self.seen[index] != self.generation {
            self.seen[index] = self.generation;
            self.number[index] = self.count;
            self.count += 1;
            first();
        }
        self.number[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_the_order_of_their_entries_and_empty_rows_have_no_segment() {
        let grouping = Grouping::new(&[2, 0, 2, 0, 0], |i| 10 + i as u32, 4);
        assert_eq!(grouping.entries, [11, 13, 14, 10, 12]);
        assert_eq!(grouping.segment_starts, [0, 3, 5]);
        assert_eq!(grouping.row_segments, [0, 1, 1, 2, 2]);
    }

    #[test]
    fn long_rows_are_cut_into_segments_of_at_most_64() {
        let keys = [vec![0; 65], vec![1; 64], vec![2; 129]].concat();
        let grouping = Grouping::new(&keys, |i| i as u32, 3);
        assert_eq!(grouping.segment_starts, [0, 64, 65, 129, 193, 257, 258]);
        assert_eq!(grouping.row_segments, [0, 2, 3, 6]);
        assert_eq!((grouping.segment_count(), grouping.row_count()), (6, 3));
    }

    #[test]
    fn no_entries_give_no_segments() {
        let grouping = Grouping::new(&[], |_| 0, 2);
        assert_eq!((grouping.segment_count(), grouping.row_segments), (0, vec![0, 0, 0]));
    }

    #[test]
    fn numbers_follow_first_appearance() {
        let mut numbering = Numbering::new(10);
        for _ in 0..2 {
            numbering.begin();
            let mut firsts = Vec::new();
            let numbers: Vec<u32> = [7, 3, 7, 9].map(|key| numbering.of(key, || firsts.push(key))).to_vec();
            assert_eq!((numbers, firsts), (vec![0, 1, 0, 2], vec![7, 3, 9]));
        }
    }
}
