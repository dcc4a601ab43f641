//! Points whose iterations run on a device.

use std::sync::{Mutex, PoisonError};

use super::affinities::Affinities;
use super::descent::{LEAST_GAIN, LONGEST_STEP};
use super::parameters::{CheckedTsneParameters, RepulsionMethod, TsneParameters};
use super::repulsion::{LEAST_NORM, grid_kernel};
use crate::gpu::GpuContext;
use crate::gpu::tsne::{DeviceMap, Edges, MapStep};
use crate::objective::BackendError;
use crate::projection::ProjectionError;

/// The map on the device. Who reads places waits for the iterations that are under way, hence the lock.
pub(super) struct DevicePoints(Mutex<DeviceMap>);

impl DevicePoints {
    /// Points at `layout`, by the positions of `affinities`.
    ///
    /// # Errors
    /// [`ProjectionError::Device`] if they do not fit the device.
    pub(super) fn new<const D: usize>(
        context: &GpuContext,
        affinities: &Affinities,
        layout: &[[f32; D]],
        parameters: &TsneParameters,
    ) -> Result<Self, ProjectionError> {
        let (mut starts, mut columns, mut values) = (vec![0_u32], Vec::new(), Vec::new());
        for chunk in affinities.chunks() {
            for row in 0..chunk.len() {
                let (row_columns, row_values) = chunk.row(row);
                columns.extend_from_slice(row_columns.as_flattened());
                values.extend_from_slice(row_values.as_flattened());
                starts.push(columns.len() as u32);
            }
        }
        let places: Vec<[f32; 4]> =
            layout.iter().map(|place| std::array::from_fn(|axis| place.get(axis).copied().unwrap_or(0.0))).collect();
        let edges = Edges { starts: &starts, columns: &columns, values: &values };
        let map = Self(Mutex::new(DeviceMap::new(context, &edges, &places).map_err(device)?));
        map.sum_by(parameters)?;
        Ok(map)
    }

    /// Sums the repulsion by the method of these parameters from now on: on a grid, or over every pair, which a device
    /// does in place of a tree too.
    ///
    /// # Errors
    /// [`ProjectionError::Device`] if the device cannot.
    pub(super) fn sum_by(&self, parameters: &TsneParameters) -> Result<(), ProjectionError> {
        let spacing = (parameters.repulsion == RepulsionMethod::Grid).then_some(parameters.grid_spacing);
        self.map().use_grid(spacing).map_err(device)
    }

    /// One iteration, which may still be under way when this returns.
    ///
    /// # Errors
    /// [`ProjectionError::Device`] if the device fails.
    pub(super) fn advance(&self, parameters: &CheckedTsneParameters, iteration: usize) -> Result<(), ProjectionError> {
        let step = MapStep {
            exaggeration: parameters.exaggeration_at(iteration) as f32,
            learning_rate: parameters.learning_rate_at(iteration) as f32,
            momentum: parameters.momentum_at(iteration) as f32,
            longest_step: LONGEST_STEP,
            least_gain: LEAST_GAIN,
            least_norm: LEAST_NORM as f32,
        };
        self.map().advance(&step, &grid_kernel).map_err(device)
    }

    /// Where the points are after all iterations so far.
    ///
    /// # Errors
    /// [`ProjectionError::Device`] if the device fails.
    pub(super) fn places<const D: usize>(&self) -> Result<Vec<[f32; D]>, ProjectionError> {
        let places = self.map().places().map_err(device)?;
        Ok(places.iter().map(|place| std::array::from_fn(|axis| place[axis])).collect())
    }

    fn map(&self) -> std::sync::MutexGuard<'_, DeviceMap> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says what failed in the words of a map: those of the backends speak of trainings.
fn device(error: BackendError) -> ProjectionError {
    ProjectionError::Device {
        message: match error {
            BackendError::OutOfMemory { needed_mib, available_mib, device } => {
                format!("the map needs {needed_mib} MiB on {device} but {available_mib} MiB can be used")
            }
            BackendError::DeviceLost { message } => format!("the device failed: {message}"),
            other => other.to_string(),
        },
    }
}
