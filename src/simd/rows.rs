//! Dot products and weighted sums of rows, in register tiles.
//!
//! Two tile shapes: four rows of one side against two of the other, where every cell is wanted, and one
//! against eight. Rows are found by the lane at which they start in their table.
#![allow(unsafe_code, reason = "the innermost loops touch rows whose bounds their callers have checked once")]

use super::{ACROSS, Lane, LaneView, STRIP, Simd, Tile, WIDTH};

/// Covers the lanes from `$first` to `$lanes` by tiles as wide as the registers allow beside the other side's rows.
macro_rules! for_tiles {
    ($rows:expr, $first:expr, $lanes:expr, $v:ident, $width:ident => $body:expr) => {{
        let lanes = $lanes;
        let mut $v = $first;
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
pub(crate) use for_tiles;

/// The dot products of four columns and the rows at `starts`, row by row: `cells[4 r + c]` is that of row `r` and
/// column `c`. There is an even number of rows.
///
/// # Panics
/// If a row does not lie within `table`, or columns differ in length.
#[inline(always)]
pub fn dots<S: Simd>(s: S, columns: [LaneView<'_>; STRIP], table: LaneView<'_>, starts: &[usize], cells: &mut [f32]) {
    let lanes = columns[0].count();
    assert!(columns.iter().all(|column| column.count() == lanes), "columns of one length");
    check(table, starts, lanes);
    // SAFETY: checked above.
    unsafe { s.dots(columns, table, starts, cells) }
}

/// [`dots`] as [`Simd::dots`] does it without anything better.
///
/// # Safety
/// As [`Simd::dots`].
#[inline(always)]
pub(super) unsafe fn dots_by_two<S: Simd>(
    s: S,
    columns: [LaneView<'_>; STRIP],
    table: LaneView<'_>,
    starts: &[usize],
    cells: &mut [f32],
) {
    let lanes = columns[0].count();
    for (cells, starts) in cells.as_chunks_mut::<WIDTH>().0.iter_mut().zip(starts.as_chunks::<2>().0) {
        let two = starts.map(|start| table.part(start..start + lanes));
        s.store_array(cells, dots_4x2(s, columns, two));
    }
}

/// Checks that each of `starts` begins `lanes` lanes of `table`.
#[inline(always)]
fn check(table: LaneView<'_>, starts: &[usize], lanes: usize) {
    let last = table.count().checked_sub(lanes);
    assert!(starts.iter().all(|&start| last.is_some_and(|last| start <= last)), "a row lies beyond its table");
}

/// The dot products of rows `a` (four) and `b` (two): `b0 a0, b0 a1, b0 a2, b0 a3, b1 a0, ...`.
#[inline(always)]
fn dots_4x2<S: Simd>(s: S, a: [LaneView<'_>; 4], b: [LaneView<'_>; 2]) -> S::V {
    let lanes = a[0].count();
    let ([a0, a1, a2, a3], [b0, b1]) = (a, b.map(|row| row.part(0..lanes)));
    let (a1, a2, a3) = (a1.part(0..lanes), a2.part(0..lanes), a3.part(0..lanes));
    let mut sums = [s.splat(0.0); WIDTH];
    for v in 0..lanes {
        // SAFETY: each has so many lanes.
        let (a, b) = unsafe {
            let a = [s.load_at(a0.at(v)), s.load_at(a1.at(v)), s.load_at(a2.at(v)), s.load_at(a3.at(v))];
            (a, [s.load_at(b0.at(v)), s.load_at(b1.at(v))])
        };
        for i in 0..4 {
            sums[i] = s.fma(a[i], b[0], sums[i]);
            sums[4 + i] = s.fma(a[i], b[1], sums[4 + i]);
        }
    }
    s.sum_each(sums)
}

/// The dot products of row `a` and the eight rows at `starts`.
///
/// # Panics
/// If a row does not lie within `table`.
#[inline(always)]
pub fn dots_1x8<S: Simd>(s: S, a: LaneView<'_>, table: LaneView<'_>, starts: &[usize; 8]) -> S::V {
    let lanes = a.count();
    let b = starts.map(|start| table.part(start..start + lanes));
    let mut sums = [s.splat(0.0); WIDTH];
    for v in 0..lanes {
        // SAFETY: each has so many lanes.
        unsafe {
            let a = s.load_at(a.at(v));
            for i in 0..8 {
                sums[i] = s.fma(a, s.load_at(b[i].at(v)), sums[i]);
            }
        }
    }
    s.sum_each(sums)
}

/// `L` lanes of a table, to be changed.
///
/// # Safety
/// They must lie within `table`.
#[inline(always)]
unsafe fn lanes_at_mut<const L: usize>(table: &mut [Lane], first: usize) -> &mut [Lane; L] {
    debug_assert!(first + L <= table.len());
    // SAFETY: the caller vouches for the bounds; an array is laid out as the lanes are, and the exclusive borrow of the
    // table is lent on.
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
    table: LaneView<'_>,
    starts: &[usize],
) {
    check(table, starts, lanes);
    let mut done = 0;
    if C == STRIP {
        // SAFETY: checked above.
        done = unsafe { s.gather_wide(out, fresh, lanes, weights.as_chunks().0, table, starts) };
    }
    for_tiles!(C, done, lanes, v, L => {
        // SAFETY: checked above.
        unsafe { gather_tile::<S, C, L>(s, out, fresh, lanes, v, weights, table, starts) }
    });
}

/// # Safety
/// Each of `starts` must begin `lanes` lanes of `table`, and `v + L` be at most `lanes`.
#[expect(clippy::too_many_arguments, reason = "one place calls it")]
#[inline(always)]
unsafe fn gather_tile<S: Simd, const C: usize, const L: usize>(
    s: S,
    out: &mut [Lane],
    fresh: bool,
    lanes: usize,
    v: usize,
    weights: &[f32],
    table: LaneView<'_>,
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
        tile = unsafe { s.weigh(tile, weights.as_chunks().0, table.part(v..table.count()), starts) };
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
        let x: [S::V; L] = std::array::from_fn(|l| unsafe { s.load_at(table.at(start + v + l)) });
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
    rows: [LaneView<'_>; C],
) {
    let count = out.len().checked_div(lanes).unwrap_or(0);
    assert!(places.iter().all(|place| (place.row as usize) < count), "a gradient lies beyond its memory");
    let mut done = 0;
    if C == STRIP {
        let columns = std::array::from_fn(|c| rows[c.min(C - 1)].part(0..lanes));
        // SAFETY: checked above.
        done = unsafe { s.scatter_wide(out, places, weights.as_chunks().0, columns) };
    }
    for_tiles!(C, done, lanes, v, L => {
        // SAFETY: checked above.
        unsafe { scatter_tile::<S, C, L>(s, out, places, lanes, v, weights, rows) }
    });
}

/// # Safety
/// Each of `places` must be one of the rows of `lanes` lanes in `out`, and `v + L` be at most `lanes`.
#[inline(always)]
unsafe fn scatter_tile<S: Simd, const C: usize, const L: usize>(
    s: S,
    out: &mut [Lane],
    places: &[Place],
    lanes: usize,
    v: usize,
    weights: &[f32],
    rows: [LaneView<'_>; C],
) {
    let held: [[S::V; L]; C] = std::array::from_fn(|c| {
        let row = rows[c].part(v..v + L);
        // SAFETY: the row has these lanes.
        std::array::from_fn(|l| unsafe { s.load_at(row.at(l)) })
    });
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::simd::{Instructions, Kernel};

    /// All three sums of one tile, for every set of instructions.
    struct Sums<'a> {
        columns: [LaneView<'a>; STRIP],
        table: LaneView<'a>,
        starts: &'a [usize],
        places: &'a [Place],
        weights: &'a [f32],
        /// [columns x lanes], [places x lanes] what there is already.
        held: [&'a [Lane]; 2],
        fresh: bool,
    }

    impl Kernel for Sums<'_> {
        type Output = (Vec<f32>, Vec<Lane>, Vec<Lane>);

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Self::Output {
            let lanes = self.columns[0].count();
            let mut cells = vec![0.0; STRIP * self.starts.len()];
            dots(s, self.columns, self.table, self.starts, &mut cells);
            let [mut gathered, mut scattered] = self.held.map(<[Lane]>::to_vec);
            gather::<S, STRIP>(s, &mut gathered, self.fresh, lanes, self.weights, self.table, self.starts);
            scatter::<S, STRIP>(s, &mut scattered, self.places, lanes, self.weights, self.columns);
            (cells, gathered, scattered)
        }
    }

    /// Whole numbers, so that every order of summation gives the same.
    pub(in crate::simd) fn numbers(count: usize, seed: usize) -> Vec<Lane> {
        let number = |i: usize| ((i * 7 + seed * 13) % 11) as f32 - 5.0;
        (0..count).map(|lane| Lane(std::array::from_fn(|i| number(lane * WIDTH + i)))).collect()
    }

    #[test]
    fn tiles_are_the_direct_sums_with_any_instructions_and_any_number_of_lanes() {
        let at = |lanes: &[Lane], row: usize, width: usize, i: usize| lanes[row * width + i / WIDTH].0[i % WIDTH];
        for (lanes, rows, fresh) in (1..=19).flat_map(|lanes| [(lanes, 2, true), (lanes, 10, false), (lanes, 12, true)])
        {
            let table = numbers(20 * lanes, 1);
            let (columns, below) = (numbers(STRIP * lanes, 2), numbers(STRIP * lanes, 3));
            let into = numbers(rows * lanes, 4);
            let starts: Vec<usize> = (0..rows).map(|row| row * 7 % 20 * lanes).collect();
            let places: Vec<_> = (0..rows).map(|row| Place { row: row as u32, fresh: row % 3 == 0 }).collect();
            let weights: Vec<f32> = (0..rows * STRIP).map(|cell| (cell % 7) as f32 - 3.0).collect();
            for instructions in Instructions::all() {
                let (cells, gathered, scattered) = instructions.run(Sums {
                    columns: std::array::from_fn(|c| columns[c * lanes..][..lanes].into()),
                    table: table.as_slice().into(),
                    starts: &starts,
                    places: &places,
                    weights: &weights,
                    held: [&below, &into],
                    fresh,
                });
                let what = format!("{}, {lanes} lanes, {rows} rows", instructions.name());
                for (r, c) in (0..rows).flat_map(|r| (0..STRIP).map(move |c| (r, c))) {
                    let dot: f32 = (0..lanes * WIDTH)
                        .map(|i| at(&columns, c, lanes, i) * at(&table[starts[r]..], 0, lanes, i))
                        .sum();
                    assert_eq!(cells[r * STRIP + c], dot, "{what}: row {r}, column {c}");
                }
                for i in 0..lanes * WIDTH {
                    for c in 0..STRIP {
                        let sum: f32 =
                            (0..rows).map(|r| weights[r * STRIP + c] * at(&table[starts[r]..], 0, lanes, i)).sum();
                        let held = if fresh { 0.0 } else { at(&below, c, lanes, i) };
                        assert_eq!(at(&gathered, c, lanes, i), held + sum, "{what}: gathered {c}, {i}");
                    }
                    for (r, place) in places.iter().enumerate() {
                        let sum: f32 = (0..STRIP).map(|c| weights[r * STRIP + c] * at(&columns, c, lanes, i)).sum();
                        let held = if place.fresh { 0.0 } else { at(&into, r, lanes, i) };
                        assert_eq!(at(&scattered, r, lanes, i), held + sum, "{what}: scattered {r}, {i}");
                    }
                }
            }
        }
    }
}
