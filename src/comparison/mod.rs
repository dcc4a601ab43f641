//! How runs differ: hyperparameters, and the neighbourhoods of the IDs that two runs share.

mod hyperparameters;
mod neighborhoods;

pub use hyperparameters::{Difference, differences};
pub use neighborhoods::{ChangedId, NeighborhoodOverlap, neighborhood_overlap};
