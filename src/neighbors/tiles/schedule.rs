//! Which blocks are compared, and in which order: near ones first, so that most of the rest can be dropped early.

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

use super::super::{GraphError, Metric};
use crate::progress::Watch;

/// Blocks near to each that come first.
const FIRST: usize = 12;

/// What has been compared.
pub(super) struct Schedule {
    metric: Metric,
    taken: Taken,
}

impl Schedule {
    /// Nothing of `blocks` blocks.
    pub(super) fn new(blocks: usize, metric: Metric) -> Self {
        Self { metric, taken: Taken::new(blocks) }
    }

    /// Pairs (low, high) of blocks, with the centres `centres` [blocks, dims], that have not been taken: each with itself
    /// and with the `near` nearest others.
    pub(super) fn near(
        &mut self,
        centres: ArrayView2<'_, f32>,
        near: usize,
        watch: &Watch,
    ) -> Result<Vec<(u32, u32)>, GraphError> {
        let near = near.min(self.taken.blocks.saturating_sub(1));
        let nearest = nearest_blocks(centres, self.metric, near, watch)?;
        let mut pairs: Vec<(u32, u32)> = (0..self.taken.blocks as u32)
            .filter(|&block| self.taken.insert(block as usize, block as usize))
            .map(|block| (block, block))
            .collect();
        for rank in 0..near {
            for (block, nearest) in nearest.iter().enumerate() {
                let other = nearest[rank] as usize;
                let (low, high) = (block.min(other), block.max(other));
                if self.taken.insert(low, high) {
                    pairs.push((low as u32, high as u32));
                }
            }
        }
        Ok(pairs)
    }

    /// All pairs that have not been taken, near ones first.
    pub(super) fn all(&mut self, centres: ArrayView2<'_, f32>, watch: &Watch) -> Result<Vec<(u32, u32)>, GraphError> {
        let mut pairs = self.near(centres, FIRST, watch)?;
        // Pairs beside each other name different blocks, so that threads rarely wait for each other.
        for step in 1..self.taken.blocks {
            let rest = (0..self.taken.blocks - step).filter(|&low| self.taken.insert(low, low + step));
            pairs.extend(rest.map(|low| (low as u32, (low + step) as u32)));
        }
        Ok(pairs)
    }
}

/// The `near` blocks nearest to each block by their centres, nearest first.
pub(super) fn nearest_blocks(
    centres: ArrayView2<'_, f32>,
    metric: Metric,
    near: usize,
    watch: &Watch,
) -> Result<Vec<Vec<u32>>, GraphError> {
    if near == 0 {
        return Ok(vec![Vec::new(); centres.nrows()]);
    }
    let squares: Vec<f32> = centres.rows().into_iter().map(|centre| centre.dot(&centre)).collect();
    let parts: Vec<Vec<Vec<u32>>> = centres
        .axis_chunks_iter(Axis(0), 32)
        .into_par_iter()
        .enumerate()
        .map(|(part, some)| {
            if watch.is_cancelled() {
                return Err(GraphError::Cancelled);
            }
            let products = some.dot(&centres.t());
            let of_block = |(row, products): (usize, ndarray::ArrayView1<'_, f32>)| {
                let own = part * 32 + row;
                let mut far: Vec<(f32, u32)> = (0_u32..)
                    .zip(products)
                    .filter(|(other, _)| *other as usize != own)
                    .map(|(other, product)| match metric {
                        Metric::Dot => (-product, other),
                        Metric::Cosine | Metric::Euclidean => (squares[other as usize] - 2.0 * product, other),
                    })
                    .collect();
                let by_distance = |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                far.select_nth_unstable_by(near - 1, by_distance);
                far.truncate(near);
                far.sort_unstable_by(by_distance);
                far.into_iter().map(|(_, other)| other).collect()
            };
            Ok(products.rows().into_iter().enumerate().map(of_block).collect())
        })
        .collect::<Result<_, _>>()?;
    Ok(parts.into_iter().flatten().collect())
}

/// A set of pairs of blocks, one bit each.
struct Taken {
    blocks: usize,
    bits: Vec<u64>,
}

impl Taken {
    fn new(blocks: usize) -> Self {
        Self { blocks, bits: vec![0; (blocks * blocks).div_ceil(64)] }
    }

    fn contains(&self, low: usize, high: usize) -> bool {
        let at = low * self.blocks + high;
        self.bits[at / 64] >> (at % 64) & 1 == 1
    }

    /// Whether the pair is new.
    fn insert(&mut self, low: usize, high: usize) -> bool {
        let is_new = !self.contains(low, high);
        let at = low * self.blocks + high;
        self.bits[at / 64] |= 1 << (at % 64);
        is_new
    }
}
