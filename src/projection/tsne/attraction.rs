//! The pull of neighbours: a sum over the edges of the affinities.

use super::affinities::{BLOCK, Chunk};

/// `sum_j P_ij (y_i - y_j) / (1 + |y_i - y_j|^2)` of each position in `chunk`, times `factor`, into `forces`.
///
/// `layout` holds every position's place.
///
/// # Panics
/// If `layout` has fewer places than the affinities have points.
pub(super) fn attract<const D: usize>(chunk: &Chunk, layout: &[[f32; D]], factor: f32, forces: &mut [[f32; D]]) {
    // The largest column there can be is a position.
    assert!(chunk.positions().end <= layout.len(), "every position has a place");
    #[cfg(target_arch = "x86_64")]
    if crate::simd::has_avx2()
        && let (Some(plane), Some(forces)) = (plane(layout), plane_mut(forces))
    {
        return x86::attract(chunk, plane, factor, forces);
    }
    for (row, (force, at)) in forces.iter_mut().zip(chunk.positions()).enumerate() {
        let (columns, values) = chunk.row(row);
        *force = row_force(layout[at], columns, values, layout).map(|sum| sum * factor);
    }
}

/// Lanes are summed apart and then added, so that the compiler can keep them in a vector register.
fn row_force<const D: usize>(
    place: [f32; D],
    columns: &[[u32; BLOCK]],
    values: &[[f32; BLOCK]],
    layout: &[[f32; D]],
) -> [f32; D] {
    let mut sums = [[0.0_f32; BLOCK]; D];
    for (columns, values) in columns.iter().zip(values) {
        for lane in 0..BLOCK {
            let other = layout[columns[lane] as usize];
            let difference: [f32; D] = std::array::from_fn(|axis| place[axis] - other[axis]);
            let square: f32 = difference.iter().map(|x| x * x).sum();
            let pull = values[lane] / (1.0 + square);
            for axis in 0..D {
                sums[axis][lane] += pull * difference[axis];
            }
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// `sum P ln P` and `sum P ln (1 + |y_i - y_j|^2)` over the chunk's edges.
pub(super) fn divergence_sums<const D: usize>(chunk: &Chunk, layout: &[[f32; D]]) -> (f64, f64) {
    let (mut entropy, mut spread) = (0.0_f64, 0.0_f64);
    for (row, at) in chunk.positions().enumerate() {
        let place = layout[at];
        let (columns, values) = chunk.row(row);
        for (&column, &value) in columns.as_flattened().iter().zip(values.as_flattened()) {
            if value > 0.0 {
                let other = layout[column as usize];
                let square: f64 = (0..D).map(|axis| f64::from(place[axis] - other[axis]).powi(2)).sum();
                let value = f64::from(value);
                entropy += value * value.ln();
                spread += value * square.ln_1p();
            }
        }
    }
    (entropy, spread)
}

/// The same places if they lie in a plane.
fn plane<const D: usize>(places: &[[f32; D]]) -> Option<&[[f32; 2]]> {
    (D == 2).then(|| bytemuck::cast_slice(places.as_flattened()))
}

fn plane_mut<const D: usize>(places: &mut [[f32; D]]) -> Option<&mut [[f32; 2]]> {
    (D == 2).then(|| bytemuck::cast_slice_mut(places.as_flattened_mut()))
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "intrinsics and unchecked places; the loop is bound by the number of its instructions")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{BLOCK, Chunk};

    pub(super) fn attract(chunk: &Chunk, layout: &[[f32; 2]], factor: f32, forces: &mut [[f32; 2]]) {
        // SAFETY: the caller found AVX2 and FMA; `Affinities` only makes columns that are positions.
        unsafe { attract_avx2(chunk, layout, factor, forces) }
    }

    #[target_feature(enable = "avx2,fma")]
    unsafe fn attract_avx2(chunk: &Chunk, layout: &[[f32; 2]], factor: f32, forces: &mut [[f32; 2]]) {
        for (row, (force, at)) in forces.iter_mut().zip(chunk.positions()).enumerate() {
            let (columns, values) = chunk.row(row);
            // SAFETY: as for this function.
            let [x, y] = unsafe { row_force(layout[at], columns, values, layout) };
            *force = [x * factor, y * factor];
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn row_force(
        place: [f32; 2],
        columns: &[[u32; BLOCK]],
        values: &[[f32; BLOCK]],
        layout: &[[f32; 2]],
    ) -> [f32; 2] {
        let (place_x, place_y) = (_mm256_set1_ps(place[0]), _mm256_set1_ps(place[1]));
        let one = _mm256_set1_ps(1.0);
        let (mut sum_x, mut sum_y) = (_mm256_setzero_ps(), _mm256_setzero_ps());
        for (columns, values) in columns.iter().zip(values) {
            let pair = |lane: usize| {
                debug_assert!((columns[lane] as usize) < layout.len(), "columns are positions");
                // SAFETY: columns are positions, and every position has a place.
                unsafe { layout.as_ptr().add(columns[lane] as usize).cast::<f64>() }
            };
            // Places are pairs of floats, moved as one f64 each: x0 y0 x1 y1 | x4 y4 x5 y5, and the same of 2 3 6 7.
            let two = |low: usize, high: usize| {
                // SAFETY: `pair` points to a place; loads of one f64 need no alignment.
                unsafe { _mm_castpd_ps(_mm_loadh_pd(_mm_load_sd(pair(low)), pair(high))) }
            };
            let a = _mm256_set_m128(two(4, 5), two(0, 1));
            let b = _mm256_set_m128(two(6, 7), two(2, 3));
            let x = _mm256_sub_ps(place_x, _mm256_shuffle_ps::<0x88>(a, b));
            let y = _mm256_sub_ps(place_y, _mm256_shuffle_ps::<0xDD>(a, b));
            let square = _mm256_fmadd_ps(x, x, _mm256_fmadd_ps(y, y, one));
            // SAFETY: the address is that of a reference to 8 floats.
            let value = unsafe { _mm256_loadu_ps(values.as_ptr()) };
            let pull = _mm256_div_ps(value, square);
            sum_x = _mm256_fmadd_ps(pull, x, sum_x);
            sum_y = _mm256_fmadd_ps(pull, y, sum_y);
        }
        let sums = _mm256_hadd_ps(sum_x, sum_y);
        let sums = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps::<1>(sums));
        let mut lanes = [0.0; 4];
        // SAFETY: `lanes` holds 4 floats.
        unsafe { _mm_storeu_ps(lanes.as_mut_ptr(), sums) };
        [lanes[0] + lanes[1], lanes[2] + lanes[3]]
    }
}
