//! Points on their way through the map.

use rayon::prelude::*;

use super::affinities::{Affinities, CHUNK_ROWS};
use super::attraction::{attract, divergence_sums};
use super::descent::Descent;
use super::parameters::{CheckedTsneParameters, TsneParameters};
use super::repulsion::Repulsion;
use crate::progress::Watch;

/// Places in D dimensions and what moves them, by the positions of the affinities.
pub(super) struct Points<const D: usize> {
    pub(super) layout: Vec<[f32; D]>,
    gradient: Vec<[f32; D]>,
    descent: Descent<D>,
    repulsion: Repulsion<D>,
}

impl<const D: usize> Points<D> {
    pub(super) fn new(layout: Vec<[f32; D]>, parameters: &TsneParameters) -> Self {
        let points = layout.len();
        Self {
            layout,
            gradient: vec![[0.0; D]; points],
            descent: Descent::new(points),
            repulsion: Repulsion::new(parameters),
        }
    }

    /// Sums the repulsion by the method of other parameters from now on.
    pub(super) fn change_repulsion(&mut self, parameters: &TsneParameters) {
        self.repulsion = Repulsion::new(parameters);
    }

    /// One iteration. `false`, and nothing has moved, if the watch was cancelled meanwhile.
    pub(super) fn advance(
        &mut self,
        affinities: &Affinities,
        parameters: &CheckedTsneParameters,
        iteration: usize,
        watch: &Watch,
    ) -> bool {
        let near = self.repulsion.prepare(&self.layout, watch);
        let factor = parameters.exaggeration_at(iteration) as f32;
        let (layout, repulsion) = (&self.layout, &self.repulsion);
        affinities.chunks().par_iter().zip(self.gradient.par_chunks_mut(CHUNK_ROWS)).for_each(|(chunk, forces)| {
            if !watch.is_cancelled() {
                attract(chunk, layout, factor, forces);
                repulsion.subtract(chunk.first, near, forces);
            }
        });
        if watch.is_cancelled() {
            return false;
        }
        let (rate, momentum) = (parameters.learning_rate_at(iteration), parameters.momentum_at(iteration));
        self.descent.step(&mut self.layout, &self.gradient, rate, momentum);
        true
    }

    /// Kullback-Leibler divergence of the map's similarities from the affinities; `None` if the watch was cancelled.
    pub(super) fn divergence(&mut self, affinities: &Affinities, watch: &Watch) -> Option<f64> {
        let near = self.repulsion.prepare(&self.layout, watch);
        let layout = &self.layout;
        let sums: Vec<(f64, f64)> = affinities
            .chunks()
            .par_iter()
            .map(|chunk| if watch.is_cancelled() { (0.0, 0.0) } else { divergence_sums(chunk, layout) })
            .collect();
        if watch.is_cancelled() {
            return None;
        }
        let (entropy, spread) = sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        // Without a pair there is nothing to differ.
        Some(if layout.len() < 2 { 0.0 } else { entropy + spread + near.ln() })
    }
}
