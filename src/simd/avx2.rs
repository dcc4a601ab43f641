//! Lanes in AVX2 registers, with FMA.
#![allow(unsafe_code, reason = "intrinsics; each call stands behind a token that only run-time detection makes")]

use std::arch::x86_64::*;

use super::{ACROSS, Arithmetic, Kernel, Lane, LaneView, LineRows, PanelRow, STRIP, Simd, Tile, WIDTH};

/// The proof that AVX2 and FMA are there.
#[derive(Debug, Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// The proof, where it can be given.
    #[must_use]
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    /// Runs `kernel`, compiled with AVX2 and FMA.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<K: Kernel>(token: Avx2, kernel: K) -> K::Output {
            kernel.run(token)
        }
        // SAFETY: `self` exists only where both features were detected.
        unsafe { compiled(self, kernel) }
    }
}

/// Runs intrinsics behind the token.
macro_rules! intrinsic {
    ($body:expr) => {{
        // SAFETY: `self` exists only where AVX2 and FMA were detected; addresses are those of references.
        unsafe { $body }
    }};
}

impl Arithmetic for Avx2 {
    type V = __m256;

    const COUNT: usize = WIDTH;

    #[inline(always)]
    fn read(self, from: &[f32]) -> Self::V {
        assert!(from.len() >= WIDTH, "eight floats");
        intrinsic!(_mm256_loadu_ps(from.as_ptr()))
    }
    #[inline(always)]
    fn write(self, to: &mut [f32], v: Self::V) {
        assert!(to.len() >= WIDTH, "eight floats");
        intrinsic!(_mm256_storeu_ps(to.as_mut_ptr(), v));
    }
    #[inline(always)]
    unsafe fn read_at(self, from: *const f32) -> Self::V {
        intrinsic!(_mm256_loadu_ps(from))
    }
    #[inline(always)]
    unsafe fn write_at(self, to: *mut f32, v: Self::V) {
        intrinsic!(_mm256_storeu_ps(to, v));
    }
    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        intrinsic!(_mm256_set1_ps(x))
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm256_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm256_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm256_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm256_div_ps(a, b))
    }
    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        intrinsic!(_mm256_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm256_max_ps(a, b))
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm256_min_ps(a, b))
    }
    #[inline(always)]
    fn sqrt(self, a: Self::V) -> Self::V {
        intrinsic!(_mm256_sqrt_ps(a))
    }
    #[inline(always)]
    fn round(self, a: Self::V) -> Self::V {
        intrinsic!(_mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a))
    }
    #[inline(always)]
    fn exp2_integral(self, n: Self::V) -> Self::V {
        intrinsic!({
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        })
    }
    #[inline(always)]
    fn and(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm256_and_ps(a, b))
    }
    #[inline(always)]
    fn is_zero(self, a: Self::V) -> bool {
        intrinsic!(_mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(a, _mm256_setzero_ps())) == 0)
    }
    #[inline(always)]
    fn select_by_sign(self, by: Self::V, positive: Self::V, negative: Self::V) -> Self::V {
        intrinsic!(_mm256_blendv_ps(positive, negative, by))
    }
}

impl Simd for Avx2 {
    type Wide = Self;

    const EXCHANGES: bool = true;

