//! Code compiled a second time for processors with wide vectors.

/// Runs `work`, compiled with AVX2 and FMA where the processor has them. What it calls must be `#[inline(always)]`.
#[inline]
#[allow(unsafe_code, reason = "code for instructions that run-time detection found")]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
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
pub fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Runs `work`, compiled for AVX2 where the processor has it. What it calls must be `#[inline(always)]`. The result is the
/// same to the bit: sums go through the same lanes, and nothing is fused.
#[inline]
#[allow(unsafe_code, reason = "code for instructions that run-time detection found")]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn compiled<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was detected.
            return unsafe { compiled(work) };
        }
    }
    work()
}
