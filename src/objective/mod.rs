//! What is minimised, and by what: batches, loss parts, settings, and the contract every backend keeps.
//!
//! The formulas are MODEL.md's (ARCHITECTURE.md repeats them); nothing here computes.

mod backend;
mod batch;
mod planned;
mod settings;

pub use backend::{Backend, BackendError, BackendState, DeviceWork, Goal, LossParts, Planner};
pub use batch::{Batch, Negatives};
pub use planned::PlannedBatch;
pub use settings::{AdamConstants, Objective, Optimizer, Regulariser, Structure};
