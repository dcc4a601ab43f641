//! Exact neighbours of all rows on a device.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::graph::{checked, wanted};
use super::search::{best_of, nearest};
use super::tiles::{Blocks, Space, ordered};
use super::{GraphError, Metric, NeighborGraph};
use crate::gpu::{GpuContext, near_rows};
use crate::objective::BackendError;
use crate::progress::Watch;

/// Why a device found no neighbours.
#[derive(Debug, thiserror::Error)]
pub enum DeviceSearchError {
    /// The rows cannot be searched, or the caller cancelled.
    #[error(transparent)]
    Rows(#[from] GraphError),
    /// The device failed, or the rows do not fit one of its buffers.
    #[error("The neighbours could not be found on the GPU; find them on the CPU: {0}")]
    Device(#[from] BackendError),
}

/// What [`NeighborGraph::exact`] gives, by comparing every row of `rows` [rows, dims] with every other on the device of
/// `context`. Scores are computed on the CPU at the end, so that they are the same.
///
/// # Errors
/// [`DeviceSearchError`].
pub fn exact_on_gpu(
    context: &GpuContext,
    rows: ArrayView2<'_, f32>,
    k: usize,
    metric: Metric,
    watch: &Watch,
) -> Result<NeighborGraph, DeviceSearchError> {
    let rows = checked(rows)?;
    let (count, dims) = rows.dim();
    let k = k.min(count.saturating_sub(1));
    if k == 0 {
        return Ok(NeighborGraph::without_neighbors(count));
    }
    let space = Space::new(rows.view(), metric, watch)?;
    let all: Vec<u32> = (0..count as u32).collect();
    let prepared = space.prepared(&all);
    let square = |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let offset = |row| if space.subtracts_lengths() { (square(row) / 2.0) as f32 } else { 0.0 };
    let offsets: Vec<f32> = prepared.rows().into_iter().map(offset).collect();
    // Whole vectors of four.
    let mut padded = ndarray::Array2::zeros((count, dims.next_multiple_of(4)));
    padded.slice_mut(ndarray::s![.., ..dims]).assign(&prepared);
    drop(prepared);
    let kept = wanted(k, count);
    let near = near_rows(context, padded.as_slice().unwrap_or_default(), &offsets, kept, watch)?
        .ok_or(GraphError::Cancelled)?;
    drop(padded);
    let (mut indices, mut scores) = (vec![0; count * k], vec![0.0; count * k]);
    let results = indices.par_chunks_mut(k).zip(scores.par_chunks_mut(k));
    let candidates = near.rows.par_chunks(kept).zip(near.scores.par_chunks(kept));
    results.zip(candidates).enumerate().try_for_each(|(row, ((indices, scores), (near, near_scores)))| {
        if watch.is_cancelled() {
            return Err(GraphError::Cancelled);
        }
        let bound = near_scores.iter().fold(f32::INFINITY, |bound, &score| bound.min(score));
        // A device that lost its work may hand back anything.
        let near: Vec<u32> = near.iter().copied().filter(|&other| (other as usize) < count).collect();
        let mut found = best_of(rows.view(), row, &near, k, metric);
        if found.len() < k || found.last().is_some_and(|last| space.may_lack(offsets[row], bound, last.score)) {
            found = nearest(rows.view(), rows.row(row), k, metric, Some(row as u32));
        }
        for ((index, score), neighbor) in indices.iter_mut().zip(scores).zip(found) {
            (*index, *score) = (neighbor.index, neighbor.score);
        }
        Ok(())
    })?;
    let (order, _) = ordered(&space, count, Blocks::Leaves, watch)?;
    Ok(NeighborGraph { k, indices, scores, order })
}
