//! What UMAP can be asked to do, as typed and as checked against the vectors.

use serde::{Deserialize, Serialize};

use super::curve::Curve;
use crate::neighbors::Metric;
use crate::projection::ProjectionError;

/// Where points start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UmapInitialization {
    /// Principal components, 10 units wide.
    #[default]
    Pca,
    /// Normal with a standard deviation of 3 units.
    Random,
}

/// What UMAP is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UmapParameters {
    /// Coordinates of a point, 2 or 3.
    pub dims: usize,
    /// Nearest vectors that a point is tied to, itself counted as umap-learn does, at least 2; lowered where there are
    /// fewer points. Fewer show fine structure, more show large.
    pub neighbors: usize,
    /// What is near: Euclidean distance of the vectors, or (cosine) of their directions.
    pub metric: Metric,
    /// Distance in the map up to which points are as good as together, 0 to `spread`.
    pub min_dist: f64,
    /// Distance in the map over which belonging together fades, above 0.
    pub spread: f64,
    /// Epochs in all; `None`: 500 for up to 100,000 points, else 200.
    pub epochs: Option<usize>,
    /// How far points move along the gradient at first, above 0; it falls to 0 in a straight line.
    pub learning_rate: f64,
    /// Random points that push a point away each time a neighbour draws it.
    pub negative_sample_rate: usize,
    /// Where points start.
    pub initialization: UmapInitialization,
    /// Decides all that is random.
    pub seed: u64,
}

impl Default for UmapParameters {
    /// Those of umap-learn 0.5, but for the start, which is spectral there.
    fn default() -> Self {
        Self {
            dims: 2,
            neighbors: 15,
            metric: Metric::Euclidean,
            min_dist: 0.1,
            spread: 1.0,
            epochs: None,
            learning_rate: 1.0,
            negative_sample_rate: 5,
            initialization: UmapInitialization::Pca,
            seed: 0,
        }
    }
}

/// Up to this many points more epochs are needed and cheap.
const FEW_POINTS: usize = 100_000;

impl UmapParameters {
    /// Parameters that fit `rows` vectors.
    ///
    /// # Errors
    /// [`ProjectionError::Parameter`] for a value outside its range.
    pub fn check(&self, rows: usize) -> Result<CheckedUmapParameters, ProjectionError> {
        let valid = |name, value: &dyn std::fmt::Display, valid: bool, expected| match valid {
            true => Ok(()),
            false => Err(ProjectionError::Parameter { name, value: value.to_string(), expected }),
        };
        valid("dims", &self.dims, matches!(self.dims, 2 | 3), "2 or 3")?;
        valid("neighbors", &self.neighbors, self.neighbors >= 2, "at least 2, the point itself counted")?;
        let spread = self.spread > 0.0 && self.spread <= LARGEST_SPREAD;
        valid("spread", &self.spread, spread, "above 0 and at most 1000")?;
        valid("min dist", &self.min_dist, (0.0..=self.spread).contains(&self.min_dist), "from 0 to the spread")?;
        let rate = self.learning_rate > 0.0 && self.learning_rate <= LARGEST_RATE;
        valid("learning rate", &self.learning_rate, rate, "above 0 and at most 100")?;
        let negatives = self.negative_sample_rate <= MOST_NEGATIVES;
        valid("negative sample rate", &self.negative_sample_rate, negatives, "from 0 to 100")?;
        valid("metric", &"dot", self.metric != Metric::Dot, "euclidean or cosine")?;
        let epochs = self.epochs.unwrap_or(if rows <= FEW_POINTS { 500 } else { 200 });
        let values = Self { neighbors: self.neighbors.min(rows.max(1)), epochs: Some(epochs), ..self.clone() };
        let curve = Curve::fit(self.min_dist, self.spread);
        Ok(CheckedUmapParameters { values, epochs, curve, rows, asked_neighbors: self.neighbors })
    }
}

