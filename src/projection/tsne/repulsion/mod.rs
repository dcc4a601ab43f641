//! The push of all points on each other.

mod convolution;
mod exact;
mod grid;
mod own;
mod spline;
mod tree;

use super::parameters::{RepulsionMethod, TsneParameters};
use crate::gpu::tsne::GridKernel;
use crate::progress::Watch;

/// What all pairs add up to.
pub(super) struct Sums<const D: usize> {
    /// Z, the sum over pairs of different points, both ways, of `1 / (1 + |y_i - y_j|^2)`.
    near: f64,
    /// `sum_j (y_i - y_j) / (1 + |y_i - y_j|^2)^2` of each point.
    forces: Vec<[f32; D]>,
}

/// Z of a single point or of points out of each other's sight is 0, which nothing can be divided by.
pub(super) const LEAST_NORM: f64 = 1e-30;

/// What a device makes a grid of `columns` by `rows` nodes, `spacing` apart, with.
pub(super) fn grid_kernel(columns: usize, rows: usize, spacing: f64) -> GridKernel {
    let watch = Watch::unattended();
    let mut convolution = convolution::Convolution::new(columns, rows, spacing, &watch);
    let own = own::OwnShare::of(&mut convolution, &watch).coefficients();
    GridKernel { spectrum: convolution.into_kernel(), own }
}

/// One way to sum the repulsion, and what it keeps from one iteration to the next.
pub(super) enum Repulsion<const D: usize> {
    Exact(Sums<D>),
    Tree { sums: Sums<D>, theta: f64 },
    Grid(Box<grid::GridField>),
}

impl<const D: usize> Repulsion<D> {
    /// The method that checked `parameters` name.
    pub(super) fn new(parameters: &TsneParameters) -> Self {
        let sums = Sums { near: 0.0, forces: Vec::new() };
        match parameters.repulsion {
            RepulsionMethod::Grid => Self::Grid(Box::new(grid::GridField::new(parameters.grid_spacing))),
            RepulsionMethod::Tree => Self::Tree { sums, theta: parameters.theta },
            RepulsionMethod::Auto | RepulsionMethod::Exact => Self::Exact(sums),
        }
    }

    /// Sums over all pairs of `layout` and returns Z, which is above 0 for two points and more. A cancelled watch
    /// leaves the sums undefined.
    pub(super) fn prepare(&mut self, layout: &[[f32; D]], watch: &Watch) -> f64 {
        let near = match self {
            Self::Exact(sums) => {
                *sums = exact::repel(layout, watch);
                sums.near
            }
            Self::Tree { sums, theta } => {
                *sums = tree::repel(layout, *theta, watch);
                sums.near
            }
            Self::Grid(field) => field.charge(bytemuck::cast_slice(layout.as_flattened()), watch),
        };
        near.max(LEAST_NORM)
    }

    /// Takes the repulsion of the points `first..`, divided by `near`, from `forces`.
    pub(super) fn subtract(&self, first: usize, near: f64, forces: &mut [[f32; D]]) {
        let factor = (1.0 / near) as f32;
        match self {
            Self::Exact(sums) | Self::Tree { sums, .. } => {
                for (force, push) in forces.iter_mut().zip(&sums.forces[first..]) {
                    for axis in 0..D {
                        force[axis] -= factor * push[axis];
                    }
                }
            }
            // The gradient of u is -2 times the repulsion.
            Self::Grid(field) => {
                field.add_gradient(first, 0.5 * factor, bytemuck::cast_slice_mut(forces.as_flattened_mut()));
            }
        }
    }
}

/// The field of a fixed map, which single places feel.
pub(super) enum FixedField<const D: usize> {
    Exact(exact::Places<D>),
    Grid(Box<grid::GridField>),
}

/// With more fixed points than these a grid in the plane is faster.
const EXACT_FIXED: usize = 4096;

impl<const D: usize> FixedField<D> {
    /// The field of the points at `layout`.
    pub(super) fn new(layout: &[[f32; D]], watch: &Watch) -> Self {
        if D != 2 || layout.len() <= EXACT_FIXED {
            return Self::Exact(exact::Places::new(layout));
        }
        let mut field = grid::GridField::new(0.25);
        field.charge(bytemuck::cast_slice(layout.as_flattened()), watch);
        Self::Grid(Box::new(field))
    }

    /// `sum_j 1 / (1 + |y - y_j|^2)` at a place, and `sum_j (y - y_j) / (1 + |y - y_j|^2)^2`.
    pub(super) fn feel(&self, place: [f32; D]) -> (f32, [f32; D]) {
        match self {
            Self::Exact(places) => crate::simd::vectorized(|| places.feel(place)),
            Self::Grid(field) => {
                let [near, slopes @ ..] = field.at([place[0], place[1]]);
                (near, std::array::from_fn(|axis| -0.5 * slopes[axis.min(1)]))
            }
        }
    }
}
