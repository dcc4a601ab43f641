//! One register tile of logits: some columns, many rows, a weight as positive and as negative for each cell.

use super::activation::logistic;
use super::linear::{dots_1x8, dots_4x2, gather, scatter};
use super::simd::{Lane, Simd};

/// A tile's rows and cells. The owner collects rows, then asks for loss and gradients.
#[derive(Debug, Clone, Default)]
pub struct Tile {
    /// Where the gradient of each row goes, in rows.
    pub places: Vec<u32>,
    /// Lane at which each row starts in its table.
    pub starts: Vec<usize>,
    /// [rows x columns] weight of each cell as a positive.
    pub positive: Vec<f32>,
    /// [rows x columns] weight of each cell as a negative.
    pub negative: Vec<f32>,
    /// [rows x columns] logit, then its coefficient.
    cells: Vec<f32>,
}

impl Tile {
    /// Removes all rows.
    pub fn clear(&mut self) {
        self.places.clear();
        self.starts.clear();
        self.positive.clear();
        self.negative.clear();
    }

    /// Adds a row of `columns` cells of weight 0.
    #[inline(always)]
    pub fn push(&mut self, place: u32, start: usize, columns: usize) {
        self.places.push(place);
        self.starts.push(start);
        self.positive.resize(self.positive.len() + columns, 0.0);
        self.negative.resize(self.negative.len() + columns, 0.0);
    }

    /// Repeats the last row, its weights 0, until the cells fill whole lanes.
    #[inline(always)]
    fn pad(&mut self, columns: usize) {
        while !(self.places.len() * columns).is_multiple_of(8) {
            let (place, start) = (self.places[self.places.len() - 1], self.starts[self.starts.len() - 1]);
            self.push(place, start, columns);
        }
        self.cells.resize(self.positive.len(), 0.0);
    }

    /// Loss of a tile of four columns, the rows `columns`; adds their gradients to `column_gradients`
    /// [4 x lanes] and the rows' to `gradients`.
    #[inline(always)]
    pub fn four<S: Simd>(
        &mut self,
        s: S,
        columns: [&[Lane]; 4],
        table: &[Lane],
        column_gradients: &mut [Lane],
        gradients: &mut [Lane],
    ) -> S::V {
        let lanes = columns[0].len();
        if self.places.is_empty() {
            return s.splat(0.0);
        }
        self.pad(4);
        let starts = self.starts.as_chunks::<2>().0;
        for (cells, starts) in self.cells.as_chunks_mut::<8>().0.iter_mut().zip(starts) {
            let two = starts.map(|start| &table[start..][..lanes]);
            s.store_array(cells, dots_4x2(s, columns, two));
        }
        let loss = logistic(s, &mut self.cells, &self.positive, &self.negative);
        gather::<S, 4>(s, column_gradients, lanes, &self.cells, table, &self.starts);
        scatter::<S, 4>(s, gradients, &self.places, lanes, &self.cells, columns);
        loss
    }

    /// Loss of a tile of one column, the row `column`; adds its gradient to `column_gradient` [lanes]
    /// and the rows' to `gradients`.
    #[inline(always)]
    pub fn one<S: Simd>(
        &mut self,
        s: S,
        column: &[Lane],
        table: &[Lane],
        column_gradient: &mut [Lane],
        gradients: &mut [Lane],
    ) -> S::V {
        let lanes = column.len();
        if self.places.is_empty() {
            return s.splat(0.0);
        }
        self.pad(1);
        let starts = self.starts.as_chunks::<8>().0;
        for (cells, starts) in self.cells.as_chunks_mut::<8>().0.iter_mut().zip(starts) {
            s.store_array(cells, dots_1x8(s, column, starts.map(|start| &table[start..][..lanes])));
        }
        let loss = logistic(s, &mut self.cells, &self.positive, &self.negative);
        gather::<S, 1>(s, column_gradient, lanes, &self.cells, table, &self.starts);
        scatter::<S, 1>(s, gradients, &self.places, lanes, &self.cells, [column]);
        loss
    }
}
