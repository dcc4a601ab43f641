//! Adapter, device, limits.

use serde::Serialize;

use crate::objective::BackendError;

/// What an adapter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdapterKind {
    /// A card of its own.
    DiscreteGpu,
    /// Shares memory with the CPU.
    IntegratedGpu,
    /// A virtual machine's GPU.
    VirtualGpu,
    /// Software: right, slow.
    Cpu,
    /// The driver does not say.
    Other,
}

/// One adapter and what it can do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdapterReport {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: AdapterKind,
    /// "vulkan", "metal", "dx12".
    pub api: String,
    /// Driver name and version.
    pub driver: String,
    /// Largest storage binding in bytes.
    pub max_storage_binding_bytes: u64,
    /// Largest buffer in bytes.
    pub max_buffer_bytes: u64,
    /// Most workgroups in one dimension.
    pub max_workgroups_per_dimension: u32,
    /// Shared memory of a workgroup in bytes.
    pub workgroup_memory_bytes: u32,
    /// Invocations in a workgroup.
    pub max_invocations_per_workgroup: u32,
}

impl AdapterReport {
    /// Whether it is hardware.
    #[must_use]
    pub fn is_hardware(&self) -> bool {
        matches!(self.kind, AdapterKind::DiscreteGpu | AdapterKind::IntegratedGpu | AdapterKind::VirtualGpu)
    }
}

/// All adapters of this machine, hardware first.
#[must_use]
pub fn adapters() -> Vec<AdapterReport> {
    todo!()
}

/// A device with its queue. Clones share it.
#[derive(Debug, Clone)]
pub struct GpuContext {
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// What it runs on.
    pub adapter: AdapterReport,
}

impl GpuContext {
    /// Opens the adapter whose name contains `name` (case ignored), or the best one; its own limits are requested.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if there is none; the message lists those that there are.
    pub fn open(name: Option<&str>) -> Result<Self, BackendError> {
        todo!("{name:?}")
    }
}
