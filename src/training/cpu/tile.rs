//! One register tile of logits: some columns against many rows, the positives first, then the negatives.

use super::activation::{negatives, positives};
use super::linear::{Place, dots_1x8, dots_4x2, gather, scatter};
use crate::simd::{Lane, Simd, WIDTH};

/// A tile's rows and cells. The owner collects rows, then asks for loss and gradients.
#[derive(Debug, Clone, Default)]
pub struct Tile {
    /// Where the gradient of each row goes.
    places: Vec<Place>,
    /// Lane at which each row starts in its table.
    starts: Vec<usize>,
    /// [rows x columns] weight of each cell; 0 in what fills the last lane.
    weights: Vec<f32>,
    /// [rows x columns] logit, then its coefficient.
    cells: Vec<f32>,
    /// Cells of positives.
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
        self.weights.clear();
        self.positives = 0;
    }

    /// Adds a row of `C` cells of these weights.
    #[inline(always)]
    pub fn push<const C: usize>(&mut self, place: Place, start: usize, weights: [f32; C]) {
        self.places.push(place);
        self.starts.push(start);
        self.weights.extend_from_slice(&weights);
    }

    /// Adds rows of `C` cells, of which each list has its part.
    #[inline(always)]
    pub fn extend<const C: usize>(
        &mut self,
        places: impl Iterator<Item = Place>,
        starts: impl Iterator<Item = usize>,
        weights: &[[f32; C]],
    ) {
        self.places.extend(places);
        self.starts.extend(starts);
        self.weights.extend_from_slice(weights.as_flattened());
    }

    /// Ends the positives, or the negatives after them: repeats the last row with weight 0 until the cells, of `C`
    /// columns, fill whole lanes.
    #[inline(always)]
    pub fn pad<const C: usize>(&mut self) {
        while let (Some(last), Some(&start)) = (self.places.last(), self.starts.last())
            && !self.weights.len().is_multiple_of(WIDTH)
        {
            let again = Place { row: last.row, fresh: false };
            self.push(again, start, [0.0; C]);
        }
    }

    /// Ends the positives.
    #[inline(always)]
    pub fn end_positives<const C: usize>(&mut self) {
        self.pad::<C>();
        self.positives = self.weights.len();
    }

    /// Loss and gradients of a tile of four columns; each cell counts `scale` times its weight.
    #[inline(always)]
    pub fn four<S: Simd>(
        &mut self,
        s: S,
        scale: f32,
        columns: [&[Lane]; 4],
        table: &[Lane],
        gradients: TileGradients<'_>,
    ) -> S::V {
        let lanes = columns[0].len();
        self.pad::<4>();
        self.cells.resize(self.weights.len(), 0.0);
        let starts = self.starts.as_chunks::<2>().0;
        for (cells, starts) in self.cells.as_chunks_mut::<WIDTH>().0.iter_mut().zip(starts) {
            let two = starts.map(|start| &table[start..][..lanes]);
            s.store_array(cells, dots_4x2(s, columns, two));
        }
        let loss = self.logistic(s, scale);
        let TileGradients { columns: sums, fresh, rows } = gradients;
        gather::<S, 4>(s, sums, fresh, lanes, &self.cells, table, &self.starts);
        scatter::<S, 4>(s, rows, &self.places, lanes, &self.cells, columns);
        loss
    }

    /// Loss and gradients of a tile of one column; each cell counts `scale` times its weight.
    #[inline(always)]
    pub fn one<S: Simd>(
        &mut self,
        s: S,
        scale: f32,
        column: &[Lane],
        table: &[Lane],
        gradients: TileGradients<'_>,
    ) -> S::V {
        let lanes = column.len();
        self.pad::<1>();
        self.cells.resize(self.weights.len(), 0.0);
        let starts = self.starts.as_chunks::<WIDTH>().0;
        for (cells, starts) in self.cells.as_chunks_mut::<WIDTH>().0.iter_mut().zip(starts) {
            s.store_array(cells, dots_1x8(s, column, starts.map(|start| &table[start..][..lanes])));
        }
        let loss = self.logistic(s, scale);
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

    #[inline(always)]
    fn logistic<S: Simd>(&mut self, s: S, scale: f32) -> S::V {
        let (positive, negative) = self.cells.split_at_mut(self.positives);
        let (positive_weights, negative_weights) = self.weights.split_at(self.positives);
        let loss = positives(s, positive, positive_weights, scale);
        s.add(loss, negatives(s, negative, negative_weights, scale))
    }
}
