//! Vectors to maps: PCA, t-SNE, and how far a map can be trusted.

mod align;
mod control;
mod covariance;
mod error;
mod map_neighbors;
mod pca;
mod places;
mod project;
mod settings;
mod trust;
mod tsne;

pub use align::align;
pub use control::ProjectionControl;
pub use error::ProjectionError;
pub use map_neighbors::map_neighbors;
pub use pca::Pca;
pub use places::Places;
pub use project::project;
pub use settings::{Method, PhaseSeconds, Projection, ProjectionSettings};
pub use trust::Trust;
pub use tsne::{
    Affinities, CheckedTsneParameters, Initialization, LearningRate, PlacementParameters, RepulsionMethod, Tsne,
    TsneParameters, place, starting_layout,
};
