//! Eight floats at a time: AVX2 with FMA where the processor has it, plain Rust elsewhere.
//!
//! A [`Simd`] value is the proof that its instructions exist, so its methods are safe to call.
//! Kernels are generic over it, marked `#[inline(always)]`, and entered through [`Instructions::run`],
//! which compiles them once with the instructions and once without.
#![allow(unsafe_code, reason = "intrinsics; each call stands behind a token that only run-time detection makes")]

use bytemuck::{Pod, Zeroable};

/// Eight floats on a 32-byte boundary: rows of tables are whole numbers of lanes, padded with zeros.
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
#[repr(C, align(32))]
pub struct Lane(pub [f32; 8]);

/// Floats in a [`Lane`].
pub const WIDTH: usize = 8;

/// Arithmetic on eight floats. Every method works lane by lane unless it says otherwise.
pub trait Simd: Copy + Send + Sync {
    /// Eight floats in a register.
    type V: Copy;

    /// All lanes `x`.
    fn splat(self, x: f32) -> Self::V;
    /// Reads a lane.
    fn load(self, from: &Lane) -> Self::V;
    /// Writes a lane.
    fn store(self, to: &mut Lane, v: Self::V);
    /// Reads from any address.
    fn load_array(self, from: &[f32; WIDTH]) -> Self::V;
    /// Writes to any address.
    fn store_array(self, to: &mut [f32; WIDTH], v: Self::V);
    /// a + b.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// a - b.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// a * b.
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// a / b.
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// a * b + c.
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The larger; `b` where either is not a number.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// Square root.
    fn sqrt(self, a: Self::V) -> Self::V;
    /// The nearest integer.
    fn round(self, a: Self::V) -> Self::V;
    /// 2^n for an integral `n` in -126..=127.
    fn exp2_integral(self, n: Self::V) -> Self::V;
    /// Bitwise and.
    fn and(self, a: Self::V, b: Self::V) -> Self::V;
    /// `positive` where the sign bit of `by` is clear, else `negative`.
    fn select_by_sign(self, by: Self::V, positive: Self::V, negative: Self::V) -> Self::V;
    /// Lane `i` is the sum over all lanes of `rows[i]`.
    fn sum_each(self, rows: [Self::V; WIDTH]) -> Self::V;
    /// The sum over all lanes.
    fn sum(self, a: Self::V) -> f32;
    /// Asks for these lanes to be brought near; changes nothing.
    fn prefetch(self, lanes: &[Lane]);
    /// Asks for `count` lanes from `first` on, which need not exist, to be brought near; changes nothing.
    fn prefetch_lanes_at(self, first: *const Lane, count: usize);
    /// The same, but into the second-level cache only.
    fn prefetch_second_level(self, first: *const Lane, count: usize);
    /// Asks for this value to be brought near; changes nothing.
    fn prefetch_one<T>(self, value: &T);
}

/// Work that [`Instructions::run`] compiles for each kind of processor.
pub trait Kernel {
    /// What it returns.
    type Output;

    /// Does it. Implementations are `#[inline(always)]`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// What the processor offers.
#[derive(Debug, Clone, Copy)]
pub enum Instructions {
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// Whatever the target compiles to.
    Portable(Portable),
}

impl Instructions {
    /// The best that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detect() {
            return Self::Avx2(avx2);
        }
        Self::Portable(Portable)
    }

    /// Their name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "AVX2+FMA",
            Self::Portable(_) => "portable",
        }
    }

    /// Runs `kernel` with these instructions.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.run(kernel),
            Self::Portable(portable) => kernel.run(portable),
        }
    }
}

/// Plain Rust.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> [f32; WIDTH] {
    std::array::from_fn(f)
}

impl Simd for Portable {
    type V = [f32; WIDTH];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        [x; WIDTH]
    }
    #[inline(always)]
    fn load(self, from: &Lane) -> Self::V {
        from.0
    }
    #[inline(always)]
    fn store(self, to: &mut Lane, v: Self::V) {
        to.0 = v;
    }
    #[inline(always)]
    fn load_array(self, from: &[f32; WIDTH]) -> Self::V {
        *from
    }
    #[inline(always)]
    fn store_array(self, to: &mut [f32; WIDTH], v: Self::V) {
        *to = v;
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| a[i] + b[i])
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| a[i] - b[i])
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| a[i] * b[i])
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| a[i] / b[i])
    }
    // Not `mul_add`: without the instruction it is a slow library call.
    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        each(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn sqrt(self, a: Self::V) -> Self::V {
        each(|i| a[i].sqrt())
    }
    #[inline(always)]
    fn round(self, a: Self::V) -> Self::V {
        each(|i| a[i].round_ties_even())
    }
    #[inline(always)]
    fn exp2_integral(self, n: Self::V) -> Self::V {
        each(|i| f32::from_bits(((n[i] as i32 + 127) << 23) as u32))
    }
    #[inline(always)]
    fn and(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| f32::from_bits(a[i].to_bits() & b[i].to_bits()))
    }
    #[inline(always)]
    fn select_by_sign(self, by: Self::V, positive: Self::V, negative: Self::V) -> Self::V {
        each(|i| if by[i].is_sign_negative() { negative[i] } else { positive[i] })
    }
    #[inline(always)]
    fn sum_each(self, rows: [Self::V; WIDTH]) -> Self::V {
        each(|i| self.sum(rows[i]))
    }
    #[inline(always)]
    fn sum(self, a: Self::V) -> f32 {
        ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]))
    }
    #[inline(always)]
    fn prefetch(self, _: &[Lane]) {}
    #[inline(always)]
    fn prefetch_lanes_at(self, _: *const Lane, _: usize) {}
    #[inline(always)]
    fn prefetch_second_level(self, _: *const Lane, _: usize) {}
    #[inline(always)]
    fn prefetch_one<T>(self, _: &T) {}
}

#[cfg(target_arch = "x86_64")]
pub use x86::Avx2;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Kernel, Lane, Simd, WIDTH};

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

    impl Simd for Avx2 {
        type V = __m256;

        #[inline(always)]
        fn splat(self, x: f32) -> Self::V {
            intrinsic!(_mm256_set1_ps(x))
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
        fn select_by_sign(self, by: Self::V, positive: Self::V, negative: Self::V) -> Self::V {
            intrinsic!(_mm256_blendv_ps(positive, negative, by))
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
    }
}
