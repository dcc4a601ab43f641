//! Which rows of one type the gradients of a unit's occurrences move.

use std::ops::Range;

use super::groups::NONE;

/// The distinct rows of each unit, and which of them each occurrence's gradient goes to.
#[derive(Debug, Clone, Default)]
pub struct UnitRows {
    /// [units + 1] where each unit's rows start.
    first: Vec<u32>,
    /// The rows, unit by unit, in the order of first use.
    rows: Vec<u32>,
    /// [occurrences] the row of each, counted from its unit's first; [`NONE`] if it has none.
    numbers: Vec<u32>,
}

/// Memory of one thread, for tables of any length.
#[derive(Debug, Clone, Default)]
pub struct UnitRowsScratch {
    /// [rows of a table] the unit that last used a row, by its mark, and the row's number among the unit's.
    seen: Vec<(u32, u32)>,
    mark: u32,
}

/// One unit's rows.
#[derive(Clone, Copy)]
pub struct RowsOfUnit<'a> {
    /// The distinct rows.
    pub rows: &'a [u32],
    /// [occurrences of the unit] which of them is each one's; [`NONE`] for none.
    pub numbers: &'a [u32],
}

impl UnitRows {
    /// Lists the rows of units whose occurrences are `units`, one after the other. `row` is that of each occurrence, below
    /// `row_count` or [`NONE`].
    pub fn build(
        &mut self,
        units: impl Iterator<Item = Range<usize>>,
        mut row: impl Iterator<Item = u32>,
        row_count: usize,
        scratch: &mut UnitRowsScratch,
    ) {
        let UnitRowsScratch { seen, mark } = scratch;
        if seen.len() < row_count {
            seen.resize(row_count, (0, 0));
        }
        self.first.clear();
        self.rows.clear();
        self.numbers.clear();
        self.first.push(0);
        for occurrences in units {
            if *mark == u32::MAX {
                seen.fill((0, 0));
                *mark = 0;
            }
            *mark += 1;
            let start = self.rows.len();
            self.numbers.extend(row.by_ref().take(occurrences.len()).map(|row| {
                if row == NONE {
                    return NONE;
                }
                let (used_by, number) = &mut seen[row as usize];
                if *used_by != *mark {
                    (*used_by, *number) = (*mark, (self.rows.len() - start) as u32);
                    self.rows.push(row);
                }
                *number
            }));
            self.first.push(self.rows.len() as u32);
        }
    }

    /// Those of unit `unit`, whose occurrences are these.
    #[inline(always)]
    #[must_use]
    pub fn of_unit(&self, unit: usize, occurrences: Range<usize>) -> RowsOfUnit<'_> {
        let rows = self.first[unit] as usize..self.first[unit + 1] as usize;
        RowsOfUnit { rows: &self.rows[rows], numbers: &self.numbers[occurrences] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_lists_its_rows_once() {
        let keys = [7, 3, NONE, 7, 3, 3, 9, NONE];
        let units = [0..4, 4..4, 4..8];
        let (mut rows, mut scratch) = (UnitRows::default(), UnitRowsScratch::default());
        scratch.mark = u32::MAX - 1;
        for _ in 0..2 {
            rows.build(units.iter().cloned(), keys.into_iter(), 10, &mut scratch);
            let of_unit = |unit: usize| rows.of_unit(unit, units[unit].clone());
            assert_eq!((of_unit(0).rows, of_unit(0).numbers), (&[7, 3][..], &[0, 1, NONE, 0][..]));
            assert_eq!((of_unit(1).rows, of_unit(1).numbers), (&[][..], &[][..]));
            assert_eq!((of_unit(2).rows, of_unit(2).numbers), (&[3, 9][..], &[0, 0, 1, NONE][..]));
        }
    }
}
