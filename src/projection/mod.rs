//! Vectors to maps: PCA, t-SNE, UMAP, axes of one's own, and how far a map can be trusted.

mod align;
mod axes;
mod contours;
mod control;
mod covariance;
mod density;
mod device;
mod error;
#[cfg(test)]
mod fixed_numbers;
mod iterative;
mod landing;
mod layout;
mod map_neighbors;
mod orbit;
mod pca;
mod places;
mod project;
mod regions;
mod regions_in_space;
mod settings;
mod superimpose;
mod trust;
mod tsne;
mod umap;

pub use align::align;
pub use axes::{Axes, Direction};
pub use contours::{CONTOUR_SHARES, Contour, contours};
pub use control::ProjectionControl;
pub use density::{DensityGrid, DensityOf, overview};
pub use error::ProjectionError;
pub use iterative::IterativeMap;
pub use landing::land;
pub use map_neighbors::map_neighbors;
pub use orbit::{Orbit, Seen, Solid, growth, pointed_at};
pub use pca::Pca;
pub use places::Places;
pub use project::project;
pub use regions::{Region, regions};
pub use settings::{Method, PhaseSeconds, Projection, ProjectionSettings};
pub use superimpose::superimpose;
pub use trust::Trust;
pub use tsne::{
    Affinities, CheckedTsneParameters, Initialization, LearningRate, PlacementParameters, RepulsionMethod, Tsne,
    TsneParameters, place, starting_layout,
};
pub use umap::{CheckedUmapParameters, FuzzyGraph, Umap, UmapInitialization, UmapParameters, umap_starting_layout};
