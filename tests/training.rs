//! Claims about training: hyperparameters, sampling, the trainer.

mod fixture;
mod hyperparameters;
mod sampling;
mod trainer;
