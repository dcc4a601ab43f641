//! Rows packed for the kernel: blocks of panels, a panel's rows interleaved.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::super::GraphError;
use super::space::{HEAD, Space};
use crate::progress::Watch;

/// Rows of a panel: three registers of eight.
pub(super) const PANEL: usize = 24;

/// Panels of a block.
pub(super) const PANELS: usize = 10;

/// Rows of a block: two of them, 100 dimensions wide, fit a core's second-level cache.
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
    /// `[blocks]` the largest squared length in each.
    largest_squares: Vec<f32>,
    /// [blocks, HEAD or dims] the mean of each block's rows in the first dimensions.
    pub(super) centres: ndarray::Array2<f32>,
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
    /// Packs the rows `order` of `space`.
    pub(super) fn new(space: &Space<'_>, order: &[u32], watch: &Watch) -> Result<Self, GraphError> {
        let (dims, blocks) = (space.dims(), order.len().div_ceil(BLOCK));
        let empty = PanelNorms { offsets: [f32::INFINITY; PANEL], tails: [0.0; PANEL] };
        let mut packed = Self {
            dims,
            values: vec![PanelRow([0.0; PANEL]); blocks * PANELS * dims],
            norms: vec![empty; blocks * PANELS],
            largest_squares: vec![0.0; blocks],
            centres: ndarray::Array2::zeros((blocks, dims.min(HEAD))),
        };
        packed
            .values
            // A chunk must not be empty.
            .par_chunks_mut((PANELS * dims).max(1))
            .zip(packed.norms.par_chunks_mut(PANELS))
            .zip(&mut packed.largest_squares)
            .zip(packed.centres.outer_iter_mut().into_par_iter())
            .zip(order.par_chunks(BLOCK))
            .try_for_each(|((((values, norms), largest), mut centre), rows)| {
                if watch.is_cancelled() {
                    return Err(GraphError::Cancelled);
                }
                let turned = space.turned(rows, dims);
                *largest = pack_block(turned.view(), space.subtracts_lengths(), values, norms);
                for row in turned.rows() {
                    centre.iter_mut().zip(row).for_each(|(sum, &value)| *sum += value / rows.len() as f32);
                }
                Ok(())
            })?;
        Ok(packed)
    }

    /// `[count]` what is subtracted from the scores of the first `count` rows.
    pub(super) fn offsets(&self, count: usize) -> Vec<f32> {
        self.norms.iter().flat_map(|norms| norms.offsets).take(count).collect()
    }

    /// Block number `block` of rows in the order `order`.
    pub(super) fn block<'a>(&'a self, block: usize, order: &'a [u32]) -> Block<'a> {
        let panels = block * PANELS..(block + 1) * PANELS;
        Block {
            dims: self.dims,
            values: &self.values[panels.start * self.dims..panels.end * self.dims],
            norms: &self.norms[panels],
            largest_square: self.largest_squares[block],
            rows: &order[block * BLOCK..order.len().min((block + 1) * BLOCK)],
        }
    }
}

/// Packs the rows of one block; returns the largest squared length.
fn pack_block(
    rows: ArrayView2<'_, f32>,
    subtracts_lengths: bool,
    values: &mut [PanelRow],
    norms: &mut [PanelNorms],
) -> f32 {
    let dims = rows.ncols();
    let mut largest = 0.0_f64;
    for (slot, row) in rows.rows().into_iter().enumerate() {
        let (panel, lane) = (slot / PANEL, slot % PANEL);
        let (mut square, mut tail) = (0.0_f64, 0.0_f64);
        for (d, &value) in row.iter().enumerate() {
            values[panel * dims + d].0[lane] = value;
            let term = f64::from(value) * f64::from(value);
            square += term;
            tail += if d < HEAD { 0.0 } else { term };
        }
        norms[panel].offsets[lane] = if subtracts_lengths { (square / 2.0) as f32 } else { 0.0 };
        norms[panel].tails[lane] = (tail.sqrt() * (1.0 + 1e-6)) as f32;
        largest = largest.max(square);
    }
    (largest * (1.0 + 1e-6)) as f32
}
