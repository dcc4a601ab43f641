//! Tiles of sixteen floats in AVX-512 registers; everything else in eight, as AVX2 has it, with twice the registers.
#![allow(unsafe_code, reason = "intrinsics; each call stands behind a token that only run-time detection makes")]

use std::arch::x86_64::*;

use super::sixteen::Sixteen;
use super::{Arithmetic, Avx2, Kernel, Lane, LaneView, PanelRow, Place, STRIP, Simd, Tile, WIDTH};

/// The proof that AVX-512 (F and VL), AVX2 and FMA are there.
#[derive(Debug, Clone, Copy)]
pub struct Avx512(Avx2);

impl Avx512 {
    /// The proof, where it can be given.
    #[must_use]
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl")).then_some(Self(Avx2::detect()?))
    }

    /// Runs `kernel`, compiled with AVX-512, AVX2 and FMA.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx512f,avx512vl,avx2,fma")]
        fn compiled<K: Kernel>(token: Avx512, kernel: K) -> K::Output {
            kernel.run(token)
        }
        // SAFETY: `self` exists only where all features were detected.
        unsafe { compiled(self, kernel) }
    }
}

/// Methods that do what those of AVX2 do.
macro_rules! as_avx2 {
    ($($name:ident($($argument:ident: $kind:ty),*) $(-> $out:ty)?;)*) => {
        $(
            #[inline(always)]
            fn $name(self, $($argument: $kind),*) $(-> $out)? {
                self.0.$name($($argument),*)
            }
        )*
    };
}

impl Arithmetic for Avx512 {
    type V = __m256;

    const COUNT: usize = WIDTH;

    #[inline(always)]
    unsafe fn read_at(self, from: *const f32) -> Self::V {
        // SAFETY: the caller's.
        unsafe { self.0.read_at(from) }
    }
    #[inline(always)]
    unsafe fn write_at(self, to: *mut f32, v: Self::V) {
        // SAFETY: the caller's.
        unsafe { self.0.write_at(to, v) }
    }

    as_avx2! {
        read(from: &[f32]) -> Self::V;
        write(to: &mut [f32], v: Self::V);
        splat(x: f32) -> Self::V;
        add(a: Self::V, b: Self::V) -> Self::V;
        sub(a: Self::V, b: Self::V) -> Self::V;
        mul(a: Self::V, b: Self::V) -> Self::V;
        div(a: Self::V, b: Self::V) -> Self::V;
        fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
        max(a: Self::V, b: Self::V) -> Self::V;
        min(a: Self::V, b: Self::V) -> Self::V;
        sqrt(a: Self::V) -> Self::V;
        round(a: Self::V) -> Self::V;
        exp2_integral(n: Self::V) -> Self::V;
        and(a: Self::V, b: Self::V) -> Self::V;
        is_zero(a: Self::V) -> bool;
        select_by_sign(by: Self::V, positive: Self::V, negative: Self::V) -> Self::V;
    }
}

impl Simd for Avx512 {
    type Wide = Sixteen;

    as_avx2! {
        load(from: &Lane) -> Self::V;
        store(to: &mut Lane, v: Self::V);
        load_array(from: &[f32; WIDTH]) -> Self::V;
        store_array(to: &mut [f32; WIDTH], v: Self::V);
        at_least(a: Self::V, b: Self::V) -> u32;
        sum_each(rows: [Self::V; WIDTH]) -> Self::V;
        sum(a: Self::V) -> f32;
        prefetch(lanes: &[Lane]);
        prefetch_lanes_at(first: *const Lane, count: usize);
        prefetch_second_level(first: *const Lane, count: usize);
        multiply(tile: Tile<Self::V>, left: &[PanelRow], first: usize, right: &[PanelRow]) -> Tile<Self::V>;
    }

