//! The buffers of a training on a device, and what runs programs on them.

use std::collections::VecDeque;

use bytemuck::cast_slice;

use crate::objective::BackendError;

use super::kernels::Kernel;
use super::program::{Pass, Program, Slot, Stage, fold};
use super::{AdapterKind, GpuContext};

/// Submissions that may be in flight: one runs while the host plans the next, and a window that shares the device
/// never waits for more.
const IN_FLIGHT: usize = 2;

/// Every device accepts this alignment of uniforms (the specification's upper bound).
const PARAMS_STRIDE: usize = 256;

/// Bytes that one submission moves at most: 5 to 10 ms at the memory rates of such adapters.
fn submission_bytes(kind: AdapterKind) -> u64 {
    match kind {
        AdapterKind::DiscreteGpu => 1 << 30,
        AdapterKind::IntegratedGpu | AdapterKind::VirtualGpu | AdapterKind::Other => 256 << 20,
        AdapterKind::Cpu => 4 << 20,
    }
}

/// Buffers by [`Slot`], grown as batches need, and the bind groups made of them.
#[derive(Debug)]
pub struct DeviceBuffers {
    context: GpuContext,
    slots: Vec<wgpu::Buffer>,
    plan: wgpu::Buffer,
    params: wgpu::Buffer,
    bindings: Vec<(Stage, Kernel, wgpu::BindGroup)>,
    in_flight: VecDeque<wgpu::SubmissionIndex>,
    uniforms: Vec<u8>,
}

impl DeviceBuffers {
    /// Buffers of the sizes listed (the others minimal), zeroed.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] if one of them exceeds the device's limits; then none is made.
    pub fn new(context: GpuContext, bytes: &[(Slot, u64)]) -> Result<Self, BackendError> {
        let limit = context.adapter.max_storage_binding_bytes.min(context.adapter.max_buffer_bytes);
        if let Some((slot, needed)) = bytes.iter().copied().filter(|(_, bytes)| *bytes > limit).max_by_key(|(_, b)| *b)
        {
            return Err(BackendError::OutOfMemory {
                needed_mib: needed.div_ceil(1 << 20),
                available_mib: limit >> 20,
                device: format!("{} (in one buffer, {slot:?})", context.adapter.name),
            });
        }
        let size = |slot: Slot| bytes.iter().find(|(s, _)| *s == slot).map_or(0, |(_, bytes)| *bytes);
        let slots = Slot::ALL
            .into_iter()
            .map(|slot| context.storage_buffer(&format!("{slot:?}"), size(slot)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            plan: context.storage_buffer("Plan", 1 << 16)?,
            params: context.storage_buffer("Params", 64 * PARAMS_STRIDE as u64)?,
            context,
            slots,
            bindings: Vec::new(),
            in_flight: VecDeque::new(),
            uniforms: Vec::new(),
        })
    }

    /// The device.
    #[must_use]
    pub fn context(&self) -> &GpuContext {
        &self.context
    }

    /// Makes buffers at least as large as listed. A buffer that grows loses its contents.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] if one exceeds the device's limits.
    pub fn reserve(&mut self, bytes: &[(Slot, u64)]) -> Result<(), BackendError> {
        for &(slot, bytes) in bytes {
            if bytes > self.slots[slot as usize].size() {
                self.slots[slot as usize] = self.grown(&format!("{slot:?}"), bytes)?;
            }
        }
        Ok(())
    }

    /// Overwrites the start of a buffer.
    pub fn write(&self, slot: Slot, data: &[u8]) {
        self.context.queue.write_buffer(&self.slots[slot as usize], 0, data);
    }

