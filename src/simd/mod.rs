//! Eight floats at a time: AVX2 with FMA where the processor has it, plain Rust elsewhere. The tiles that training
//! spends its time in take sixteen at a time where there is AVX-512.
//!
//! A [`Simd`] value is the proof that its instructions exist, so its methods are safe to call.
//! Kernels are generic over it, marked `#[inline(always)]`, and entered through [`Instructions::run`],
//! which compiles them once with each set of instructions and once without.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod compiled;
mod line;
mod portable;
mod rows;
#[cfg(target_arch = "x86_64")]
mod sixteen;
mod view;

use bytemuck::{Pod, Zeroable};

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
#[cfg(target_arch = "x86_64")]
pub use compiled::has_avx2;
pub use compiled::{vectorized, wide};
pub use line::{LineRows, dots_of_corners, exchange};
pub use portable::Portable;
pub(crate) use rows::for_tiles;
pub use rows::{Place, dots, dots_1x8, gather, scatter};
#[cfg(target_arch = "x86_64")]
pub use sixteen::Sixteen;
pub use view::LaneView;

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

/// Arithmetic on as many floats as a register holds. Every method works float by float.
pub trait Arithmetic: Copy + Send + Sync {
    /// Floats in a register.
    type V: Copy;

    /// How many they are.
    const COUNT: usize;

    /// Reads [`Self::COUNT`] floats.
    fn read(self, from: &[f32]) -> Self::V;
    /// Writes [`Self::COUNT`] floats.
    fn write(self, to: &mut [f32], v: Self::V);
    /// Reads [`Self::COUNT`] floats that others may change meanwhile.
    ///
    /// # Safety
    /// They must be readable.
    #[allow(unsafe_code, reason = "floats that others change meanwhile are reached by pointers")]
    unsafe fn read_at(self, from: *const f32) -> Self::V;
    /// Writes [`Self::COUNT`] floats that others may read meanwhile.
    ///
    /// # Safety
    /// They must be writable.
    #[allow(unsafe_code, reason = "floats that others change meanwhile are reached by pointers")]
    unsafe fn write_at(self, to: *mut f32, v: Self::V);
    /// All lanes `x`.
    fn splat(self, x: f32) -> Self::V;
    /// a + b.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// a - b.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// a * b.
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// a / b.
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// 1 / a to within two units in the last place, for a normal `a` whose reciprocal is one too; NaN stays so.
    #[inline(always)]
    fn reciprocal(self, a: Self::V) -> Self::V {
        self.div(self.splat(1.0), a)
    }
    /// a * b + c.
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The larger; `b` where either is not a number.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The smaller; `b` where either is not a number.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// Square root.
    fn sqrt(self, a: Self::V) -> Self::V;
    /// The nearest integer.
    fn round(self, a: Self::V) -> Self::V;
    /// 2^n for an integral `n` in -126..=127.
    fn exp2_integral(self, n: Self::V) -> Self::V;
    /// Bitwise and.
    fn and(self, a: Self::V, b: Self::V) -> Self::V;
    /// Whether every float is 0, of either sign.
    fn is_zero(self, a: Self::V) -> bool;
    /// `positive` where the sign bit of `by` is clear, else `negative`.
    fn select_by_sign(self, by: Self::V, positive: Self::V, negative: Self::V) -> Self::V;
}

/// Arithmetic on eight floats.
pub trait Simd: Arithmetic {
    /// The widest registers that there are.
    type Wide: Arithmetic;

    /// Whether [`Self::exchange`] is faster than a [`gather`] and a [`scatter`]; it is there only then.
    const EXCHANGES: bool = false;

    /// Arithmetic in the widest registers.
    fn wide(self) -> Self::Wide;
    /// Eight sums of a wide register's floats.
    fn narrow(self, v: <Self::Wide as Arithmetic>::V) -> Self::V;

