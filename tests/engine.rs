//! Claims about the engine: questions to the run on show and their answers.

pub mod fixture;
mod following;
mod pairs;
mod questions;
mod types;
