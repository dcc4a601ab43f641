//! Claims about the engine: questions to the run on show and their answers.

mod following;
mod pairs;
mod questions;
