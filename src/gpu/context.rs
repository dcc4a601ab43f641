//! Adapter, device, limits, and what reads buffers back.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::objective::BackendError;

use super::kernels::{Kernel, Source, Split};

/// How long a finished copy may take to be announced.
const ANSWER: Duration = Duration::from_secs(30);

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
    found().into_iter().map(|(_, report)| report).collect()
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
    /// The first thing that went wrong on it, as the driver or wgpu put it.
    fault: Arc<Mutex<Option<String>>>,
    /// Compiled shaders by label and split: compiling takes long, and every backend on this device needs the same ones.
    kernels: Arc<Mutex<BTreeMap<(&'static str, Split), Kernel>>>,
    /// Most bytes of a part of a split buffer.
    part_bytes: u64,
    /// Most bytes of a part of a batch's plan.
    plan_part_bytes: u64,
    /// Most storage buffers that one shader sees.
    storage_bindings: usize,
    /// Whether the device can tell when a pass began and ended.
    has_timestamps: bool,
}

impl GpuContext {
    /// Opens the adapter whose name contains `name` (case ignored), or the best one; its own limits are requested.
    ///
    /// # Errors
    /// [`BackendError::Unavailable`] if there is none; the message lists those that there are.
    pub fn open(name: Option<&str>) -> Result<Self, BackendError> {
        let found = found();
        let known: Vec<&str> = found.iter().map(|(_, report)| report.name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join("; ") };
        let unavailable = |message: String| BackendError::Unavailable { message };
        let wanted = name.map(str::to_lowercase);
        let fits = |report: &AdapterReport| {
            wanted.as_ref().is_none_or(|wanted| report.name.to_lowercase().contains(wanted.as_str()))
        };
        let (adapter, report) = found.into_iter().find(|(_, report)| fits(report)).ok_or_else(|| match name {
            Some(name) => unavailable(format!("No adapter is called {name:?}; adapters found: {known}")),
            None => unavailable("No GPU adapter was found; install a Vulkan driver or use --backend cpu".to_owned()),
        })?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("idatlas"),
            required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| unavailable(format!("{} could not be opened: {error}; use --backend cpu", report.name)))?;
        let fault = Arc::new(Mutex::new(None));
        // Without these two wgpu panics on the first error that no scope catches.
        let seen = Arc::clone(&fault);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&seen, error.to_string())));
        let seen = Arc::clone(&fault);
        device.set_device_lost_callback(move |reason, message| note(&seen, format!("{reason:?}: {message}")));
        Ok(Self {
            storage_bindings: device.limits().max_storage_buffers_per_shader_stage as usize,
            has_timestamps: device.features().contains(wgpu::Features::TIMESTAMP_QUERY),
            device,
            queue,
            adapter: report,
            fault,
            kernels: Arc::default(),
            part_bytes: u64::MAX,
            plan_part_bytes: u64::MAX,
        })
    }

    /// The same device, as if it could bind no more than `part_bytes` bytes of a table at a time (at least 64), and
    /// `storage_bindings` buffers in one shader.
    ///
    /// For tests: no test can fill the bindings of a real device. The plan of a batch is bound as ever.
    #[must_use]
    pub fn narrowed(&self, part_bytes: u64, storage_bindings: usize) -> Self {
        let storage_bindings = storage_bindings.min(self.storage_bindings);
        Self { part_bytes: part_bytes.max(64), storage_bindings, ..self.clone() }
    }

    /// The same device, as if it could bind no more than `part_bytes` bytes of a batch's plan at a time (at least 256).
    #[must_use]
    pub fn narrowed_plan(&self, part_bytes: u64) -> Self {
        Self { plan_part_bytes: part_bytes.max(256), ..self.clone() }
    }

    /// The largest binding of a batch's plan, in bytes.
    #[must_use]
    pub fn largest_plan_binding(&self) -> u64 {
        self.largest_buffer().min(self.plan_part_bytes)
    }

    /// The largest binding of a table, in bytes.
    #[must_use]
    pub fn largest_binding(&self) -> u64 {
        self.largest_buffer().min(self.part_bytes)
    }

    /// The largest buffer that can be bound, in bytes.
    #[must_use]
    pub fn largest_buffer(&self) -> u64 {
        self.adapter.max_storage_binding_bytes.min(self.adapter.max_buffer_bytes)
    }

    /// Most storage buffers that one shader sees.
    #[must_use]
    pub fn storage_bindings(&self) -> usize {
        self.storage_bindings
    }

    /// Whether the device can tell when a pass began and ended.
    #[must_use]
    pub fn has_timestamps(&self) -> bool {
        self.has_timestamps
    }

    /// Whether the device still works.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] with the first thing that went wrong.
    pub fn check(&self) -> Result<(), BackendError> {
        match self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Some(message) => Err(BackendError::DeviceLost { message }),
            None => Ok(()),
        }
    }

    /// The compiled shader of `source` for buffers split as `split`.
    #[must_use]
    pub fn kernel(&self, source: &Source, split: &Split) -> Kernel {
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        kernels.entry((source.label, split.clone())).or_insert_with(|| Kernel::new(&self.device, source, split)).clone()
    }

    /// A buffer of `bytes` bytes that kernels, copies and uploads can use, zeroed.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] if it exceeds a limit or the memory there is.
    pub fn storage_buffer(&self, label: &str, bytes: u64) -> Result<wgpu::Buffer, BackendError> {
        let limit = self.largest_buffer();
        let refused = |available: u64| BackendError::OutOfMemory {
            needed_mib: bytes.div_ceil(1 << 20),
            available_mib: available >> 20,
            device: format!("{} (one buffer: {label})", self.adapter.name),
        };
        if bytes > limit {
            return Err(refused(limit));
        }
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            // A binding must not be empty.
            size: bytes.next_multiple_of(16).max(16),
            usage: wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::COPY_SRC
                | wgpu::BufferUsages::COPY_DST
                | wgpu::BufferUsages::UNIFORM,
            mapped_at_creation: false,
        });
        match pollster::block_on(scope.pop()) {
            Some(_) => Err(refused(0)),
            None => Ok(buffer),
        }
    }

    /// Waits until `submission` (or everything submitted) is done.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails meanwhile.
    pub fn wait(&self, submission: Option<wgpu::SubmissionIndex>) -> Result<(), BackendError> {
        let poll = wgpu::PollType::Wait { submission_index: submission, timeout: None };
        if let Err(error) = self.device.poll(poll) {
            note(&self.fault, error.to_string());
        }
        self.check()
    }

    /// Adds the first `count` floats of `buffer` to `values`, after all that was submitted.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn read_f32(&self, buffer: &wgpu::Buffer, count: usize, values: &mut Vec<f32>) -> Result<(), BackendError> {
        const CHUNK: u64 = 32 << 20;
        let bytes = count as u64 * 4;
        if bytes == 0 {
            return Ok(());
        }
        let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: bytes.min(CHUNK),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        for start in (0..bytes).step_by(CHUNK as usize) {
            let size = CHUNK.min(bytes - start);
            let mut encoder =
                self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("readback") });
            encoder.copy_buffer_to_buffer(buffer, start, &staging, 0, size);
            self.queue.submit([encoder.finish()]);
            let (sender, receiver) = mpsc::channel();
            staging.slice(..size).map_async(wgpu::MapMode::Read, move |result| {
                // The receiver is gone only if this function has already failed.
                sender.send(result).unwrap_or_default();
            });
            self.wait(None)?;
            let lost = |message: String| BackendError::DeviceLost { message };
            // Another thread that polls the same device may be about to run the callback.
            receiver
                .recv_timeout(ANSWER)
                .map_err(|error| lost(format!("a buffer was not read back: {error}")))?
                .map_err(|error| lost(format!("a buffer could not be read back: {error}")))?;
            let view = staging.slice(..size).get_mapped_range().map_err(|error| lost(error.to_string()))?;
            values.extend(view.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
            drop(view);
            staging.unmap();
        }
        Ok(())
    }
}

