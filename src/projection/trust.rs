//! How far a map can be trusted.

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ProjectionError, map_neighbors};
use crate::progress::Watch;
use crate::simd::vectorized;

/// How far a map can be trusted: whether what is near in it is near in truth, and the reverse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// Nearest neighbours that are compared.
    pub k: usize,
    /// Share of a point's `k` nearest original neighbours that are among its `k` nearest in the map; mean over all.
    pub preserved: f64,
    /// Trustworthiness (Venna and Kaski 2001), 0 to 1: how little the map's neighbours are strangers.
    pub trustworthiness: f64,
    /// Continuity (Venna and Kaski 2001), 0 to 1: how little original neighbours are torn apart.
    pub continuity: f64,
    /// Points whose ranks the last two were measured on: all where there are few, else evenly spread ones.
    pub sample: usize,
    /// `[rows]` the share of each point.
    #[serde(skip)]
    pub by_point: Vec<f32>,
}

/// With more points than these, ranks are measured on a sample.
const ALL_RANKED: usize = 4000;

/// Points of the sample.
const SAMPLE: usize = 1000;

impl Trust {
    /// Compares the `k` nearest neighbours of each point, `neighbors` [rows, k], nearest first, with those in `layout`
    /// [rows, 1 to 3]. `rows` [rows, width] are the vectors in which the neighbours are the nearest by Euclidean
    /// distance; they are ranked anew, which takes rows x sample x width steps.
    ///
    /// `None` if there are not more than 2 k points, of which k are hardly neighbours.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`].
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn measure(
        rows: ArrayView2<'_, f32>,
        neighbors: &[u32],
        k: usize,
        layout: ArrayView2<'_, f32>,
        watch: &Watch,
    ) -> Result<Option<Self>, ProjectionError> {
        let count = rows.nrows();
        assert!(neighbors.len() == count * k && layout.nrows() == count, "k neighbours and one place a row");
        if k == 0 || count <= 2 * k {
            return Ok(None);
        }
        let mapped = map_neighbors(layout, k, watch)?;
        let by_point: Vec<f32> = neighbors
            .par_chunks(k)
            .zip(mapped.par_chunks(k))
            .map(|(original, mapped)| original.iter().filter(|row| mapped.contains(row)).count() as f32 / k as f32)
            .collect();
        let sample = if count <= ALL_RANKED { count } else { SAMPLE };
        let vectors = rows.as_standard_layout();
        let places = layout.as_standard_layout();
        let excess: Vec<Result<[u64; 2], ProjectionError>> = (0..sample)
            .into_par_iter()
            .map(|index| {
                let row = index * count / sample;
                let (original, mapped) = (&neighbors[row * k..][..k], &mapped[row * k..][..k]);
                let strangers = excess_ranks(vectors.view(), row, mapped, original, watch)?;
                let torn = excess_ranks(places.view(), row, original, mapped, watch)?;
                Ok([strangers, torn])
            })
            .collect();
        let mut sums = [0_u64; 2];
        for found in excess {
            let found = found?;
            sums = [sums[0] + found[0], sums[1] + found[1]];
        }
        // The sum is least at 0 and largest at n k (2n - 3k - 1) / 2.
        let worst = k as f64 * (2 * count - 3 * k - 1) as f64 / 2.0;
        let [trustworthiness, continuity] = sums.map(|sum| 1.0 - sum as f64 / sample as f64 / worst);
        let preserved = by_point.iter().map(|&share| f64::from(share)).sum::<f64>() / count as f64;
        Ok(Some(Self { k, preserved, trustworthiness, continuity, sample, by_point }))
    }
}

/// By how much the ranks around `row` of those in `named`, but not among the nearest there (`nearest`), exceed k.
fn excess_ranks(
    space: ArrayView2<'_, f32>,
    row: usize,
    named: &[u32],
    nearest: &[u32],
    watch: &Watch,
) -> Result<u64, ProjectionError> {
    let strangers: Vec<u32> = named.iter().copied().filter(|other| !nearest.contains(other)).collect();
    if strangers.is_empty() {
        return Ok(0);
    }
    if watch.is_cancelled() {
        return Err(ProjectionError::Cancelled);
    }
    let query = space.row(row);
    let squares: Vec<f32> = vectorized(|| space.rows().into_iter().map(|other| square(query, other)).collect());
    let mut excess = 0;
    for stranger in strangers {
        let own = (squares[stranger as usize], stranger as usize);
        let nearer = vectorized(|| {
            let before = squares.iter().enumerate().filter(|&(other, &square)| (square, other) < own);
            before.count() - usize::from((squares[row], row) < own)
        });
        // Rounding may rank a stranger among the nearest.
        excess += (nearer as u64 + 1).saturating_sub(nearest.len() as u64);
    }
    Ok(excess)
}

