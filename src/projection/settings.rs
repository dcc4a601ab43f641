//! What a projection is asked for and what it brings.

use std::sync::Arc;

use ndarray::Array2;
use serde::Serialize;

use super::{Axes, Trust, TsneParameters, UmapParameters};
use crate::gpu::BackendKind;

/// How vectors are brought to a map.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Method {
    /// Principal components.
    #[default]
    Pca,
    /// t-SNE.
    Tsne(TsneParameters),
    /// UMAP.
    Umap(UmapParameters),
    /// From some rows to others.
    Axes(Axes),
}

impl Method {
    /// Its name in arguments, files and reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pca => "pca",
            Self::Tsne(_) => "tsne",
            Self::Umap(_) => "umap",
            Self::Axes(_) => "axes",
        }
    }
}

impl From<TsneParameters> for Method {
    fn from(parameters: TsneParameters) -> Self {
        Self::Tsne(parameters)
    }
}

impl From<UmapParameters> for Method {
    fn from(parameters: UmapParameters) -> Self {
        Self::Umap(parameters)
    }
}

/// What a projection is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProjectionSettings {
    /// By which method.
    pub method: Method,
    /// Coordinates of a point, 2 or 3.
    pub dims: usize,
    /// Nearest neighbours that trust is measured with; 0: it is not measured.
    pub trust_neighbors: usize,
    /// The rows to project, in the order of the map's points; `None`: all. The others are as if they were not there.
    pub rows: Option<Arc<[u32]>>,
    /// [rows, dims] where points start, for t-SNE and UMAP; `None`: where their parameters say. Usually the map of an earlier call,
    /// with no early exaggeration of t-SNE.
    pub start: Option<Arc<Array2<f32>>>,
    /// Where a t-SNE's iterations run.
    pub backend: BackendKind,
    /// Part of the name of the adapter that they run on, if one is wanted.
    pub adapter: Option<String>,
}

/// A map and how good it is.
#[derive(Debug, Clone)]
pub struct Projection {
    /// [rows, dims].
    pub coordinates: Array2<f32>,
    /// `[dims]` share of the variance, of PCA and of axes: those of chosen axes overlap where they are not at right angles.
    pub explained_variance_ratio: Option<Vec<f64>>,
    /// Of t-SNE, in nats: see [`super::Tsne::divergence`].
    pub kl_divergence: Option<f64>,
    /// Iterations of t-SNE or epochs of UMAP done: fewer than asked for if it was stopped.
    pub iterations: Option<usize>,
    /// The perplexity in force, of t-SNE: lower than asked for where there are too few points.
    pub perplexity: Option<f64>,
    /// The adapter that made the iterations of a t-SNE; `None`: the CPU.
    pub adapter: Option<String>,
    /// The share of true neighbours that t-SNE or UMAP was made of, measured on a sample, where there were too many vectors
    /// to compare all with all.
    pub neighbor_recall: Option<f64>,
    /// How far it can be trusted, if that was asked for and there are points enough.
    pub trust: Option<Trust>,
    /// Seconds by phase.
    pub seconds: PhaseSeconds,
}

impl Projection {
    /// A map of which nothing else is known yet.
    pub(super) fn new(coordinates: Array2<f32>, seconds: PhaseSeconds) -> Self {
        Self {
            coordinates,
            explained_variance_ratio: None,
            kl_divergence: None,
            iterations: None,
            perplexity: None,
            adapter: None,
            neighbor_recall: None,
            trust: None,
            seconds,
        }
    }
}

/// Seconds that each phase took; `None` for those there were not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PhaseSeconds {
    /// All phases.
    pub total: f64,
    /// Principal components.
    pub pca: Option<f64>,
    /// Nearest neighbours of every row.
    pub neighbors: Option<f64>,
    /// Affinities of t-SNE, memberships of UMAP.
    pub affinities: Option<f64>,
    /// Iterations or epochs.
    pub optimize: Option<f64>,
    /// The final divergence.
    pub divergence: Option<f64>,
    /// Trust.
    pub trust: Option<f64>,
}
