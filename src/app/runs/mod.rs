//! Runs: what the run on show is and how good, and the ones opened lately.

mod on_show;

pub use on_show::show;
