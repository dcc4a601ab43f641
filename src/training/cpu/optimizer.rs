//! How a summed gradient moves a row.

use crate::objective::{Objective, Optimizer};

use super::memory::zeroed;
use super::table::TablePart;
use crate::simd::{Lane, Simd};

/// What an optimiser remembers of a table.
#[derive(Debug, Clone)]
pub enum Moments {
    /// Nothing.
    None,
    /// Adam's moments, [rows x lanes] each.
    Adam {
        /// Decaying mean of the gradient.
        first: Vec<Lane>,
        /// Decaying mean of its square.
        second: Vec<Lane>,
    },
    /// Row-wise Adagrad's, [rows]: the sum over steps of the gradient's mean square over the row.
    MeanSquare(Vec<f32>),
}

impl Moments {
    /// The memory at the start, for `rows` rows of `lanes` lanes.
    #[must_use]
    pub fn zeros(optimizer: Optimizer, rows: usize, lanes: usize) -> Self {
        match optimizer {
            Optimizer::Adam | Optimizer::AdamLazy => {
                Self::Adam { first: zeroed(rows * lanes), second: zeroed(rows * lanes) }
            }
            Optimizer::AdagradRow => Self::MeanSquare(vec![0.0; rows]),
            Optimizer::Sgd => Self::None,
        }
    }

    /// All rows.
    #[must_use]
    pub fn whole(&mut self) -> MomentsPart<'_> {
        match self {
            Self::None => MomentsPart::None,
            Self::Adam { first, second } => MomentsPart::Adam { first, second },
            Self::MeanSquare(sums) => MomentsPart::MeanSquare(sums),
        }
    }
}

/// [`Moments`] of a range of rows.
pub enum MomentsPart<'a> {
    /// Nothing.
    None,
    /// Adam's moments.
    Adam {
        /// Decaying mean of the gradient.
        first: &'a mut [Lane],
        /// Decaying mean of its square.
        second: &'a mut [Lane],
    },
    /// Row-wise Adagrad's sums.
    MeanSquare(&'a mut [f32]),
}

impl MomentsPart<'_> {
    /// The first `rows` rows and the others.
    #[must_use]
    pub fn split_at(self, rows: usize, lanes: usize) -> (Self, Self) {
        match self {
            Self::None => (Self::None, Self::None),
            Self::Adam { first, second } => {
                let (first, other_first) = first.split_at_mut(rows * lanes);
                let (second, other_second) = second.split_at_mut(rows * lanes);
                (Self::Adam { first, second }, Self::Adam { first: other_first, second: other_second })
            }
            Self::MeanSquare(sums) => {
                let (sums, others) = sums.split_at_mut(rows);
                (Self::MeanSquare(sums), Self::MeanSquare(others))
            }
        }
    }
}

/// The constants of one step.
#[derive(Debug, Clone, Copy)]
pub struct StepConstants {
    learning_rate: f32,
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    /// learning rate / (1 - beta1^t)
    adam_rate: f32,
    /// 1 / (1 - beta2^t)
    second_correction: f32,
    /// Whether a row without any gradient stays as it is: lazy Adam must not move an attribute that occurs in the
    /// batch, but only in pairs whose other item lacks that type.
    pub skips_zero: bool,
}

impl StepConstants {
    /// Those of step `step` (from 1).
    #[must_use]
    pub fn new(objective: &Objective, step: u64, learning_rate: f32) -> Self {
        let adam = objective.adam;
        let correction = |beta: f32| 1.0 - f64::from(beta).powf(step as f64);
        Self {
            learning_rate,
            beta1: adam.beta1,
            beta2: adam.beta2,
            epsilon: adam.epsilon,
            adam_rate: (f64::from(learning_rate) / correction(adam.beta1)) as f32,
            second_correction: (1.0 / correction(adam.beta2)) as f32,
            skips_zero: objective.optimizer == Optimizer::AdamLazy,
        }
    }
}

