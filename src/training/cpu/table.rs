//! Tables whose rows are whole lanes, with the optimiser's memory beside them, cut into row ranges for threads.

use std::ops::Range;

use ndarray::Array2;

use super::copies::PaddedRows;
use super::memory::Lanes;
use super::optimizer::{Moments, MomentsPart};
use crate::simd::{Lane, WIDTH};

// Lanes of a long row.
const LONG: usize = 8;

/// Lanes that hold `floats` floats.
#[must_use]
pub fn lanes_of(floats: usize) -> usize {
    floats.div_ceil(WIDTH)
}

/// Lanes of a row of `dims` floats: whole registers of `register_lanes` lanes if the row is long, so that most of it is
/// its own.
#[must_use]
pub fn row_lanes(dims: usize, register_lanes: usize) -> usize {
    let lanes = lanes_of(dims);
    if lanes < LONG { lanes } else { lanes.next_multiple_of(register_lanes) }
}

/// The floats of `lanes`, padding included.
#[must_use]
pub fn floats(lanes: &[Lane]) -> &[f32] {
    bytemuck::cast_slice(lanes)
}

/// The floats of `lanes`, padding included.
#[must_use]
pub fn floats_mut(lanes: &mut [Lane]) -> &mut [f32] {
    bytemuck::cast_slice_mut(lanes)
}

/// A table [rows, dims] of f32, each row padded with zeros to whole lanes.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: usize,
    dims: usize,
    lanes: usize,
    data: Lanes,
}

impl Table {
    /// A table of zeros whose rows have `lanes` lanes, enough for `dims` floats.
    #[must_use]
    pub fn wide(rows: usize, dims: usize, lanes: usize) -> Self {
        Self { rows, dims, lanes, data: Lanes::zeros(rows * lanes) }
    }

    /// Makes every number that of `array`, whose shape the table has.
    pub fn fill(&mut self, array: &Array2<f32>) {
        for (index, row) in array.rows().into_iter().enumerate() {
            let to = &mut floats_mut(self.row_mut(index))[..row.len()];
            match row.as_slice() {
                Some(from) => to.copy_from_slice(from),
                None => to.iter_mut().zip(row).for_each(|(to, from)| *to = *from),
            }
        }
    }

    /// Its rows, for a copy without padding.
    #[must_use]
    pub fn padded(&self) -> PaddedRows<'_> {
        PaddedRows { data: &self.data, lanes: self.lanes, dims: self.dims }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Floats of a row, padding left out.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Lanes of a row.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// [rows x lanes] all of it.
    #[must_use]
    pub fn data(&self) -> &[Lane] {
        &self.data
    }

    /// [rows x lanes] all of it.
    #[must_use]
    pub fn data_mut(&mut self) -> &mut [Lane] {
        &mut self.data
    }

    /// One row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[Lane] {
        &self.data[row * self.lanes..][..self.lanes]
    }

    /// One row.
    #[must_use]
    pub fn row_mut(&mut self, row: usize) -> &mut [Lane] {
        &mut self.data[row * self.lanes..][..self.lanes]
    }
}

/// A table that an optimiser moves.
#[derive(Debug, Clone)]
pub struct TrainedTable {
    /// The parameters.
    pub values: Table,
    /// The optimiser's memory of them.
    pub moments: Moments,
    /// Where rows without a gradient move, too, [rows] the last step that each has taken; else empty.
    pub taken: Vec<u64>,
}

/// The rows of a [`TrainedTable`] from `first_row` on that one thread may change.
pub struct TablePart<'a> {
    /// The table's row that is row 0 here.
    pub first_row: usize,
    /// Floats of a row, padding left out.
    pub dims: usize,
    /// Lanes of a row.
    pub lanes: usize,
    /// [rows x lanes] parameters.
    pub values: &'a mut [Lane],
    /// The optimiser's memory of them.
    pub moments: MomentsPart<'a>,
    /// Those of [`TrainedTable::taken`].
    pub taken: &'a mut [u64],
}

impl TrainedTable {
    /// Cuts the table so that part `p` holds the rows `rows[ranges[p]]`.
    ///
    /// `rows` rises strictly and `ranges` follow each other without gaps.
    #[must_use]
    pub fn split(&mut self, rows: &[u32], ranges: &[Range<usize>]) -> Vec<TablePart<'_>> {
        let end = self.values.rows;
        self.cut(ranges.iter().map(|range| rows.get(range.end).map_or(end, |&row| row as usize)))
    }

    /// Cuts the table into parts that end before the rows `ends`, which rise.
    #[must_use]
    pub fn cut(&mut self, ends: impl Iterator<Item = usize>) -> Vec<TablePart<'_>> {
        let (dims, lanes) = (self.values.dims, self.values.lanes);
        let mut first_row = 0;
        let mut values = &mut *self.values.data;
        let mut moments = self.moments.whole();
        let mut taken = self.taken.as_mut_slice();
        let mut parts = Vec::new();
        for end in ends {
            let (own, rest) = values.split_at_mut((end - first_row) * lanes);
            let (own_moments, rest_moments) = moments.split_at(end - first_row, lanes);
            let (own_taken, rest_taken) = taken.split_at_mut((end - first_row).min(taken.len()));
            parts.push(TablePart { first_row, dims, lanes, values: own, moments: own_moments, taken: own_taken });
            (first_row, values, moments, taken) = (end, rest, rest_moments, rest_taken);
        }
        parts
    }

    /// The whole table as one part.
    #[must_use]
    pub fn whole(&mut self) -> TablePart<'_> {
        TablePart {
            first_row: 0,
            dims: self.values.dims,
            lanes: self.values.lanes,
            values: &mut self.values.data,
            moments: self.moments.whole(),
            taken: &mut self.taken,
        }
    }
}
