//! Code compiled a second time for processors with wide vectors.

/// Runs `work`, compiled with AVX2 and FMA where the processor has them. What it calls must be `#[inline(always)]`.
#[inline]
#[allow(unsafe_code, reason = "code for instructions that run-time detection found")]
pub(in crate::projection) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        if has_avx2() {
            // SAFETY: both features were detected.
            return unsafe { compiled(work) };
        }
    }
    work()
}

/// Whether the processor has AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(in crate::projection) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}
