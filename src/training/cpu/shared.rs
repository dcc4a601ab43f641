//! Tables that all threads read and move at once, without locks (Niu et al., "Hogwild!", NIPS 2011).
#![allow(unsafe_code, reason = "rows that race on purpose; the only such memory of the program")]

use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use super::optimizer::{Moments, Pace, adagrad, squared_length};
use super::table::TrainedTable;
use crate::simd::{Lane, Simd, WIDTH};

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
// everybody else, so all accesses are those of `read` and `move_row` below. These race on purpose. Each is an aligned
// load or store of whole 4-byte floats through a raw pointer, so a racing float is one that some thread wrote, never a
// mixture of bits, and any f32 is a valid one. No reference to a row is ever made, so the compiler may not assume that
// a row stays as it is; it keeps what was read in registers or in memory of the thread's own. Lengths and positions,
// which decide what is accessed, are never written.
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

    /// Floats of a row, padding left out.
    #[inline(always)]
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Number of rows.
    #[inline(always)]
    pub fn rows(&self) -> usize {
        self.rows
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

    /// Copies row `row` into `to` [lanes].
    #[inline(always)]
    pub fn read(&self, row: usize, to: &mut [Lane]) {
        let from = self.row(row);
        for (v, to) in to[..self.lanes].iter_mut().enumerate() {
            // SAFETY: within the row; racing, see `Sync`.
            *to = unsafe { from.add(v).read() };
        }
    }

    /// Moves rows, at most [`WIDTH`] different ones, each against its own of `gradients` [rows x lanes], whose padding is
    /// zero.
    #[inline(always)]
    pub fn move_some<S: Simd>(&self, s: S, rows: &[u32], gradients: &[Lane], pace: Pace) {
        let (mut lengths, mut held) = ([0.0; WIDTH], [0.0; WIDTH]);
        for (index, (&row, gradient)) in rows.iter().zip(gradients.chunks_exact(self.lanes)).enumerate() {
            lengths[index] = squared_length(s, gradient);
            held[index] = f32::from_bits(self.squares[row as usize].load(Ordering::Relaxed));
        }
        let (moved, rates) = adagrad(s, held, lengths, self.dims, pace);
        for (index, (&row, gradient)) in rows.iter().zip(gradients.chunks_exact(self.lanes)).enumerate() {
            self.squares[row as usize].store(moved[index].to_bits(), Ordering::Relaxed);
            let (to, rate) = (self.row(row as usize), s.splat(-rates[index]));
            for (v, gradient) in gradient.iter().enumerate() {
                // SAFETY: within the row; racing, see `Sync`.
                let held = unsafe { to.add(v).read() };
                let mut moved = Lane::default();
                s.store(&mut moved, s.fma(s.load(gradient), rate, s.load(&held)));
                // SAFETY: as above.
                unsafe { to.add(v).write(moved) };
            }
        }
    }
}
