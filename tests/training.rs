//! Claims about training: hyperparameters, sampling, the trainer.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

pub(crate) mod fixture;
mod hyperparameters;
mod live;
mod sampling;
mod trainer;
