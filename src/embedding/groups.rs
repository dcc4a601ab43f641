//! Groups of vectors that point the same way.

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::group_start::plus_plus;
use super::unit_rows;
use crate::progress::Watch;

/// Rounds of k-means at most; it settles long before on user vectors.
const MOST_ROUNDS: u64 = 200;

/// Vectors that several starts are tried on at most; of more a sample serves, unless there are few for each group.
const MOST_TRIED: usize = 50_000;

/// Vectors a group that starts are tried on at least, if there are so many.
const TRIED_A_GROUP: usize = 100;

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
    /// Rounds of k-means of the start that was kept.
    pub rounds: u64,
    /// What k-means makes small: the sum over the vectors, each of length 1, of the squared distance to their group's
    /// centroid.
    pub inertia: f64,
    /// Mean over the vectors of the cosine to their group's centroid.
    pub mean_cosine: f64,
}

/// How k-means begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupStarts {
    /// How many starts are tried; the groups with the smallest inertia are kept. At least one.
    pub starts: u32,
    /// What the starts are drawn with.
    pub seed: u64,
}

impl Default for GroupStarts {
    /// Eight (BENCHMARKS.md, "Groups of users"), seed 1.
    fn default() -> Self {
        Self { starts: 8, seed: 1 }
    }
}

/// Cuts `vectors` [rows, m] into `k` groups by k-means: Lloyd's rounds from several k-means++ starts, of which the one
/// that ends with the smallest inertia is kept. The same vectors and seed give the same groups. Of many vectors the
/// starts are tried on some 50,000, spread evenly, and the rounds of all vectors begin where the best one ended.
///
/// Vectors are scaled to length 1 first, so that the squared distance that k-means sums is 2 - 2 cosine: a user vector's
/// length says how alike the user's items are, not what they are, and a user with a single item would lie far out and
/// make a group of their own. A zero vector joins whichever group is nearest.
///
/// # Errors
/// [`GroupError`].
pub fn group_by_direction(
    vectors: ArrayView2<'_, f32>,
    k: usize,
    starts: GroupStarts,
    watch: &Watch,
) -> Result<Groups, GroupError> {
    let is_finite = |row: ArrayView1<'_, f32>| row.iter().all(|value| value.is_finite());
    if let Some(row) = vectors.rows().into_iter().position(|row| !is_finite(row)) {
        return Err(GroupError::NotFinite { row });
    }
    let unit = unit_rows(vectors);
    let with_direction = unit.rows().into_iter().filter(|row| row.iter().any(|&value| value != 0.0)).count();
    if k == 0 || k > with_direction {
        return Err(GroupError::TooMany { asked: k, vectors: with_direction });
    }
    let (count, rows) = (starts.starts.max(1), unit.nrows());
    let some = MOST_TRIED.max(TRIED_A_GROUP.saturating_mul(k));
    let sample = (count > 1 && rows > some).then(|| {
        let spread: Vec<usize> = (0..some).map(|place| place * rows / some).collect();
        DatasetBase::from(unit.select(Axis(0), &spread))
    });
    let data = DatasetBase::from(unit);
    let may_go_on = || if watch.is_cancelled() { Err(GroupError::Cancelled) } else { Ok(()) };
    let told = |rounds: u64| {
        watch.report("Grouping", rounds, None, "rounds");
        may_go_on()
    };
    let tried = sample.as_ref().unwrap_or(&data);
    let mut best: Option<(Groups, Array2<f32>)> = None;
    for start in 0..count {
        let told = |rounds: u64| {
            if count > 1 {
                watch.report("Grouping", u64::from(start), Some(u64::from(count)), "starts");
                return may_go_on();
            }
            told(rounds)
        };
        let first = plus_plus(tried.records(), k, starts.seed, start, &|| told(0))?;
        let (groups, centroids) = settled(tried, first, &told)?;
        if best.as_ref().is_none_or(|(best, _)| groups.inertia < best.inertia) {
            best = Some((groups, centroids));
        }
    }
    let (groups, centroids) = best.ok_or_else(|| GroupError::Solver("nothing was tried".to_owned()))?;
    if sample.is_none() {
        return Ok(groups);
    }
    Ok(settled(&data, centroids, &told)?.0)
}

/// Vectors of length 1, or 0, as linfa takes them.
type Unlabelled = DatasetBase<Array2<f32>, Array1<()>>;

