//! What t-SNE can be asked to do, as typed and as checked against the vectors.

use serde::{Deserialize, Serialize};

use crate::neighbors::Metric;
use crate::projection::ProjectionError;

/// How far a point moves along its gradient.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearningRate {
    /// Number of points over the exaggeration (Belkina et al. 2019): n / 12 in early exaggeration, n afterwards.
    #[default]
    Auto,
    /// This one in both phases.
    Fixed(f64),
}

/// Where points start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialization {
    /// Principal components, scaled to a standard deviation of 1e-4 along the first.
    #[default]
    Pca,
    /// Normal with a standard deviation of 1e-4.
    Random,
}

/// How the repulsion between all pairs of points is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepulsionMethod {
    /// Exact for few points; for more, a grid in two dimensions and a tree in three.
    #[default]
    Auto,
    /// Every pair.
    Exact,
    /// Interpolation on a regular grid with fast Fourier transforms (Linderman et al. 2019); two dimensions only.
    Grid,
    /// Barnes-Hut (van der Maaten 2014).
    Tree,
}

/// What t-SNE is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TsneParameters {
    /// Coordinates of a point, 2 or 3.
    pub dims: usize,
    /// Effective number of neighbours of a point, at least 1; lowered where there are too few points.
    pub perplexity: f64,
    /// What is near: Euclidean distance of the vectors, or (cosine) of their directions.
    pub metric: Metric,
    /// Iterations in all, those of early exaggeration among them.
    pub iterations: usize,
    /// Iterations of early exaggeration.
    pub exaggeration_iterations: usize,
    /// By how much attraction is strengthened in these, at least 1.
    pub exaggeration: f64,
    /// How far points move along the gradient.
    pub learning_rate: LearningRate,
    /// Share of the last step that is kept in early exaggeration, 0 to below 1.
    pub exaggeration_momentum: f64,
    /// The same afterwards.
    pub momentum: f64,
    /// Where points start.
    pub initialization: Initialization,
    /// How repulsion is summed.
    pub repulsion: RepulsionMethod,
    /// Barnes-Hut opening angle, above 0 to 1; less is more exact and slower. Only the tree has it.
    pub theta: f64,
    /// Distance of the grid's nodes in units of the map, 0.1 to 1; less is more exact and slower. Only the grid has it.
    pub grid_spacing: f64,
    /// Decides all that is random.
    pub seed: u64,
}

impl Default for TsneParameters {
    /// The phases of openTSNE 1.0: perplexity 30, 250 iterations of 12-fold exaggeration and 500 more.
    fn default() -> Self {
        Self {
            dims: 2,
            perplexity: 30.0,
            metric: Metric::Euclidean,
            iterations: 750,
            exaggeration_iterations: 250,
            exaggeration: 12.0,
            learning_rate: LearningRate::Auto,
            exaggeration_momentum: 0.8,
            momentum: 0.8,
            initialization: Initialization::Pca,
            repulsion: RepulsionMethod::Auto,
            theta: 0.5,
            grid_spacing: 1.0 / 3.0,
            seed: 0,
        }
    }
}

/// Up to this many points every pair is summed.
const EXACT_POINTS: usize = 1500;

impl TsneParameters {
    /// Parameters that fit `rows` vectors.
    ///
    /// # Errors
    /// [`ProjectionError::Parameter`] for a value outside its range.
    pub fn check(&self, rows: usize) -> Result<CheckedTsneParameters, ProjectionError> {
        let number = |name, value: f64, valid: bool, expected| match valid && value.is_finite() {
            true => Ok(()),
            false => Err(ProjectionError::Parameter { name, value: value.to_string(), expected }),
        };
        number("dims", self.dims as f64, matches!(self.dims, 2 | 3), "2 or 3")?;
        number("perplexity", self.perplexity, self.perplexity >= 1.0, "a number of at least 1")?;
        number("exaggeration", self.exaggeration, self.exaggeration >= 1.0, "a number of at least 1")?;
        for (name, momentum) in [("momentum", self.momentum), ("early momentum", self.exaggeration_momentum)] {
            number(name, momentum, (0.0..1.0).contains(&momentum), "from 0 to below 1")?;
        }
        number("theta", self.theta, self.theta > 0.0 && self.theta <= 1.0, "above 0 and at most 1")?;
        number("grid spacing", self.grid_spacing, (0.1..=1.0).contains(&self.grid_spacing), "from 0.1 to 1")?;
        if let LearningRate::Fixed(rate) = self.learning_rate {
            number("learning rate", rate, rate > 0.0, "auto or a number above 0")?;
        }
        let choice =
            |name, value: &str, expected| Err(ProjectionError::Parameter { name, value: value.to_owned(), expected });
        if self.metric == Metric::Dot {
            return choice("metric", "dot", "euclidean or cosine");
        }
        if self.repulsion == RepulsionMethod::Grid && self.dims == 3 {
            return choice("repulsion", "grid", "exact, tree or auto in three dimensions");
        }
        let others = rows.saturating_sub(1);
        let most = (others as f64 / 3.0).max(1.0);
        let mut values = self.clone();
        values.perplexity = values.perplexity.min(most);
        values.exaggeration_iterations = values.exaggeration_iterations.min(values.iterations);
        if values.repulsion == RepulsionMethod::Auto {
            values.repulsion = match (rows <= EXACT_POINTS, self.dims) {
                (true, _) => RepulsionMethod::Exact,
                (false, 2) => RepulsionMethod::Grid,
                (false, _) => RepulsionMethod::Tree,
            };
        }
        let neighbors = ((3.0 * values.perplexity) as usize).min(others);
        Ok(CheckedTsneParameters { values, neighbors, rows, asked_perplexity: self.perplexity })
    }
}

