//! Arithmetic on sixteen floats in an AVX-512 register.
#![allow(unsafe_code, reason = "intrinsics; each call stands behind a token that only run-time detection makes")]

use std::arch::x86_64::*;

use super::{Arithmetic, Avx512, WIDTH};

/// Sixteen floats at a time.
#[derive(Debug, Clone, Copy)]
pub struct Sixteen(());

impl Sixteen {
    /// Arithmetic where `_proof` shows that it is there.
    #[inline(always)]
    #[must_use]
    pub fn new(_proof: Avx512) -> Self {
        Self(())
    }
}

/// Runs intrinsics behind the token.
macro_rules! intrinsic {
    ($body:expr) => {{
        // SAFETY: the token exists only where AVX-512 was detected; lengths are checked where there are any.
        unsafe { $body }
    }};
}

impl Arithmetic for Sixteen {
    type V = __m512;

    const COUNT: usize = 2 * WIDTH;

    #[inline(always)]
    fn read(self, from: &[f32]) -> Self::V {
        assert!(from.len() >= Self::COUNT, "sixteen floats");
        intrinsic!(_mm512_loadu_ps(from.as_ptr()))
    }
    #[inline(always)]
    fn write(self, to: &mut [f32], v: Self::V) {
        assert!(to.len() >= Self::COUNT, "sixteen floats");
        intrinsic!(_mm512_storeu_ps(to.as_mut_ptr(), v));
    }
    #[inline(always)]
    unsafe fn read_at(self, from: *const f32) -> Self::V {
        intrinsic!(_mm512_loadu_ps(from))
    }
    #[inline(always)]
    unsafe fn write_at(self, to: *mut f32, v: Self::V) {
        intrinsic!(_mm512_storeu_ps(to, v));
    }
    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        intrinsic!(_mm512_set1_ps(x))
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm512_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm512_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm512_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm512_div_ps(a, b))
    }
    #[inline(always)]
    fn reciprocal(self, a: Self::V) -> Self::V {
        // A division of sixteen takes as long as ten multiplications. One Newton step doubles the estimate's 14 bits.
        intrinsic!({
            let estimate = _mm512_rcp14_ps(a);
            let rest = _mm512_fnmadd_ps(a, estimate, _mm512_set1_ps(1.0));
            _mm512_fmadd_ps(estimate, rest, estimate)
        })
    }
    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        intrinsic!(_mm512_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm512_max_ps(a, b))
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm512_min_ps(a, b))
    }
    #[inline(always)]
    fn sqrt(self, a: Self::V) -> Self::V {
        intrinsic!(_mm512_sqrt_ps(a))
    }
    #[inline(always)]
    fn round(self, a: Self::V) -> Self::V {
        intrinsic!(_mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a))
    }
    #[inline(always)]
    fn exp2_integral(self, n: Self::V) -> Self::V {
        intrinsic!({
            let exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent))
        })
    }
    #[inline(always)]
    fn and(self, a: Self::V, b: Self::V) -> Self::V {
        intrinsic!(_mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(a), _mm512_castps_si512(b))))
    }
    #[inline(always)]
    fn is_zero(self, a: Self::V) -> bool {
        intrinsic!(_mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(a, _mm512_setzero_ps()) == 0)
    }
    #[inline(always)]
    fn select_by_sign(self, by: Self::V, positive: Self::V, negative: Self::V) -> Self::V {
        intrinsic!({
            let signs = _mm512_cmplt_epi32_mask(_mm512_castps_si512(by), _mm512_setzero_si512());
            _mm512_mask_blend_ps(signs, positive, negative)
        })
    }
}