fn note(fault: &Mutex<Option<String>>, message: String) {
    fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
}

fn found() -> Vec<(wgpu::Adapter, AdapterReport)> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let all = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let mut found: Vec<_> = all.into_iter().map(|adapter| (report(&adapter), adapter)).map(|(r, a)| (a, r)).collect();
    found.sort_by_key(|(_, report)| match report.kind {
        AdapterKind::DiscreteGpu => 0,
        AdapterKind::IntegratedGpu => 1,
        AdapterKind::VirtualGpu => 2,
        AdapterKind::Other => 3,
        AdapterKind::Cpu => 4,
    });
    found
}

fn report(adapter: &wgpu::Adapter) -> AdapterReport {
    let (info, limits) = (adapter.get_info(), adapter.limits());
    AdapterReport {
        name: info.name,
        kind: match info.device_type {
            wgpu::DeviceType::DiscreteGpu => AdapterKind::DiscreteGpu,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::IntegratedGpu,
            wgpu::DeviceType::VirtualGpu => AdapterKind::VirtualGpu,
            wgpu::DeviceType::Cpu => AdapterKind::Cpu,
            wgpu::DeviceType::Other => AdapterKind::Other,
        },
        api: info.backend.to_str().to_owned(),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        max_storage_binding_bytes: limits.max_storage_buffer_binding_size,
        max_buffer_bytes: limits.max_buffer_size,
        max_workgroups_per_dimension: limits.max_compute_workgroups_per_dimension,
        workgroup_memory_bytes: limits.max_compute_workgroup_storage_size,
        max_invocations_per_workgroup: limits.max_compute_invocations_per_workgroup,
    }
}
