//! Vectors to project.

use ndarray::Array2;

/// Repeatable values in 0..1.
pub fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// `groups` well separated groups, row `i` in group `i % groups`: [rows, dims].
pub fn clusters(rows: usize, dims: usize, groups: usize) -> Array2<f32> {
    let (mut centre, mut near) = (noise(1), noise(2));
    let centres = Array2::from_shape_simple_fn((groups, dims), || 20.0 * centre());
    Array2::from_shape_fn((rows, dims), |(row, axis)| centres[[row % groups, axis]] + near() + near())
}