    #[inline(always)]
    fn wide(self) -> Sixteen {
        Sixteen::new(self)
    }
    #[inline(always)]
    fn narrow(self, v: __m512) -> __m256 {
        // SAFETY: the token proves the features.
        unsafe { halves_added(v) }
    }
    #[inline(always)]
    fn any_at_least<const N: usize>(self, pairs: [(Self::V, Self::V); N]) -> bool {
        self.0.any_at_least(pairs)
    }
    #[inline(always)]
    fn prefetch_one<T>(self, value: &T) {
        self.0.prefetch_one(value);
    }
    #[inline(always)]
    unsafe fn weigh(
        self,
        tile: Tile<Self::V>,
        weights: &[[f32; STRIP]],
        table: LaneView<'_>,
        starts: &[usize],
    ) -> Tile<Self::V> {
        // SAFETY: the caller's.
        unsafe { self.0.weigh(tile, weights, table, starts) }
    }
    #[inline(always)]
    unsafe fn dots(self, columns: [LaneView<'_>; STRIP], table: LaneView<'_>, starts: &[usize], cells: &mut [f32]) {
        // SAFETY: the token proves the features; the rest is the caller's.
        unsafe { dots(columns, table, starts, cells) }
    }
    #[inline(always)]
    unsafe fn gather_wide(
        self,
        out: &mut [Lane],
        fresh: bool,
        lanes: usize,
        weights: &[[f32; STRIP]],
        table: LaneView<'_>,
        starts: &[usize],
    ) -> usize {
        for_wide_tiles!(lanes, v, L => {
            // SAFETY: the token proves the features; `v + 2 L` is at most `lanes`, and the rest is the caller's.
            unsafe { gather::<L>(out, fresh, lanes, v, weights, table, starts) }
        })
    }
    #[inline(always)]
    unsafe fn scatter_wide(
        self,
        out: &mut [Lane],
        places: &[Place],
        weights: &[[f32; STRIP]],
        rows: [LaneView<'_>; STRIP],
    ) -> usize {
        for_wide_tiles!(rows[0].count(), v, L => {
            // SAFETY: as above.
            unsafe { scatter::<L>(out, places, v, weights, rows) }
        })
    }
}

/// Adds the two halves.
#[inline]
#[target_feature(enable = "avx512f")]
fn halves_added(v: __m512) -> __m256 {
    let upper = _mm512_castpd_ps(_mm512_shuffle_f64x2::<0b11_10_11_10>(_mm512_castps_pd(v), _mm512_castps_pd(v)));
    _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_castps512_ps256(upper))
}

/// Covers pairs of lanes by tiles of up to four registers across: beside the sums or rows of four that is 16 of the 32,
/// and fewer than two would leave multiplications waiting for each other. The number of lanes that are covered.
macro_rules! for_wide_tiles {
    ($lanes:expr, $v:ident, $width:ident => $body:expr) => {{
        let lanes = $lanes;
        let mut $v = 0;
        loop {
            match (lanes - $v) / 2 {
                0 => break $v,
                1 => {
                    const $width: usize = 1;
                    $body;
                    $v += 2;
                }
                2 => {
                    const $width: usize = 2;
                    $body;
                    $v += 4;
                }
                3 | 5 => {
                    const $width: usize = 3;
                    $body;
                    $v += 6;
                }
                _ => {
                    const $width: usize = 4;
                    $body;
                    $v += 8;
                }
            }
        }
    }};
}
use for_wide_tiles;

/// The two lanes from lane `at` of `lanes` on.
///
/// # Safety
/// They must lie within `lanes`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load(lanes: LaneView<'_>, at: usize) -> __m512 {
    debug_assert!(at + 2 <= lanes.count(), "lanes beyond the end");
    // SAFETY: the caller's; lanes follow each other without gaps, and no alignment is asked for.
    unsafe { _mm512_loadu_ps(lanes.at(at).cast()) }
}

/// Writes the two lanes from lane `at` of `lanes` on.
///
/// # Safety
/// They must lie within `lanes`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store(lanes: &mut [Lane], at: usize, floats: __m512) {
    debug_assert!(at + 2 <= lanes.len(), "lanes beyond the end");
    // SAFETY: as above.
    unsafe { _mm512_storeu_ps(lanes.as_mut_ptr().add(at).cast(), floats) }
}

/// [`Simd::dots`], four rows at a time.
///
/// # Safety
/// As [`Simd::dots`].
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn dots(columns: [LaneView<'_>; STRIP], table: LaneView<'_>, starts: &[usize], cells: &mut [f32]) {
    let lanes = columns[0].count();
    for (cells, starts) in cells.chunks_mut(4 * STRIP).zip(starts.chunks(4)) {
        let rows: [usize; 4] = std::array::from_fn(|row| starts[row.min(starts.len() - 1)]);
        let mut sums = [[_mm512_setzero_ps(); STRIP]; 4];
        let mut v = 0;
        while v + 2 <= lanes {
            let mut wide = [_mm512_setzero_ps(); STRIP];
            for (wide, column) in wide.iter_mut().zip(columns) {
                // SAFETY: within the column.
                *wide = unsafe { load(column, v) };
            }
            for (sums, row) in sums.iter_mut().zip(rows) {
                // SAFETY: within the row, by the caller's word.
                let row = unsafe { load(table, row + v) };
                for (sum, column) in sums.iter_mut().zip(wide) {
                    *sum = _mm512_fmadd_ps(column, row, *sum);
                }
            }
            v += 2;
        }
        if v < lanes {
            for (sums, row) in sums.iter_mut().zip(rows) {
                // SAFETY: as above.
                let row = unsafe { single(table, row + v) };
                for (sum, column) in sums.iter_mut().zip(columns) {
                    // SAFETY: as above.
                    *sum = _mm512_fmadd_ps(unsafe { single(column, v) }, row, *sum);
                }
            }
        }
        let there = (1_u32 << cells.len()) - 1;
        // SAFETY: a chunk has at most sixteen floats, and what the mask leaves out is not written.
        unsafe { _mm512_mask_storeu_ps(cells.as_mut_ptr(), there as __mmask16, sum_each(sums)) };
    }
}

/// Lane `at` of `lanes`, which others may change, and zeros.
///
/// # Safety
/// It must be one of them.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn single(lanes: LaneView<'_>, at: usize) -> __m512 {
    debug_assert!(at < lanes.count(), "a lane beyond the end");
    // SAFETY: the caller's; a lane is eight floats on its own boundary.
    unsafe { _mm512_zextps256_ps512(_mm256_load_ps(lanes.at(at).cast())) }
}

