//! t-SNE's iterations on a device.
//!
//! The host lays the grid every few iterations and reads places when somebody wants to see them; between that the device
//! is on its own. All sums have one order, so the same start gives the same map.

mod grid;
mod iteration;

use bytemuck::cast_slice;

use crate::objective::BackendError;

use super::device_buffers::DeviceBuffers;
use super::layout::LANES;
use super::program::Slot;
use super::{AdapterReport, GpuContext};

pub use grid::{Grid, MARGIN};
pub use iteration::{MapSize, MapStep, bounds, iteration, map_bytes, turns};

use grid::Watchman;

/// Which points pull each other and how strongly: the entries of a sparse symmetric matrix, row by row.
#[derive(Debug, Clone, Copy)]
pub struct Edges<'a> {
    /// [points + 1] where each point's edges start.
    pub starts: &'a [u32],
    /// `[edges]` the other point, below the number of points.
    pub columns: &'a [u32],
    /// `[edges]` the affinity.
    pub values: &'a [f32],
}

/// What a grid is made with.
#[derive(Debug, Clone, PartialEq)]
pub struct GridKernel {
    /// The transform of 1 / (1 + r^2), [columns, 2, rows], which a convolution multiplies by, scaled so that charging,
    /// convolving and gathering give the field.
    pub spectrum: Vec<f32>,
    /// What a point feels of itself, which is taken away: a polynomial of its place x, y between nodes, with coefficients
    /// [powers of (y - 1/2)^2, powers of (x - 1/2)^2].
    pub own: [[f32; LANES]; LANES],
}

/// Makes what a grid of columns by rows nodes, that lie so far apart, is made with.
pub type KernelOf<'a> = &'a dyn Fn(usize, usize, f64) -> GridKernel;

/// Whether the workgroups of `adapter` have the memory that a grid's transforms take.
#[must_use]
pub fn has_grids(adapter: &AdapterReport) -> bool {
    adapter.workgroup_memory_bytes as usize >= grid::LINE_BYTES
}

/// A map on a device.
#[derive(Debug)]
pub struct DeviceMap {
    buffers: DeviceBuffers,
    size: MapSize,
    grid: Option<Watchman>,
}

impl DeviceMap {
    /// A map of points at `places` (x, y, z or 0, 0) that lie along `edges`.
    ///
    /// # Errors
    /// [`BackendError`] if it does not fit the device.
    pub fn new(context: &GpuContext, edges: &Edges<'_>, places: &[[f32; LANES]]) -> Result<Self, BackendError> {
        let size = MapSize { points: places.len() as u32, edges: edges.columns.len() as u64 };
        let bytes = map_bytes(&size);
        let buffers = DeviceBuffers::new(context.clone(), &bytes, &iteration::table_stages())?;
        buffers.write(Slot::MapPlaces, cast_slice(places));
        buffers.write(Slot::MapGains, cast_slice(&vec![[1.0_f32; LANES]; places.len()]));
        buffers.write(Slot::EdgeStarts, cast_slice(edges.starts));
        buffers.write(Slot::EdgeColumns, cast_slice(edges.columns));
        buffers.write(Slot::EdgeValues, cast_slice(edges.values));
        Ok(Self { buffers, size, grid: None })
    }

    /// Sums the push on a grid whose nodes lie `spacing` apart from now on (two dimensions only), or, if that is `None`,
    /// over every pair.
    ///
    /// # Errors
    /// [`BackendError::Unavailable`] if the device's workgroups have too little memory for the grid's transforms.
    pub fn use_grid(&mut self, spacing: Option<f64>) -> Result<(), BackendError> {
        let adapter = &self.buffers.context().adapter;
        if spacing.is_some() && !has_grids(adapter) {
            return Err(BackendError::Unavailable {
                message: format!(
                    "{} has {} bytes of memory a workgroup, and the grid of a t-SNE needs {}; use --backend cpu",
                    adapter.name,
                    adapter.workgroup_memory_bytes,
                    grid::LINE_BYTES
                ),
            });
        }
        self.grid = spacing.map(Watchman::new);
        Ok(())
    }

    /// One iteration. It may still be under way when this returns.
    ///
    /// # Errors
    /// [`BackendError`] if the device fails or the grid does not fit it.
    pub fn advance(&mut self, step: &MapStep, kernel_of: KernelOf<'_>) -> Result<(), BackendError> {
        if self.size.points == 0 {
            return Ok(());
        }
        if self.grid.as_mut().is_some_and(Watchman::is_due) {
            self.lay_grid(kernel_of)?;
        }
        let grid = self.grid.as_ref().and_then(Watchman::grid);
        self.buffers.enqueue(&[], iteration(&self.size, step, grid))
    }

    /// Where the points are after all iterations so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn places(&mut self) -> Result<Vec<[f32; LANES]>, BackendError> {
        let values = self.buffers.read(Slot::MapPlaces, self.size.points as usize * LANES)?;
        Ok(values.as_chunks().0.to_vec())
    }

    /// Lays the grid around where the points are.
    fn lay_grid(&mut self, kernel_of: KernelOf<'_>) -> Result<(), BackendError> {
        self.buffers.enqueue(&[], bounds(&self.size))?;
        let parts = self.buffers.read(Slot::MapBounds, iteration::PARTS * LANES)?;
        let Some(watchman) = &mut self.grid else { return Ok(()) };
        let Some(laid) = watchman.lay(parts.as_chunks().0) else { return Ok(()) };
        // The device rests, so that nothing of the grid before is still in use.
        self.buffers.reserve(&laid.bytes())?;
        let kernel = kernel_of(laid.columns as usize, laid.rows as usize, f64::from(laid.spacing));
        self.buffers.write(Slot::GridKernel, cast_slice(&kernel.spectrum));
        self.buffers.write(Slot::GridOwn, cast_slice(&kernel.own));
        self.buffers.write(Slot::GridTurns, cast_slice(&turns(&laid)));
        Ok(())
    }
}