/// k-means from the centroids `first`: the groups, and linfa's centroids of all of them. `may_go_on` is asked before each
/// round, and told how many are done.
fn settled(
    data: &Unlabelled,
    first: Array2<f32>,
    may_go_on: &dyn Fn(u64) -> Result<(), GroupError>,
) -> Result<(Groups, Array2<f32>), GroupError> {
    let k = first.nrows();
    let failed = |error: linfa_clustering::KMeansError| GroupError::Solver(error.to_string());
    // One round a call: between them the watch is asked, which a whole fit does not do.
    let round = |start: Array2<f32>| {
        let start = KMeansInit::Precomputed(start);
        KMeans::params(k).n_runs(1).max_n_iterations(1).init_method(start).fit(data).map_err(failed)
    };
    let mut model = round(first)?;
    let mut rounds = 1;
    let mut moved = f32::INFINITY;
    while moved >= SETTLED && rounds < MOST_ROUNDS {
        may_go_on(rounds)?;
        let next = round(model.centroids().clone())?;
        moved = (next.centroids() - model.centroids()).mapv(|d| d * d).sum().sqrt();
        model = next;
        rounds += 1;
    }
    let membership: Vec<usize> = model.predict(data).to_vec();
    Ok((ordered(data.records(), &membership, k, rounds), model.centroids().clone()))
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
    // The squared lengths of a group's vectors, less that of their sum by their number.
    let mut inertia: f64 = unit.iter().map(|&value| f64::from(value).powi(2)).sum();
    for (mut sum, &old) in sums.rows_mut().into_iter().zip(&order) {
        inertia -= sum.dot(&sum) / sizes[old].0 as f64;
        sum /= sizes[old].0 as f64;
    }
    let mean_cosine = lengths / membership.len().max(1) as f64;
    Groups { group_of, centroids: sums.mapv(|value| value as f32), rounds, inertia, mean_cosine }
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

    fn group(vectors: &Array2<f32>, k: usize, starts: GroupStarts) -> Result<Groups, GroupError> {
        group_by_direction(vectors.view(), k, starts, &Watch::unattended())
    }

    /// Sum of squared distances to the centroids, as the definition says.
    fn inertia_of(vectors: &Array2<f32>, groups: &Groups) -> f64 {
        let unit = unit_rows(vectors.view());
        let rows = unit.rows().into_iter().zip(&groups.group_of);
        rows.map(|(row, &group)| {
            let centroid = groups.centroids.row(group as usize);
            row.iter().zip(centroid).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
        })
        .sum()
    }

    #[test]
    fn of_several_starts_the_one_with_the_smallest_inertia_is_kept() {
        let vectors = bundles(7);
        let one = |seed| group(&vectors, 7, GroupStarts { starts: 1, seed }).unwrap();
        let mut alone: Vec<f64> = (0..12).map(|seed| one(seed).inertia).collect();
        let of_eight = group(&vectors, 7, GroupStarts { starts: 8, seed: 1 }).unwrap();
        assert!((of_eight.inertia - inertia_of(&vectors, &of_eight)).abs() < 1e-4, "{of_eight:?}");
        alone.sort_by(f64::total_cmp);
        assert!(alone[11] > 1.2 * alone[0], "single starts end in different places: {alone:?}");
        assert!(of_eight.inertia <= alone[0] + 1e-4, "eight starts: {}, single ones {alone:?}", of_eight.inertia);
        assert_eq!(of_eight, group(&vectors, 7, GroupStarts { starts: 8, seed: 1 }).unwrap());
        assert!(group(&vectors, 7, GroupStarts { starts: 1, seed: 1 }).unwrap().inertia >= of_eight.inertia);
    }

    #[test]
    fn of_many_vectors_the_starts_are_tried_on_some_and_all_are_grouped() {
        let few = bundles(4);
        let many = few.select(Axis(0), &(0..MOST_TRIED + 20_000).map(|row| row % few.nrows()).collect::<Vec<_>>());
        let groups = group(&many, 4, GroupStarts::default()).unwrap();
        let of_few = group(&few, 4, GroupStarts::default()).unwrap();
        assert_eq!(groups.group_of.len(), many.nrows());
        // Each vector stands with those of its bundle, as it does where there are few.
        for (row, &group) in groups.group_of.iter().enumerate() {
            assert_eq!(group, groups.group_of[row % few.nrows() / 30 * 30], "row {row}");
        }
        assert!(
            (groups.mean_cosine - of_few.mean_cosine).abs() < 1e-3,
            "{} {}",
            groups.mean_cosine,
            of_few.mean_cosine
        );
        assert!((groups.inertia - inertia_of(&many, &groups)).abs() < 1e-3 * groups.inertia, "{}", groups.inertia);
    }

    #[test]
    fn vectors_of_one_direction_make_one_group_whatever_their_length() {
        let groups = group(&bundles(4), 4, GroupStarts::default()).unwrap();
        for bundle in groups.group_of.chunks(30) {
            assert!(bundle.iter().all(|&group| group == bundle[0]), "{:?}", groups.group_of);
        }
        let mut first: Vec<u32> = groups.group_of.chunks(30).map(|bundle| bundle[0]).collect();
        first.sort_unstable();
        assert_eq!(first, [0, 1, 2, 3]);
        assert!(groups.mean_cosine > 0.9 && groups.rounds < 50, "{} after {}", groups.mean_cosine, groups.rounds);
        let again = group(&bundles(4), 4, GroupStarts::default()).unwrap();
        assert_eq!(groups, again);
    }

    #[test]
    fn groups_are_numbered_by_falling_size() {
        let vectors = bundles(3);
        let some: Vec<usize> = (0..10).chain(30..60).chain(60..80).collect();
        let groups = group(&vectors.select(Axis(0), &some), 3, GroupStarts::default()).unwrap();
        let size = |group: u32| groups.group_of.iter().filter(|&&own| own == group).count();
        assert_eq!([size(0), size(1), size(2)], [30, 20, 10]);
        assert_eq!(groups.group_of[0], 2);
    }

    #[test]
    fn what_cannot_be_grouped_is_refused() {
        let mut vectors = bundles(1);
        vectors.row_mut(3).fill(0.0);
        let group = |vectors: &Array2<f32>, k| self::group(vectors, k, GroupStarts::default());
        assert_eq!(group(&vectors, 30).unwrap_err(), GroupError::TooMany { asked: 30, vectors: 29 });
        assert!(group(&vectors, 3).is_ok(), "a zero vector is no obstacle");
        vectors[[5, 1]] = f32::NAN;
        assert_eq!(group(&vectors, 3).unwrap_err(), GroupError::NotFinite { row: 5 });
        let cancel = CancelToken::default();
        cancel.cancel();
        let cancelled = group_by_direction(bundles(2).view(), 2, GroupStarts::default(), &Watch::new(cancel, |_| {}));
        assert_eq!(cancelled.unwrap_err(), GroupError::Cancelled);
    }
}
