//! Dot products and weighted sums of rows, in register tiles.
//!
//! Two tile shapes: four rows of one side against two of the other, where every cell is wanted, and one
//! against eight. Rows are found by the lane at which they start in their table.

use super::simd::{Lane, Simd, WIDTH};
use super::table::floats;

/// Covers `lanes` lanes by tiles as wide as the registers allow beside the other side's rows.
macro_rules! for_tiles {
    ($rows:expr, $lanes:expr, $v:ident, $width:ident => $body:expr) => {{
        let lanes = $lanes;
        let mut $v = 0;
        while $v < lanes {
            // With four rows three lanes fill the registers; a last single lane would waste them, so 4 = 2 + 2.
            match lanes - $v {
                8.. if $rows == 1 => {
                    const $width: usize = 8;
                    $body;
                    $v += $width;
                }
                5.. | 3 => {
                    const $width: usize = 3;
                    $body;
                    $v += $width;
                }
                1 => {
                    const $width: usize = 1;
                    $body;
                    $v += $width;
                }
                _ => {
                    const $width: usize = 2;
                    $body;
                    $v += $width;
                }
            }
        }
    }};
}
pub(super) use for_tiles;

/// The dot products of rows `a` (four) and `b` (two): `b0 a0, b0 a1, b0 a2, b0 a3, b1 a0, ...`.
#[inline(always)]
pub fn dots_4x2<S: Simd>(s: S, a: [&[Lane]; 4], b: [&[Lane]; 2]) -> S::V {
    let lanes = a[0].len();
    let a = a.map(|row| &row[..lanes]);
    let b = b.map(|row| &row[..lanes]);
    let mut sums = [s.splat(0.0); WIDTH];
    for v in 0..lanes {
        let a = [s.load(&a[0][v]), s.load(&a[1][v]), s.load(&a[2][v]), s.load(&a[3][v])];
        let b = [s.load(&b[0][v]), s.load(&b[1][v])];
        for i in 0..4 {
            sums[i] = s.fma(a[i], b[0], sums[i]);
            sums[4 + i] = s.fma(a[i], b[1], sums[4 + i]);
        }
    }
    s.sum_each(sums)
}

/// The dot products of row `a` and eight rows `b`.
#[inline(always)]
pub fn dots_1x8<S: Simd>(s: S, a: &[Lane], b: [&[Lane]; 8]) -> S::V {
    let lanes = a.len();
    let b = b.map(|row| &row[..lanes]);
    let mut sums = [s.splat(0.0); WIDTH];
    for v in 0..lanes {
        let a = s.load(&a[v]);
        for i in 0..8 {
            sums[i] = s.fma(a, s.load(&b[i][v]), sums[i]);
        }
    }
    s.sum_each(sums)
}

/// `out[c] += sum_r weights[r * C + c] * table[starts[r]..]` for the `C` rows of `out`, `lanes` lanes each;
/// what `out` held does not count if it is `fresh`.
///
/// Sums run in the order of `starts`.
#[inline(always)]
pub fn gather<S: Simd, const C: usize>(
    s: S,
    out: &mut [Lane],
    fresh: bool,
    lanes: usize,
    weights: &[f32],
    table: &[Lane],
    starts: &[usize],
) {
    for_tiles!(C, lanes, v, L => gather_tile::<S, C, L>(s, out, fresh, lanes, v, weights, table, starts));
}

#[expect(clippy::too_many_arguments, reason = "one place calls it")]
#[inline(always)]
fn gather_tile<S: Simd, const C: usize, const L: usize>(
    s: S,
    out: &mut [Lane],
    fresh: bool,
    lanes: usize,
    v: usize,
    weights: &[f32],
    table: &[Lane],
    starts: &[usize],
) {
    let mut sums = [[s.splat(0.0); L]; C];
    if !fresh {
        for c in 0..C {
            let row = &out[c * lanes + v..][..L];
            for l in 0..L {
                sums[c][l] = s.load(&row[l]);
            }
        }
    }
    for (&start, weights) in starts.iter().zip(weights.as_chunks::<C>().0) {
        let row = &table[start + v..][..L];
        let mut x = [s.splat(0.0); L];
        for l in 0..L {
            x[l] = s.load(&row[l]);
        }
        // One weight at a time: with all four at hand a 4 x 3 tile would not fit into sixteen registers.
        for c in 0..C {
            let weight = s.splat(weights[c]);
            for l in 0..L {
                sums[c][l] = s.fma(weight, x[l], sums[c][l]);
            }
        }
    }
    for c in 0..C {
        let row = &mut out[c * lanes + v..][..L];
        for l in 0..L {
            s.store(&mut row[l], sums[c][l]);
        }
    }
}

/// A row that a [`scatter`] adds to.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Which row.
    pub row: u32,
    /// Whether what it held does not count.
    pub fresh: bool,
}