    #[inline(always)]
    fn wide(self) -> Self {
        self
    }
    #[inline(always)]
    fn narrow(self, v: Self::V) -> Self::V {
        v
    }
    #[inline(always)]
    fn load(self, from: &Lane) -> Self::V {
        intrinsic!(_mm256_load_ps(from.0.as_ptr()))
    }
    #[inline(always)]
    fn store(self, to: &mut Lane, v: Self::V) {
        intrinsic!(_mm256_store_ps(to.0.as_mut_ptr(), v));
    }
    #[inline(always)]
    fn load_array(self, from: &[f32; WIDTH]) -> Self::V {
        intrinsic!(_mm256_loadu_ps(from.as_ptr()))
    }
    #[inline(always)]
    fn store_array(self, to: &mut [f32; WIDTH], v: Self::V) {
        intrinsic!(_mm256_storeu_ps(to.as_mut_ptr(), v));
    }
    #[inline(always)]
    fn at_least(self, a: Self::V, b: Self::V) -> u32 {
        intrinsic!(_mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(a, b)) as u32)
    }
    #[inline(always)]
    fn any_at_least<const N: usize>(self, pairs: [(Self::V, Self::V); N]) -> bool {
        intrinsic!({
            let mut any = _mm256_setzero_ps();
            for (a, b) in pairs {
                any = _mm256_or_ps(any, _mm256_cmp_ps::<_CMP_GE_OQ>(a, b));
            }
            _mm256_movemask_ps(any) != 0
        })
    }
    #[inline(always)]
    fn sum_each(self, [a, b, c, d, e, f, g, h]: [Self::V; WIDTH]) -> Self::V {
        intrinsic!({
            let low = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
            let high = _mm256_hadd_ps(_mm256_hadd_ps(e, f), _mm256_hadd_ps(g, h));
            _mm256_add_ps(_mm256_permute2f128_ps::<0x20>(low, high), _mm256_permute2f128_ps::<0x31>(low, high))
        })
    }
    #[inline(always)]
    fn sum(self, a: Self::V) -> f32 {
        let mut out = Lane::default();
        self.store(&mut out, a);
        let a = out.0;
        ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]))
    }
    #[inline(always)]
    fn prefetch(self, lanes: &[Lane]) {
        self.prefetch_lanes_at(lanes.as_ptr(), lanes.len());
    }
    #[inline(always)]
    fn prefetch_lanes_at(self, first: *const Lane, count: usize) {
        // Two lanes are a cache line; rows need not start on one.
        let mut lane = 0;
        while lane < count {
            intrinsic!(_mm_prefetch::<_MM_HINT_T0>(first.wrapping_add(lane).cast()));
            lane += 2;
        }
        intrinsic!(_mm_prefetch::<_MM_HINT_T0>(first.wrapping_add(count.saturating_sub(1)).cast()));
    }
    #[inline(always)]
    fn prefetch_second_level(self, first: *const Lane, count: usize) {
        let mut lane = 0;
        while lane < count {
            intrinsic!(_mm_prefetch::<_MM_HINT_T1>(first.wrapping_add(lane).cast()));
            lane += 2;
        }
        intrinsic!(_mm_prefetch::<_MM_HINT_T1>(first.wrapping_add(count.saturating_sub(1)).cast()));
    }
    #[inline(always)]
    fn prefetch_one<T>(self, value: &T) {
        intrinsic!(_mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast()));
    }
    #[inline(always)]
    unsafe fn weigh(
        self,
        tile: Tile<Self::V>,
        weights: &[[f32; STRIP]],
        table: LaneView<'_>,
        starts: &[usize],
    ) -> Tile<Self::V> {
        intrinsic!(weigh(tile, weights, table, starts))
    }
    #[inline(always)]
    unsafe fn exchange(
        self,
        sums: &mut [Lane],
        columns: [LaneView<'_>; STRIP],
        out: &mut [Lane],
        table: LaneView<'_>,
        rows: LineRows,
        weights: &[f32],
    ) {
        intrinsic!(exchange(sums, columns, out, table, rows, weights));
    }
    #[inline(always)]
    fn multiply(self, tile: Tile<Self::V>, left: &[PanelRow], first: usize, right: &[PanelRow]) -> Tile<Self::V> {
        intrinsic!(multiply(tile, left, first, right))
    }
}

/// Adds to `$tile`, row after row until `{rows}` is 0, the products of the four floats at `$left` and the three lanes at
/// `$right`. `$before` finds the lanes, `$after` steps to the next row. With the sums in named registers no compiler can move
/// them about or keep some in memory.
macro_rules! add_products {
    ($tile:ident, [$($before:literal),*], $left:literal, $right:literal, [$($after:literal),*], $($operand:tt)*) => {{
        let [[a0, a1, a2], [b0, b1, b2], [c0, c1, c2], [d0, d1, d2]] = &mut $tile;
        std::arch::asm!(
            "2:",
            $($before,)*
            concat!("vmovaps ymm12, [", $right, "]"),
            concat!("vmovaps ymm13, [", $right, " + 32]"),
            concat!("vmovaps ymm14, [", $right, " + 64]"),
            concat!("vbroadcastss ymm15, [", $left, "]"),
            "vfmadd231ps ymm0, ymm15, ymm12",
            "vfmadd231ps ymm1, ymm15, ymm13",
            "vfmadd231ps ymm2, ymm15, ymm14",
            concat!("vbroadcastss ymm15, [", $left, " + 4]"),
            "vfmadd231ps ymm3, ymm15, ymm12",
            "vfmadd231ps ymm4, ymm15, ymm13",
            "vfmadd231ps ymm5, ymm15, ymm14",
            concat!("vbroadcastss ymm15, [", $left, " + 8]"),
            "vfmadd231ps ymm6, ymm15, ymm12",
            "vfmadd231ps ymm7, ymm15, ymm13",
            "vfmadd231ps ymm8, ymm15, ymm14",
            concat!("vbroadcastss ymm15, [", $left, " + 12]"),
            "vfmadd231ps ymm9, ymm15, ymm12",
            "vfmadd231ps ymm10, ymm15, ymm13",
            "vfmadd231ps ymm11, ymm15, ymm14",
            $($after,)*
            "dec {rows}",
            "jnz 2b",
            $($operand)*
            inout("ymm0") *a0, inout("ymm1") *a1, inout("ymm2") *a2,
            inout("ymm3") *b0, inout("ymm4") *b1, inout("ymm5") *b2,
            inout("ymm6") *c0, inout("ymm7") *c1, inout("ymm8") *c2,
            inout("ymm9") *d0, inout("ymm10") *d1, inout("ymm11") *d2,
            out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
            options(nostack, readonly),
        );
    }};
}

