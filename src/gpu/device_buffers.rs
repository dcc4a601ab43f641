//! The buffers of a training on a device, and the bind groups made of them.

use crate::objective::BackendError;

use super::GpuContext;
use super::kernels::{Kernel, Split, Window};
use super::program::{Slot, Stage};
use super::split_buffer::{SplitBuffer, part_bytes, part_count};
use super::submissions::Submissions;

/// Every device accepts this alignment of what a dispatch sees of a buffer (the specification's upper bound).
pub(super) const ALIGNMENT: usize = 256;

/// Buffers by [`Slot`], grown as batches need, and what runs programs on them.
#[derive(Debug)]
pub struct DeviceBuffers {
    pub(super) context: GpuContext,
    slots: Vec<SplitBuffer>,
    bindings: Vec<(Stage, Kernel, wgpu::BindGroup)>,
    pub(super) submissions: Submissions,
}

impl DeviceBuffers {
    /// Buffers of the sizes listed (the others minimal), zeroed.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] with the figures if they do not fit, or if one of `stages` would need more bindings
    /// than a shader has.
    pub fn new(context: GpuContext, bytes: &[(Slot, u64)], stages: &[Stage]) -> Result<Self, BackendError> {
        let size = |slot: Slot| bytes.iter().find(|(s, _)| *s == slot).map_or(0, |(_, bytes)| *bytes);
        for stage in stages {
            check_bindings(&context, *stage, 1, size)?;
        }
        if let Some(&(slot, bytes)) = bytes.iter().find(|(slot, bytes)| !is_addressable(*slot, *bytes)) {
            let available = u64::from(u32::MAX) * element_bytes(slot);
            return Err(out_of_memory(&context, bytes, available, &format!("32-bit indices of {slot:?}")));
        }
        let mut slots = Vec::new();
        for slot in Slot::ALL {
            let allocated: u64 = slots.iter().map(SplitBuffer::bytes).sum();
            let needed: u64 = bytes.iter().map(|(_, bytes)| bytes).sum();
            let buffer = SplitBuffer::new(&context, slot, size(slot)).map_err(|error| match error {
                // The driver tells no figure: what it gave before it refused is one.
                BackendError::OutOfMemory { .. } => out_of_memory(&context, needed, allocated, &format!("{slot:?}")),
                other => other,
            })?;
            slots.push(buffer);
        }
        Ok(Self { submissions: Submissions::new(&context)?, context, slots, bindings: Vec::new() })
    }

    /// The device.
    #[must_use]
    pub fn context(&self) -> &GpuContext {
        &self.context
    }

    /// Makes buffers at least as large as listed. A buffer that grows loses its contents.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] if one does not fit.
    pub fn reserve(&mut self, bytes: &[(Slot, u64)]) -> Result<(), BackendError> {
        for &(slot, bytes) in bytes {
            if bytes > self.slots[slot as usize].bytes() {
                if !is_addressable(slot, bytes) {
                    let available = u64::from(u32::MAX) * element_bytes(slot);
                    return Err(out_of_memory(&self.context, bytes, available, &format!("32-bit indices of {slot:?}")));
                }
                // Half as much again, and whole parts where there are several, so that batches of changing size settle soon:
                // another number of parts is another kernel.
                let whole = self.context.largest_binding();
                let roomy = match bytes <= whole {
                    true => (bytes + bytes / 2).min(whole),
                    false => bytes.next_multiple_of(part_bytes(&self.context)),
                };
                // A step that has begun still needs what it wrote.
                self.hand_out()?;
                self.bindings.clear();
                self.slots[slot as usize] = SplitBuffer::new(&self.context, slot, roomy)?;
            }
        }
        Ok(())
    }

    /// Overwrites the start of a buffer, before whatever is submitted next.
    pub fn write(&self, slot: Slot, data: &[u8]) {
        self.slots[slot as usize].write(&self.context, data);
    }

