//! Vectors to maps: PCA.

mod align;
mod covariance;
mod pca;

pub use align::align;
pub use pca::{Pca, ProjectionError};
