//! wgpu: adapters, memory plans, kernels and the backend made of them.
//!
//! [`tsne`] moves the points of a map by the same means.
//!
//! A step: [`plan`] works out on the host what a batch touches, [`gradient`] and [`optimiser`] turn that into a
//! `[program]` of kernel runs, the backend runs it. The mirrors in `crate::reference` run the same program.

mod backend_kind;
mod context;
mod counts;
mod device_buffers;
pub mod gradient;
mod inspection;
pub mod kernels;
pub mod layout;
mod near_rows;
pub mod optimiser;
mod pace;
pub mod plan;
mod plan_queue;
pub mod program;
pub mod render;
mod split_buffer;
mod stopwatch;
mod submissions;
pub mod tables;
pub mod traffic;
mod trainer;
pub mod tsne;

pub use backend_kind::BackendKind;
pub use context::{AdapterKind, AdapterReport, GpuContext, adapters};
pub use inspection::{Inspection, loss_of};
pub use near_rows::{NearRows, near_rows};
pub use trainer::GpuBackend;
