//! UMAP (McInnes, Healy and Melville 2018, arXiv 1802.03426) on our own graph of neighbours: memberships, their union,
//! and a descent by sampled edges that streams, pauses and goes on.
//!
//! What is near keeps together, and what is far is pushed away by a few random points at each step, so that an epoch
//! takes time in proportion to the edges.
//!
//! The usual implementation moves both ends of one edge after another, so that its result depends on their order, and
//! on the threads where several work. Here each point moves along its own edges only, twice as far, which closes the
//! same gap, and its step sees all others as they stood before: equal bits on any number of threads. Points move in
//! [`BATCHES`](epoch) turns an epoch, since the two ends of a short edge that move at once would overshoot.
//!
//! Crates were considered: `umap-rs` 0.4 moves points of several threads without order, panics on bad input and cannot
//! be cancelled; `fast-umap` 1.6 trains a neural network instead, on a GPU.

mod curve;
mod epoch;
mod fuzzy;
mod membership;
mod parameters;
mod start;
mod state;

pub use fuzzy::FuzzyGraph;
pub use parameters::{CheckedUmapParameters, UmapInitialization, UmapParameters};
pub use start::umap_starting_layout;
pub use state::Umap;
