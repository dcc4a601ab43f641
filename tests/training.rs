//! Claims about training: hyperparameters, sampling, the trainer.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod churn;
pub(crate) mod fixture;
mod hyperparameters;
mod live;
mod sampling;
mod trainer;
