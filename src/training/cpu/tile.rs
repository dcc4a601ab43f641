//! One register tile of logits: some columns against many rows, the positives first, then the negatives.

use std::ops::Range;

use super::activation;
use crate::simd::{
    Lane, LaneView, LineRows, Place, Simd, WIDTH, dots, dots_1x8, dots_of_corners, exchange, gather, scatter,
};

/// Stretches of arithmetic that a tile of four columns takes.
pub const STRETCHES: usize = 4;

/// Share `part` of `range`, one of `parts` about equal ones.
#[inline(always)]
#[must_use]
pub fn share(range: &Range<usize>, part: usize, parts: usize) -> Range<usize> {
    range.start + range.len() * part / parts..range.start + range.len() * (part + 1) / parts
}

/// Whether a tile of so many cells, of which so many are `useful`, is less work than one column after the other: a cell of
/// a full tile costs little more than half of one that stands alone.
#[inline(always)]
#[must_use]
pub fn is_dense(cells: usize, useful: usize) -> bool {
    cells > 0 && 4 * cells <= 7 * useful
}

/// A tile's rows and cells. The owner collects rows, then asks for loss and gradients.
#[derive(Debug, Clone, Default)]
pub struct Tile {
    /// Where the gradient of each row goes.
    places: Vec<Place>,
    /// Lane at which each row starts in its table.
    starts: Vec<usize>,
    /// The rows, if they are a line's; then they have no places, and cells are as [`LineRows::weights`] says.
    line: Option<LineRows>,
    /// [rows] weight of each cell of a single column; 0 in what fills the last lane.
    weights: Vec<f32>,
    /// [rows x columns] logit, then its coefficient.
    cells: Vec<f32>,
    /// Rows of positives, of a single column.
    positives: usize,
}

/// Where the gradients of a tile go.
pub struct TileGradients<'a> {
    /// [columns x lanes] those of the columns.
    pub columns: &'a mut [Lane],
    /// Whether what `columns` held does not count.
    pub fresh: bool,
    /// Those of the rows, each at its place.
    pub rows: &'a mut [Lane],
}

