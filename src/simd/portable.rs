//! Lanes in plain Rust, for processors without wide vectors.
#![allow(unsafe_code, reason = "floats that others may change are read through a pointer")]

use super::{Arithmetic, Lane, Simd, WIDTH};

/// Plain Rust.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> [f32; WIDTH] {
    std::array::from_fn(f)
}

impl Arithmetic for Portable {
    type V = [f32; WIDTH];

    const COUNT: usize = WIDTH;

    #[inline(always)]
    fn read(self, from: &[f32]) -> Self::V {
        each(|i| from[i])
    }
    #[inline(always)]
    fn write(self, to: &mut [f32], v: Self::V) {
        to[..WIDTH].copy_from_slice(&v);
    }
    #[inline(always)]
    unsafe fn read_at(self, from: *const f32) -> Self::V {
        // SAFETY: the caller's; an array is laid out as its floats.
        unsafe { from.cast::<Self::V>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn write_at(self, to: *mut f32, v: Self::V) {
        // SAFETY: as above.
        unsafe { to.cast::<Self::V>().write_unaligned(v) }
    }
    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        [x; WIDTH]
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
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        each(|i| if a[i] < b[i] { a[i] } else { b[i] })
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
    fn is_zero(self, a: Self::V) -> bool {
        a.iter().all(|&x| x == 0.0)
    }
    #[inline(always)]
    fn select_by_sign(self, by: Self::V, positive: Self::V, negative: Self::V) -> Self::V {
        each(|i| if by[i].is_sign_negative() { negative[i] } else { positive[i] })
    }
}

impl Simd for Portable {
    type Wide = Self;

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
    fn at_least(self, a: Self::V, b: Self::V) -> u32 {
        (0..WIDTH).fold(0, |bits, i| bits | u32::from(a[i] >= b[i]) << i)
    }
    #[inline(always)]
    fn any_at_least<const N: usize>(self, pairs: [(Self::V, Self::V); N]) -> bool {
        pairs.into_iter().fold(0, |bits, (a, b)| bits | self.at_least(a, b)) != 0
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