    /// The first `count` floats of a buffer, after all programs so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn read(&mut self, slot: Slot, count: usize) -> Result<Vec<f32>, BackendError> {
        self.finish()?;
        self.peek(slot, count)
    }

    /// The first `count` floats of a buffer, after what the device has got so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn peek(&self, slot: Slot, count: usize) -> Result<Vec<f32>, BackendError> {
        self.slots[slot as usize].read(&self.context, count)
    }

    /// Programs enqueued of which the device has not got everything.
    #[must_use]
    pub fn unfinished_steps(&self) -> usize {
        self.submissions.unfinished_steps()
    }

    /// Forgets all bind groups: a buffer that they hold is another now.
    pub(super) fn unbind(&mut self) {
        self.bindings.clear();
    }

    /// The index of the bind group of `stage`, and whether it is new.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] if its buffers have more parts than a shader has bindings.
    pub(super) fn binding(&mut self, stage: Stage) -> Result<(usize, bool), BackendError> {
        if let Some(found) = self.bindings.iter().position(|(known, ..)| *known == stage) {
            return Ok((found, false));
        }
        let plan = &self.submissions.plan;
        check_bindings(&self.context, stage, plan.parts().len(), |slot| self.slots[slot as usize].bytes())?;
        let buffers = || stage.slots.iter().map(|&slot| &self.slots[slot as usize]);
        let parts: Vec<usize> = buffers().map(|buffer| buffer.parts().len()).collect();
        let is_split = parts.iter().any(|&parts| parts > 1);
        let log2_part = if is_split { part_bytes(&self.context).ilog2() } else { 0 };
        let (plan_parts, plan_part) = (plan.parts().len(), self.submissions.plan_bytes / plan.parts().len() as u64);
        let log2_plan_part = if plan_parts > 1 { plan_part.ilog2() } else { 0 };
        let kernel = self.context.kernel(stage.source, &Split { log2_part, parts, log2_plan_part, plan_parts });
        let params = Window { buffer: &self.submissions.params, bytes: ALIGNMENT as u64 };
        let plan: Vec<_> = plan.parts().iter().map(|buffer| Window { buffer, bytes: plan_part }).collect();
        let group = kernel.bind(&self.context.device, params, &plan, buffers().flat_map(SplitBuffer::parts));
        self.bindings.push((stage, kernel, group));
        Ok((self.bindings.len() - 1, true))
    }

    /// Kernel and bind group number `index`.
    pub(super) fn bound(&self, index: usize) -> (&Kernel, &wgpu::BindGroup) {
        let (_, kernel, group) = &self.bindings[index];
        (kernel, group)
    }
}

/// Whether the parts of `stage`'s buffers, of `size` bytes each, fit into the bindings of one shader beside those of the
/// plan.
fn check_bindings(
    context: &GpuContext,
    stage: Stage,
    plan_parts: usize,
    size: impl Fn(Slot) -> u64,
) -> Result<(), BackendError> {
    let parts = |slot: Slot| part_count(context, slot, size(slot));
    let bindings = plan_parts + stage.slots.iter().map(|&slot| parts(slot)).sum::<usize>();
    if bindings <= context.storage_bindings() {
        return Ok(());
    }
    if plan_parts > 1 {
        let part = 1 << context.largest_plan_binding().ilog2();
        let own = bindings - plan_parts;
        let most = context.storage_bindings().saturating_sub(own) as u64;
        let what = format!("the plan of a batch in parts, {} bindings in a shader", context.storage_bindings());
        return Err(out_of_memory(context, plan_parts as u64 * part, most * part, &what));
    }
    let split = stage.slots.iter().filter(|&&slot| parts(slot) > 1);
    let largest = split.clone().copied().max_by_key(|&slot| size(slot)).unwrap_or(stage.slots[0]);
    let whole = stage.slots.len() - split.clone().count();
    let parts_each = context.storage_bindings().saturating_sub(1 + whole) / split.count().max(1);
    let what = format!("{largest:?} in parts, {} bindings in a shader", context.storage_bindings());
    Err(out_of_memory(context, size(largest), parts_each as u64 * part_bytes(context), &what))
}

fn out_of_memory(context: &GpuContext, needed: u64, available: u64, what: &str) -> BackendError {
    BackendError::OutOfMemory {
        needed_mib: needed.div_ceil(1 << 20),
        available_mib: available >> 20,
        device: format!("{} ({what})", context.adapter.name),
    }
}

fn element_bytes(slot: Slot) -> u64 {
    match slot {
        Slot::Ids | Slot::Weights | Slot::PairLogits | Slot::PairCoefficients => 4,
        Slot::StructureLogits | Slot::StructureCoefficients => 4,
        Slot::EdgeStarts | Slot::EdgeColumns | Slot::EdgeValues => 4,
        Slot::GridKernel | Slot::GridCharges | Slot::GridPotential => 4,
        Slot::GridTurns | Slot::GridSpectrum | Slot::GridConvolved => 8,
        _ => 16,
    }
}

/// Shaders count elements in 32 bits.
fn is_addressable(slot: Slot, bytes: u64) -> bool {
    bytes / element_bytes(slot) <= u64::from(u32::MAX)
}
