//! Vectors to maps: PCA, t-SNE, UMAP, axes of one's own, and how far a map can be trusted.

mod align;
mod axes;
mod control;
mod covariance;
mod device;
mod error;
mod iterative;
mod landing;
mod layout;
mod map_neighbors;
mod pca;
mod places;
mod project;
mod regions;
mod settings;
mod trust;
mod tsne;
mod umap;

pub use align::align;
pub use axes::{Axes, Direction};
pub use control::ProjectionControl;
pub use error::ProjectionError;
pub use iterative::IterativeMap;
pub use landing::land;
pub use map_neighbors::map_neighbors;
pub use pca::Pca;
pub use places::Places;
pub use project::project;
pub use regions::{Region, regions};
pub use settings::{Method, PhaseSeconds, Projection, ProjectionSettings};
pub use trust::Trust;
pub use tsne::{
    Affinities, CheckedTsneParameters, Initialization, LearningRate, PlacementParameters, RepulsionMethod, Tsne,
    TsneParameters, place, starting_layout,
};
pub use umap::{CheckedUmapParameters, FuzzyGraph, Umap, UmapInitialization, UmapParameters, umap_starting_layout};
