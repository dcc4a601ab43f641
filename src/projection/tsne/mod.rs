//! t-SNE: neighbour graph, affinities, and a descent in two phases that streams, pauses and goes on.
//!
//! The phases and their numbers are those of openTSNE 1.0 (Poličar et al. 2024). Attraction runs along the sparse
//! affinities; repulsion is summed over every pair, on a grid, or by a tree.

mod affinities;
mod attraction;
mod cost;
mod descent;
mod noise;
mod on_device;
mod parameters;
mod perplexity;
mod place;
mod points;
mod repulsion;
mod start;
mod state;
mod symmetrize;

pub use affinities::Affinities;
pub use parameters::{CheckedTsneParameters, Initialization, LearningRate, RepulsionMethod, TsneParameters};
pub use place::{PlacementParameters, place};
pub use start::starting_layout;
pub use state::Tsne;

pub(super) use noise::normal;
pub(super) use perplexity::exp;
pub(super) use symmetrize::{Edge, transpose};
