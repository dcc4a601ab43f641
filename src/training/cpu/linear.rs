//! Products of small matrices.

use super::table::floats;
use crate::simd::{Lane, LaneView, STRIP, Simd, WIDTH, gather};

/// A matrix as it lies, or transposed.
#[derive(Clone, Copy)]
pub struct Strided<'a> {
    data: &'a [f32],
    /// Floats from one row to the next of the matrix as it lies.
    stride: usize,
    transposed: bool,
}

impl<'a> Strided<'a> {
    /// Rows of `lanes` lanes as they lie.
    #[must_use]
    pub fn rows(data: &'a [Lane], lanes: usize) -> Self {
        Self { data: floats(data), stride: lanes * WIDTH, transposed: false }
    }

    /// Rows of `lanes` lanes, transposed; its first row is column `first`.
    #[must_use]
    pub fn columns(data: &'a [Lane], lanes: usize, first: usize) -> Self {
        let data = floats(data);
        Self { data: &data[first.min(data.len())..], stride: lanes * WIDTH, transposed: true }
    }
}

// Rows of `b` that are worked through before the next tile: they and the tile's rows of `a` stay in L1.
const DEPTH: usize = 64;

/// `out += a b`, where `out` is [rows, lanes], `a` [rows, depth] and `b` [depth, lanes].
///
/// Every element of `out` is summed in the order of the depth.
#[inline(always)]
pub fn multiply<S: Simd>(s: S, out: &mut [Lane], rows: usize, lanes: usize, a: Strided<'_>, depth: usize, b: &[Lane]) {
    let mut packed = [0.0; STRIP * DEPTH];
    let starts: [usize; DEPTH] = std::array::from_fn(|row| row * lanes);
    for start in (0..depth).step_by(DEPTH) {
        let depths = start..depth.min(start + DEPTH);
        let b = LaneView::from(&b[start * lanes..depths.end * lanes]);
        let starts = &starts[..depths.len()];
        let mut row = 0;
        while row + STRIP <= rows {
            let factors = pack::<STRIP>(a, row, depths.clone(), &mut packed);
            gather::<S, STRIP>(s, &mut out[row * lanes..][..STRIP * lanes], false, lanes, factors, b, starts);
            row += STRIP;
        }
        while row < rows {
            let factors = pack::<1>(a, row, depths.clone(), &mut packed);
            gather::<S, 1>(s, &mut out[row * lanes..][..lanes], false, lanes, factors, b, starts);
            row += 1;
        }
    }
}

/// `R` rows of `a` from `row` on, depth by depth, as the tiles read them again and again.
#[inline(always)]
fn pack<'p, const R: usize>(
    a: Strided<'_>,
    row: usize,
    depths: std::ops::Range<usize>,
    packed: &'p mut [f32; STRIP * DEPTH],
) -> &'p [f32] {
    let packed = &mut packed.as_chunks_mut::<R>().0[..depths.len()];
    if a.transposed {
        let columns = a.data[row + depths.start * a.stride..].chunks(a.stride);
        for (to, column) in packed.iter_mut().zip(columns) {
            to.copy_from_slice(&column[..R]);
        }
        return packed.as_flattened();
    }
    let rows: [&[f32]; R] = std::array::from_fn(|r| &a.data[(row + r) * a.stride + depths.start..][..depths.len()]);
    for (k, to) in packed.iter_mut().enumerate() {
        *to = rows.map(|row| row[k]);
    }
    packed.as_flattened()
}
