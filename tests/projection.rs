//! Claims about maps that cross modules: whole t-SNEs, their edge cases, new points, the engine's frames.

mod edges;
mod engine;
mod maps;
mod points;
