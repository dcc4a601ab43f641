//! Vectors to maps: PCA.

mod pca;

pub use pca::{Pca, ProjectionError};