impl TablePart<'_> {
    /// Asks for what [`Self::update`] of row `row` will read.
    #[inline(always)]
    pub fn prefetch<S: Simd>(&self, s: S, row: usize) {
        let start = (row - self.first_row) * self.lanes;
        s.prefetch(&self.values[start..][..self.lanes]);
        match &self.moments {
            MomentsPart::None => {}
            MomentsPart::Adam { first, second } => {
                s.prefetch(&first[start..][..self.lanes]);
                s.prefetch(&second[start..][..self.lanes]);
            }
            MomentsPart::MeanSquare(sums) => s.prefetch_one(&sums[row - self.first_row]),
        }
    }

    /// Moves row `row` of the table against `gradient` [lanes], whose padding is zero.
    #[inline(always)]
    pub fn update<S: Simd>(&mut self, s: S, row: usize, gradient: &[Lane], constants: &StepConstants) {
        let (lanes, local) = (self.lanes, row - self.first_row);
        let span = local * lanes..(local + 1) * lanes;
        let values = &mut self.values[span.clone()];
        let gradient = &gradient[..lanes];
        match &mut self.moments {
            MomentsPart::None => descend(s, values, gradient, constants.learning_rate),
            MomentsPart::Adam { first, second } => {
                adam(s, values, gradient, &mut first[span.clone()], &mut second[span], constants);
            }
            MomentsPart::MeanSquare(sums) => {
                let sum = &mut sums[local];
                *sum += squared_length(s, gradient) / self.dims as f32;
                let rate = constants.learning_rate / (sum.sqrt() + constants.epsilon);
                // A row that never had a gradient has sum 0, and epsilon may be 0.
                descend(s, values, gradient, if *sum > 0.0 || sum.is_nan() { rate } else { 0.0 });
            }
        }
    }
}

/// The sum of all squares, in four running sums: one would wait for each addition.
#[inline(always)]
pub fn squared_length<S: Simd>(s: S, row: &[Lane]) -> f32 {
    let mut sums = [s.splat(0.0); 4];
    let (fours, rest) = row.as_chunks::<4>();
    for four in fours {
        for (sum, lane) in sums.iter_mut().zip(four) {
            let x = s.load(lane);
            *sum = s.fma(x, x, *sum);
        }
    }
    for (sum, lane) in sums.iter_mut().zip(rest) {
        let x = s.load(lane);
        *sum = s.fma(x, x, *sum);
    }
    s.sum(s.add(s.add(sums[0], sums[1]), s.add(sums[2], sums[3])))
}

#[inline(always)]
fn descend<S: Simd>(s: S, values: &mut [Lane], gradient: &[Lane], rate: f32) {
    let rate = s.splat(-rate);
    for (value, g) in values.iter_mut().zip(gradient) {
        let moved = s.fma(s.load(g), rate, s.load(value));
        s.store(value, moved);
    }
}

/// Kingma and Ba's update with both bias corrections, as golden/README.md writes it.
#[inline(always)]
fn adam<S: Simd>(
    s: S,
    values: &mut [Lane],
    gradient: &[Lane],
    first: &mut [Lane],
    second: &mut [Lane],
    constants: &StepConstants,
) {
    let (beta1, beta2) = (s.splat(constants.beta1), s.splat(constants.beta2));
    let (fresh1, fresh2) = (s.splat(1.0 - constants.beta1), s.splat(1.0 - constants.beta2));
    let (rate, correction) = (s.splat(constants.adam_rate), s.splat(constants.second_correction));
    let epsilon = s.splat(constants.epsilon);
    let moments = first.iter_mut().zip(second);
    for ((value, g), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
        let g = s.load(g);
        let m = s.fma(beta1, s.load(first), s.mul(fresh1, g));
        let v = s.fma(beta2, s.load(second), s.mul(fresh2, s.mul(g, g)));
        s.store(first, m);
        s.store(second, v);
        let root = s.add(s.sqrt(s.mul(v, correction)), epsilon);
        let moved = s.sub(s.load(value), s.div(s.mul(rate, m), root));
        s.store(value, moved);
    }
}
