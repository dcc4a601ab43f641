//! Rows packed for the kernel: blocks of panels, a panel's rows interleaved.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::super::GraphError;
use super::space::{HEAD, Space};
use crate::progress::Watch;
use crate::simd::{PANEL, PanelRow};

/// Most panels of a block.
pub(super) const PANELS: usize = 10;

/// Most rows of a block: two of them, 100 dimensions wide, fit a core's second-level cache.
pub(super) const BLOCK: usize = PANEL * PANELS;

/// What the kernel needs of a panel besides its numbers, for each row.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(32))]
pub(super) struct PanelNorms {
    /// What is subtracted from the row's scores; infinite where there is no row.
    pub(super) offsets: [f32; PANEL],
    /// Length of what lies beyond the first [`HEAD`] dimensions, rounded up.
    pub(super) tails: [f32; PANEL],
}

/// All rows, in their order, packed.
pub(super) struct Packed {
    dims: usize,
    /// [panels, dims]
    values: Vec<PanelRow>,
    /// `[panels]`
    norms: Vec<PanelNorms>,
    /// `[blocks + 1]` where each block's panels begin. Only the last panel of a block may be partly filled.
    panel_starts: Vec<usize>,
    /// `[blocks + 1]` where each block's rows begin in the order.
    row_starts: Vec<usize>,
    /// `[blocks]` the largest squared length in each.
    largest_squares: Vec<f32>,
    /// [blocks, dims] the mean of each block's rows.
    pub(super) centres: Array2<f32>,
}

/// A block of [`Packed`].
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    /// Dimensions.
    pub(super) dims: usize,
    /// [panels, dims]
    pub(super) values: &'a [PanelRow],
    /// `[panels]`
    pub(super) norms: &'a [PanelNorms],
    /// The largest squared length.
    pub(super) largest_square: f32,
    /// `[rows]` the rows' own indices.
    pub(super) rows: &'a [u32],
}

impl Packed {
    /// Packs the rows `order` of `space` in blocks of `lengths` rows, none above [`BLOCK`].
    pub(super) fn new(space: &Space<'_>, order: &[u32], lengths: &[usize], watch: &Watch) -> Result<Self, GraphError> {
        let dims = space.dims();
        let panel_starts = starts(lengths.iter().map(|length| length.div_ceil(PANEL)));
        let panels = panel_starts[lengths.len()];
        let mut values = vec![PanelRow([0.0; PANEL]); panels * dims];
        let mut norms = vec![PanelNorms { offsets: [f32::INFINITY; PANEL], tails: [0.0; PANEL] }; panels];
        let (mut rows_left, mut values_left, mut norms_left) = (order, values.as_mut_slice(), norms.as_mut_slice());
        let blocks: Vec<(&[u32], &mut [PanelRow], &mut [PanelNorms])> = lengths
            .iter()
            .filter_map(|&length| {
                let panels = length.div_ceil(PANEL);
                let rows = rows_left.split_off(..length)?;
                Some((rows, values_left.split_off_mut(..panels * dims)?, norms_left.split_off_mut(..panels)?))
            })
            .collect();
        let about: Vec<(f32, Array1<f32>)> = blocks
            .into_par_iter()
            .map(|(rows, values, norms)| {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                let turned = space.turned(rows, dims);
                let mut largest = 0.0_f32;
                let panels = turned.axis_chunks_iter(Axis(0), PANEL).zip(values.chunks_mut(dims)).zip(norms);
                for ((rows, values), norms) in panels {
                    largest = largest.max(pack_panel(rows, space.subtracts_lengths(), values, norms));
                }
                Ok((largest, turned.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(dims))))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            dims,
            values,
            norms,
            panel_starts,
            row_starts: starts(lengths.iter().copied()),
            largest_squares: about.iter().map(|&(largest, _)| largest).collect(),
            centres: Array2::from_shape_fn((lengths.len(), dims), |(block, d)| about[block].1[d]),
        })
    }

    /// The block, and the row of that block, that stands at `place` in the order.
    pub(super) fn slot(&self, place: usize) -> (usize, usize) {
        let block = self.row_starts.partition_point(|&start| start <= place) - 1;
        (block, place - self.row_starts[block])
    }

    /// What is subtracted from the scores of row `slot` of block `block`.
    pub(super) fn offset(&self, block: usize, slot: usize) -> f32 {
        self.norms[self.panel_starts[block] + slot / PANEL].offsets[slot % PANEL]
    }

    /// Block number `block` of rows in the order `order`.
    pub(super) fn block<'a>(&'a self, block: usize, order: &'a [u32]) -> Block<'a> {
        let panels = self.panel_starts[block]..self.panel_starts[block + 1];
        Block {
            dims: self.dims,
            values: &self.values[panels.start * self.dims..panels.end * self.dims],
            norms: &self.norms[panels],
            largest_square: self.largest_squares[block],
            rows: &order[self.row_starts[block]..self.row_starts[block + 1]],
        }
    }
}

/// Where parts of `lengths` that lie one behind the other begin, and the end of the last.
fn starts(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut starts = vec![0];
    let mut end = 0;
    starts.extend(lengths.map(|length| {
        end += length;
        end
    }));
    starts
}

/// Packs the rows of one panel; returns the largest squared length.
fn pack_panel(
    rows: ArrayView2<'_, f32>,
    subtracts_lengths: bool,
    values: &mut [PanelRow],
    norms: &mut PanelNorms,
) -> f32 {
    let mut largest = 0.0_f64;
    for (lane, row) in rows.rows().into_iter().enumerate() {
        let (mut square, mut tail) = (0.0_f64, 0.0_f64);
        for (d, (&value, packed)) in row.iter().zip(values.iter_mut()).enumerate() {
            packed.0[lane] = value;
            let term = f64::from(value) * f64::from(value);
            square += term;
            tail += if d < HEAD { 0.0 } else { term };
        }
        norms.offsets[lane] = if subtracts_lengths { (square / 2.0) as f32 } else { 0.0 };
        norms.tails[lane] = (tail.sqrt() * (1.0 + 1e-6)) as f32;
        largest = largest.max(square);
    }
    (largest * (1.0 + 1e-6)) as f32
}
