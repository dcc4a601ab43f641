//! Vectors to project.

use ndarray::Array2;

use crate::noise;

/// `groups` well separated groups, row `i` in group `i % groups`: [rows, dims].
pub fn clusters(rows: usize, dims: usize, groups: usize) -> Array2<f32> {
    let (mut centre, mut near) = (noise::uniform(1), noise::uniform(2));
    let centres = Array2::from_shape_simple_fn((groups, dims), || 20.0 * centre());
    Array2::from_shape_fn((rows, dims), |(row, axis)| centres[[row % groups, axis]] + near() + near())
}
