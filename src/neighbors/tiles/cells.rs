//! Rows in cells about means: k-means in which a row is only compared with the means nearest to its own.
//!
//! The tree of [`super::order`] cuts clusters in two wherever a plane passes. For an
//! exact search that only costs time; one that compares near blocks alone would miss what lies across the cuts. A few
//! rounds of Lloyd's algorithm from there bring clusters together again. With all means a round would take as long as the
//! search; with the nearest it takes less than a second for a million rows.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::super::{GraphError, Metric};
use super::order::halves;
use super::pack::BLOCK;
use super::schedule::nearest_blocks;
use super::space::Space;
use crate::progress::Watch;

/// Rows of a cell on average: most then fit a block, and blocks are mostly full.
const ROWS_A_CELL: usize = 176;

/// A smaller cell gives its rows to others.
const LEAST_ROWS: usize = 48;

/// Means that a row is compared with besides that of its cell.
const NEAR: usize = 48;

/// Rounds of Lloyd's algorithm.
const ROUNDS: usize = 7;

/// Reorders `order`, in which near rows of `space` stand together already, so that the cells lie one behind the other;
/// returns the lengths of the blocks, none above [`BLOCK`] rows. `head` [rows, dims] holds the rows' first dimensions.
/// It depends on the rows alone, not on the number of threads.
pub(super) fn gather(
    space: &Space<'_>,
    head: ArrayView2<'_, f32>,
    order: &mut Vec<u32>,
    watch: &Watch,
) -> Result<Vec<usize>, GraphError> {
    let cells = order.len().div_ceil(ROWS_A_CELL);
    let mut lengths: Vec<usize> =
        (0..cells).map(|cell| (cell + 1) * order.len() / cells - cell * order.len() / cells).collect();
    for round in 0..ROUNDS {
        watch.report("Ordering rows", round as u64, Some(ROUNDS as u64), "rounds");
        lengths = lloyd(space, order, &lengths, watch)?;
    }
    let mut rest = order.as_mut_slice();
    let cells = lengths.iter().filter_map(|&length| rest.split_off_mut(..length));
    let blocks: Vec<Vec<usize>> =
        cells.collect::<Vec<_>>().into_par_iter().map(|cell| even_blocks(head, cell)).collect();
    Ok(blocks.concat())
}

/// One round: means of cells, and each row to the nearest of those near its own. Returns the new lengths.
fn lloyd(space: &Space<'_>, order: &mut Vec<u32>, lengths: &[usize], watch: &Watch) -> Result<Vec<usize>, GraphError> {
    let mut rest = order.as_slice();
    let cells: Vec<&[u32]> = lengths.iter().filter_map(|&length| rest.split_off(..length)).collect();
    let means: Vec<Array1<f32>> = cells
        .par_iter()
        .map(|cell| space.prepared(cell).mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(space.dims())))
        .collect();
    let means = Array2::from_shape_fn((cells.len(), space.dims()), |(cell, d)| means[cell][d]);
    let halves: Vec<f32> = means.rows().into_iter().map(|mean| mean.dot(&mean) / 2.0).collect();
    let near = nearest_blocks(means.view(), Metric::Euclidean, NEAR.min(cells.len() - 1), watch)?;
    let chosen: Vec<Vec<u32>> = cells
        .par_iter()
        .enumerate()
        .map(|(own, cell)| {
            if watch.is_cancelled() {
                return Err(GraphError::Cancelled);
            }
            let mut candidates = vec![own];
            candidates.extend(near[own].iter().map(|&other| other as usize));
            candidates.retain(|&candidate| lengths[candidate] >= LEAST_ROWS);
            if candidates.is_empty() {
                return Ok(vec![own as u32; cell.len()]);
            }
            let products = space.prepared(cell).dot(&means.select(Axis(0), &candidates).t());
            let nearest = |products: ndarray::ArrayView1<'_, f32>| {
                let mut best = (f32::NEG_INFINITY, own);
                for (&product, &candidate) in products.iter().zip(&candidates) {
                    let score = product - halves[candidate];
                    if score > best.0 {
                        best = (score, candidate);
                    }
                }
                best.1 as u32
            };
            Ok(products.rows().into_iter().map(nearest).collect())
        })
        .collect::<Result<_, _>>()?;
    let mut counts = vec![0; cells.len()];
    chosen.iter().flatten().for_each(|&cell| counts[cell as usize] += 1);
    let mut next: Vec<usize> = counts
        .iter()
        .scan(0, |end, &count| {
            let start = *end;
            *end += count;
            Some(start)
        })
        .collect();
    let mut sorted = vec![0; order.len()];
    for (&row, &cell) in order.iter().zip(chosen.iter().flatten()) {
        sorted[next[cell as usize]] = row;
        next[cell as usize] += 1;
    }
    *order = sorted;
    counts.retain(|&count| count > 0);
    Ok(counts)
}

/// Cuts a cell into the fewest blocks, of about the same number of rows; returns their lengths.
fn even_blocks(head: ArrayView2<'_, f32>, cell: &mut [u32]) -> Vec<usize> {
    let blocks = cell.len().div_ceil(BLOCK);
    if blocks <= 1 {
        return vec![cell.len()];
    }
    let (left, right) = halves(head, cell, blocks / 2 * cell.len() / blocks);
    let mut lengths = even_blocks(head, left);
    lengths.extend(even_blocks(head, right));
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_each_row_once_in_blocks_that_are_near_full() {
        // Twelve groups of 100 to 650 rows and 700 equal rows.
        let rows = Array2::from_shape_fn((5_200, 20), |(i, d)| {
            let group = if i < 4_500 { (i * i / 131) % 12 } else { 12 };
            let noise = if i < 4_500 { ((i * 7919 + d * 104_729 + i * i * d) as f32).sin() } else { 0.0 };
            (group * (d + 3) % 17) as f32 + noise
        });
        let space = Space::new(rows.view(), Metric::Euclidean, &Watch::unattended()).unwrap();
        let mut order: Vec<u32> = (0..5_200).collect();
        let lengths = gather(&space, rows.view(), &mut order, &Watch::unattended()).unwrap();
        assert_eq!(lengths.iter().sum::<usize>(), 5_200);
        assert!(lengths.iter().all(|&length| (1..=BLOCK).contains(&length)), "{lengths:?}");
        assert!(lengths.len() < 5_200 / 80, "{} blocks", lengths.len());
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..5_200), "the order names each row once");
    }
}