const LARGEST_SPREAD: f64 = 1000.0;
const LARGEST_RATE: f64 = 100.0;
const MOST_NEGATIVES: usize = 100;

/// Parameters that fit the vectors. Only [`UmapParameters::check`] makes them.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedUmapParameters {
    values: UmapParameters,
    epochs: usize,
    curve: Curve,
    rows: usize,
    asked_neighbors: usize,
}

impl CheckedUmapParameters {
    /// The values in force: neighbours that there are, the number of epochs.
    #[must_use]
    pub fn values(&self) -> &UmapParameters {
        &self.values
    }

    /// Nearest neighbours of each row that memberships are made of, the row itself not counted.
    #[must_use]
    pub fn others(&self) -> usize {
        self.values.neighbors - 1
    }

    /// Epochs in all.
    #[must_use]
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// The number of vectors that they were checked for.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of neighbours that was asked for, if there are too few points for it.
    #[must_use]
    pub fn lowered_neighbors(&self) -> Option<usize> {
        (self.values.neighbors < self.asked_neighbors).then_some(self.asked_neighbors)
    }

    /// How belonging together fades with distance in the map.
    pub(super) fn curve(&self) -> Curve {
        self.curve
    }

    /// Learning rate in that epoch; 0 beyond the last.
    pub(super) fn learning_rate_at(&self, epoch: usize) -> f64 {
        let left = self.epochs.saturating_sub(epoch) as f64;
        self.values.learning_rate * left / self.epochs.max(1) as f64
    }

    /// Bytes that a map of vectors [rows, `width`] takes at its peak, besides the vectors themselves: neighbours, the
    /// graph twice while it is made symmetric, and the layout.
    #[must_use]
    pub fn memory_bytes(&self, width: usize) -> u64 {
        const EDGE: usize = 8;
        let edges = self.rows * self.others();
        // Neighbours are found in a rotated copy. A symmetric graph has at most twice the edges.
        let finding = self.rows * width * 4 + edges * EDGE;
        let making = edges * 3 * EDGE;
        let keeping = edges * 2 * EDGE + self.rows * (4 * self.values.dims * 4 + 8);
        (finding.max(making) + keeping) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_lowered_to_the_points_there_are_and_epochs_follow_their_number() {
        let parameters = UmapParameters::default();
        for (rows, neighbors, epochs) in [(0, 1, 500), (1, 1, 500), (7, 7, 500), (100_000, 15, 500), (100_001, 15, 200)]
        {
            let checked = parameters.check(rows).unwrap();
            assert_eq!((checked.values().neighbors, checked.epochs()), (neighbors, epochs), "{rows} rows");
            assert_eq!(checked.lowered_neighbors(), (rows < 15).then_some(15), "{rows} rows");
        }
        let rates = UmapParameters { epochs: Some(4), ..parameters }.check(10).unwrap();
        assert_eq!([0, 1, 3, 4, 9].map(|epoch| rates.learning_rate_at(epoch)), [1.0, 0.75, 0.25, 0.0, 0.0]);
    }

    #[test]
    fn values_outside_their_range_are_refused_by_name() {
        let good = UmapParameters::default();
        let cases = [
            ("dims", UmapParameters { dims: 1, ..good.clone() }),
            ("neighbors", UmapParameters { neighbors: 1, ..good.clone() }),
            ("spread", UmapParameters { spread: f64::NAN, ..good.clone() }),
            ("min dist", UmapParameters { min_dist: 1.5, ..good.clone() }),
            ("learning rate", UmapParameters { learning_rate: 0.0, ..good.clone() }),
            ("negative sample rate", UmapParameters { negative_sample_rate: 1000, ..good.clone() }),
            ("metric", UmapParameters { metric: Metric::Dot, ..good }),
        ];
        for (wanted, parameters) in cases {
            let refused = parameters.check(100);
            assert!(
                matches!(&refused, Err(ProjectionError::Parameter { name, .. }) if *name == wanted),
                "{wanted}: {refused:?}"
            );
        }
    }
}
