//! Eight floats at a time: AVX2 with FMA where the processor has them, plain Rust elsewhere.
//!
//! A [`Lanes`] value is the proof that its instructions exist, so its methods are safe to call. Kernels are generic over
//! it, marked `#[inline(always)]`, and entered through [`run`], which compiles them with the instructions and without.
#![allow(unsafe_code, reason = "intrinsics; each call stands behind a token that only run-time detection makes")]

use super::pack::{PANEL, PanelRow};

/// Floats in a register.
pub(super) const WIDTH: usize = 8;

/// Rows of the left block in a tile. 12 registers of scores, 3 of the right block's numbers and one of the left's fill
/// the 16 that AVX2 has.
pub(super) const STRIP: usize = 4;

/// Registers across a panel.
pub(super) const ACROSS: usize = PANEL / WIDTH;

/// Scores of a tile.
pub(super) type Scores<V> = [[V; ACROSS]; STRIP];

/// Arithmetic on eight floats, lane by lane.
pub(super) trait Lanes: Copy {
    /// Eight floats in a register.
    type V: Copy;

    /// All lanes `x`.
    fn splat(self, x: f32) -> Self::V;
    /// Reads from any address.
    fn load(self, from: &[f32; WIDTH]) -> Self::V;
    /// Writes to any address.
    fn store(self, to: &mut [f32; WIDTH], v: Self::V);
    /// a + b.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// a * b + c.
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The smaller.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// Bit `i` is set where a >= b in lane `i`.
    fn at_least(self, a: Self::V, b: Self::V) -> u32;
    /// Whether a >= b in any lane of any pair.
    fn any_at_least<const N: usize>(self, pairs: [(Self::V, Self::V); N]) -> bool;

    /// Adds the dot products of [`STRIP`] rows of one panel, from row `first` on, with all rows of another to `scores`.
    /// Both slices hold the same dimensions.
    #[inline(always)]
    fn multiply(
        self,
        mut scores: Scores<Self::V>,
        left: &[PanelRow],
        first: usize,
        right: &[PanelRow],
    ) -> Scores<Self::V> {
        for (left, right) in left.iter().zip(right) {
            for (scores, &one) in scores.iter_mut().zip(&left.0[first..first + STRIP]) {
                let one = self.splat(one);
                for (c, score) in scores.iter_mut().enumerate() {
                    *score = self.fma(one, self.load(eight(&right.0, c)), *score);
                }
            }
        }
        scores
    }
}

/// The part of an array of a panel that goes into register `register`.
#[inline(always)]
pub(super) fn eight(array: &[f32; PANEL], register: usize) -> &[f32; WIDTH] {
    &array.as_chunks().0[register]
}

/// Work that [`run`] compiles for each kind of processor.
pub(super) trait Kernel {
    /// Does it. Implementations are `#[inline(always)]`.
    fn run<L: Lanes>(self, lanes: L);
}

/// Runs `kernel` with the best instructions that this processor has.
#[inline]
pub(super) fn run<K: Kernel>(kernel: K) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = x86::Avx2::detect() {
        return avx2.run(kernel);
    }
    kernel.run(Portable);
}

/// Plain Rust.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> [f32; WIDTH] {
    std::array::from_fn(f)
}