#[inline(always)]
fn square(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
    const LANES: usize = 16;
    let (Some(a), Some(b)) = (a.to_slice(), b.to_slice()) else { return f32::INFINITY };
    let mut lanes = [0.0_f32; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            lanes[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    lanes.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;
    use crate::neighbors::{Metric, NeighborGraph};
    use crate::noise;

    fn cloud(rows: usize, dims: usize) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, dims), noise::uniform(41))
    }

    /// Rows by distance from `row`, itself left out.
    fn ranking(space: ArrayView2<'_, f32>, row: usize) -> Vec<u32> {
        let square = |other: u32| -> f64 {
            let difference = &space.row(other as usize) - &space.row(row);
            difference.iter().map(|&x| f64::from(x).powi(2)).sum()
        };
        let mut others: Vec<u32> = (0..space.nrows() as u32).filter(|&other| other as usize != row).collect();
        others.sort_by(|&a, &b| square(a).total_cmp(&square(b)));
        others
    }

    /// The definition of Venna and Kaski, word by word: (preserved, trustworthiness, continuity).
    fn by_definition(rows: ArrayView2<'_, f32>, layout: ArrayView2<'_, f32>, k: usize) -> (f64, f64, f64) {
        let count = rows.nrows();
        let (mut kept, mut strangers, mut torn) = (0, 0, 0);
        for row in 0..count {
            let (original, mapped) = (ranking(rows, row), ranking(layout, row));
            for (rank, other) in original.iter().enumerate() {
                let map_rank = mapped.iter().position(|x| x == other).unwrap();
                kept += usize::from(rank < k && map_rank < k);
                strangers += if map_rank < k && rank >= k { rank + 1 - k } else { 0 };
                torn += if rank < k && map_rank >= k { map_rank + 1 - k } else { 0 };
            }
        }
        let scale = 2.0 / (count * k * (2 * count - 3 * k - 1)) as f64;
        (kept as f64 / (count * k) as f64, 1.0 - scale * strangers as f64, 1.0 - scale * torn as f64)
    }

    fn measure(rows: &Array2<f32>, layout: ArrayView2<'_, f32>, k: usize) -> Option<Trust> {
        let graph = NeighborGraph::exact(rows.view(), k, Metric::Euclidean, &Watch::unattended()).unwrap();
        Trust::measure(rows.view(), &graph.indices, graph.k, layout, &Watch::unattended()).unwrap()
    }

    #[test]
    fn all_three_are_those_of_the_definition() {
        let rows = cloud(300, 5);
        for layout in [rows.slice(s![.., ..2]).to_owned(), cloud(300, 7).slice(s![.., ..3]).to_owned()] {
            let found = measure(&rows, layout.view(), 8).unwrap();
            let wanted = by_definition(rows.view(), layout.view(), 8);
            for (name, found, wanted) in [
                ("preserved", found.preserved, wanted.0),
                ("trustworthiness", found.trustworthiness, wanted.1),
                ("continuity", found.continuity, wanted.2),
            ] {
                assert!((found - wanted).abs() < 1e-6, "{name}: {found}, by definition {wanted}");
            }
            assert_eq!((found.by_point.len(), found.sample), (300, 300));
        }
    }

    #[test]
    fn a_map_that_keeps_all_distances_is_trusted_wholly() {
        let rows = cloud(200, 2);
        let found = measure(&rows, (&rows * 3.0).view(), 10).unwrap();
        assert_eq!((found.preserved, found.trustworthiness, found.continuity), (1.0, 1.0, 1.0));
    }

    #[test]
    fn a_sample_tells_nearly_the_same() {
        let rows = cloud(ALL_RANKED + 500, 4);
        let layout = rows.slice(s![.., ..2]);
        let (large, small) = (
            measure(&rows, layout, 5).unwrap(),
            measure(&rows.slice(s![..3000, ..]).to_owned(), layout.slice(s![..3000, ..]), 5).unwrap(),
        );
        assert_eq!((large.sample, small.sample), (SAMPLE, 3000));
        assert!((large.trustworthiness - small.trustworthiness).abs() < 0.02, "{large:?} {small:?}");
    }

    #[test]
    fn too_few_points_have_no_trust() {
        assert_eq!(measure(&cloud(20, 3), cloud(20, 2).view(), 10), None);
        assert!(measure(&cloud(21, 3), cloud(21, 2).view(), 10).is_some());
        assert_eq!(measure(&cloud(0, 3), cloud(0, 2).view(), 10), None);
    }
}
