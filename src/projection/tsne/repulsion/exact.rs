//! Every pair of points.

use rayon::prelude::*;

use super::Sums;
use crate::progress::Watch;
use crate::simd::vectorized;

const LANES: usize = 8;

/// Rows that a thread takes at once.
const ROWS: usize = 32;

/// Where filled-up lanes lie: so far out that they are not felt, and their squares still fit f32.
const FAR: f32 = 1e18;

/// Places by axis, filled up to whole lanes.
pub(in crate::projection::tsne) struct Places<const D: usize>([Vec<[f32; LANES]>; D]);

impl<const D: usize> Places<D> {
    pub(super) fn new(layout: &[[f32; D]]) -> Self {
        Self(std::array::from_fn(|axis| {
            let blocks = layout.chunks(LANES);
            blocks.map(|block| std::array::from_fn(|lane| block.get(lane).map_or(FAR, |place| place[axis]))).collect()
        }))
    }

    /// `sum_j 1 / (1 + |y - y_j|^2)` at `place`, and `sum_j (y - y_j) / (1 + |y - y_j|^2)^2`.
    #[inline(always)]
    pub(super) fn feel(&self, place: [f32; D]) -> (f32, [f32; D]) {
        let mut near_sum = [0.0_f32; LANES];
        let mut sums = [[0.0_f32; LANES]; D];
        for block in 0..self.0[0].len() {
            let others: [&[f32; LANES]; D] = std::array::from_fn(|axis| &self.0[axis][block]);
            for lane in 0..LANES {
                let difference: [f32; D] = std::array::from_fn(|axis| place[axis] - others[axis][lane]);
                let mut square = 1.0;
                for x in difference {
                    square += x * x;
                }
                let near = 1.0 / square;
                near_sum[lane] += near;
                let push = near * near;
                for axis in 0..D {
                    sums[axis][lane] += push * difference[axis];
                }
            }
        }
        (near_sum.iter().sum(), sums.map(|lanes| lanes.iter().sum()))
    }
}

/// The repulsion of all pairs.
pub(super) fn repel<const D: usize>(layout: &[[f32; D]], watch: &Watch) -> Sums<D> {
    let places = Places::new(layout);
    let mut forces = vec![[0.0; D]; layout.len()];
    let near: Vec<f64> = layout
        .par_chunks(ROWS)
        .zip(forces.par_chunks_mut(ROWS))
        .map(|(rows, forces)| {
            let mut sum = 0.0;
            if !watch.is_cancelled() {
                vectorized(|| {
                    for (&place, force) in rows.iter().zip(forces) {
                        let (near, push) = places.feel(place);
                        sum += f64::from(near);
                        *force = push;
                    }
                });
            }
            sum
        })
        .collect();
    Sums { near: near.iter().sum::<f64>() - layout.len() as f64, forces }
}
