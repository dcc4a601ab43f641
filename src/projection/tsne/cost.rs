//! What a map takes, said before it is begun.

use super::parameters::{CheckedTsneParameters, RepulsionMethod};

/// Seconds on one core, as measured on two (BENCHMARKS.md): comparing two values of two vectors; an iteration whatever
/// its size; moving a point in the plane along 90 neighbours; a pair of points; a point in the tree.
const COMPARE: f64 = 1.3e-11;
const ITERATION: f64 = 2.6e-3;
const MOVE: f64 = 1.6e-7;
const PAIR: f64 = 1.0e-9;
const TREE: f64 = 5.0e-6;
/// Finding a point's neighbours on the map, and ranking it for a sample of others.
const TRUST: f64 = 6.0e-5;

impl CheckedTsneParameters {
    /// About how many seconds a map of vectors [rows, `width`] takes on `threads` free cores; `trusted` if trust is
    /// measured too. A rough figure: cores differ, and clustered vectors are compared faster than others.
    #[must_use]
    pub fn rough_seconds(&self, width: usize, trusted: bool, threads: usize) -> f64 {
        let (rows, values) = (self.rows() as f64, self.values());
        let finding = rows * rows * width as f64 * COMPARE;
        let attraction = MOVE * rows * 0.5 * self.neighbors() as f64 / 90.0;
        let repulsion = match values.repulsion {
            RepulsionMethod::Exact => PAIR * rows * rows,
            RepulsionMethod::Tree => TREE * rows,
            RepulsionMethod::Grid | RepulsionMethod::Auto => MOVE * rows * 0.5,
        };
        let descent = values.iterations as f64 * (ITERATION + attraction + repulsion);
        let trust = if trusted { rows * TRUST } else { 0.0 };
        (finding + descent + trust) / threads.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use crate::projection::TsneParameters;

    #[test]
    fn the_measured_maps_are_foretold_within_a_half() {
        // On two cores, BENCHMARKS.md: 10,000 x 100 in 1.73 s, 70,000 x 100 in 8.8 s and 2.2 s more for trust.
        for (rows, trusted, measured) in [(10_000, false, 1.73), (70_000, false, 8.8), (70_000, true, 11.0)] {
            let checked = TsneParameters::default().check(rows).unwrap();
            let foretold = checked.rough_seconds(100, trusted, 2);
            assert!((foretold / measured - 1.0).abs() < 0.5, "{rows}: {foretold} s, measured {measured} s");
        }
    }
}
