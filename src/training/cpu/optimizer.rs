//! How a summed gradient moves a row.

use crate::objective::{Objective, Optimizer};

use super::memory::Lanes;
use super::table::{TablePart, floats, floats_mut};
use crate::simd::{Arithmetic, Lane, Simd, WIDTH};

/// What an optimiser remembers of a table.
#[derive(Debug, Clone)]
pub enum Moments {
    /// Nothing.
    None,
    /// Adam's moments, [rows x lanes] each.
    Adam {
        /// Decaying mean of the gradient.
        first: Lanes,
        /// Decaying mean of its square.
        second: Lanes,
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
                Self::Adam { first: Lanes::zeros(rows * lanes), second: Lanes::zeros(rows * lanes) }
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

/// What decides the length of a step.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The learning rate.
    pub learning_rate: f32,
    /// Added to the root of Adagrad's sum, or of Adam's second moment.
    pub epsilon: f32,
}

/// The gradients of some rows of a table.
#[derive(Clone, Copy)]
pub struct Gradients<'a> {
    /// [rows x lanes] those that were summed.
    pub summed: &'a [Lane],
    /// The partial gradient that each row's is, if it is one.
    pub single: &'a [Option<&'a [Lane]>; WIDTH],
}

impl<'a> Gradients<'a> {
    /// The one at `index`, its padding zero.
    #[inline(always)]
    fn get(self, index: usize, lanes: usize) -> &'a [Lane] {
        self.single[index].unwrap_or_else(|| &self.summed[index * lanes..][..lanes])
    }
}

/// The constants of one step.
#[derive(Debug, Clone, Copy)]
pub struct StepConstants {
    /// What decides the length of a step.
    pub pace: Pace,
    beta1: f32,
    beta2: f32,
    /// learning rate / (1 - beta1^t)
    pub adam_rate: f32,
    /// 1 / (1 - beta2^t)
    pub second_correction: f32,
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
            pace: Pace { learning_rate, epsilon: adam.epsilon },
            beta1: adam.beta1,
            beta2: adam.beta2,
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

    /// Moves the table's rows `rows`, at most [`WIDTH`] of them, each against its gradient. Those that come `next`, as many or
    /// fewer, are asked for meanwhile where a row with its moments is long to come.
    #[inline(always)]
    pub fn update_some<S: Simd>(
        &mut self,
        s: S,
        [rows, next]: [&[u32]; 2],
        gradients: Gradients<'_>,
        constants: &StepConstants,
    ) {
        let MomentsPart::MeanSquare(sums) = &mut self.moments else {
            for (index, &row) in rows.iter().enumerate() {
                if let Some(&next) = next.get(index) {
                    self.prefetch(s, next as usize);
                }
                let gradient = gradients.get(index, self.lanes);
                if !(constants.skips_zero && is_zero(gradient)) {
                    self.update(s, row as usize, gradient, constants);
                }
            }
            return;
        };
        // One root and two divisions for all of them: each takes as long for eight as for one.
        let (mut lengths, mut held) = ([s.splat(0.0); WIDTH], [0.0; WIDTH]);
        for ((index, &row), lengths) in rows.iter().enumerate().zip(&mut lengths) {
            *lengths = squares(s, gradients.get(index, self.lanes));
            held[index] = sums[row as usize - self.first_row];
        }
        let (moved, rates) = adagrad(s, held, s.sum_each(lengths), self.dims, constants.pace);
        for (index, &row) in rows.iter().enumerate() {
            let local = row as usize - self.first_row;
            sums[local] = moved[index];
            let values = &mut self.values[local * self.lanes..][..self.lanes];
            descend(s, values, gradients.get(index, self.lanes), rates[index]);
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
            MomentsPart::None => descend(s, values, gradient, constants.pace.learning_rate),
            MomentsPart::Adam { first, second } => {
                adam(s, values, gradient, &mut first[span.clone()], &mut second[span], constants);
            }
            MomentsPart::MeanSquare(sums) => {
                let square = squared_length(s, gradient);
                let (moved, rates) = adagrad(s, [sums[local]; WIDTH], s.splat(square), self.dims, constants.pace);
                sums[local] = moved[0];
                descend(s, values, gradient, rates[0]);
            }
        }
    }
}