/// Parameters that fit the vectors. Only [`TsneParameters::check`] makes them.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedTsneParameters {
    values: TsneParameters,
    neighbors: usize,
    rows: usize,
    asked_perplexity: f64,
}

impl CheckedTsneParameters {
    /// The values in force: perplexity within reach, no method left open.
    #[must_use]
    pub fn values(&self) -> &TsneParameters {
        &self.values
    }

    /// Nearest neighbours of each row that affinities are made of: three times the perplexity.
    #[must_use]
    pub fn neighbors(&self) -> usize {
        self.neighbors
    }

    /// The number of vectors that they were checked for.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The perplexity that was asked for, if there are too few points for it.
    #[must_use]
    pub fn lowered_perplexity(&self) -> Option<f64> {
        (self.values.perplexity < self.asked_perplexity).then_some(self.asked_perplexity)
    }

    /// Whether `iteration` belongs to early exaggeration.
    pub(super) fn is_early(&self, iteration: usize) -> bool {
        iteration < self.values.exaggeration_iterations
    }

    /// Factor on the attraction in that iteration.
    pub(super) fn exaggeration_at(&self, iteration: usize) -> f64 {
        if self.is_early(iteration) { self.values.exaggeration } else { 1.0 }
    }

    /// Learning rate in that iteration.
    pub(super) fn learning_rate_at(&self, iteration: usize) -> f64 {
        match self.values.learning_rate {
            LearningRate::Auto => self.rows as f64 / self.exaggeration_at(iteration),
            LearningRate::Fixed(rate) => rate,
        }
    }

    /// Momentum in that iteration.
    pub(super) fn momentum_at(&self, iteration: usize) -> f64 {
        if self.is_early(iteration) { self.values.exaggeration_momentum } else { self.values.momentum }
    }

    /// Bytes that a map of vectors [rows, `width`] takes at its peak, besides the vectors themselves: neighbours,
    /// affinities twice while they are made symmetric, layout and grid.
    #[must_use]
    pub fn memory_bytes(&self, width: usize) -> u64 {
        const EDGE: usize = 8;
        let edges = self.rows * self.neighbors;
        // Neighbours are found in a rotated copy. A symmetric graph has at most twice the edges; rows are filled up to
        // whole blocks of 8.
        let finding = self.rows * width * 4 + edges * EDGE;
        let making = edges * 3 * EDGE;
        let keeping = edges * 2 * EDGE + self.rows * (8 * EDGE + 64);
        (finding.max(making) + keeping) as u64 + self.grid_bytes()
    }

    /// The grid of a map as wide as such maps become, about 1.2 units for each square root of the points.
    fn grid_bytes(&self) -> u64 {
        if self.values.repulsion != RepulsionMethod::Grid {
            return 0;
        }
        let side = (1.2 * (self.rows as f64).sqrt() / self.values.grid_spacing) as u64;
        side * side * 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perplexity_is_lowered_to_what_the_points_allow_and_said_so() {
        let parameters = TsneParameters::default();
        for (rows, perplexity, neighbors) in
            [(0, 1.0, 0), (1, 1.0, 0), (2, 1.0, 1), (4, 1.0, 3), (31, 10.0, 30), (91, 30.0, 90), (5000, 30.0, 90)]
        {
            let checked = parameters.check(rows).unwrap();
            assert_eq!((checked.values().perplexity, checked.neighbors()), (perplexity, neighbors), "{rows} rows");
            assert_eq!(checked.lowered_perplexity(), (rows < 91).then_some(30.0), "{rows} rows");
        }
    }

    #[test]
    fn values_outside_their_range_are_refused_by_name() {
        let good = TsneParameters::default();
        let cases = [
            ("dims", TsneParameters { dims: 1, ..good.clone() }),
            ("perplexity", TsneParameters { perplexity: f64::NAN, ..good.clone() }),
            ("exaggeration", TsneParameters { exaggeration: 0.5, ..good.clone() }),
            ("momentum", TsneParameters { momentum: 1.0, ..good.clone() }),
            ("theta", TsneParameters { theta: 0.0, ..good.clone() }),
            ("grid spacing", TsneParameters { grid_spacing: 5.0, ..good.clone() }),
            ("learning rate", TsneParameters { learning_rate: LearningRate::Fixed(-1.0), ..good.clone() }),
            ("metric", TsneParameters { metric: Metric::Dot, ..good.clone() }),
            ("repulsion", TsneParameters { repulsion: RepulsionMethod::Grid, dims: 3, ..good }),
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