    /// The first `count` floats of a buffer, after all programs so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn read(&mut self, slot: Slot, count: usize) -> Result<Vec<f32>, BackendError> {
        self.in_flight.clear();
        self.context.read_f32(&self.slots[slot as usize], count)
    }

    /// Runs a program; the `moved` bytes decide how many submissions that takes.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails, [`BackendError::OutOfMemory`] if the plan does not fit.
    pub fn run(&mut self, plan: &[u32], program: &Program, moved: u64) -> Result<(), BackendError> {
        self.upload(plan, program)?;
        let passes = program.passes.len();
        let pieces = moved.div_ceil(submission_bytes(self.context.adapter.kind)).clamp(1, passes.max(1) as u64);
        let passes_a_piece = passes.div_ceil(pieces as usize).max(1);
        let mut clears = program.clears.as_slice();
        for (number, piece) in program.passes.chunks(passes_a_piece).enumerate() {
            self.submit(std::mem::take(&mut clears), piece, number * passes_a_piece * PARAMS_STRIDE)?;
        }
        self.context.check()
    }

    /// Submits passes whose uniforms start at `offset`, once fewer than [`IN_FLIGHT`] submissions are running.
    fn submit(&mut self, clears: &[Slot], passes: &[Pass], offset: usize) -> Result<(), BackendError> {
        while self.in_flight.len() >= IN_FLIGHT {
            let oldest = self.in_flight.pop_front();
            self.context.wait(oldest)?;
        }
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("step") };
        let mut encoder = self.context.device.create_command_encoder(&descriptor);
        for slot in clears {
            encoder.clear_buffer(&self.slots[*slot as usize], 0, None);
        }
        let stages: Vec<usize> = passes.iter().map(|pass| self.binding(pass.stage)).collect();
        let mut compute = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for (index, (pass, &binding)) in passes.iter().zip(&stages).enumerate() {
            let (_, kernel, group) = &self.bindings[binding];
            let (x, y) = fold(pass.workgroups, self.context.adapter.max_workgroups_per_dimension);
            compute.set_pipeline(kernel.pipeline());
            compute.set_bind_group(0, group, &[(offset + index * PARAMS_STRIDE) as u32]);
            compute.dispatch_workgroups(x, y, 1);
        }
        drop(compute);
        self.in_flight.push_back(self.context.queue.submit([encoder.finish()]));
        Ok(())
    }

    fn upload(&mut self, plan: &[u32], program: &Program) -> Result<(), BackendError> {
        self.uniforms.clear();
        for pass in &program.passes {
            let end = self.uniforms.len() + PARAMS_STRIDE;
            self.uniforms.extend_from_slice(&pass.params);
            self.uniforms.resize(end, 0);
        }
        if self.uniforms.len() as u64 > self.params.size() {
            self.params = self.grown("Params", self.uniforms.len() as u64)?;
        }
        if size_of_val(plan) as u64 > self.plan.size() {
            self.plan = self.grown("Plan", size_of_val(plan) as u64)?;
        }
        self.context.queue.write_buffer(&self.params, 0, &self.uniforms);
        self.context.queue.write_buffer(&self.plan, 0, cast_slice(plan));
        Ok(())
    }

    /// A larger buffer; half as much again, so that batches of changing size settle soon.
    fn grown(&mut self, label: &str, bytes: u64) -> Result<wgpu::Buffer, BackendError> {
        self.bindings.clear();
        let limit = self.context.adapter.max_storage_binding_bytes.min(self.context.adapter.max_buffer_bytes);
        let roomy = (bytes + bytes / 2).min(limit).max(bytes);
        self.context.storage_buffer(label, roomy)
    }

    /// The index of the bind group of `stage`.
    fn binding(&mut self, stage: Stage) -> usize {
        if let Some(found) = self.bindings.iter().position(|(known, ..)| *known == stage) {
            return found;
        }
        let kernel = self.context.kernel(stage.source);
        let buffers: Vec<&wgpu::Buffer> = stage.slots.iter().map(|&slot| &self.slots[slot as usize]).collect();
        let group = kernel.bind(&self.context.device, &self.params, PARAMS_STRIDE as u64, &self.plan, &buffers);
        self.bindings.push((stage, kernel, group));
        self.bindings.len() - 1
    }
}