/// [`Simd::multiply`]. Compilers broadcast ahead of need here, and then keep one sum in memory, which takes half as
/// long again.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn multiply(mut tile: Tile<__m256>, left: &[PanelRow], first: usize, right: &[PanelRow]) -> Tile<__m256> {
    let dims = left.len().min(right.len());
    if dims == 0 {
        return tile;
    }
    assert!(first + STRIP <= left[0].0.len(), "the strip lies in the panel");
    // SAFETY: the features are enabled. For each of the `dims` first entries of both slices the loop reads a whole
    // entry of `right`, which is aligned to 32 bytes, and STRIP floats of `left` from `first` on, which lie within
    // the entry. It writes to registers alone.
    unsafe {
        add_products!(
            tile, [], "{left}", "{right}", ["add {left}, 96", "add {right}, 96"],
            left = inout(reg) left.as_ptr().cast::<f32>().add(first) => _,
            right = inout(reg) right.as_ptr() => _,
            rows = inout(reg) dims => _,
        );
    }
    tile
}

/// [`Simd::weigh`]. Compilers pass the sums from register to register here and keep two of them in memory.
///
/// # Safety
/// As [`Simd::weigh`].
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn weigh(
    mut tile: Tile<__m256>,
    weights: &[[f32; STRIP]],
    table: LaneView<'_>,
    starts: &[usize],
) -> Tile<__m256> {
    let rows = starts.len().min(weights.len());
    if rows == 0 {
        return tile;
    }
    debug_assert!(starts[..rows].iter().all(|start| start + ACROSS <= table.count()), "a row lies beyond its table");
    // SAFETY: the features are enabled. For each of the `rows` first entries of `starts` and `weights` the loop reads the
    // entry, and three lanes of `table` from the start on, which the caller vouches for. It writes to registers alone.
    unsafe {
        add_products!(
            tile, ["mov {at}, [{starts}]", "shl {at}, 5"], "{weights}", "{table} + {at}",
            ["add {starts}, 8", "add {weights}, 16"],
            at = out(reg) _,
            starts = inout(reg) starts.as_ptr() => _,
            weights = inout(reg) weights.as_ptr() => _,
            table = in(reg) table.at(0),
            rows = inout(reg) rows => _,
        );
    }
    tile
}

