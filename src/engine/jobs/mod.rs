//! One function a piece of work. Nothing here starts a thread of its own or keeps state.

mod evaluate;
mod lookup;
mod sample;
mod train;

pub use evaluate::{TestEvents, evaluate, with_test_events};
pub use lookup::{inspect, project};
pub use sample::{load_sample, sample_files, sample_request};
pub use train::{Prepared, TrainRequest, resume, train};
