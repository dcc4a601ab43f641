//! Points on their way through the map.

use std::borrow::Cow;

use rayon::prelude::*;

use super::affinities::{Affinities, CHUNK_ROWS};
use super::attraction::{attract, divergence_sums};
use super::descent::Descent;
use super::on_device::DevicePoints;
use super::parameters::{CheckedTsneParameters, TsneParameters};
use super::repulsion::Repulsion;
use crate::gpu::GpuContext;
use crate::progress::Watch;
use crate::projection::ProjectionError;

/// Places in D dimensions and what moves them, by the positions of the affinities.
pub(super) struct Points<const D: usize> {
    layout: Vec<[f32; D]>,
    gradient: Vec<[f32; D]>,
    descent: Descent<D>,
    repulsion: Repulsion<D>,
    /// What moves them in place of this processor; `layout` is then as it was last looked at.
    device: Option<DevicePoints>,
}

impl<const D: usize> Points<D> {
    pub(super) fn new(layout: Vec<[f32; D]>, parameters: &TsneParameters) -> Self {
        let points = layout.len();
        Self {
            layout,
            gradient: vec![[0.0; D]; points],
            descent: Descent::new(points),
            repulsion: Repulsion::new(parameters),
            device: None,
        }
    }

    /// The same, moved by the device of `context`.
    ///
    /// # Errors
    /// [`ProjectionError::Device`] if they do not fit the device.
    pub(super) fn on_device(
        layout: Vec<[f32; D]>,
        parameters: &TsneParameters,
        affinities: &Affinities,
        context: &GpuContext,
    ) -> Result<Self, ProjectionError> {
        let device = DevicePoints::new(context, affinities, &layout, parameters)?;
        let (gradient, descent, repulsion) = (Vec::new(), Descent::new(0), Repulsion::new(parameters));
        Ok(Self { layout, gradient, descent, repulsion, device: Some(device) })
    }

    /// Sums the repulsion by the method of other parameters from now on.
    ///
    /// # Errors
    /// [`ProjectionError::Device`] if the device cannot.
    pub(super) fn change_repulsion(&mut self, parameters: &TsneParameters) -> Result<(), ProjectionError> {
        self.repulsion = Repulsion::new(parameters);
        self.device.as_ref().map_or(Ok(()), |device| device.sum_by(parameters))
    }

    /// Where they are. If their device has failed, which the next iteration says, where they were looked at last.
    pub(super) fn places(&self) -> Cow<'_, [[f32; D]]> {
        match self.device.as_ref().map(DevicePoints::places) {
            Some(Ok(places)) => places.into(),
            Some(Err(_)) | None => self.layout.as_slice().into(),
        }
    }

    /// One iteration. `false`, and nothing has moved, if the watch was cancelled meanwhile.
    ///
    /// # Errors
    /// [`ProjectionError::Device`] if the device fails.
    pub(super) fn advance(
        &mut self,
        affinities: &Affinities,
        parameters: &CheckedTsneParameters,
        iteration: usize,
        watch: &Watch,
    ) -> Result<bool, ProjectionError> {
        if watch.is_cancelled() {
            return Ok(false);
        }
        if let Some(device) = &self.device {
            return device.advance(parameters, iteration).map(|()| true);
        }
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
            return Ok(false);
        }
        let (rate, momentum) = (parameters.learning_rate_at(iteration), parameters.momentum_at(iteration));
        self.descent.step(&mut self.layout, &self.gradient, rate, momentum);
        Ok(true)
    }

    /// Kullback-Leibler divergence of the map's similarities from the affinities, always computed on this processor.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`], [`ProjectionError::Device`].
    pub(super) fn divergence(&mut self, affinities: &Affinities, watch: &Watch) -> Result<f64, ProjectionError> {
        if let Some(device) = &self.device {
            self.layout = device.places()?;
        }
        let near = self.repulsion.prepare(&self.layout, watch);
        let layout = &self.layout;
        let sums: Vec<(f64, f64)> = affinities
            .chunks()
            .par_iter()
            .map(|chunk| if watch.is_cancelled() { (0.0, 0.0) } else { divergence_sums(chunk, layout) })
            .collect();
        if watch.is_cancelled() {
            return Err(ProjectionError::Cancelled);
        }
        let (entropy, spread) = sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        // Without a pair there is nothing to differ.
        Ok(if layout.len() < 2 { 0.0 } else { entropy + spread + near.ln() })
    }
}
