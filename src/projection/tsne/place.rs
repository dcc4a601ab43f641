//! New points in a map that stays as it is.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::perplexity::conditional;
use super::repulsion::FixedField;
use crate::embedding::unit_rows;
use crate::neighbors::{Metric, nearest};
use crate::progress::Watch;
use crate::projection::ProjectionError;

/// How new points find their places; the defaults are those of openTSNE's `transform`.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacementParameters {
    /// Effective number of neighbours among the fixed points, at least 1.
    pub perplexity: f64,
    /// What is near: Euclidean or cosine, as for the map.
    pub metric: Metric,
    /// Iterations.
    pub iterations: usize,
    /// By how much attraction is strengthened.
    pub exaggeration: f64,
    /// How far points move along the gradient.
    pub learning_rate: f64,
    /// Share of the last step that is kept.
    pub momentum: f64,
}

impl Default for PlacementParameters {
    fn default() -> Self {
        Self {
            perplexity: 5.0,
            metric: Metric::Euclidean,
            iterations: 250,
            exaggeration: 1.5,
            learning_rate: 0.1,
            momentum: 0.8,
        }
    }
}

/// Gradients are cut to this length: near a fixed point they would throw the new one off the map.
const LONGEST_GRADIENT: f32 = 0.25;

/// Places the vectors `new` [new rows, width] in the map `layout` [rows, 2 or 3] of the vectors `fixed` [rows, width].
///
/// Each new point minimises its own divergence from its nearest fixed points and feels no other new point: a place does
/// not depend on what else is placed. It starts at the median of its neighbours.
///
/// # Errors
/// [`ProjectionError`]: no fixed row, widths or shapes that do not fit, values that are not finite, a parameter outside
/// its range, a cancelled watch.
pub fn place(
    fixed: ArrayView2<'_, f32>,
    layout: ArrayView2<'_, f32>,
    new: ArrayView2<'_, f32>,
    parameters: &PlacementParameters,
    watch: &Watch,
) -> Result<Array2<f32>, ProjectionError> {
    check(fixed, layout, new, parameters)?;
    let (fixed, new) = match parameters.metric {
        Metric::Cosine => (unit_rows(fixed), unit_rows(new)),
        _ => (fixed.to_owned(), new.to_owned()),
    };
    match layout.ncols() {
        2 => place_in::<2>(&fixed, layout, &new, parameters, watch),
        _ => place_in::<3>(&fixed, layout, &new, parameters, watch),
    }
}

fn check(
    fixed: ArrayView2<'_, f32>,
    layout: ArrayView2<'_, f32>,
    new: ArrayView2<'_, f32>,
    parameters: &PlacementParameters,
) -> Result<(), ProjectionError> {
    let refuse = |name, value: &dyn std::fmt::Display, expected| {
        Err(ProjectionError::Parameter { name, value: value.to_string(), expected })
    };
    let positive = |value: f64| value > 0.0 && value.is_finite();
    if fixed.nrows() == 0 {
        return Err(ProjectionError::NoRows);
    }
    if new.ncols() != fixed.ncols() {
        return Err(ProjectionError::Width { found: new.ncols(), expected: fixed.ncols() });
    }
    if layout.nrows() != fixed.nrows() || !matches!(layout.ncols(), 2 | 3) {
        let expected = (fixed.nrows(), layout.ncols().clamp(2, 3));
        return Err(ProjectionError::Start { found: layout.dim(), expected });
    }
    for rows in [fixed.reborrow(), layout.reborrow(), new.reborrow()] {
        if let Some(row) = rows.rows().into_iter().position(|row| !row.iter().all(|value| value.is_finite())) {
            return Err(ProjectionError::NotFinite { row });
        }
    }
    if !(parameters.perplexity >= 1.0 && parameters.perplexity.is_finite()) {
        return refuse("perplexity", &parameters.perplexity, "a number of at least 1");
    }
    if !(positive(parameters.learning_rate) && positive(parameters.exaggeration)) {
        return refuse("learning rate or exaggeration", &parameters.learning_rate, "above 0");
    }
    if !(0.0..1.0).contains(&parameters.momentum) {
        return refuse("momentum", &parameters.momentum, "from 0 to below 1");
    }
    if parameters.metric == Metric::Dot {
        return refuse("metric", &"dot", "euclidean or cosine");
    }
    Ok(())
}

