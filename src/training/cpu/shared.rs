//! Tables that all threads read and move at once, without locks: in the asynchronous step any rows (Niu et al.,
//! "Hogwild!", NIPS 2011), in the deterministic one rows that nobody else reads or moves meanwhile.
#![allow(unsafe_code, reason = "rows that race on purpose; the only such memory of the program")]

use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use super::optimizer::{Moments, Pace, adagrad, in_registers, in_registers_mut, squares};
use super::table::{TrainedTable, floats, floats_mut};
use crate::simd::{Arithmetic, Lane, LaneView, Simd, WIDTH};

/// A table under row-wise Adagrad that several threads read and move at once.
///
/// Two threads that move a row at the same time may lose one of the two moves, in some of its floats or in all, and a
/// reader may see some floats of before and some of after. Such rows are few, and the next step corrects them.
pub struct SharedTable<'a> {
    values: NonNull<Lane>,
    rows: usize,
    dims: usize,
    lanes: usize,
    /// [rows] Adagrad's sums, as the bits of f32.
    squares: &'a [AtomicU32],
    /// Nobody else has the table as long as this lives.
    table: PhantomData<&'a mut TrainedTable>,
}

// SAFETY: `values` points to `rows * lanes` lanes that the exclusive borrow in `table` keeps alive and away from
// everybody else, so all accesses are those of the methods below and of the views that they give out. These may race on
// purpose. Each is an aligned load or store of whole 4-byte floats through a raw pointer, so a racing float is one that
// some thread wrote, never a mixture of bits, and any f32 is a valid one. No reference to a row is ever made, so the
// compiler may not assume that a row stays as it is; who reads it twice may find two values. Lengths and positions, which
// decide what is accessed, are never written.
unsafe impl Sync for SharedTable<'_> {}

impl<'a> SharedTable<'a> {
    /// Shares `table`; `None` unless row-wise Adagrad moves it.
    pub fn new(table: &'a mut TrainedTable) -> Option<Self> {
        let (rows, dims, lanes) = (table.values.rows(), table.values.dims(), table.values.lanes());
        let Moments::MeanSquare(squares) = &mut table.moments else { return None };
        // SAFETY: u32 and f32 have the same size and alignment, every bit pattern is valid in both, and the exclusive
        // borrow of the sums lasts as long as the shared one that is made of it.
        let squares = unsafe { std::slice::from_raw_parts(squares.as_mut_ptr().cast::<AtomicU32>(), squares.len()) };
        let values = NonNull::from(table.values.data_mut()).cast();
        Some(Self { values, rows, dims, lanes, squares, table: PhantomData })
    }

    /// Lanes of a row.
    #[inline(always)]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Where row `row` starts.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline(always)]
    fn row(&self, row: usize) -> NonNull<Lane> {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        // SAFETY: the row lies within the table.
        unsafe { self.values.add(row * self.lanes) }
    }

    /// All rows.
    #[inline(always)]
    pub fn view(&self) -> LaneView<'_> {
        // SAFETY: the table lives as long as the borrow; racing, see `Sync`.
        unsafe { LaneView::new(self.values.as_ptr(), self.rows * self.lanes) }
    }

    /// Asks for row `row` and its sum.
    #[inline(always)]
    pub fn prefetch<S: Simd>(&self, s: S, row: usize) {
        s.prefetch_lanes_at(self.row(row).as_ptr(), self.lanes);
        s.prefetch_one(&self.squares[row]);
    }

    /// Asks for row `row` and its sum to be brought into the second-level cache.
    #[inline(always)]
    pub fn prefetch_second_level<S: Simd>(&self, s: S, row: usize) {
        s.prefetch_second_level(self.row(row).as_ptr(), self.lanes);
        s.prefetch_one(&self.squares[row]);
    }

    /// Copies row `row` into `to` [lanes]. Not scaled by 1: a step of plain rows would take longer.
    #[inline(always)]
    pub fn read<S: Simd>(&self, s: S, row: usize, to: &mut [Lane]) {
        let from = self.row(row).cast::<f32>();
        let (to, rest) = in_registers_mut::<S>(floats_mut(&mut to[..self.lanes]));
        let wide = to.len();
        // SAFETY: all of `to` and `rest` is as long as the row; racing, see `Sync`.
        unsafe {
            read_in(s.wide(), from, to);
            read_in(s, from.add(wide), rest);
        }
    }

    /// Makes `to` [lanes] `weight` times row `row`.
    #[inline(always)]
    pub fn read_scaled<S: Simd>(&self, s: S, row: usize, weight: f32, to: &mut [Lane]) {
        let from = self.row(row).cast::<f32>();
        let (to, rest) = in_registers_mut::<S>(floats_mut(&mut to[..self.lanes]));
        let wide = to.len();
        // SAFETY: all of `to` and `rest` is as long as the row; racing, see `Sync`.
        unsafe {
            read_scaled_in(s.wide(), from, weight, to);
            read_scaled_in(s, from.add(wide), weight, rest);
        }
    }

    /// Moves rows, at most [`WIDTH`] different ones, each against its own of `gradients` [lanes], whose padding is zero.
    #[inline(always)]
    pub fn move_some<S: Simd>(&self, s: S, rows: &[u32], gradients: &[&[Lane]; WIDTH], pace: Pace) {
        let gradient = |index: usize| &gradients[index][..self.lanes];
        let (mut lengths, mut held) = ([s.splat(0.0); WIDTH], [0.0; WIDTH]);
        for ((index, &row), lengths) in rows.iter().enumerate().zip(&mut lengths) {
            *lengths = squares(s, gradient(index));
            held[index] = f32::from_bits(self.squares[row as usize].load(Ordering::Relaxed));
        }
        let (moved, rates) = adagrad(s, held, s.sum_each(lengths), self.dims, pace);
        for (index, &row) in rows.iter().take(WIDTH).enumerate() {
            self.squares[row as usize].store(moved[index].to_bits(), Ordering::Relaxed);
            let to = self.row(row as usize).cast::<f32>();
            let (wide, rest) = in_registers::<S>(floats(gradient(index)));
            // SAFETY: `wide` and `rest` are as long as the row; racing, see `Sync`.
            unsafe {
                descend_in(s.wide(), to, wide, rates[index]);
                descend_in(s, to.add(wide.len()), rest, rates[index]);
            }
        }
    }
}

