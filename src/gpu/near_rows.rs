//! The nearest rows of every row on a device.

use std::time::Instant;

use crate::objective::BackendError;
use crate::progress::Watch;

use super::kernels::{Split, WORKGROUP, Window, near_rows};
use super::layout::LANES;
use super::plan::NONE;
use super::program::fold;
use super::{AdapterKind, GpuContext};

/// Seconds of a submission: short, so that a window that shares the device stays smooth.
const WANTED: f64 = 0.0075;

/// Rows of a submission at first, and at least.
const FIRST_ROWS: u32 = 64;
const LEAST_ROWS: u32 = 16;

/// The best rows of each row.
#[derive(Debug, Clone, PartialEq)]
pub struct NearRows {
    /// [rows, kept] in no order; `u32::MAX` where there are fewer.
    pub rows: Vec<u32>,
    /// [rows, kept] their scores.
    pub scores: Vec<f32>,
}

/// The `kept` (at least 1) other rows with the highest scores for each of `rows` [rows, width], whose width is a multiple of
/// four; of equal scores the first rows. A score is the dot product less both rows' `offsets`.
///
/// `None` if `watch` was cancelled. A submission takes some milliseconds, and the watch is asked between them.
///
/// # Errors
/// [`BackendError`] if the rows do not fit one buffer of the device, or if it fails.
pub fn near_rows(
    context: &GpuContext,
    rows: &[f32],
    offsets: &[f32],
    kept: usize,
    watch: &Watch,
) -> Result<Option<NearRows>, BackendError> {
    let count = offsets.len();
    let mut found = NearRows { rows: Vec::new(), scores: Vec::new() };
    let width4 = rows.len() / LANES / count.max(1);
    // Software works through few queries at a time in that time, hardware needs many to be busy.
    let chunk = count.min(if context.adapter.kind == AdapterKind::Cpu { 512 } else { 32_768 });
    let upload = |label: &str, values: &[f32]| {
        let buffer = context.storage_buffer(label, size_of_val(values) as u64)?;
        context.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(values));
        Ok::<_, BackendError>(buffer)
    };
    let lists = (chunk * kept * size_of::<f32>()) as u64;
    let buffers = [
        upload("near_rows rows", rows)?,
        upload("near_rows offsets", offsets)?,
        context.storage_buffer("near_rows best scores", lists)?,
        context.storage_buffer("near_rows best rows", lists)?,
    ];
    let params_buffer = context.storage_buffer("near_rows params", size_of::<near_rows::Params>() as u64)?;
    let plan = context.storage_buffer("near_rows plan", 0)?;
    let kernel = context.kernel(&near_rows::SOURCE, &Split::none(buffers.len()));
    let group = kernel.bind(
        &context.device,
        Window { buffer: &params_buffer, bytes: params_buffer.size() },
        &[Window { buffer: &plan, bytes: plan.size() }],
        buffers.iter(),
    );
    let mut rows_at_once = FIRST_ROWS;
    for first_query in (0..count).step_by(chunk.max(1)) {
        let queries = chunk.min(count - first_query);
        let [_, _, scores, best] = &buffers;
        context.queue.write_buffer(scores, 0, bytemuck::cast_slice(&vec![f32::MIN; queries * kept]));
        context.queue.write_buffer(best, 0, bytemuck::cast_slice(&vec![NONE; queries * kept]));
        let mut first_row = 0;
        while first_row < count as u32 {
            if watch.is_cancelled() {
                return Ok(None);
            }
            let end_row = (count as u32).min(first_row + rows_at_once);
            let params = near_rows::Params {
                first: 0,
                width4: width4 as u32,
                first_query: first_query as u32,
                queries: queries as u32,
                first_row,
                end_row,
                kept: kept as u32,
            };
            context.queue.write_buffer(&params_buffer, 0, bytemuck::bytes_of(&params));
            let descriptor = wgpu::CommandEncoderDescriptor { label: Some("near_rows") };
            let mut encoder = context.device.create_command_encoder(&descriptor);
            let mut pass = encoder
                .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("near_rows"), timestamp_writes: None });
            let workgroups = (queries as u32).div_ceil(WORKGROUP);
            let (x, y) = fold(workgroups, context.adapter.max_workgroups_per_dimension);
            pass.set_pipeline(kernel.pipeline());
            pass.set_bind_group(0, &group, &[0, 0]);
            pass.dispatch_workgroups(x, y, 1);
            drop(pass);
            let begun = Instant::now();
            let submission = context.queue.submit([encoder.finish()]);
            context.wait(Some(submission))?;
            let share = (WANTED / begun.elapsed().as_secs_f64().max(1e-6)).clamp(0.5, 2.0);
            if end_row - first_row == rows_at_once {
                rows_at_once = ((f64::from(rows_at_once) * share) as u32).next_multiple_of(LEAST_ROWS);
            }
            first_row = end_row;
        }
        context.read_f32(scores, queries * kept, &mut found.scores)?;
        let mut words = Vec::new();
        context.read_f32(best, queries * kept, &mut words)?;
        found.rows.extend(words.into_iter().map(f32::to_bits));
        watch.report("Finding neighbours", (first_query + queries) as u64, Some(count as u64), "rows");
    }
    Ok(Some(found))
}
