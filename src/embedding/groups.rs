//! Groups of vectors that point the same way.

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::{Array2, ArrayView1, ArrayView2};

use super::unit_rows;
use crate::progress::Watch;

/// Rounds of k-means at most; it settles long before on user vectors.
const MOST_ROUNDS: u64 = 200;

/// Centroids that move less than this altogether have settled. They are means of unit vectors.
const SETTLED: f32 = 1e-3;

/// Why vectors cannot be grouped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// There are too few vectors.
    #[error("{asked} groups were asked for, but there are {vectors} vectors with a direction; ask for fewer (-k)")]
    TooMany {
        /// Asked for.
        asked: usize,
        /// Vectors that are not zero.
        vectors: usize,
    },
    /// A value is not a finite number.
    #[error("Row {row} has a value that is not a finite number; train again")]
    NotFinite {
        /// The first such row.
        row: usize,
    },
    /// The clustering gave up.
    #[error("The groups could not be found: {0}")]
    Solver(String),
    /// The caller cancelled.
    #[error("Cancelled")]
    Cancelled,
}

/// Vectors by group.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// `[vectors]` the group of each; groups are numbered from 0 by falling size. None is empty.
    pub group_of: Vec<u32>,
    /// [groups, m] the mean of each group's vectors, each of these scaled to length 1.
    pub centroids: Array2<f32>,
    /// Rounds of k-means.
    pub rounds: u64,
    /// Mean over the vectors of the cosine to their group's centroid.
    pub mean_cosine: f64,
}

/// Cuts `vectors` [rows, m] into `k` groups by k-means (Lloyd's rounds from a k-means++ start with a fixed seed: the same
/// vectors give the same groups).
///
/// Vectors are scaled to length 1 first, so that the squared distance that k-means sums is 2 - 2 cosine: a user vector's
/// length says how alike the user's items are, not what they are, and a user with a single item would lie far out and
/// make a group of their own. A zero vector joins whichever group is nearest.
///
/// # Errors
/// [`GroupError`].
pub fn group_by_direction(vectors: ArrayView2<'_, f32>, k: usize, watch: &Watch) -> Result<Groups, GroupError> {
    let is_finite = |row: ArrayView1<'_, f32>| row.iter().all(|value| value.is_finite());
    if let Some(row) = vectors.rows().into_iter().position(|row| !is_finite(row)) {
        return Err(GroupError::NotFinite { row });
    }
    let unit = unit_rows(vectors);
    let with_direction = unit.rows().into_iter().filter(|row| row.iter().any(|&value| value != 0.0)).count();
    if k == 0 || k > with_direction {
        return Err(GroupError::TooMany { asked: k, vectors: with_direction });
    }
    let data = DatasetBase::from(unit);
    let failed = |error: linfa_clustering::KMeansError| GroupError::Solver(error.to_string());
    // One round a call: between them the watch is asked, which a whole fit does not do.
    let round = |start: KMeansInit<f32>| {
        KMeans::params(k).n_runs(1).max_n_iterations(1).init_method(start).fit(&data).map_err(failed)
    };
    let may_go_on = |rounds: u64| {
        if watch.is_cancelled() {
            return Err(GroupError::Cancelled);
        }
        watch.report("Grouping users", rounds, None, "rounds");
        Ok(())
    };
    may_go_on(0)?;
    let mut model = round(KMeansInit::KMeansPlusPlus)?;
    let mut rounds = 1;
    let mut moved = f32::INFINITY;
    while moved >= SETTLED && rounds < MOST_ROUNDS {
        may_go_on(rounds)?;
        let next = round(KMeansInit::Precomputed(model.centroids().clone()))?;
        moved = (next.centroids() - model.centroids()).mapv(|d| d * d).sum().sqrt();
        model = next;
        rounds += 1;
    }
    let membership: Vec<usize> = model.predict(&data).to_vec();
    Ok(ordered(data.records(), &membership, k, rounds))
}

