//! A buffer that may be larger than one binding.

use crate::objective::BackendError;

use super::GpuContext;
use super::program::Slot;

/// Bytes that one upload takes to the device at a time: each needs as much memory again until it is done.
const UPLOAD: u64 = 64 << 20;

/// A storage buffer in as many parts as the device's bindings make necessary: all but the last of `largest part` bytes, a
/// power of two.
#[derive(Debug)]
pub struct SplitBuffer {
    parts: Vec<wgpu::Buffer>,
    part_bytes: u64,
    bytes: u64,
}

/// Bytes of each part but the last of a buffer that `context` cannot bind whole.
#[must_use]
pub fn part_bytes(context: &GpuContext) -> u64 {
    1 << context.largest_binding().max(1).ilog2()
}

/// In how many parts a buffer of `bytes` bytes must lie. The loss records never grow with data or batch, so no test
/// narrows them.
#[must_use]
pub fn part_count(context: &GpuContext, slot: Slot, bytes: u64) -> usize {
    let whole = if slot == Slot::Losses { context.largest_buffer() } else { context.largest_binding() };
    match bytes <= whole {
        true => 1,
        false => bytes.div_ceil(part_bytes(context)) as usize,
    }
}

impl SplitBuffer {
    /// The buffer `slot`, of `bytes` bytes, zeroed.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] if the device has not that much memory.
    pub fn new(context: &GpuContext, slot: Slot, bytes: u64) -> Result<Self, BackendError> {
        let part_bytes = if part_count(context, slot, bytes) == 1 { bytes } else { part_bytes(context) };
        Self::in_parts(context, &format!("{slot:?}"), bytes, part_bytes)
    }

    /// A buffer of `bytes` bytes in parts of `part_bytes`, zeroed.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`] if the device has not that much memory.
    pub fn in_parts(context: &GpuContext, label: &str, bytes: u64, part_bytes: u64) -> Result<Self, BackendError> {
        let part_bytes = part_bytes.max(1);
        let count = bytes.div_ceil(part_bytes).max(1);
        let parts = (0..count)
            .map(|part| {
                let label = if count == 1 { label.to_owned() } else { format!("{label}, part {part}") };
                context.storage_buffer(&label, part_bytes.min(bytes - part * part_bytes))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { parts, part_bytes, bytes })
    }

    /// Bytes that it holds.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its parts.
    #[must_use]
    pub fn parts(&self) -> &[wgpu::Buffer] {
        &self.parts
    }

    /// Overwrites its start.
    pub fn write(&self, context: &GpuContext, data: &[u8]) {
        for (part, data) in self.parts.iter().zip(data.chunks(self.part_bytes as usize)) {
            for (number, piece) in (0u64..).zip(data.chunks(UPLOAD as usize)) {
                context.queue.write_buffer(part, number * UPLOAD, piece);
                if piece.len() as u64 == UPLOAD {
                    context.queue.submit([]);
                }
            }
        }
    }

    /// Its first `count` floats, after all that was submitted.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn read(&self, context: &GpuContext, count: usize) -> Result<Vec<f32>, BackendError> {
        let mut values = Vec::with_capacity(count);
        for part in &self.parts {
            let left = count - values.len();
            context.read_f32(part, left.min(self.part_bytes as usize / 4), &mut values)?;
        }
        Ok(values)
    }
}