impl Tile {
    /// Removes all rows.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.places.clear();
        self.starts.clear();
        self.line = None;
        self.weights.clear();
        self.positives = 0;
    }

    /// Adds a row whose cell, of a single column, has this weight.
    #[inline(always)]
    pub fn push(&mut self, place: Place, start: usize, weight: f32) {
        self.places.push(place);
        self.starts.push(start);
        self.weights.push(weight);
    }

    /// Adds rows for four columns: each iterator has its part of each.
    #[inline(always)]
    pub fn extend(&mut self, places: impl Iterator<Item = Place>, starts: impl Iterator<Item = usize>) {
        self.places.extend(places);
        self.starts.extend(starts);
    }

    /// Makes the rows these, for four columns whose gradients are fresh.
    #[inline(always)]
    pub fn set_line(&mut self, rows: LineRows, lanes: usize) {
        self.clear();
        self.line = Some(rows);
        let LineRows { first, events, first_negative, negatives, .. } = rows;
        let (inner, last) = (first + 2, first + events - 2);
        self.starts.extend([first * lanes, (first + 1) * lanes, last * lanes, (last + 1) * lanes]);
        self.starts.extend((inner..last).map(|row| row * lanes));
        self.starts.extend((first_negative..first_negative + negatives).map(|row| row * lanes));
    }

    /// Repeats the last row of an odd number of them: its cells fill the last lane.
    #[inline(always)]
    pub fn make_even(&mut self) {
        if self.starts.len().is_multiple_of(2) {
            return;
        }
        self.starts.extend(self.starts.last().copied());
        // Rows of a line have no places.
        let again = self.places.last().map(|last| Place { row: last.row, fresh: false });
        self.places.extend(again);
    }

    /// Ends the positives of a single column, or the negatives after them: repeats the last row with weight 0 until the
    /// cells fill whole lanes.
    #[inline(always)]
    fn pad(&mut self) {
        while let (Some(last), Some(&start)) = (self.places.last(), self.starts.last())
            && !self.weights.len().is_multiple_of(WIDTH)
        {
            let again = Place { row: last.row, fresh: false };
            self.push(again, start, 0.0);
        }
    }

    /// Ends the positives of a single column.
    #[inline(always)]
    pub fn end_positives(&mut self) {
        self.pad();
        self.positives = self.weights.len();
    }

    /// Loss and gradients of a tile of four columns; each cell counts `scale` times its weight. Rows are those of
    /// `positives`, then those of `negatives`, an even number of each. `meanwhile` is called with 0 to
    /// [`STRETCHES`] - 1 between stretches of arithmetic.
    #[expect(clippy::too_many_arguments, reason = "one place calls it")]
    #[inline(always)]
    pub fn four<S: Simd>(
        &mut self,
        s: S,
        scale: f32,
        columns: [LaneView<'_>; 4],
        table: LaneView<'_>,
        positives: &[[f32; 4]],
        negatives: &[[f32; 4]],
        gradients: TileGradients<'_>,
        meanwhile: impl Fn(usize),
    ) -> S::V {
        let lanes = columns[0].count();
        self.cells.resize(4 * (positives.len() + negatives.len()), 0.0);
        meanwhile(0);
        let corners = if self.line.is_some() { WIDTH } else { 0 };
        let (corner_cells, cells) = self.cells.split_at_mut(corners);
        let (corner_starts, starts) = self.starts.split_at(corners / 2);
        if let (Some(cells), Some(starts)) = (corner_cells.first_chunk_mut(), corner_starts.first_chunk()) {
            s.store_array(cells, dots_of_corners(s, columns, table, starts));
        }
        dots(s, columns, table, starts, cells);
        meanwhile(1);
        let loss = logistic(s, &mut self.cells, positives.as_flattened(), negatives.as_flattened(), scale);
        let TileGradients { columns: sums, fresh, rows } = gradients;
        meanwhile(2);
        if let Some(line) = self.line {
            exchange(s, sums, columns, rows, table, line, &self.cells);
            meanwhile(3);
            return loss;
        }
        gather::<S, 4>(s, sums, fresh, lanes, &self.cells, table, &self.starts);
        meanwhile(3);
        scatter::<S, 4>(s, rows, &self.places, lanes, &self.cells, columns);
        loss
    }

    /// Loss and gradients of a tile of one column; each cell counts `scale` times its weight.
    #[inline(always)]
    pub fn one<S: Simd>(
        &mut self,
        s: S,
        scale: f32,
        column: LaneView<'_>,
        table: LaneView<'_>,
        gradients: TileGradients<'_>,
    ) -> S::V {
        let lanes = column.count();
        self.pad();
        self.cells.resize(self.weights.len(), 0.0);
        let starts = self.starts.as_chunks::<WIDTH>().0;
        for (cells, starts) in self.cells.as_chunks_mut::<WIDTH>().0.iter_mut().zip(starts) {
            s.store_array(cells, dots_1x8(s, column, table, starts));
        }
        let (positives, negatives) = self.weights.split_at(self.positives);
        let loss = logistic(s, &mut self.cells, positives, negatives, scale);
        let TileGradients { columns, fresh, rows } = gradients;
        gather::<S, 1>(s, columns, fresh, lanes, &self.cells, table, &self.starts);
        scatter::<S, 1>(s, rows, &self.places, lanes, &self.cells, [column]);
        loss
    }

    /// Turns every positive into a negative of the same weight, and counts no gradient as fresh any more.
    #[inline(always)]
    pub fn turn_negative(&mut self) {
        self.positives = 0;
        for place in &mut self.places {
            place.fresh = false;
        }
    }
}

/// Turns logits, those of positives first, into coefficients; their loss. Each side has its weights.
#[inline(always)]
fn logistic<S: Simd>(s: S, cells: &mut [f32], positives: &[f32], negatives: &[f32], scale: f32) -> S::V {
    let (positive, negative) = cells.split_at_mut(positives.len());
    let loss = activation::positives(s, positive, positives, scale);
    s.add(loss, activation::negatives(s, negative, negatives, scale))
}
