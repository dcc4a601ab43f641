//! The space in which rows are compared: one where nearness is a dot product less two halves of squared lengths, turned
//! so that its first dimensions tell most.

use linfa_linalg::eigh::EighInto;
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use super::super::{GraphError, Metric};
use crate::progress::Watch;

/// Dimensions after which a tile is dropped if it cannot hold a neighbour.
pub(super) const HEAD: usize = 32;

/// Rows that the turn and the centre are made from. Any turn keeps distances; one from a sample tells almost as much.
const SAMPLE: usize = 8192;

/// Widths beyond which finding the turn would take longer than it spares.
const WIDEST_TURN: usize = 512;

/// Share of a half squared distance beyond which rounding is taken seriously.
const DROWNED: f64 = 1e-3;

/// How rows are compared.
pub(in super::super) struct Space<'a> {
    rows: ArrayView2<'a, f32>,
    metric: Metric,
    /// `[dims]` what is subtracted from each row.
    centre: Vec<f32>,
    /// What each row is multiplied by: a power of two, which rounds nothing.
    scale: f64,
    /// [dims, dims] orthogonal; a row times it is the turned row. `None` is none.
    turn: Option<Array2<f32>>,
}

impl<'a> Space<'a> {
    /// For `rows` [rows, dims], which are finite and lie row by row in memory.
    pub(in super::super) fn new(rows: ArrayView2<'a, f32>, metric: Metric, watch: &Watch) -> Result<Self, GraphError> {
        let mut space = Self { rows, metric, centre: vec![0.0; rows.ncols()], scale: 1.0, turn: None };
        if metric != Metric::Cosine {
            let largest = rows.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            // Squares must stay well within f32.
            if largest > 0.0 && !(1e-8..1e12).contains(&largest) {
                space.scale = 2_f64.powi(-(f64::from(largest).log2().floor() as i32));
            }
        }
        let sample: Vec<u32> = (0..rows.nrows() as u32).step_by(rows.nrows().div_ceil(SAMPLE).max(1)).collect();
        if metric == Metric::Euclidean {
            space.centre = medians(&space.prepared(&sample));
        }
        if watch.is_cancelled() {
            return Err(GraphError::Cancelled);
        }
        if (2..=WIDEST_TURN).contains(&rows.ncols()) {
            let moment = space.moment(&sample, watch)?;
            space.turn = turn(moment);
        }
        Ok(space)
    }

    /// Dimensions of the space.
    pub(super) fn dims(&self) -> usize {
        self.rows.ncols()
    }

    /// Whether the neighbours of a row with the half squared length `half_square` may lie beyond its candidates, none of
    /// which were left out above the score `bound`, though the farthest neighbour among them has the Euclidean distance
    /// `farthest`.
    ///
    /// Scores are differences of squared lengths. They lose the distances of rows that lie close together and far from
    /// the centre of all.
    pub(in super::super) fn may_lack(&self, half_square: f32, bound: f32, farthest: f32) -> bool {
        if !self.subtracts_lengths() {
            return false;
        }
        let distance = f64::from(farthest).powi(2) / 2.0 * self.scale.powi(2);
        // Sums of so many terms, and of as many again in the turn, err by the root of their number as a rule.
        let share = 4.0 * f64::from(f32::EPSILON) * (self.dims() as f64).sqrt();
        let rounding = share * f64::from(half_square);
        // Equal rows round equally, so distance zero is sure.
        distance > 0.0 && rounding > DROWNED * distance && distance + rounding > f64::from(-bound)
    }

    /// Whether a row's half squared length is subtracted from its scores.
    pub(in super::super) fn subtracts_lengths(&self) -> bool {
        self.metric == Metric::Euclidean
    }

    /// [rows, width] the first `width` dimensions of the rows `indices`, turned.
    pub(super) fn turned(&self, indices: &[u32], width: usize) -> Array2<f32> {
        let prepared = self.prepared(indices);
        match &self.turn {
            Some(turn) => prepared.dot(&turn.slice(s![.., ..width])),
            None => prepared.slice_move(s![.., ..width]),
        }
    }

    /// [rows, dims] the rows `indices` as the metric wants them.
    pub(in super::super) fn prepared(&self, indices: &[u32]) -> Array2<f32> {
        let mut prepared = Array2::zeros((indices.len(), self.dims()));
        for (mut prepared, &index) in prepared.rows_mut().into_iter().zip(indices) {
            let row = self.rows.row(index as usize);
            if self.metric == Metric::Cosine {
                let square: f64 = row.iter().map(|&value| f64::from(value).powi(2)).sum();
                if square > 0.0 {
                    let shorter = 1.0 / square.sqrt();
                    prepared.zip_mut_with(&row, |to, &value| *to = (f64::from(value) * shorter) as f32);
                }
            } else {
                for ((to, &value), &centre) in prepared.iter_mut().zip(row).zip(&self.centre) {
                    *to = (f64::from(value) * self.scale) as f32 - centre;
                }
            }
        }
        prepared
    }

    /// [dims, dims] sum of outer products of the rows of `sample`, bit-identical for any number of threads.
    fn moment(&self, sample: &[u32], watch: &Watch) -> Result<Array2<f64>, GraphError> {
        let parts: Vec<Array2<f64>> = sample
            .par_chunks(SAMPLE / 8)
            .map(|part| {
                let mut sum = Array2::zeros((self.dims(), self.dims()));
                for few in part.chunks(64) {
                    if watch.is_cancelled() {
                        return Err(GraphError::Cancelled);
                    }
                    let few = self.prepared(few).mapv(f64::from);
                    ndarray::linalg::general_mat_mul(1.0, &few.t(), &few, 1.0, &mut sum);
                }
                Ok(sum)
            })
            .collect::<Result<_, _>>()?;
        Ok(parts.iter().fold(Array2::zeros((self.dims(), self.dims())), |sum, part| sum + part))
    }
}

/// The median of each column: unlike a mean it is not drawn away by a few rows far out, beside which the others would
/// lose their digits.
fn medians(rows: &Array2<f32>) -> Vec<f32> {
    let median = |column: ndarray::ArrayView1<'_, f32>| {
        let mut values = column.iter().step_by(rows.nrows().div_ceil(1024)).copied().collect::<Vec<f32>>();
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f32::total_cmp).1
    };
    rows.columns().into_iter().map(median).collect()
}

/// The eigenvectors of `moment` as columns, by falling eigenvalue. `None` where the solver finds none: they only make
/// the search faster.
fn turn(mut moment: Array2<f64>) -> Option<Array2<f32>> {
    let trace = moment.diag().sum();
    if trace <= 0.0 || !trace.is_finite() {
        return None;
    }
    // Far below what f64 resolves beside the trace, and the solver's squares of such entries would underflow.
    moment.mapv_inplace(|value| if value.abs() < 1e-30 * trace { 0.0 } else { value / trace });
    let (values, vectors) = moment.eigh_into().ok()?;
    let product = vectors.t().dot(&vectors) - Array2::<f64>::eye(values.len());
    if !product.iter().all(|error| error.abs() < 1e-9) {
        return None;
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    Some(vectors.select(ndarray::Axis(1), &order).mapv(|value| value as f32).as_standard_layout().into_owned())
}
