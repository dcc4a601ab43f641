//! Rows packed for the kernel: blocks of panels, a panel's rows interleaved.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use super::super::GraphError;
use super::space::{HEAD, Space};
use crate::progress::Watch;

/// Rows of a panel: three registers of eight.
pub(super) const PANEL: usize = 24;

/// Most panels of a block.
pub(super) const PANELS: usize = 10;

/// Most rows of a block: two of them, 100 dimensions wide, fit a core's second-level cache.
pub(super) const BLOCK: usize = PANEL * PANELS;

/// One number of each row of a panel, on an address that no load straddles a cache line from.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(32))]
pub(super) struct PanelRow(pub(super) [f32; PANEL]);

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
    /// `[blocks]` the rows of each block, as a range of the order that begins with a panel.
    ranges: Vec<Range<usize>>,
    /// `[panels]` the block of each panel.
    block_of_panel: Vec<u32>,
    /// `[blocks]` the largest squared length in each.
    largest_squares: Vec<f32>,
    /// [blocks, HEAD or dims] the mean of each block's rows in the first dimensions.
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
    /// Packs the rows `order` of `space` in blocks of `lengths` rows, each but the last a multiple of [`PANEL`] and none
    /// above [`BLOCK`].
    pub(super) fn new(space: &Space<'_>, order: &[u32], lengths: &[usize], watch: &Watch) -> Result<Self, GraphError> {
        let (dims, panels) = (space.dims(), order.len().div_ceil(PANEL));
        let mut values = vec![PanelRow([0.0; PANEL]); panels * dims];
        let mut norms = vec![PanelNorms { offsets: [f32::INFINITY; PANEL], tails: [0.0; PANEL] }; panels];
        let mut squares = vec![0.0_f32; panels];
        let mut sums = Array2::<f32>::zeros((panels, dims.min(HEAD)));
        values
            .par_chunks_mut(PANELS * dims)
            .zip(norms.par_chunks_mut(PANELS))
            .zip(squares.par_chunks_mut(PANELS))
            .zip(sums.axis_chunks_iter_mut(Axis(0), PANELS).into_par_iter())
            .zip(order.par_chunks(BLOCK))
            .try_for_each(|((((values, norms), squares), mut sums), rows)| {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                let turned = space.turned(rows, dims);
                let panels = turned.axis_chunks_iter(Axis(0), PANEL).zip(values.chunks_mut(dims)).zip(norms);
                for (((rows, values), norms), (square, mut sum)) in panels.zip(squares.iter_mut().zip(sums.rows_mut()))
                {
                    *square = pack_panel(rows, space.subtracts_lengths(), values, norms);
                    for row in rows.rows() {
                        sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += value);
                    }
                }
                Ok(())
            })?;
        let mut packed = Self {
            dims,
            values,
            norms,
            ranges: Vec::with_capacity(lengths.len()),
            block_of_panel: Vec::with_capacity(panels),
            largest_squares: Vec::with_capacity(lengths.len()),
            centres: Array2::zeros((lengths.len(), sums.ncols())),
        };
        for (block, &length) in lengths.iter().enumerate() {
            let start = packed.block_of_panel.len();
            let own = start..start + length.div_ceil(PANEL);
            packed.ranges.push(start * PANEL..start * PANEL + length);
            packed.largest_squares.push(squares[own.clone()].iter().fold(0.0, |a: f32, &b| a.max(b)));
            let sum = sums.slice(s![own.clone(), ..]).sum_axis(Axis(0));
            packed.centres.row_mut(block).assign(&(sum / length as f32));
            packed.block_of_panel.extend(own.map(|_| block as u32));
        }
        Ok(packed)
    }

    /// The block, and the row of that block, that stands at `place` in the order.
    pub(super) fn slot(&self, place: usize) -> (usize, usize) {
        let block = self.block_of_panel[place / PANEL] as usize;
        (block, place - self.ranges[block].start)
    }

    /// What is subtracted from the scores of the row at `place` in the order.
    pub(super) fn offset(&self, place: usize) -> f32 {
        self.norms[place / PANEL].offsets[place % PANEL]
    }

    /// Block number `block` of rows in the order `order`.
    pub(super) fn block<'a>(&'a self, block: usize, order: &'a [u32]) -> Block<'a> {
        let rows = self.ranges[block].clone();
        let panels = rows.start / PANEL..rows.end.div_ceil(PANEL);
        Block {
            dims: self.dims,
            values: &self.values[panels.start * self.dims..panels.end * self.dims],
            norms: &self.norms[panels],
            largest_square: self.largest_squares[block],
            rows: &order[rows],
        }
    }
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