/// [`Simd::exchange`], with loops of known length for the rows that the presets' window and negatives make.
///
/// # Safety
/// As [`Simd::exchange`].
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn exchange(
    sums: &mut [Lane],
    columns: [LaneView<'_>; STRIP],
    out: &mut [Lane],
    table: LaneView<'_>,
    rows: LineRows,
    weights: &[f32],
) {
    // SAFETY: the caller's; the features are enabled.
    unsafe {
        match rows {
            LineRows { events: 12, old: 8, negatives: 8, .. } => {
                let rows = LineRows { events: 12, old: 8, negatives: 8, ..rows };
                exchange_lanes(sums, columns, out, table, rows, weights);
            }
            _ => exchange_lanes(sums, columns, out, table, rows, weights),
        }
    }
}

/// [`exchange`] lane after lane, so that four columns and their sums stay in registers. Each weight is read once for both
/// products.
///
/// # Safety
/// As [`exchange`], and AVX2 and FMA must be there.
#[inline(always)]
unsafe fn exchange_lanes(
    sums: &mut [Lane],
    columns: [LaneView<'_>; STRIP],
    out: &mut [Lane],
    table: LaneView<'_>,
    rows: LineRows,
    weights: &[f32],
) {
    let lanes = columns[0].count();
    let [a, b, c, d] = columns.map(LaneView::as_ptr);
    let inner = weights.as_ptr().wrapping_add(2 * STRIP);
    let (old, new) = if rows.old == 0 { (0, rows.events - 4) } else { (rows.old - 2, 2) };
    for lane in 0..lanes {
        // SAFETY: the caller vouches that the features are there, that each column has this lane, `sums` that of four rows,
        // and both tables that of each row, which has its weights.
        unsafe {
            let columns = [a, b, c, d].map(|column| _mm256_load_ps(column.add(lane).cast()));
            let sums = sums.as_mut_ptr().add(lane);
            let mut own = [_mm256_setzero_ps(); STRIP];
            let mut at = LaneOfRow {
                row: table.at(rows.first * lanes + lane),
                out: out.as_mut_ptr().add(rows.first * lanes + lane),
                weights: weights.as_ptr(),
            };
            for _ in 0..2 {
                if rows.old == 0 {
                    at.exchange::<0, 2, true>(lanes, &columns, &mut own);
                } else {
                    at.exchange::<0, 2, false>(lanes, &columns, &mut own);
                }
            }
            at.weights = inner;
            for _ in 0..old {
                at.exchange::<0, STRIP, false>(lanes, &columns, &mut own);
            }
            for _ in 0..new {
                at.exchange::<0, STRIP, true>(lanes, &columns, &mut own);
            }
            let of_negatives = at.weights;
            at.weights = weights.as_ptr().add(STRIP);
            for _ in 0..2 {
                at.exchange::<2, STRIP, true>(lanes, &columns, &mut own);
            }
            let mut at = LaneOfRow {
                row: table.at(rows.first_negative * lanes + lane),
                out: out.as_mut_ptr().add(rows.first_negative * lanes + lane),
                weights: of_negatives,
            };
            if rows.old_negatives {
                for _ in 0..rows.negatives {
                    at.exchange::<0, STRIP, false>(lanes, &columns, &mut own);
                }
            } else {
                for _ in 0..rows.negatives {
                    at.exchange::<0, STRIP, true>(lanes, &columns, &mut own);
                }
            }
            for (row, own) in own.into_iter().enumerate() {
                _mm256_store_ps(sums.add(row * lanes).cast(), own);
            }
        }
    }
}

/// One lane of a row, of its gradient, and the row's weights.
struct LaneOfRow {
    row: *const Lane,
    out: *mut Lane,
    weights: *const f32,
}

impl LaneOfRow {
    /// Adds the weighted lane to `sums`, and the weighted `columns` from `FIRST` to `END` to the gradient; steps to the next
    /// row, `lanes` lanes on.
    ///
    /// # Safety
    /// AVX2, FMA, the lanes and the weights must be there.
    #[inline(always)]
    unsafe fn exchange<const FIRST: usize, const END: usize, const FRESH: bool>(
        &mut self,
        lanes: usize,
        columns: &[__m256; STRIP],
        sums: &mut [__m256; STRIP],
    ) {
        // SAFETY: the caller's.
        unsafe {
            let row = _mm256_load_ps(self.row.cast());
            let weight = _mm256_broadcast_ss(&*self.weights);
            let mut sum = if FRESH {
                _mm256_mul_ps(weight, columns[FIRST])
            } else {
                _mm256_fmadd_ps(weight, columns[FIRST], _mm256_load_ps(self.out.cast()))
            };
            sums[FIRST] = _mm256_fmadd_ps(weight, row, sums[FIRST]);
            for c in FIRST + 1..END {
                let weight = _mm256_broadcast_ss(&*self.weights.add(c - FIRST));
                sum = _mm256_fmadd_ps(weight, columns[c], sum);
                sums[c] = _mm256_fmadd_ps(weight, row, sums[c]);
            }
            _mm256_store_ps(self.out.cast(), sum);
        }
        self.row = self.row.wrapping_add(lanes);
        self.out = self.out.wrapping_add(lanes);
        self.weights = self.weights.wrapping_add(END - FIRST);
    }
}

const _: () = assert!(size_of::<Lane>() == 32 && size_of::<usize>() == 8, "what `weigh` is written for");
const _: () = assert!(size_of::<PanelRow>() == 96 && STRIP == 4 && ACROSS == 3, "what `multiply` is written for");