impl Lanes for Portable {
    type V = [f32; WIDTH];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        [x; WIDTH]
    }
    #[inline(always)]
    fn load(self, from: &[f32; WIDTH]) -> Self::V {
        *from
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; WIDTH], v: Self::V) {
        *to = v;
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| a[i] + b[i])
    }
    // Not `mul_add`: without the instruction it is a slow library call.
    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        each(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn at_least(self, a: Self::V, b: Self::V) -> u32 {
        (0..WIDTH).fold(0, |bits, i| bits | u32::from(a[i] >= b[i]) << i)
    }
    #[inline(always)]
    fn any_at_least<const N: usize>(self, pairs: [(Self::V, Self::V); N]) -> bool {
        pairs.into_iter().fold(0, |bits, (a, b)| bits | self.at_least(a, b)) != 0
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Kernel, Lanes, PanelRow, STRIP, Scores, WIDTH};

    /// The proof that AVX2 and FMA are there.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Avx2(());

    impl Avx2 {
        /// The proof, where it can be given.
        pub(super) fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
        }

        /// Runs `kernel`, compiled with AVX2 and FMA.
        #[inline]
        pub(super) fn run<K: Kernel>(self, kernel: K) {
            #[target_feature(enable = "avx2,fma")]
            fn compiled<K: Kernel>(token: Avx2, kernel: K) {
                kernel.run(token);
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

    impl Lanes for Avx2 {
        type V = __m256;

        #[inline(always)]
        fn splat(self, x: f32) -> Self::V {
            intrinsic!(_mm256_set1_ps(x))
        }
        #[inline(always)]
        fn load(self, from: &[f32; WIDTH]) -> Self::V {
            intrinsic!(_mm256_loadu_ps(from.as_ptr()))
        }
        #[inline(always)]
        fn store(self, to: &mut [f32; WIDTH], v: Self::V) {
            intrinsic!(_mm256_storeu_ps(to.as_mut_ptr(), v));
        }
        #[inline(always)]
        fn add(self, a: Self::V, b: Self::V) -> Self::V {
            intrinsic!(_mm256_add_ps(a, b))
        }
        #[inline(always)]
        fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            intrinsic!(_mm256_fmadd_ps(a, b, c))
        }
        #[inline(always)]
        fn min(self, a: Self::V, b: Self::V) -> Self::V {
            intrinsic!(_mm256_min_ps(a, b))
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
        fn multiply(
            self,
            scores: Scores<Self::V>,
            left: &[PanelRow],
            first: usize,
            right: &[PanelRow],
        ) -> Scores<Self::V> {
            intrinsic!(multiply(scores, left, first, right))
        }
    }

    /// [`Lanes::multiply`]. Compilers broadcast ahead of need here, and then keep one sum in memory, which takes half as
    /// long again.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn multiply(mut scores: Scores<__m256>, left: &[PanelRow], first: usize, right: &[PanelRow]) -> Scores<__m256> {
        let dims = left.len().min(right.len());
        if dims == 0 {
            return scores;
        }
        assert!(first + STRIP <= left[0].0.len(), "the strip lies in the panel");
        let [[a0, a1, a2], [b0, b1, b2], [c0, c1, c2], [d0, d1, d2]] = &mut scores;
        // SAFETY: the features are enabled. For each of the `dims` first entries of both slices the loop reads a whole
        // entry of `right`, which is aligned to 32 bytes, and STRIP floats of `left` from `first` on, which lie within
        // the entry. It writes to registers alone.
        unsafe {
            std::arch::asm!(
                "2:",
                "vmovaps ymm12, [{right}]",
                "vmovaps ymm13, [{right} + 32]",
                "vmovaps ymm14, [{right} + 64]",
                "vbroadcastss ymm15, [{left}]",
                "vfmadd231ps ymm0, ymm15, ymm12",
                "vfmadd231ps ymm1, ymm15, ymm13",
                "vfmadd231ps ymm2, ymm15, ymm14",
                "vbroadcastss ymm15, [{left} + 4]",
                "vfmadd231ps ymm3, ymm15, ymm12",
                "vfmadd231ps ymm4, ymm15, ymm13",
                "vfmadd231ps ymm5, ymm15, ymm14",
                "vbroadcastss ymm15, [{left} + 8]",
                "vfmadd231ps ymm6, ymm15, ymm12",
                "vfmadd231ps ymm7, ymm15, ymm13",
                "vfmadd231ps ymm8, ymm15, ymm14",
                "vbroadcastss ymm15, [{left} + 12]",
                "vfmadd231ps ymm9, ymm15, ymm12",
                "vfmadd231ps ymm10, ymm15, ymm13",
                "vfmadd231ps ymm11, ymm15, ymm14",
                "add {left}, 96",
                "add {right}, 96",
                "dec {dims}",
                "jnz 2b",
                left = inout(reg) left.as_ptr().cast::<f32>().add(first) => _,
                right = inout(reg) right.as_ptr() => _,
                dims = inout(reg) dims => _,
                inout("ymm0") *a0, inout("ymm1") *a1, inout("ymm2") *a2,
                inout("ymm3") *b0, inout("ymm4") *b1, inout("ymm5") *b2,
                inout("ymm6") *c0, inout("ymm7") *c1, inout("ymm8") *c2,
                inout("ymm9") *d0, inout("ymm10") *d1, inout("ymm11") *d2,
                out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
                options(nostack, readonly),
            );
        }
        scores
    }
}

const _: () = assert!(size_of::<PanelRow>() == 96 && STRIP == 4 && ACROSS == 3, "what `Avx2::multiply` is written for");
