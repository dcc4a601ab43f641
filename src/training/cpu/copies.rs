//! Copies of rows without their padding, made by all threads: the training stands still for them.

use super::memory::advise_huge;
use super::pool::Pool;
use super::step::ThreadScratch;
use super::table::floats;
use crate::simd::Lane;

/// About how many floats a thread copies at a time.
const PART: usize = 1 << 16;

/// Rows of `dims` floats, each padded to whole lanes.
#[derive(Clone, Copy)]
pub struct PaddedRows<'a> {
    /// [rows x lanes] the rows.
    pub data: &'a [Lane],
    /// Lanes of a row.
    pub lanes: usize,
    /// Floats of a row.
    pub dims: usize,
}

impl PaddedRows<'_> {
    /// Floats without padding.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len().checked_div(self.lanes).unwrap_or(0) * self.dims
    }
}

/// Some rows, and where they go.
struct CopyTask<'a> {
    from: PaddedRows<'a>,
    to: &'a mut [f32],
}

impl CopyTask<'_> {
    fn run(self) {
        let PaddedRows { data, lanes, dims } = self.from;
        for (from, to) in data.chunks_exact(lanes).zip(self.to.chunks_exact_mut(dims)) {
            to.copy_from_slice(&floats(from)[..dims]);
        }
    }
}

/// The floats of each of `sources`.
#[must_use]
pub fn copies(pool: &mut Pool, scratch: &mut [ThreadScratch], sources: &[PaddedRows<'_>]) -> Vec<Vec<f32>> {
    let mut copies: Vec<Vec<f32>> = sources.iter().map(|source| vec![0.0; source.len()]).collect();
    let mut tasks = Vec::new();
    for (&PaddedRows { data, lanes, dims }, copy) in
        sources.iter().zip(&mut copies).filter(|(source, _)| source.dims > 0)
    {
        advise_huge(copy.as_mut_ptr_range());
        let rows = (PART / dims).max(1);
        let parts = data.chunks(rows * lanes).zip(copy.chunks_mut(rows * dims));
        tasks.extend(parts.map(|(data, to)| CopyTask { from: PaddedRows { data, lanes, dims }, to }));
    }
    pool.share(scratch, tasks, |_, task| task.run());
    copies
}

#[cfg(test)]
mod tests {
    use super::super::table::{Table, lanes_of};
    use super::*;
    use ndarray::Array2;

    #[test]
    fn copies_are_the_rows_without_padding_on_any_number_of_threads() {
        // The longest takes several parts; one has rows of no floats, one no rows.
        let arrays = [(3, 5), (9_000, 17), (4, 0), (0, 8)]
            .map(|(rows, dims)| Array2::from_shape_fn((rows, dims), |(row, column)| (row * 31 + column) as f32));
        let tables = arrays.each_ref().map(|array| {
            let (rows, dims) = array.dim();
            // One lane more than they need.
            let mut table = Table::wide(rows, dims, lanes_of(dims) + 1);
            table.fill(array);
            table
        });
        let sources = tables.each_ref().map(Table::padded);
        for threads in [1, 3] {
            let copies = copies(&mut Pool::new(threads), &mut vec![ThreadScratch::default(); threads], &sources);
            for (copy, array) in copies.iter().zip(&arrays) {
                assert_eq!(copy.as_slice(), array.as_slice().unwrap(), "{:?}, {threads} threads", array.dim());
            }
        }
    }
}
