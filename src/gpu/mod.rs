//! wgpu: adapters, memory plans, kernels and the backend made of them.

mod context;
pub mod kernels;
pub mod render;
mod trainer;

pub use context::{AdapterKind, AdapterReport, GpuContext, adapters};
pub use trainer::GpuBackend;