fn place_in<const D: usize>(
    fixed: &Array2<f32>,
    layout: ArrayView2<'_, f32>,
    new: &Array2<f32>,
    parameters: &PlacementParameters,
    watch: &Watch,
) -> Result<Array2<f32>, ProjectionError> {
    let places: Vec<[f32; D]> = layout.rows().into_iter().map(|row| std::array::from_fn(|axis| row[axis])).collect();
    let field = FixedField::new(&places, watch);
    let perplexity = parameters.perplexity.min((fixed.nrows() as f64 / 3.0).max(1.0));
    let k = ((3.0 * perplexity) as usize).min(fixed.nrows());
    let found: Vec<[f32; D]> = (0..new.nrows())
        .into_par_iter()
        .map(|row| {
            if watch.is_cancelled() {
                return Err(ProjectionError::Cancelled);
            }
            let neighbors = nearest(fixed.view(), new.row(row), k, Metric::Euclidean, None);
            let distances: Vec<f32> = neighbors.iter().map(|neighbor| neighbor.score).collect();
            let (mut squares, mut pulls) = (vec![0.0; k], vec![0.0; k]);
            conditional(&distances, perplexity, &mut squares, &mut pulls);
            let near: Vec<([f32; D], f32)> =
                neighbors.iter().zip(&pulls).map(|(neighbor, &pull)| (places[neighbor.index as usize], pull)).collect();
            Ok(settle(&near, &field, parameters))
        })
        .collect::<Result<_, _>>()?;
    if watch.is_cancelled() {
        return Err(ProjectionError::Cancelled);
    }
    Ok(Array2::from_shape_fn((found.len(), D), |(row, axis)| found[row][axis]))
}

/// Where a point comes to rest that `near` places pull and the field pushes.
fn settle<const D: usize>(
    near: &[([f32; D], f32)],
    field: &FixedField<D>,
    parameters: &PlacementParameters,
) -> [f32; D] {
    let mut place = median(near);
    let (mut step, mut gains) = ([0.0_f32; D], [1.0_f32; D]);
    for _ in 0..parameters.iterations {
        let (norm, push) = field.feel(place);
        let mut gradient = push.map(|push| -push / norm.max(f32::MIN_POSITIVE));
        for (other, pull) in near {
            let difference: [f32; D] = std::array::from_fn(|axis| place[axis] - other[axis]);
            let square: f32 = difference.iter().map(|x| x * x).sum();
            let factor = parameters.exaggeration as f32 * pull / (1.0 + square);
            for axis in 0..D {
                gradient[axis] += factor * difference[axis];
            }
        }
        let length = gradient.iter().map(|x| x * x).sum::<f32>().sqrt();
        if !length.is_finite() {
            break;
        }
        let cut = (LONGEST_GRADIENT / (length + 1e-6)).min(1.0);
        for axis in 0..D {
            let slope = gradient[axis] * cut;
            let turned = (step[axis] > 0.0) != (slope > 0.0);
            gains[axis] = if turned { gains[axis] + 0.2 } else { gains[axis] * 0.8 + 0.01 };
            step[axis] =
                parameters.momentum as f32 * step[axis] - parameters.learning_rate as f32 * gains[axis] * slope;
            place[axis] += step[axis];
        }
    }
    place
}

/// The weighted median along each axis: between two groups of neighbours a mean would lie where nobody is.
fn median<const D: usize>(near: &[([f32; D], f32)]) -> [f32; D] {
    std::array::from_fn(|axis| {
        let mut along: Vec<(f32, f32)> = near.iter().map(|(place, weight)| (place[axis], *weight)).collect();
        along.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let half = 0.5 * along.iter().map(|(_, weight)| weight).sum::<f32>();
        let mut below = 0.0;
        let middle = along.iter().find(|(_, weight)| {
            below += weight;
            below >= half
        });
        middle.or(along.last()).map_or(0.0, |&(place, _)| place)
    })
}
