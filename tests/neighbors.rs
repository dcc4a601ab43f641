//! Claims about nearest neighbours, against a sort of all scores in f64.

mod approximate;
mod graph;
mod inputs;
mod on_gpu;
mod query;
