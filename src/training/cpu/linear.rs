//! Dot products and weighted sums of rows, in register tiles.
//!
//! Two tile shapes: four rows of one side against two of the other, where every cell is wanted, and one
//! against eight. Rows are found by the lane at which they start in their table.

use super::table::floats;
use crate::simd::{ACROSS, Lane, STRIP, Simd, Tile, WIDTH};

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

/// `L` lanes of a table.
///
/// # Safety
/// They must lie within `table`.
#[allow(unsafe_code, reason = "the innermost loops read rows whose bounds their callers have checked once")]
#[inline(always)]
unsafe fn lanes_at<const L: usize>(table: &[Lane], first: usize) -> &[Lane; L] {
    debug_assert!(first + L <= table.len());
    // SAFETY: the caller vouches for the bounds; an array is laid out as the lanes are.
    unsafe { &*table.as_ptr().add(first).cast() }
}

/// [`lanes_at`], to be changed.
///
/// # Safety
/// They must lie within `table`.
#[allow(unsafe_code, reason = "the innermost loops change rows whose bounds their callers have checked once")]
#[inline(always)]
unsafe fn lanes_at_mut<const L: usize>(table: &mut [Lane], first: usize) -> &mut [Lane; L] {
    debug_assert!(first + L <= table.len());
    // SAFETY: as above, and the exclusive borrow of the table is lent on.
    unsafe { &mut *table.as_mut_ptr().add(first).cast() }
}

/// `out[c] += sum_r weights[r * C + c] * table[starts[r]..]` for the `C` rows of `out`, `lanes` lanes each;
/// what `out` held does not count if it is `fresh`.
///
/// Sums run in the order of `starts`.
///
/// # Panics
/// If a row does not lie within `table`.
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
    let rows = table.len().checked_sub(lanes);
    assert!(starts.iter().all(|&start| rows.is_some_and(|last| start <= last)), "a row lies beyond its table");
    for_tiles!(C, lanes, v, L => {
        // SAFETY: checked above.
        #[allow(unsafe_code, reason = "one check for all tiles of a row")]
        unsafe { gather_tile::<S, C, L>(s, out, fresh, lanes, v, weights, table, starts) }
    });
}

/// # Safety
/// Each of `starts` must begin `lanes` lanes of `table`, and `v + L` be at most `lanes`.
#[allow(unsafe_code, reason = "one check for all tiles of a row")]
#[expect(clippy::too_many_arguments, reason = "one place calls it")]
#[inline(always)]
unsafe fn gather_tile<S: Simd, const C: usize, const L: usize>(
    s: S,
    out: &mut [Lane],
    fresh: bool,
    lanes: usize,
    v: usize,
    weights: &[f32],
    table: &[Lane],
    starts: &[usize],
) {
    if C == STRIP && L == ACROSS {
        let mut tile: Tile<S::V> = [[s.splat(0.0); ACROSS]; STRIP];
        let at = |r: usize, l: usize| r * lanes + v + l;
        if !fresh {
            for (r, sums) in tile.iter_mut().enumerate() {
                *sums = std::array::from_fn(|l| s.load(&out[at(r, l)]));
            }
        }
        // SAFETY: the caller's.
        tile = unsafe { s.weigh(tile, weights.as_chunks().0, &table[v..], starts) };
        for (r, sums) in tile.iter().enumerate() {
            for (l, &sum) in sums.iter().enumerate() {
                s.store(&mut out[at(r, l)], sum);
            }
        }
        return;
    }
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
        // SAFETY: the caller's.
        let row: &[Lane; L] = unsafe { lanes_at(table, start + v) };
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
///
/// # Panics
/// If a place does not lie within `out`.
#[inline(always)]
pub fn scatter<S: Simd, const C: usize>(
    s: S,
    out: &mut [Lane],
    places: &[Place],
    lanes: usize,
    weights: &[f32],
    rows: [&[Lane]; C],
) {
    let count = out.len().checked_div(lanes).unwrap_or(0);
    assert!(places.iter().all(|place| (place.row as usize) < count), "a gradient lies beyond its memory");
    for_tiles!(C, lanes, v, L => {
        // SAFETY: checked above.
        #[allow(unsafe_code, reason = "one check for all tiles of a row")]
        unsafe { scatter_tile::<S, C, L>(s, out, places, lanes, v, weights, rows) }
    });
}

/// # Safety
/// Each of `places` must be one of the rows of `lanes` lanes in `out`, and `v + L` be at most `lanes`.
#[allow(unsafe_code, reason = "one check for all tiles of a row")]
#[inline(always)]
unsafe fn scatter_tile<S: Simd, const C: usize, const L: usize>(
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
        // SAFETY: the caller's.
        let row: &mut [Lane; L] = unsafe { lanes_at_mut(out, place.row as usize * lanes + v) };
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
    let mut packed = [0.0; STRIP * DEPTH];
    let starts: [usize; DEPTH] = std::array::from_fn(|row| row * lanes);
    for start in (0..depth).step_by(DEPTH) {
        let depths = start..depth.min(start + DEPTH);
        let b = &b[start * lanes..depths.end * lanes];
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
    if a.row_stride == 1 {
        let columns = a.data[row + depths.start * a.column_stride..].chunks(a.column_stride);
        for (to, column) in packed.iter_mut().zip(columns) {
            to.copy_from_slice(&column[..R]);
        }
        return packed.as_flattened();
    }
    for r in 0..R {
        let first = (row + r) * a.row_stride + depths.start * a.column_stride;
        let column = a.data[first..].iter().step_by(a.column_stride);
        for (to, &from) in packed.iter_mut().zip(column) {
            to[r] = from;
        }
    }
    packed.as_flattened()
}