/// The sum over all floats of each of sixteen registers, row by row.
#[inline]
#[target_feature(enable = "avx512f")]
fn sum_each(rows: [[__m512; 4]; 4]) -> __m512 {
    let quarters = [quarters(rows[0]), quarters(rows[1]), quarters(rows[2]), quarters(rows[3])];
    halves(halves(quarters[0], quarters[1]), halves(quarters[2], quarters[3]))
}

/// In each quarter of the result the sums of four registers' floats there.
#[inline]
#[target_feature(enable = "avx512f")]
fn quarters([a, b, c, d]: [__m512; 4]) -> __m512 {
    let ab = _mm512_castps_pd(_mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)));
    let cd = _mm512_castps_pd(_mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d)));
    let (low, high) = (_mm512_unpacklo_pd(ab, cd), _mm512_unpackhi_pd(ab, cd));
    _mm512_add_ps(_mm512_castpd_ps(low), _mm512_castpd_ps(high))
}

/// The sums of neighbouring quarters of `a`, then those of `b`.
#[inline]
#[target_feature(enable = "avx512f")]
fn halves(a: __m512, b: __m512) -> __m512 {
    _mm512_add_ps(_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b))
}

/// [`Simd::gather_wide`] of the lanes from `v` to `v + 2 L`.
///
/// # Safety
/// From each of `starts` on, `table` must have `lanes` lanes, and `v + 2 L` be at most `lanes`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn gather<const L: usize>(
    out: &mut [Lane],
    fresh: bool,
    lanes: usize,
    v: usize,
    weights: &[[f32; STRIP]],
    table: LaneView<'_>,
    starts: &[usize],
) {
    let out = &mut out[..STRIP * lanes];
    let mut sums = [[_mm512_setzero_ps(); L]; STRIP];
    if !fresh {
        let held = LaneView::from(&*out);
        for (r, sums) in sums.iter_mut().enumerate() {
            for (l, sum) in sums.iter_mut().enumerate() {
                // SAFETY: within row `r` of `out`.
                *sum = unsafe { load(held, r * lanes + v + 2 * l) };
            }
        }
    }
    for (&start, weights) in starts.iter().zip(weights) {
        let mut row = [_mm512_setzero_ps(); L];
        for (l, x) in row.iter_mut().enumerate() {
            // SAFETY: the caller's.
            *x = unsafe { load(table, start + v + 2 * l) };
        }
        for (sums, &weight) in sums.iter_mut().zip(weights) {
            let weight = _mm512_set1_ps(weight);
            for (sum, &x) in sums.iter_mut().zip(&row) {
                *sum = _mm512_fmadd_ps(weight, x, *sum);
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        for (l, sum) in sums.into_iter().enumerate() {
            // SAFETY: as above.
            unsafe { store(out, r * lanes + v + 2 * l, sum) }
        }
    }
}

/// [`Simd::scatter_wide`] of the lanes from `v` to `v + 2 L`.
///
/// # Safety
/// Each of `places` must be one of the rows of `out`, which have as many lanes as each of `rows`, and `v + 2 L` be at most
/// that.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn scatter<const L: usize>(
    out: &mut [Lane],
    places: &[Place],
    v: usize,
    weights: &[[f32; STRIP]],
    rows: [LaneView<'_>; STRIP],
) {
    let lanes = rows[0].count();
    let mut held = [[_mm512_setzero_ps(); L]; STRIP];
    for (held, row) in held.iter_mut().zip(rows) {
        for (l, x) in held.iter_mut().enumerate() {
            // SAFETY: the caller's.
            *x = unsafe { load(row, v + 2 * l) };
        }
    }
    for (place, weights) in places.iter().zip(weights) {
        let start = place.row as usize * lanes + v;
        let kept = if place.fresh { 0 } else { __mmask16::MAX };
        for l in 0..L {
            // SAFETY: the caller's; what the mask leaves out is 0.
            let mut sum = unsafe { _mm512_maskz_loadu_ps(kept, out.as_ptr().add(start + 2 * l).cast()) };
            for (held, &weight) in held.iter().zip(weights) {
                sum = _mm512_fmadd_ps(_mm512_set1_ps(weight), held[l], sum);
            }
            // SAFETY: as above.
            unsafe { store(out, start + 2 * l, sum) }
        }
    }
}
