//! Repeatable numbers that look random, for tests and benchmarks alike.
#![allow(dead_code, reason = "each program that has this file uses a part of it")]

/// Numbers whose upper bits look random: Knuth's linear congruential generator of MMIX.
pub fn bits(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state
    }
}

/// Numbers in 0..1.
pub fn uniform(seed: u64) -> impl FnMut() -> f32 {
    let mut next = bits(seed);
    move || (next() >> 40) as f32 / (1_u64 << 24) as f32
}

/// Numbers in -1..1.
pub fn symmetric(seed: u64) -> impl FnMut() -> f32 {
    let mut next = uniform(seed);
    move || 2.0 * next() - 1.0
}
