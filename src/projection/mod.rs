//! Vectors to maps: PCA.

mod covariance;
mod pca;

pub use pca::{Pca, ProjectionError};
