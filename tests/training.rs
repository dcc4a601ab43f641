//! Claims about training.