/// Groups by falling size, ties by their first member, with exact means: linfa's rounds count the old centroid in.
fn ordered(unit: &Array2<f32>, membership: &[usize], k: usize, rounds: u64) -> Groups {
    let mut sizes = vec![(0_usize, usize::MAX); k];
    for (row, &group) in membership.iter().enumerate() {
        sizes[group].0 += 1;
        sizes[group].1 = sizes[group].1.min(row);
    }
    let mut order: Vec<usize> = (0..k).filter(|&group| sizes[group].0 > 0).collect();
    order.sort_by_key(|&group| (std::cmp::Reverse(sizes[group].0), sizes[group].1));
    let mut number = vec![0_u32; k];
    (0..).zip(&order).for_each(|(new, &old)| number[old] = new);
    let group_of: Vec<u32> = membership.iter().map(|&group| number[group]).collect();

    let mut sums = Array2::<f64>::zeros((order.len(), unit.ncols()));
    for (row, &group) in unit.rows().into_iter().zip(&group_of) {
        sums.row_mut(group as usize).iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    // The cosines of unit vectors to their sum add up to the length of the sum.
    let lengths = sums.rows().into_iter().map(|sum| sum.dot(&sum).sqrt()).sum::<f64>();
    for (mut sum, &old) in sums.rows_mut().into_iter().zip(&order) {
        sum /= sizes[old].0 as f64;
    }
    let mean_cosine = lengths / membership.len().max(1) as f64;
    Groups { group_of, centroids: sums.mapv(|value| value as f32), rounds, mean_cosine }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::CancelToken;

    /// 30 vectors a direction along each of the first axes, of many lengths.
    fn bundles(directions: usize) -> Array2<f32> {
        Array2::from_shape_fn((30 * directions, 8), |(row, d)| {
            let length = 0.1 * (1 + row % 30) as f32;
            let noise = 0.2 * ((row * 7 + d * 13) % 11) as f32 / 11.0 - 0.1;
            length * (f32::from(u8::from(row / 30 == d)) + noise)
        })
    }

    #[test]
    fn vectors_of_one_direction_make_one_group_whatever_their_length() {
        let groups = group_by_direction(bundles(4).view(), 4, &Watch::unattended()).unwrap();
        for bundle in groups.group_of.chunks(30) {
            assert!(bundle.iter().all(|&group| group == bundle[0]), "{:?}", groups.group_of);
        }
        let mut first: Vec<u32> = groups.group_of.chunks(30).map(|bundle| bundle[0]).collect();
        first.sort_unstable();
        assert_eq!(first, [0, 1, 2, 3]);
        assert!(groups.mean_cosine > 0.9 && groups.rounds < 50, "{} after {}", groups.mean_cosine, groups.rounds);
        let again = group_by_direction(bundles(4).view(), 4, &Watch::unattended()).unwrap();
        assert_eq!(groups, again);
    }

    #[test]
    fn groups_are_numbered_by_falling_size() {
        let vectors = bundles(3);
        let some: Vec<usize> = (0..10).chain(30..60).chain(60..80).collect();
        let groups =
            group_by_direction(vectors.select(ndarray::Axis(0), &some).view(), 3, &Watch::unattended()).unwrap();
        let size = |group: u32| groups.group_of.iter().filter(|&&own| own == group).count();
        assert_eq!([size(0), size(1), size(2)], [30, 20, 10]);
        assert_eq!(groups.group_of[0], 2);
    }

    #[test]
    fn what_cannot_be_grouped_is_refused() {
        let mut vectors = bundles(1);
        vectors.row_mut(3).fill(0.0);
        let group = |vectors: &Array2<f32>, k| group_by_direction(vectors.view(), k, &Watch::unattended());
        assert_eq!(group(&vectors, 30).unwrap_err(), GroupError::TooMany { asked: 30, vectors: 29 });
        assert!(group(&vectors, 3).is_ok(), "a zero vector is no obstacle");
        vectors[[5, 1]] = f32::NAN;
        assert_eq!(group(&vectors, 3).unwrap_err(), GroupError::NotFinite { row: 5 });
        let cancel = CancelToken::default();
        cancel.cancel();
        let cancelled = group_by_direction(bundles(2).view(), 2, &Watch::new(cancel, |_| {}));
        assert_eq!(cancelled.unwrap_err(), GroupError::Cancelled);
    }
}
