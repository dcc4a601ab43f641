//! How long the device worked on a submission, by its own clock where it has one.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::GpuContext;

/// Bytes of two timestamps.
const STAMPS: u64 = 16;

/// Timestamps at the begin and end of submissions, of as many at a time as may be in flight.
#[derive(Debug)]
pub(super) struct Stopwatch {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    readbacks: Vec<wgpu::Buffer>,
    nanoseconds: f64,
    next: usize,
}

impl Stopwatch {
    /// For up to `most` submissions in flight; `None` where the device has no timestamps.
    pub(super) fn new(context: &GpuContext, most: usize) -> Option<Self> {
        if !context.has_timestamps() {
            return None;
        }
        let device = &context.device;
        let buffer = |label, size, usage| {
            device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        };
        Some(Self {
            queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * most as u32,
            }),
            resolved: buffer(
                "timestamps",
                most as u64 * wgpu::QUERY_RESOLVE_BUFFER_ALIGNMENT,
                wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            ),
            readbacks: (0..most)
                .map(|_| buffer("timestamps read", STAMPS, wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ))
                .collect(),
            nanoseconds: f64::from(context.queue.get_timestamp_period()),
            next: 0,
        })
    }

    /// The number of the next submission's timestamps. Those of `most` submissions before must have been read.
    pub(super) fn begin(&mut self) -> usize {
        let number = self.next;
        self.next = (self.next + 1) % self.readbacks.len();
        number
    }

    /// What makes a pass write its timestamps.
    pub(super) fn writes(&self, number: usize) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * number as u32),
            end_of_pass_write_index: Some(2 * number as u32 + 1),
        }
    }

    /// Copies the timestamps to where the host can read them, behind the pass.
    pub(super) fn resolve(&self, encoder: &mut wgpu::CommandEncoder, number: usize) {
        let (first, offset) = (2 * number as u32, number as u64 * wgpu::QUERY_RESOLVE_BUFFER_ALIGNMENT);
        encoder.resolve_query_set(&self.queries, first..first + 2, &self.resolved, offset);
        encoder.copy_buffer_to_buffer(&self.resolved, offset, &self.readbacks[number], 0, STAMPS);
    }

    /// Asks for the timestamps; `done` is set when they are there.
    pub(super) fn request(&self, number: usize, done: Arc<OnceLock<Instant>>) {
        self.readbacks[number].slice(..).map_async(wgpu::MapMode::Read, move |_| {
            // Nobody else sets it.
            let _ = done.set(Instant::now());
        });
    }

    /// Seconds between the timestamps, once `done` is set; `None` if the device told nothing sensible.
    pub(super) fn seconds(&self, number: usize) -> Option<f64> {
        let buffer = &self.readbacks[number];
        let stamps = buffer.slice(..).get_mapped_range().ok().map(|view| {
            let stamp =
                |at: usize| view[at..at + 8].iter().rev().fold(0u64, |stamp, &byte| stamp << 8 | u64::from(byte));
            (stamp(0), stamp(8))
        });
        buffer.unmap();
        let (begin, end) = stamps?;
        (end > begin).then(|| (end - begin) as f64 * self.nanoseconds / 1e9)
    }
}
