//! Copies of rows without their padding, made by all threads: the training stands still for them.

use super::memory::advise_huge;
use super::pool::Pool;
use super::step::ThreadScratch;
use super::table::{floats, lanes_of};
use crate::simd::Lane;

/// About how many floats a thread copies at a time.
const PART: usize = 1 << 16;

/// Rows of `dims` floats, each padded to whole lanes.
#[derive(Clone, Copy)]
pub struct PaddedRows<'a> {
    /// [rows x lanes] the rows.
    pub lanes: &'a [Lane],
    /// Floats of a row.
    pub dims: usize,
}

impl PaddedRows<'_> {
    /// Floats without padding.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.len().checked_div(lanes_of(self.dims)).unwrap_or(0) * self.dims
    }
}

/// Some rows, and where they go.
struct CopyTask<'a> {
    from: PaddedRows<'a>,
    to: &'a mut [f32],
}

impl CopyTask<'_> {
    fn run(self) {
        let PaddedRows { lanes, dims } = self.from;
        for (from, to) in lanes.chunks_exact(lanes_of(dims)).zip(self.to.chunks_exact_mut(dims)) {
            to.copy_from_slice(&floats(from)[..dims]);
        }
    }
}

/// The floats of each of `sources`.
#[must_use]
pub fn copies(pool: &mut Pool, scratch: &mut [ThreadScratch], sources: &[PaddedRows<'_>]) -> Vec<Vec<f32>> {
    let mut copies: Vec<Vec<f32>> = sources.iter().map(|source| vec![0.0; source.len()]).collect();
    let mut tasks = Vec::new();
    for (&PaddedRows { lanes, dims }, copy) in sources.iter().zip(&mut copies).filter(|(source, _)| source.dims > 0) {
        advise_huge(copy.as_mut_ptr_range());
        let rows = (PART / dims).max(1);
        let parts = lanes.chunks(rows * lanes_of(dims)).zip(copy.chunks_mut(rows * dims));
        tasks.extend(parts.map(|(lanes, to)| CopyTask { from: PaddedRows { lanes, dims }, to }));
    }
    pool.share(scratch, tasks, |_, task| task.run());
    copies
}

#[cfg(test)]
mod tests {
    use super::super::table::Table;
    use super::*;
    use ndarray::Array2;

    #[test]
    fn copies_are_the_rows_without_padding_on_any_number_of_threads() {
        // The longest takes several parts; one has rows of no floats, one no rows.
        let arrays = [(3, 5), (9_000, 17), (4, 0), (0, 8)]
            .map(|(rows, dims)| Array2::from_shape_fn((rows, dims), |(row, column)| (row * 31 + column) as f32));
        let tables = arrays.each_ref().map(Table::from_array);
        let sources = tables.each_ref().map(Table::padded);
        for threads in [1, 3] {
            let copies = copies(&mut Pool::new(threads), &mut vec![ThreadScratch::default(); threads], &sources);
            for (copy, array) in copies.iter().zip(&arrays) {
                assert_eq!(copy.as_slice(), array.as_slice().unwrap(), "{:?}, {threads} threads", array.dim());
            }
        }
    }
}
