//! Eight floats at a time: AVX2 with FMA where the processor has it, plain Rust elsewhere.
//!
//! A [`Simd`] value is the proof that its instructions exist, so its methods are safe to call.
//! Kernels are generic over it, marked `#[inline(always)]`, and entered through [`Instructions::run`],
//! which compiles them once with the instructions and once without.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod compiled;
mod portable;

use bytemuck::{Pod, Zeroable};

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use compiled::has_avx2;
pub use compiled::{vectorized, wide};
pub use portable::Portable;

/// Eight floats on a 32-byte boundary: rows of tables are whole numbers of lanes, padded with zeros.
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
#[repr(C, align(32))]
pub struct Lane(pub [f32; 8]);

/// Floats in a [`Lane`].
pub const WIDTH: usize = 8;

/// Numbers of a [`PanelRow`]: three lanes.
pub const PANEL: usize = 24;

/// [`PANEL`] numbers on an address that no load straddles a cache line from.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(32))]
pub struct PanelRow(pub [f32; PANEL]);

/// Rows of a tile of products. 12 registers of sums, 3 of the right side's numbers and one of the left's fill the 16 that
/// AVX2 has.
pub const STRIP: usize = 4;

/// Registers across a panel.
pub const ACROSS: usize = PANEL / WIDTH;

/// A tile of sums of products.
pub type Tile<V> = [[V; ACROSS]; STRIP];

/// The part of a panel's numbers that goes into register `register`.
#[inline(always)]
#[must_use]
pub fn eight(numbers: &[f32; PANEL], register: usize) -> &[f32; WIDTH] {
    &numbers.as_chunks().0[register]
}

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
    /// The smaller; `b` where either is not a number.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// Bit `i` is set where a >= b in lane `i`.
    fn at_least(self, a: Self::V, b: Self::V) -> u32;
    /// Whether a >= b in any lane of any pair.
    fn any_at_least<const N: usize>(self, pairs: [(Self::V, Self::V); N]) -> bool;
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

    /// Adds to row `r` of `tile` the sums over all `starts` of `weights[i][r] * table[starts[i]..][..ACROSS]`, in their
    /// order. There are as many weights as starts.
    ///
    /// # Safety
    /// From each of `starts` on, `table` must have [`ACROSS`] lanes.
    #[allow(unsafe_code, reason = "the innermost loops read rows whose bounds their callers have checked once")]
    #[inline(always)]
    unsafe fn weigh(
        self,
        mut tile: Tile<Self::V>,
        weights: &[[f32; STRIP]],
        table: &[Lane],
        starts: &[usize],
    ) -> Tile<Self::V> {
        for (&start, weights) in starts.iter().zip(weights) {
            let lanes = &table[start..][..ACROSS];
            for (sums, &weight) in tile.iter_mut().zip(weights) {
                let weight = self.splat(weight);
                for (sum, lane) in sums.iter_mut().zip(lanes) {
                    *sum = self.fma(weight, self.load(lane), *sum);
                }
            }
        }
        tile
    }

    /// Adds to `tile` the sums over all rows of both panels of `left[row][first + r] * right[row]`, r from 0 to [`STRIP`].
    /// Both have as many rows.
    #[inline(always)]
    fn multiply(self, mut tile: Tile<Self::V>, left: &[PanelRow], first: usize, right: &[PanelRow]) -> Tile<Self::V> {
        for (left, right) in left.iter().zip(right) {
            for (sums, &one) in tile.iter_mut().zip(&left.0[first..first + STRIP]) {
                let one = self.splat(one);
                for (c, sum) in sums.iter_mut().enumerate() {
                    *sum = self.fma(one, self.load_array(eight(&right.0, c)), *sum);
                }
            }
        }
        tile
    }
}

/// Work that [`Instructions::run`] compiles for each kind of processor.
pub trait Kernel {
    /// What it returns.
    type Output;

    /// Does it. Implementations are `#[inline(always)]`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Runs `kernel` with the best instructions that this processor has.
#[inline]
pub fn run<K: Kernel>(kernel: K) -> K::Output {
    Instructions::detect().run(kernel)
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
