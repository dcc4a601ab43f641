//! Claims about maps that cross modules: whole t-SNEs and UMAPs, their edge cases, new points, the engine's frames.

mod edges;
mod engine;
mod maps;
mod points;
mod umap;
