//! A map that is made step by step, by whichever method.

use ndarray::Array2;

use super::{Method, ProjectionError, Tsne, TsneParameters, Umap, UmapParameters};
use crate::progress::Watch;

/// A map that is made step by step.
pub enum IterativeMap {
    /// By t-SNE.
    Tsne(Box<Tsne>),
    /// By UMAP.
    Umap(Box<Umap>),
}

impl IterativeMap {
    /// Where the points are: [rows, dims], in the order of the vectors.
    #[must_use]
    pub fn layout(&self) -> Array2<f32> {
        match self {
            Self::Tsne(map) => map.layout(),
            Self::Umap(map) => map.layout(),
        }
    }

    /// Iterations, or epochs, done.
    #[must_use]
    pub fn iteration(&self) -> usize {
        match self {
            Self::Tsne(map) => map.iteration(),
            Self::Umap(map) => map.epoch(),
        }
    }

    /// Iterations, or epochs, in all.
    #[must_use]
    pub fn iterations(&self) -> usize {
        match self {
            Self::Tsne(map) => map.parameters().values().iterations,
            Self::Umap(map) => map.parameters().epochs(),
        }
    }

    /// What they are called.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self {
            Self::Tsne(_) => "iterations",
            Self::Umap(_) => "epochs",
        }
    }

    /// Whether the next iteration belongs to early exaggeration.
    #[must_use]
    pub fn is_early(&self) -> bool {
        matches!(self, Self::Tsne(map) if map.is_early())
    }

    /// The divergence of a t-SNE that was measured last, and after how many iterations; other maps have none.
    #[must_use]
    pub fn last_divergence(&self) -> Option<(usize, f64)> {
        match self {
            Self::Tsne(map) => map.last_divergence(),
            Self::Umap(_) => None,
        }
    }

    /// Measures the divergence of a t-SNE, unless that is known.
    pub(super) fn measure(&mut self, watch: &Watch) -> Result<(), ProjectionError> {
        match self {
            Self::Tsne(map) if map.last_divergence().is_none_or(|(at, _)| at != map.iteration()) => {
                map.divergence(watch).map(drop)
            }
            Self::Tsne(_) | Self::Umap(_) => Ok(()),
        }
    }

    /// Moves on by one.
    pub(super) fn step(&mut self, watch: &Watch) -> Result<(), ProjectionError> {
        match self {
            Self::Tsne(map) => map.step(1, watch),
            Self::Umap(map) => map.step(1, watch),
        }
    }

    /// Goes on with other parameters of the same method; the number of dims stays.
    pub(super) fn change(&mut self, method: Method) -> Result<(), ProjectionError> {
        match (self, method) {
            (Self::Tsne(map), Method::Tsne(changed)) => {
                let (dims, rows) = (map.parameters().values().dims, map.parameters().rows());
                map.change(TsneParameters { dims, ..changed }.check(rows)?)
            }
            (Self::Umap(map), Method::Umap(changed)) => {
                let (dims, rows) = (map.parameters().values().dims, map.parameters().rows());
                map.change(UmapParameters { dims, ..changed }.check(rows)?)
            }
            (_, method) => Err(ProjectionError::Parameter {
                name: "method",
                value: method.name().to_owned(),
                expected: "what the map was begun with",
            }),
        }
    }
}
