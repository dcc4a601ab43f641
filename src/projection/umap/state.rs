//! A map that is being made.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use super::epoch::Points;
use super::fuzzy::FuzzyGraph;
use super::parameters::CheckedUmapParameters;
use crate::progress::Watch;
use crate::projection::ProjectionError;
use crate::projection::layout::{by_row, check_fixed, check_start, placed};

/// A map that is being made: memberships and places. Whoever holds it decides when it moves on.
///
/// The same start and the same steps give the same bits, whatever the number of threads.
pub struct Umap {
    parameters: CheckedUmapParameters,
    graph: Arc<FuzzyGraph>,
    epoch: usize,
    map: Map,
}

enum Map {
    Plane(Points<2>),
    Space(Points<3>),
}

impl Umap {
    /// A map that starts at `layout` [rows, dims]: the starting places of its points, or those of an earlier map.
    ///
    /// # Errors
    /// [`ProjectionError::Start`] if there is not one place a point, in the parameters' dims;
    /// [`ProjectionError::NotFinite`].
    pub fn new(
        graph: Arc<FuzzyGraph>,
        layout: ArrayView2<'_, f32>,
        parameters: CheckedUmapParameters,
    ) -> Result<Self, ProjectionError> {
        let expected = (graph.rows(), parameters.values().dims);
        if parameters.rows() != expected.0 {
            return Err(ProjectionError::Start { found: layout.dim(), expected });
        }
        check_start(layout, expected)?;
        let map = match parameters.values().dims {
            3 => Map::Space(Points::new(placed(graph.order(), layout))),
            _ => Map::Plane(Points::new(placed(graph.order(), layout))),
        };
        Ok(Self { parameters, graph, epoch: 0, map })
    }

    /// Moves on by `epochs`; beyond those of the parameters nothing moves, since the learning rate is 0 there.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`], checked within epochs too: the map then stands where the last whole one left it
    /// and can go on.
    pub fn step(&mut self, epochs: usize, watch: &Watch) -> Result<(), ProjectionError> {
        for _ in 0..epochs {
            let (graph, parameters) = (&*self.graph, &self.parameters);
            let moved = match &mut self.map {
                Map::Plane(points) => points.advance(graph, parameters, self.epoch, watch),
                Map::Space(points) => points.advance(graph, parameters, self.epoch, watch),
            };
            if !moved {
                return Err(ProjectionError::Cancelled);
            }
            self.epoch += 1;
        }
        Ok(())
    }

    /// Goes on with other parameters from the next epoch on. Those that make the memberships (neighbours, metric) or the
    /// number of dims stay; a new [`Umap`] that starts at this one's layout can have others.
    ///
    /// # Errors
    /// [`ProjectionError::Parameter`] if one of those would change.
    pub fn change(&mut self, parameters: CheckedUmapParameters) -> Result<(), ProjectionError> {
        let (old, new) = (self.parameters.values(), parameters.values());
        check_fixed([
            ("neighbors", old.neighbors == new.neighbors, new.neighbors.to_string()),
            ("metric", old.metric == new.metric, format!("{:?}", new.metric).to_lowercase()),
            ("dims", old.dims == new.dims, new.dims.to_string()),
        ])?;
        self.parameters = parameters;
        Ok(())
    }

    /// Epochs done.
    #[must_use]
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// The parameters in force.
    #[must_use]
    pub fn parameters(&self) -> &CheckedUmapParameters {
        &self.parameters
    }

    /// The memberships, for another map of the same vectors.
    #[must_use]
    pub fn graph(&self) -> &Arc<FuzzyGraph> {
        &self.graph
    }

    /// Where the points are: [rows, dims], in the order of the vectors.
    #[must_use]
    pub fn layout(&self) -> Array2<f32> {
        match &self.map {
            Map::Plane(points) => by_row(self.graph.order(), points.layout()),
            Map::Space(points) => by_row(self.graph.order(), points.layout()),
        }
    }
}