/// `out[places[r] * lanes..] += sum_c weights[r * C + c] * rows[c]` for the `C` rows, `lanes` lanes each.
#[inline(always)]
pub fn scatter<S: Simd, const C: usize>(
    s: S,
    out: &mut [Lane],
    places: &[Place],
    lanes: usize,
    weights: &[f32],
    rows: [&[Lane]; C],
) {
    for_tiles!(C, lanes, v, L => scatter_tile::<S, C, L>(s, out, places, lanes, v, weights, rows));
}

#[inline(always)]
fn scatter_tile<S: Simd, const C: usize, const L: usize>(
    s: S,
    out: &mut [Lane],
    places: &[Place],
    lanes: usize,
    v: usize,
    weights: &[f32],
    rows: [&[Lane]; C],
) {
    let mut held = [[s.splat(0.0); L]; C];
    for c in 0..C {
        let row = &rows[c][v..][..L];
        for l in 0..L {
            held[c][l] = s.load(&row[l]);
        }
    }
    for (place, weights) in places.iter().zip(weights.as_chunks::<C>().0) {
        let row = &mut out[place.row as usize * lanes + v..][..L];
        let mut sums = [s.splat(0.0); L];
        if !place.fresh {
            for l in 0..L {
                sums[l] = s.load(&row[l]);
            }
        }
        for c in 0..C {
            let weight = s.splat(weights[c]);
            for l in 0..L {
                sums[l] = s.fma(weight, held[c][l], sums[l]);
            }
        }
        for l in 0..L {
            s.store(&mut row[l], sums[l]);
        }
    }
}

/// A matrix read element by element: element (r, k) is `data[r * row_stride + k * column_stride]`.
#[derive(Clone, Copy)]
pub struct Strided<'a> {
    /// Its floats.
    pub data: &'a [f32],
    /// Floats from one row to the next.
    pub row_stride: usize,
    /// Floats from one column to the next.
    pub column_stride: usize,
}

impl<'a> Strided<'a> {
    /// Rows of `lanes` lanes as they lie.
    #[must_use]
    pub fn rows(data: &'a [Lane], lanes: usize) -> Self {
        Self { data: floats(data), row_stride: lanes * WIDTH, column_stride: 1 }
    }

    /// Rows of `lanes` lanes, transposed; its first row is column `first`.
    #[must_use]
    pub fn columns(data: &'a [Lane], lanes: usize, first: usize) -> Self {
        let data = floats(data);
        Self { data: &data[first.min(data.len())..], row_stride: 1, column_stride: lanes * WIDTH }
    }
}

// Rows of `b` that are worked through before the next tile: they and the tile's rows of `a` stay in L1.
const DEPTH: usize = 64;

/// `out += a b`, where `out` is [rows, lanes], `a` [rows, depth] and `b` [depth, lanes].
///
/// Every element of `out` is summed in the order of the depth.
#[inline(always)]
pub fn multiply<S: Simd>(s: S, out: &mut [Lane], rows: usize, lanes: usize, a: Strided<'_>, depth: usize, b: &[Lane]) {
    for start in (0..depth).step_by(DEPTH) {
        let depths = start..depth.min(start + DEPTH);
        let mut row = 0;
        while row + 4 <= rows {
            let out = &mut out[row * lanes..][..4 * lanes];
            for_tiles!(4, lanes, v, L => multiply_tile::<S, 4, L>(s, out, lanes, v, a, row, depths.clone(), b));
            row += 4;
        }
        while row < rows {
            let out = &mut out[row * lanes..][..lanes];
            for_tiles!(1, lanes, v, L => multiply_tile::<S, 1, L>(s, out, lanes, v, a, row, depths.clone(), b));
            row += 1;
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one place calls it")]
#[inline(always)]
fn multiply_tile<S: Simd, const R: usize, const L: usize>(
    s: S,
    out: &mut [Lane],
    lanes: usize,
    v: usize,
    a: Strided<'_>,
    first_row: usize,
    depths: std::ops::Range<usize>,
    b: &[Lane],
) {
    let mut sums = [[s.splat(0.0); L]; R];
    for (r, sums) in sums.iter_mut().enumerate() {
        for l in 0..L {
            sums[l] = s.load(&out[r * lanes + v + l]);
        }
    }
    for depth in depths {
        let row = &b[depth * lanes + v..][..L];
        let mut x = [s.splat(0.0); L];
        for l in 0..L {
            x[l] = s.load(&row[l]);
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            let factor = s.splat(a.data[(first_row + r) * a.row_stride + depth * a.column_stride]);
            for l in 0..L {
                sums[l] = s.fma(factor, x[l], sums[l]);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for l in 0..L {
            s.store(&mut out[r * lanes + v + l], sums[l]);
        }
    }
}