/// Copies what stands from `from` on into `to`, as far as whole registers go.
///
/// # Safety
/// So many floats must be readable.
#[inline(always)]
unsafe fn read_in<A: Arithmetic>(a: A, from: NonNull<f32>, to: &mut [f32]) {
    for (index, to) in to.chunks_exact_mut(A::COUNT).enumerate() {
        // SAFETY: the caller's.
        a.write(to, unsafe { a.read_at(from.as_ptr().add(index * A::COUNT)) });
    }
}

/// Makes `to` `weight` times what stands from `from` on, as far as whole registers go.
///
/// # Safety
/// So many floats must be readable.
#[inline(always)]
unsafe fn read_scaled_in<A: Arithmetic>(a: A, from: NonNull<f32>, weight: f32, to: &mut [f32]) {
    let weight = a.splat(weight);
    for (index, to) in to.chunks_exact_mut(A::COUNT).enumerate() {
        // SAFETY: the caller's.
        a.write(to, a.mul(weight, unsafe { a.read_at(from.as_ptr().add(index * A::COUNT)) }));
    }
}

/// Moves the floats from `to` on against `gradient`, as far as whole registers go.
///
/// # Safety
/// So many floats must be readable and writable.
#[inline(always)]
unsafe fn descend_in<A: Arithmetic>(a: A, to: NonNull<f32>, gradient: &[f32], rate: f32) {
    let rate = a.splat(-rate);
    for (index, gradient) in gradient.chunks_exact(A::COUNT).enumerate() {
        // SAFETY: the caller's.
        unsafe {
            let to = to.as_ptr().add(index * A::COUNT);
            a.write_at(to, a.fma(a.read(gradient), rate, a.read_at(to)));
        }
    }
}

/// Rows that all threads fill at once, each row by one of them.
#[derive(Clone, Copy)]
pub struct SharedRows<'a> {
    first: NonNull<Lane>,
    rows: usize,
    lanes: usize,
    /// Nobody else has the memory as long as this lives.
    memory: PhantomData<&'a mut [Lane]>,
}

// SAFETY: as for `SharedTable`; rows are only ever written, through a raw pointer.
unsafe impl Send for SharedRows<'_> {}
// SAFETY: as above.
unsafe impl Sync for SharedRows<'_> {}

impl<'a> SharedRows<'a> {
    /// Shares `memory` as rows of `lanes` lanes.
    pub fn new(memory: &'a mut [Lane], lanes: usize) -> Self {
        let rows = memory.len().checked_div(lanes).unwrap_or(0);
        Self { first: NonNull::from(memory).cast(), rows, lanes, memory: PhantomData }
    }

    /// Makes row `row` what `from` [lanes] is.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline(always)]
    pub fn write<S: Simd>(&self, s: S, row: usize, from: &[Lane]) {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let (wide, rest) = in_registers::<S>(floats(&from[..self.lanes]));
        // SAFETY: the row lies within the memory, and `wide` and `rest` are as long as it.
        unsafe {
            let to = self.first.add(row * self.lanes).cast::<f32>();
            write_in(s.wide(), to, wide);
            write_in(s, to.add(wide.len()), rest);
        }
    }
}

/// Writes `from` from `to` on, as far as whole registers go.
///
/// # Safety
/// So many floats must be writable.
#[inline(always)]
unsafe fn write_in<A: Arithmetic>(a: A, to: NonNull<f32>, from: &[f32]) {
    for (index, from) in from.chunks_exact(A::COUNT).enumerate() {
        // SAFETY: the caller's.
        unsafe { a.write_at(to.as_ptr().add(index * A::COUNT), a.read(from)) };
    }
}
