//! Rows in an order that puts near ones together: bisecting k-means (Steinbach et al. 2000) down to the blocks of the search.

use ndarray::{Array2, ArrayView2, Axis};

use super::super::GraphError;
use super::pack::BLOCK;
use crate::progress::Watch;
use crate::simd::PANEL;

/// Rows of a part that its two means are found from.
const SAMPLE: usize = 1024;

/// Rounds of Lloyd's algorithm; the means hardly move afterwards.
const ROUNDS: usize = 5;

/// The smaller side of a cut has at least this share of the rows, so that the recursion is shallow.
const LEAST_SHARE: usize = 8;

/// Reorders `order`, which numbers the rows of `head` [rows, dims], so that the leaves of the tree of cuts lie one behind
/// the other; returns their lengths. A leaf has at most [`BLOCK`] rows, and all but the last have whole panels of
/// them.
/// It depends on the rows alone, not on the number of threads.
pub(super) fn cut(head: ArrayView2<'_, f32>, order: &mut [u32], watch: &Watch) -> Result<Vec<usize>, GraphError> {
    if order.len() <= BLOCK {
        return Ok(vec![order.len()]);
    }
    if watch.is_cancelled() {
        return Err(GraphError::Cancelled);
    }
    let (direction, boundary) = two_means(head, order);
    let along: Vec<(f32, u32)> = order.iter().map(|&row| (head.row(row as usize).dot(&direction), row)).collect();
    let natural = along.iter().filter(|(place, _)| *place < boundary).count();
    let middle = whole_panels(natural, order.len());
    let (left, right) = part(along, order, middle);
    let (left, right) = rayon::join(|| cut(head, left, watch), || cut(head, right, watch));
    let mut leaves = left?;
    leaves.extend(right?);
    Ok(leaves)
}

/// Reorders `order` so that its first `middle` rows lie on one side of a plane across the direction from one of two means
/// to the other; returns both sides.
pub(super) fn halves<'a>(
    head: ArrayView2<'_, f32>,
    order: &'a mut [u32],
    middle: usize,
) -> (&'a mut [u32], &'a mut [u32]) {
    let (direction, _) = two_means(head, order);
    let along = order.iter().map(|&row| (head.row(row as usize).dot(&direction), row)).collect();
    part(along, order, middle)
}

/// Brings the `middle` rows of `order` that come first in `along` (places and rows) to its front; ties by row.
fn part(mut along: Vec<(f32, u32)>, order: &mut [u32], middle: usize) -> (&mut [u32], &mut [u32]) {
    along.select_nth_unstable_by(middle, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.iter_mut().zip(&along).for_each(|(row, &(_, sorted))| *row = sorted);
    order.split_at_mut(middle)
}

/// Where to cut `count` rows: at whole panels from the start, near `natural`, and not too far out.
fn whole_panels(natural: usize, count: usize) -> usize {
    let panels = count.div_ceil(PANEL);
    let least = (panels / LEAST_SHARE).max(1);
    ((natural + PANEL / 2) / PANEL).clamp(least, panels - least) * PANEL
}

/// The direction from one of two means of the rows `part` to the other, and the place along it halfway.
fn two_means(head: ArrayView2<'_, f32>, part: &[u32]) -> (ndarray::Array1<f32>, f32) {
    let some: Vec<usize> = part.iter().step_by(part.len().div_ceil(SAMPLE)).map(|&row| row as usize).collect();
    let rows = head.select(Axis(0), &some);
    let mean = rows.mean_axis(Axis(0)).unwrap_or_else(|| ndarray::Array1::zeros(head.ncols()));
    // Begin with a cut at the mean of the column that varies most.
    let variances = rows.var_axis(Axis(0), 0.0);
    let widest = (0..variances.len()).max_by(|&a, &b| variances[a].total_cmp(&variances[b])).unwrap_or(0);
    let mut direction = ndarray::Array1::zeros(head.ncols());
    if let Some(entry) = direction.get_mut(widest) {
        *entry = 1.0;
    }
    let mut boundary = mean.get(widest).copied().unwrap_or(0.0);
    for _ in 0..ROUNDS {
        let mut sums = Array2::<f32>::zeros((2, head.ncols()));
        let mut counts = [0_usize; 2];
        for (row, place) in rows.rows().into_iter().zip(rows.dot(&direction)) {
            let side = usize::from(place >= boundary);
            counts[side] += 1;
            let mut sum = sums.row_mut(side);
            sum += &row;
        }
        if counts.contains(&0) {
            break;
        }
        let [low, high] = [0, 1].map(|side| sums.row(side).mapv(|sum| sum / counts[side] as f32));
        boundary = (high.dot(&high) - low.dot(&low)) / 2.0;
        direction = high - low;
    }
    (direction, boundary)
}
