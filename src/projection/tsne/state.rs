//! A map that is being made.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use super::affinities::Affinities;
use super::parameters::CheckedTsneParameters;
use super::points::Points;
use crate::gpu::GpuContext;
use crate::progress::Watch;
use crate::projection::ProjectionError;
use crate::projection::layout::{by_row, check_fixed, check_start, placed};

/// A map that is being made: affinities, places, and what moves them. Whoever holds it decides when it moves on.
///
/// The same start and the same steps give the same bits, whatever the number of threads.
pub struct Tsne {
    parameters: CheckedTsneParameters,
    affinities: Arc<Affinities>,
    iteration: usize,
    measured: Option<(usize, f64)>,
    map: Map,
}

enum Map {
    Plane(Points<2>),
    Space(Points<3>),
}

impl Tsne {
    /// A map that starts at `layout` [rows, dims]: the starting places of its points, or those of an earlier map. One
    /// that goes on from an earlier map usually wants no early exaggeration.
    ///
    /// # Errors
    /// [`ProjectionError::Start`] if there is not one place a point, in the parameters' dims;
    /// [`ProjectionError::NotFinite`].
    pub fn new(
        affinities: Arc<Affinities>,
        layout: ArrayView2<'_, f32>,
        parameters: CheckedTsneParameters,
    ) -> Result<Self, ProjectionError> {
        Self::moved_by(None, affinities, layout, parameters)
    }

    /// The same, moved by the device of `context`: on a grid, or by all pairs, which a device sums in place of a tree too.
    ///
    /// # Errors
    /// As [`Self::new`]; [`ProjectionError::Device`] if the map does not fit the device.
    pub fn on_device(
        context: &GpuContext,
        affinities: Arc<Affinities>,
        layout: ArrayView2<'_, f32>,
        parameters: CheckedTsneParameters,
    ) -> Result<Self, ProjectionError> {
        Self::moved_by(Some(context), affinities, layout, parameters)
    }

    fn moved_by(
        context: Option<&GpuContext>,
        affinities: Arc<Affinities>,
        layout: ArrayView2<'_, f32>,
        parameters: CheckedTsneParameters,
    ) -> Result<Self, ProjectionError> {
        let expected = (affinities.rows(), parameters.values().dims);
        if parameters.rows() != expected.0 {
            return Err(ProjectionError::Start { found: layout.dim(), expected });
        }
        check_start(layout, expected)?;
        let map = match parameters.values().dims {
            3 => Map::Space(points(context, &affinities, layout, &parameters)?),
            _ => Map::Plane(points(context, &affinities, layout, &parameters)?),
        };
        Ok(Self { parameters, affinities, iteration: 0, measured: None, map })
    }

    /// Moves on by `iterations`, also beyond those of the parameters.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`], checked within iterations too: the map then stands where the last whole one left
    /// it and can go on. [`ProjectionError::Device`] if a device fails.
    pub fn step(&mut self, iterations: usize, watch: &Watch) -> Result<(), ProjectionError> {
        for _ in 0..iterations {
            let (affinities, parameters) = (&*self.affinities, &self.parameters);
            let moved = match &mut self.map {
                Map::Plane(points) => points.advance(affinities, parameters, self.iteration, watch)?,
                Map::Space(points) => points.advance(affinities, parameters, self.iteration, watch)?,
            };
            if !moved {
                return Err(ProjectionError::Cancelled);
            }
            self.iteration += 1;
        }
        Ok(())
    }

    /// Goes on with other parameters from the next iteration on. Those that make the affinities (perplexity, metric)
    /// or the number of dims stay; a new [`Tsne`] that starts at this one's layout can have others.
    ///
    /// # Errors
    /// [`ProjectionError::Parameter`] if one of those would change.
    pub fn change(&mut self, parameters: CheckedTsneParameters) -> Result<(), ProjectionError> {
        let (old, new) = (self.parameters.values(), parameters.values());
        check_fixed([
            ("perplexity", old.perplexity == new.perplexity, new.perplexity.to_string()),
            ("metric", old.metric == new.metric, format!("{:?}", new.metric).to_lowercase()),
            ("dims", old.dims == new.dims, new.dims.to_string()),
        ])?;
        if old.repulsion != new.repulsion || old.grid_spacing != new.grid_spacing || old.theta != new.theta {
            match &mut self.map {
                Map::Plane(points) => points.change_repulsion(new)?,
                Map::Space(points) => points.change_repulsion(new)?,
            }
        }
        self.parameters = parameters;
        Ok(())
    }

    /// Iterations done.
    #[must_use]
    pub fn iteration(&self) -> usize {
        self.iteration
    }

    /// The divergence that was measured last, after the iterations done by then.
    #[must_use]
    pub fn last_divergence(&self) -> Option<(usize, f64)> {
        self.measured
    }

    /// Whether the next iteration belongs to early exaggeration.
    #[must_use]
    pub fn is_early(&self) -> bool {
        self.parameters.is_early(self.iteration)
    }

    /// The parameters in force.
    #[must_use]
    pub fn parameters(&self) -> &CheckedTsneParameters {
        &self.parameters
    }

    /// The affinities, for another map of the same vectors.
    #[must_use]
    pub fn affinities(&self) -> &Arc<Affinities> {
        &self.affinities
    }

    /// Where the points are: [rows, dims], in the order of the vectors. Waits for the iterations that a device has begun; of
    /// one that has failed, which the next step says, where they were at the start or at the last divergence.
    #[must_use]
    pub fn layout(&self) -> Array2<f32> {
        match &self.map {
            Map::Plane(points) => by_row(self.affinities.order(), &points.places()),
            Map::Space(points) => by_row(self.affinities.order(), &points.places()),
        }
    }

    /// Kullback-Leibler divergence of the map's similarities from the affinities, in nats (van der Maaten and Hinton
    /// 2008, eq. 2), unexaggerated. The sum over affinities is exact; the norm Z of the similarities is that of the
    /// repulsion in use: exact for all pairs, from the grid within 2e-4 of its value, hence of the divergence too.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`]; [`ProjectionError::Device`] if a device fails.
    pub fn divergence(&mut self, watch: &Watch) -> Result<f64, ProjectionError> {
        let affinities = &*self.affinities;
        let found = match &mut self.map {
            Map::Plane(points) => points.divergence(affinities, watch),
            Map::Space(points) => points.divergence(affinities, watch),
        }?;
        self.measured = Some((self.iteration, found));
        Ok(found)
    }
}

/// Points at their places, moved by the device of `context` if there is one.
fn points<const D: usize>(
    context: Option<&GpuContext>,
    affinities: &Affinities,
    layout: ArrayView2<'_, f32>,
    parameters: &CheckedTsneParameters,
) -> Result<Points<D>, ProjectionError> {
    let places = placed(affinities.order(), layout);
    match context {
        Some(context) => Points::on_device(places, parameters.values(), affinities, context),
        None => Ok(Points::new(places, parameters.values())),
    }
}