    /// Reads a lane.
    fn load(self, from: &Lane) -> Self::V;
    /// Reads a lane that others may change meanwhile.
    ///
    /// # Safety
    /// It must be readable.
    #[allow(unsafe_code, reason = "floats that others change meanwhile are reached by pointers")]
    #[inline(always)]
    unsafe fn load_at(self, from: *const Lane) -> Self::V {
        // SAFETY: the caller's; a lane is eight floats.
        unsafe { self.read_at(from.cast()) }
    }
    /// Writes a lane.
    fn store(self, to: &mut Lane, v: Self::V);
    /// Reads from any address.
    fn load_array(self, from: &[f32; WIDTH]) -> Self::V;
    /// Writes to any address.
    fn store_array(self, to: &mut [f32; WIDTH], v: Self::V);
    /// Bit `i` is set where a >= b in lane `i`.
    fn at_least(self, a: Self::V, b: Self::V) -> u32;
    /// Whether a >= b in any lane of any pair.
    fn any_at_least<const N: usize>(self, pairs: [(Self::V, Self::V); N]) -> bool;
    /// Lane `i` is the sum over all lanes of `rows[i]`.
    fn sum_each(self, rows: [Self::V; WIDTH]) -> Self::V;
    /// The sum over all lanes.
    fn sum(self, a: Self::V) -> f32;
    /// Asks for these lanes to be brought near; changes nothing.
    fn prefetch(self, lanes: &[Lane]);
    /// Asks for these lanes, which others may change, to be brought near; changes nothing.
    #[inline(always)]
    fn prefetch_view(self, lanes: LaneView<'_>) {
        self.prefetch_lanes_at(lanes.as_ptr(), lanes.count());
    }
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
        table: LaneView<'_>,
        starts: &[usize],
    ) -> Tile<Self::V> {
        for (&start, weights) in starts.iter().zip(weights) {
            // SAFETY: the caller's.
            let lanes: [Self::V; ACROSS] = std::array::from_fn(|lane| unsafe { self.load_at(table.at(start + lane)) });
            for (sums, &weight) in tile.iter_mut().zip(weights) {
                let weight = self.splat(weight);
                for (sum, &lane) in sums.iter_mut().zip(&lanes) {
                    *sum = self.fma(weight, lane, *sum);
                }
            }
        }
        tile
    }

    /// The dot products of four columns and the rows at `starts`, row by row: `cells[4 r + c]` is that of row `r` and
    /// column `c`.
    ///
    /// # Safety
    /// From each of `starts` on, `table` must have as many lanes as each of the columns. There must be an even number of
    /// rows and four times as many cells.
    #[allow(unsafe_code, reason = "the innermost loops read rows whose bounds their callers have checked once")]
    #[inline(always)]
    unsafe fn dots(self, columns: [LaneView<'_>; STRIP], table: LaneView<'_>, starts: &[usize], cells: &mut [f32]) {
        // SAFETY: the caller's.
        unsafe { rows::dots_by_two(self, columns, table, starts, cells) }
    }

    /// The first lanes of what [`gather`] does for four rows, as many as are done with wider registers than `V`: returns
    /// their number.
    ///
    /// # Safety
    /// From each of `starts` on, `table` must have `lanes` lanes.
    #[allow(unsafe_code, reason = "the innermost loops read rows whose bounds their callers have checked once")]
    #[inline(always)]
    unsafe fn gather_wide(
        self,
        _out: &mut [Lane],
        _fresh: bool,
        _lanes: usize,
        _weights: &[[f32; STRIP]],
        _table: LaneView<'_>,
        _starts: &[usize],
    ) -> usize {
        0
    }

    /// The first lanes of what [`scatter`] does with four rows, as many as are done with wider registers than `V`: returns
    /// their number.
    ///
    /// # Safety
    /// Each of `places` must be one of the rows of `out`, which have as many lanes as each of `rows`.
    #[allow(unsafe_code, reason = "the innermost loops change rows whose bounds their callers have checked once")]
    #[inline(always)]
    unsafe fn scatter_wide(
        self,
        _out: &mut [Lane],
        _places: &[Place],
        _weights: &[[f32; STRIP]],
        _rows: [LaneView<'_>; STRIP],
    ) -> usize {
        0
    }

    /// What [`exchange`] does.
    ///
    /// # Safety
    /// All columns must have the same length, `sums` four times as many lanes; each of `rows`, which are as [`LineRows`]
    /// says, must lie within `table` and `out`, whose rows have as many lanes as a column, and have its weights.
    #[allow(unsafe_code, reason = "the innermost loops change rows whose bounds their callers have checked once")]
    #[inline(always)]
    unsafe fn exchange(
        self,
        _sums: &mut [Lane],
        _columns: [LaneView<'_>; STRIP],
        _out: &mut [Lane],
        _table: LaneView<'_>,
        _rows: LineRows,
        _weights: &[f32],
    ) {
        unreachable!("only where `EXCHANGES` says so");
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
    /// AVX-512 beside AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
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
        if let Some(avx512) = Avx512::detect() {
            return Self::Avx512(avx512);
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detect() {
            return Self::Avx2(avx2);
        }
        Self::Portable(Portable)
    }

    /// All that this processor has, the best first.
    #[cfg(test)]
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Portable(Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(Avx2::detect().map(Self::Avx2));
            all.extend(Avx512::detect().map(Self::Avx512));
        }
        all.reverse();
        all
    }

    /// Their name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "AVX2+FMA",
            Self::Portable(_) => "portable",
        }
    }

    /// Lanes of the widest register that tiles are made of.
    #[must_use]
    pub fn register_lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => 2,
            _ => 1,
        }
    }

    /// Runs `kernel` with these instructions.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(avx512) => avx512.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.run(kernel),
            Self::Portable(portable) => kernel.run(portable),
        }
    }
}