/// Row-wise Adagrad's sums after gradients of these squared lengths, and how far each row goes.
#[inline(always)]
pub fn adagrad<S: Simd>(
    s: S,
    sums: [f32; WIDTH],
    squares: S::V,
    dims: usize,
    pace: Pace,
) -> ([f32; WIDTH], [f32; WIDTH]) {
    let (mut moved, mut rates) = (sums, sums);
    let sum = s.add(s.load_array(&sums), s.div(squares, s.splat(dims as f32)));
    let root = s.add(s.sqrt(sum), s.splat(pace.epsilon));
    s.store_array(&mut moved, sum);
    s.store_array(&mut rates, s.div(s.splat(pace.learning_rate), root));
    // A row that never had a gradient has sum 0, and epsilon may be 0.
    for (rate, sum) in rates.iter_mut().zip(moved) {
        *rate = if sum > 0.0 || sum.is_nan() { *rate } else { 0.0 };
    }
    (moved, rates)
}

/// Whether every float is 0, of either sign.
#[inline(always)]
fn is_zero(gradient: &[Lane]) -> bool {
    floats(gradient).iter().fold(0, |bits, value| bits | value.to_bits()) << 1 == 0
}

/// The sum of all squares.
#[inline(always)]
pub fn squared_length<S: Simd>(s: S, row: &[Lane]) -> f32 {
    s.sum(squares(s, row))
}

/// Eight sums of squares, which together are the sum of all.
#[inline(always)]
pub fn squares<S: Simd>(s: S, row: &[Lane]) -> S::V {
    let (wide, rest) = in_registers::<S>(floats(row));
    s.add(s.narrow(running_squares(s.wide(), wide)), running_squares(s, rest))
}

/// Four running sums: one would wait for each addition.
#[inline(always)]
fn running_squares<A: Arithmetic>(a: A, floats: &[f32]) -> A::V {
    let mut sums = [a.splat(0.0); 4];
    let fours = floats.chunks_exact(4 * A::COUNT);
    let rest = fours.remainder();
    for four in fours {
        for (sum, x) in sums.iter_mut().zip(four.chunks_exact(A::COUNT)) {
            let x = a.read(x);
            *sum = a.fma(x, x, *sum);
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest.chunks_exact(A::COUNT)) {
        let x = a.read(x);
        *sum = a.fma(x, x, *sum);
    }
    a.add(a.add(sums[0], sums[1]), a.add(sums[2], sums[3]))
}

/// What fills the widest registers, and what is left.
#[inline(always)]
pub fn in_registers<S: Simd>(floats: &[f32]) -> (&[f32], &[f32]) {
    floats.split_at(floats.len() / S::Wide::COUNT * S::Wide::COUNT)
}

/// The same of floats that change.
#[inline(always)]
pub fn in_registers_mut<S: Simd>(floats: &mut [f32]) -> (&mut [f32], &mut [f32]) {
    floats.split_at_mut(floats.len() / S::Wide::COUNT * S::Wide::COUNT)
}

#[inline(always)]
fn descend<S: Simd>(s: S, values: &mut [Lane], gradient: &[Lane], rate: f32) {
    let (gradient, gradient_rest) = in_registers::<S>(floats(gradient));
    let (values, rest) = floats_mut(values).split_at_mut(gradient.len());
    descend_in(s.wide(), values, gradient, rate);
    descend_in(s, rest, gradient_rest, rate);
}

#[inline(always)]
fn descend_in<A: Arithmetic>(a: A, values: &mut [f32], gradient: &[f32], rate: f32) {
    let rate = a.splat(-rate);
    for (value, g) in values.chunks_exact_mut(A::COUNT).zip(gradient.chunks_exact(A::COUNT)) {
        let moved = a.fma(a.read(g), rate, a.read(value));
        a.write(value, moved);
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
    let epsilon = s.splat(constants.pace.epsilon);
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
